"""What a worker must share with the program that it works for: the same code on the same packages."""

from __future__ import annotations

import importlib.metadata
import platform
from functools import lru_cache

from responder.version import code_version, lock_digest

__all__ = ["differences", "identity"]

PACKAGES = ("numpy", "scipy", "scikit-learn", "lightgbm", "pandas", "optuna", "dask", "distributed")


@lru_cache(maxsize=1)
def identity() -> dict[str, str]:
    """Return the versions that results depend on, by name; ``none`` for a package that is not installed.

    Examples
    --------
    >>> identity()["responder"] == code_version()
    True
    """
    found = {"responder": code_version(), "lock": lock_digest()[:12], "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "none"
    return found


def differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """Return the names of what is not the same.

    Examples
    --------
    >>> differences({"numpy": "2.4.6", "python": "3.11.7"}, {"numpy": "2.3.1", "python": "3.11.7"})
    ['numpy']
    """
    return [name for name, version in here.items() if there.get(name) != version]
