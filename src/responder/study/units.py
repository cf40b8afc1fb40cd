"""Compile the spellings of units that a trait understands into factors; scoring has the factors alone."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files

from responder.values.units import fold_unit

__all__ = ["known_unit", "unit_factors"]

_Size = tuple[Fraction, Mapping[str, int]]
_FACTOR = re.compile(r"(^|[*/])([^*/]+)(?:\*\*([0-9]+))?")


@lru_cache
def unit_factors(unit: str) -> Mapping[str, float]:
    """Return the factor to a unit from every folded spelling of the catalogue that is compatible with it.

    A year has 365.25 days and 12 months. A unit that the catalogue does not know has no other spellings.

    Parameters
    ----------
    unit : str
        Of a trait.

    Returns
    -------
    Mapping[str, float]
        Folded spelling to factor; multiply a number in that unit by it.

    Examples
    --------
    >>> factors = unit_factors("cells/ul")
    >>> factors["10^9/l"], factors["/mm3"], factors["个/ul"]
    (1000.0, 1.0, 1.0)
    >>> unit_factors("years")["个月"] == 1 / 12, "mg/kg" in unit_factors("mg/day"), dict(unit_factors("furlongs"))
    (True, False, {})
    """
    catalogue = _catalogue()
    own = catalogue.get(fold_unit(unit), {})
    if len(own) > 1:  # G/L counts cells, g/L weighs: the case in which the unit is written decides
        written = {group: size for spelling, group, size in _entries() if spelling == unit.strip()}
        own = written or own
    if len(own) != 1:
        return {}
    ((of, base),) = own.items()
    return {spelling: float(sizes[of] / base) for spelling, sizes in catalogue.items() if of in sizes}


def known_unit(text: str) -> str:
    """Return a unit as the catalogue writes it, or an empty string where it does not know it.

    Examples
    --------
    >>> known_unit("MG/l"), known_unit("cells/µL"), known_unit("furlongs")
    ('mg/L', 'cells/uL', '')
    """
    wanted = fold_unit(text)
    return next((spelling for spelling, *_ in _entries() if fold_unit(spelling) == wanted), "")


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Mapping[str, Fraction]]:
    """Return folded spelling to group to size in base units.

    Raises
    ------
    ValueError
        If two spellings of one group fold alike and differ in size.
    """
    found: dict[str, dict[str, Fraction]] = {}
    for spelling, group, size in _entries():
        if found.setdefault(fold_unit(spelling), {}).setdefault(group, size) != size:
            raise ValueError(f"the unit '{spelling}' is in the catalogue with two sizes")
    return found


@lru_cache(maxsize=1)
def _entries() -> tuple[tuple[str, str, Fraction], ...]:
    """Return spelling, group and size of every entry; units of one group have one dimension.

    Dimension alone would not do: mg/kg and percent have the same one.
    """
    catalogue = tomllib.loads(files("responder.study").joinpath("units.toml").read_text(encoding="utf-8"))
    sizes = _sizes(catalogue.pop("sizes"))
    entries = []
    for group, expressions in catalogue.items():
        found = {expression: _size(expression, sizes) for expression in expressions}
        if len({frozenset(dimension.items()) for _, dimension in found.values()}) != 1:
            raise ValueError(f"the units of '{group}' in the catalogue differ in dimension")
        entries += [(spelling, group, found[e][0]) for e, spellings in expressions.items() for spelling in spellings]
    return tuple(entries)


def _sizes(expressions: Mapping[str, str]) -> dict[str, _Size]:
    """Return the size and the dimension of every named unit, each defined by those before it."""
    sizes: dict[str, _Size] = {}
    for name, expression in expressions.items():
        sizes[name] = _size(expression, sizes) if expression else (Fraction(1), {name: 1})
    return sizes


def _size(expression: str, sizes: Mapping[str, _Size]) -> _Size:
    """Return the size of a product of numbers and named units, and its power of each base unit.

    >>> minute = {"second": (Fraction(1), {"second": 1}), "minute": (Fraction(60), {"second": 1})}
    >>> _size("1.5/minute**2", minute)
    (Fraction(1, 2400), {'second': -2})
    """
    size, dimension = Fraction(1), Counter[str]()
    for sign, factor, power in _FACTOR.findall(expression):
        exponent = int(power or 1) * (-1 if sign == "/" else 1)
        of, powers = sizes[factor] if factor in sizes else (Fraction(factor), {})
        size *= of**exponent
        for base, times in powers.items():
            dimension[base] += times * exponent
    return size, {base: times for base, times in dimension.items() if times}
