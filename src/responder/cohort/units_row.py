"""A row of units below the header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["column_units", "is_unit"]

_SI = (
    r"(?:[kmcdµunpf]?(?:g|l|mol|m|cal|j|pa|s|eq|iu|u|ie|ui|kat)|da|hg|mmhg|cmh2o|osm|mosm|cells?|copies|counts?|events?|"
    r"zellen|cfu|bpm|hpf|lpf|spots?)"
)
_TIME = (
    r"(?:y|yr|yrs|years?|a|mo|mos|months?|w|wk|wks|weeks?|d|days?|h|hr|hrs|hours?|min|mins|minutes?|sec|"
    r"jahre?|monate?|wochen?|tage?|stunden?|ans?|années?|mois|semaines?|jours?|años?|meses|semanas?|días?)"
)
_WORDS = (
    r"(?:%|‰|percent|prozent|points?|pts|score|units?|ratio|mfi|titer|titre|index|"
    r"岁|歲|歳|年|月|个月|個月|周|週|天|日|小时|分|分钟|分鐘|个|個|次|评分|人|例|点|mmhg)"
)
_POWER = r"(?:[x×*·]?\s*10(?:\^|\*\*|e)?\s*-?[0-9⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+\s*[/·*]?\s*)"
_ATOM = rf"(?:{_SI}|{_TIME}|{_WORDS})(?:\^?[-−]?[123²³⁻¹]{{1,2}})?"
_UNIT = re.compile(rf"{_POWER}?(?:{_ATOM})?(?:\s*[/·*.]\s*\d*\.?\d*\s*{_ATOM}){{0,3}}|°[cf]", re.IGNORECASE)
_FOR_THE_ID = frozenset(
    {"", "-", "–", "—", "/", "unit", "units", "einheit", "einheiten", "unité", "unidad", "单位", "單位", "単位"}
)
_CODES = re.compile(
    r"\d\s*[/|,;-]\s*\d|[a-z]\s*/\s*[a-z]|yes\s*/\s*no|ja\s*/\s*nein|是/否|男/女|n/?a|-|–|—", re.IGNORECASE
)


def is_unit(text: str) -> bool:
    """Return whether a text is a unit of measure.

    Examples
    --------
    >>> [is_unit(text) for text in ("mg/L", "10^9/L", "cells/µL", "年", "mL/min/1.73 m2", "P01", "female", "12")]
    [True, True, True, True, True, False, False, False]
    """
    plain = unicodedata.normalize("NFKC", text).strip().strip("()[]").replace("\u03bc", "µ").replace("\u00b5", "µ")
    plain = plain.replace("μ", "µ")
    return bool(plain) and not plain.isdigit() and _UNIT.fullmatch(plain) is not None


def column_units(headers: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the unit of each column, blank where it has none, if a row holds units; else an empty list.

    Parameters
    ----------
    headers : sequence of str
        Names of the columns.
    cells : sequence of str
        The row below them.

    Examples
    --------
    >>> column_units(("ID", "Age", "CRP", "Responder"), ("", "years", "mg/L", "0/1"))
    ['', 'years', 'mg/L', '']
    >>> column_units(("ID", "Sex", "CRP"), ("", "m", "3"))
    []
    """
    if not cells or cells[0].casefold() not in _FOR_THE_ID:
        return []
    given = [cell for cell in cells[1 : len(headers)] if cell]
    units = [cell for cell in given if is_unit(cell)]
    sure = [cell for cell in units if len(cell) > 1 or cell == "%" or not cell.isascii()]
    if not sure or any(not is_unit(cell) and not _CODES.fullmatch(cell) for cell in given):
        return []
    if any(cell.isdigit() for cell in given) or 2 * len(units) < len(given):
        return []
    plain = [cell.strip("()[] ") if i and is_unit(cell) else "" for i, cell in enumerate(cells)]
    return plain[: len(headers)]
