"""When two spellings of a unit are one."""

from __future__ import annotations

import re
from functools import lru_cache

from responder.values.text import plain_text

__all__ = ["fold_unit", "split_power"]

_POWER = re.compile(r"(?:x|\*|\u00b7|\u22c5|\u00d7)?10(?:\^|\*\*|e)(-?\d+)")
_LENGTH_POWER = re.compile(r"(?<=m)\^(?=[23](?!\d))")


@lru_cache(maxsize=10_000)
def fold_unit(unit: str) -> str:
    """Return a unit without the differences of spelling that carry no meaning.

    Examples
    --------
    >>> fold_unit("×10⁹ / L"), fold_unit("10e9/l"), fold_unit("Cells/µL"), fold_unit("mm³"), fold_unit("yrs.")
    ('10^9/l', '10^9/l', 'cells/ul', 'mm3', 'yrs')
    """
    text = plain_text(unit).casefold().replace(" ", "").rstrip(".")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return _LENGTH_POWER.sub("", _POWER.sub(r"10^\1", text))


def split_power(unit: str) -> tuple[int, str]:
    """Return the power of ten that a folded unit starts with, and what follows it.

    Examples
    --------
    >>> split_power("10^9/l"), split_power("mg/l")
    ((9, '/l'), (0, 'mg/l'))
    """
    match = re.match(r"10\^(-?\d{1,2})(?!\d)", unit)
    return (int(match.group(1)), unit[match.end() :]) if match else (0, unit)
