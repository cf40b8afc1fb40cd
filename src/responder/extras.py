"""Which extra of the package brings a module that is not installed."""

from __future__ import annotations

import re

__all__ = ["extra_of", "extras"]

_OWN_NAME_OF = {"docx": "python-docx", "sklearn": "scikit-learn"}
"""Distributions whose name is not that of the module that they bring."""
_FULLEST = "all"


def extras() -> dict[str, tuple[str, ...]]:
    """Return what each extra installs beside NumPy and click, as the installed package declares it.

    Returns
    -------
    dict
        Distribution names by extra, in the order of the declaration, without the extra that brings them all.

    Examples
    --------
    >>> extras()["track"]
    ('mlflow',)
    """
    from importlib.metadata import requires  # every command may need this module, hardly one does

    found: dict[str, list[str]] = {}
    for line in requires("responder") or ():
        wanted = re.match(r"""([\w.-]+)[^;]*;.*\bextra == ['"](\w+)['"]""", line)
        if wanted and wanted[1] != "responder":
            found.setdefault(wanted[2], []).append(wanted[1].lower().replace("_", "-"))
    return {extra: tuple(names) for extra, names in found.items() if extra != _FULLEST}


def extra_of(module: str, prefer: str = "train") -> tuple[str, str] | None:
    """Return the distribution that brings a module, and the extra that brings the distribution.

    Parameters
    ----------
    module : str
        Dotted name of the module that could not be imported.
    prefer : str
        The extra that is named where several bring it.

    Returns
    -------
    tuple of str, or None
        None where no extra names it.

    Examples
    --------
    >>> extra_of("sklearn.linear_model")
    ('scikit-learn', 'train')
    >>> extra_of("json") is None
    True
    """
    top = module.partition(".")[0]
    name = _OWN_NAME_OF.get(top, top.replace("_", "-"))
    bringing = [extra for extra, names in extras().items() if name in names]
    return (name, prefer if prefer in bringing else bringing[0]) if bringing else None
