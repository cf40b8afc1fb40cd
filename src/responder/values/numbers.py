"""Numbers as they are written: marks of decimals and thousands, powers of ten, limits, a unit behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from responder.values.text import TypedNumber, plain_text
from responder.values.units import fold_unit

__all__ = ["POINT", "NumberStyle", "ParsedNumber", "decimal_proof", "number_style", "parse_number", "undecided"]

_BODY = r"[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]+)?(?![0-9'])|[0-9][0-9.,]*|[.,][0-9]+"
_BELOW = r"<=?|below|under|less than|低于|小于|少于|不足|unter|kleiner als|inférieur à|未満"
_ABOVE = r">=?|above|over|more than|greater than|高于|大于|超过|über|größer als|supérieur à"
_CELL = re.compile(
    rf"(?:(?P<below>{_BELOW})|(?P<above>{_ABOVE}))?\s*(?:(?:lod|loq|lloq|uloq|mdl|dl)\s*[:=]?\s*)?"
    rf"(?P<sign>[+-]?)\s?(?P<body>{_BODY})(?P<exponent>e[+-]?[0-9]+)?(?P<rest>.*)",
    re.IGNORECASE,
)
_POWER = re.compile(r"\s*[x*\u00d7\u00b7\u22c5]\s*10\s*(?:\^|\*\*)\s*([+-]?[0-9]{1,3})(?![0-9])", re.IGNORECASE)
_SECOND = re.compile(r"(?P<unit>[^0-9.,+-]+?)[\s,]*(?:and |und |et |y |零|又)?(?P<body>[0-9]+)\s*(?P<last>[^0-9.,+-]+)")
_HUNDREDS = re.compile(r"[1-9][0-9]{2}")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[.,][0-9]{3})+")
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_PLAIN_DECIMALS = re.compile(r"-?[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})")
"""Most cells of most tables: what they say is told without a look at everything else that a number may be."""
_SUFFIXES = {"以下": "<", "以上": ">"}


class NumberStyle(NamedTuple):
    """How a column writes its numbers.

    Attributes
    ----------
    decimal : str
        The decimal mark: a point or a comma. The other one may group thousands.
    doubt : str
        ``ambiguous`` where marks could be either and nothing in the column says which; ``mixed`` where the column
        proves both; else empty.
    """

    decimal: str = "."
    doubt: str = ""

    @property
    def ambiguous(self) -> bool:
        """Whether a person must be asked for the decimal mark."""
        return self.doubt == "ambiguous"


POINT = NumberStyle()
COMMA = NumberStyle(",")


class ParsedNumber(NamedTuple):
    """What a cell says.

    Attributes
    ----------
    value : float
        The number, as written.
    unit : str
        What stands behind it, perhaps a unit; empty for a bare number.
    limit : str
        ``<`` or ``>`` where the number is a limit of detection, else empty.
    percent : bool
        Whether a percent sign stands behind the number.
    second : tuple of (float, str), optional
        The second part of ``1 year 6 months``, and its unit.
    """

    value: float
    unit: str = ""
    limit: str = ""
    percent: bool = False
    second: tuple[float, str] | None = None


@lru_cache(maxsize=1 << 15, typed=True)  # the cells of a table are read several times, and many say the same
def parse_number(text: str, style: NumberStyle = POINT) -> ParsedNumber | None:
    """Return the number that a cell holds, or None where it holds none in this style.

    Examples
    --------
    >>> parse_number("1'234.5").value, parse_number("1.234,5", NumberStyle(",")).value, parse_number("1e3").value
    (1234.5, 1234.5, 1000.0)
    >>> parse_number("0.022×10⁹/L")[:2], parse_number("< 0.5").limit, parse_number("1年6个月").second
    ((0.022, '10^9/l'), '<', (6.0, '个月'))
    >>> parse_number("15 mg daily").unit, parse_number("many"), parse_number("1.2.2024")
    ('mg daily', None, None)
    """
    if style.decimal == "." and _PLAIN.fullmatch(text):
        return ParsedNumber(float(text))
    match = _CELL.fullmatch(plain_text(text))
    if match is None:
        return None
    rest = match["rest"]
    limit = "<" if match["below"] else ">" if match["above"] else ""
    for suffix, sign in _SUFFIXES.items():
        if rest.endswith(suffix) and not limit:
            rest, limit = rest.removesuffix(suffix), sign
    exponent, power = match["exponent"] or "", _POWER.match(rest)
    if power is not None and not rest[power.end() :].strip():
        exponent, rest = exponent or f"e{power.group(1)}", ""
    plain = _plain(match["body"], style.decimal)
    if plain is None:
        return None
    value = float(match["sign"] + plain + exponent)
    rest = rest.strip()
    if not rest:
        return ParsedNumber(value, "", limit)
    if rest == "%":
        return ParsedNumber(value, "%", limit, percent=True)
    if parts := _SECOND.fullmatch(rest):
        second = (float(parts["body"]), parts["last"].strip())
        return ParsedNumber(value, parts["unit"].strip(), limit, second=second)
    return ParsedNumber(value, fold_unit(rest) if power is not None else rest, limit)


def number_style(cells: Iterable[str], declared: str = "", table: str = "") -> NumberStyle:
    """Return how a column writes its numbers, as any of its cells proves it.

    Parameters
    ----------
    cells : iterable of str
        The column.
    declared : str
        The decimal mark, where a person has said it.
    table : str
        The decimal mark that other columns of the table prove. It never decides; it may raise a doubt.

    Examples
    --------
    >>> number_style(["1,5", "12"]), number_style(["1.234,5", "1.234"]).decimal, number_style(["1,234,567"]).decimal
    (NumberStyle(decimal=',', doubt=''), ',', '.')
    >>> number_style(["1,234"]).doubt, number_style(["1,5", "1.5"]).doubt, number_style(["1.234"]).doubt
    ('ambiguous', 'mixed', '')
    >>> number_style(["950", "1.200", "10.300"]).doubt, number_style(["950", "1.200", "1.25"]).doubt
    ('ambiguous', '')
    >>> number_style(["1.234"], table=",").doubt, number_style(["1,234"], declared=",").doubt
    ('ambiguous', '')
    """
    if declared:
        return NumberStyle(declared)
    proved: set[str] = set()
    either: set[str] = set()
    grouped: set[str] = set()
    has_hundreds = False
    for cell in {cell: None for cell in cells if not isinstance(cell, TypedNumber)}:
        if "," in cell or "." in cell or not cell.isascii():
            mark, certain, groups = _evidence(cell)
            if mark:
                (proved if certain else either).add(mark)
                grouped.add(groups)
        else:
            has_hundreds = has_hundreds or bool(_HUNDREDS.fullmatch(cell))
    if len(proved) == 2:
        return NumberStyle(".", "mixed")
    if proved == {"."}:
        return POINT
    if proved == {","}:
        # points of typed cells are decimal, whatever the texts beside them: thousands must be seen grouped
        return NumberStyle(",", "ambiguous") if "." in either and "." not in grouped else COMMA
    # 950 beside 1.200 and 10.300: decimals that all have three places, or thousands
    in_doubt = "," in either or (either and (table == "," or has_hundreds))
    return NumberStyle(".", "ambiguous") if in_doubt else POINT


def decimal_proof(text: str) -> str:
    """Return the decimal mark that a cell proves by itself, or an empty string.

    Examples
    --------
    >>> decimal_proof("0,5"), decimal_proof("1.234,5"), decimal_proof("1,234"), decimal_proof("12")
    (',', ',', '', '')
    """
    mark, certain, _ = _evidence(text)
    return mark if certain else ""


def undecided(text: str) -> bool:
    """Return whether the mark of a cell could as well be one of decimals as of thousands.

    Examples
    --------
    >>> undecided("1,234"), undecided("1.234 mg/d"), undecided("1,23"), undecided("0,123")
    (True, True, False, False)
    """
    mark, certain, _ = _evidence(text)
    return bool(mark) and not certain


def _plain(body: str, decimal: str) -> str | None:
    """Return the digits of a number with a decimal point and no marks of thousands, or None."""
    thousands = "." if decimal == "," else ","
    body = body.replace(" ", "").replace("'", "")
    whole, mark, fraction = body.partition(decimal)
    if decimal in fraction or thousands in fraction or (mark == "," and not fraction):
        return None
    if thousands in whole:
        if not _GROUPED.fullmatch(whole):
            return None
        whole = whole.replace(thousands, "")
    return f"{whole or '0'}.{fraction or '0'}"


@lru_cache(maxsize=100_000)
def _evidence(text: str) -> tuple[str, bool, str]:
    """Return a cell's decimal mark (or one that may be), whether it is certain, and the mark that groups thousands."""
    nothing = ("", False, "")
    if _PLAIN_DECIMALS.fullmatch(text):
        return (".", True, "")
    match = _CELL.fullmatch(plain_text(text))
    if match is None:
        return nothing
    body = match["body"]
    points, commas = body.count("."), body.count(",")
    if not points and not commas:
        return nothing
    if points and commas:
        decimal, groups = (".", ",") if body.rfind(".") > body.rfind(",") else (",", ".")
        return (decimal, True, groups) if _plain(body, decimal) else nothing
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return (other, True, mark) if _GROUPED.fullmatch(body) else nothing
    whole, _, fraction = body.partition(mark)
    if not fraction:
        return (".", True, "") if mark == "." else nothing
    certain = bool(match["exponent"]) or not _GROUPED.fullmatch(body) or not whole.isdigit()
    return (mark, certain, "")
