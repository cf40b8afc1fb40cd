"""Re-export names of a package's modules without importing them until they are used.

Scoring one patient must not pay for the libraries of training, so packages that both share load lazily (PEP 562).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["lazy_exports"]


def lazy_exports(package: str, exports: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Return a module ``__getattr__`` that imports each name from its module on first use.

    Parameters
    ----------
    package : str
        Name of the package that re-exports.
    exports : Mapping[str, Sequence[str]]
        Module name (relative) to the public names in it.

    Raises
    ------
    AttributeError
        From the returned function, for a name that is not exported.
    """
    home = {name: module for module, names in exports.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(importlib.import_module(f"{package}.{home[name]}"), name)

    return __getattr__
