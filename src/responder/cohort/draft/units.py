"""The unit of a column of numbers: its header's, or that of most of its cells; what is in another is odd."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from responder.names import split_unit
from responder.study.quantities import known_quantity
from responder.study.units import known_unit, unit_factors
from responder.values import ParsedNumber, fold_unit

__all__ = ["can_be_in", "unit_of"]

_NO_UNIT = re.compile(r"\d|[-+/?!:;,.=~]$|^[-+/?!:;,.=~]")


def unit_of(header: str, declared: str, numbers: Sequence[ParsedNumber]) -> str:
    """Return the unit of a column: declared, in its header, or behind most of its numbers; else an empty string.

    One cell with a unit sets no unit of the others: which one they are in is then not known.

    Parameters
    ----------
    header : str
        Of the column.
    declared : str
        What the file or a data dictionary says.
    numbers : sequence of ParsedNumber
        Its cells.

    Examples
    --------
    >>> from responder.values import parse_number
    >>> cells = [parse_number(cell) for cell in ("2", "3", "6 months")]
    >>> unit_of("duration (years)", "", cells), unit_of("duration", "", cells), unit_of("duration", "", cells[2:])
    ('years', '', 'months')
    """
    named = declared or unit_in(header)
    if named:
        return named
    behind = Counter(number.unit for number in numbers if _may_be_unit(number))
    if not behind:
        return ""
    most = behind.most_common(1)[0][0]
    return most if 2 * sum(behind.values()) > len(numbers) else ""


def can_be_in(number: ParsedNumber, unit: str) -> bool:
    """Return whether a number is in a unit: it has none of its own, the same, or one that can be converted to it.

    Examples
    --------
    >>> from responder.values import parse_number
    >>> [can_be_in(parse_number(cell), "years") for cell in ("3", "6 months", "12-15", "5-Jun")]
    [True, True, False, False]
    """
    if not number.unit and number.second is None:
        return True
    own = [number.unit, *([number.second[1]] if number.second else [])]
    known = unit_factors(unit) if unit else {}
    return all(not one or fold_unit(one) in {fold_unit(unit), *known} for one in own)


def unit_in(header: str) -> str:
    """Return the unit that a header names: in brackets, or as its last words (``crp_mg_l``, ``CRP mg/L``)."""
    name, bracket = split_unit(header)
    if bracket:
        return bracket if known_unit(bracket) else ""
    words = [word for word in re.split(r"[\s_]+", name) if word]
    for length in range(min(3, len(words) - 1), 0, -1):
        joined = "/".join(words[-length:]).replace("/per/", "/")
        joined = joined.removeprefix("per") if joined.startswith("per/") else joined
        unit = known_unit(joined)
        if unit and ("/" in unit or "%" in unit or len(unit) > 3 or unit == "kg"):  # and no mere letter
            return unit
    quantity = known_quantity(name)
    return quantity.unit if quantity is not None and quantity.id == "age" else ""


def _may_be_unit(number: ParsedNumber) -> bool:
    """Return whether what stands behind a number may be a unit: a known one, or words and no part of a number."""
    return bool(number.unit) and (bool(known_unit(number.unit)) or not _NO_UNIT.search(number.unit))
