"""Compile the spellings of units that a trait understands into factors; scoring has the factors alone."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any

from responder.values.units import fold_unit

__all__ = ["known_unit", "unit_factors"]

_OWN_UNITS = (
    "activity = [activity]", "kilo_activity = 1000 * activity", "milli_activity = activity / 1000",
    "scale_point = [scale]", "degree_celsius_read = [thermometer]", "one_cell = [one_cell]",
)  # fmt: skip


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
    import pint  # a second to import: only where a unit is met that no study declared

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    for definition in _OWN_UNITS:
        registry.define(definition)
    text = files("responder.study").joinpath("units.toml").read_text(encoding="utf-8")
    entries = []
    for group, expressions in tomllib.loads(text).items():
        dimensions = set()
        for expression, spellings in expressions.items():
            quantity = registry.Quantity(registry.parse_expression(expression)).to_base_units()
            dimensions.add(quantity.dimensionality)
            entries += [(spelling, group, Fraction(quantity.magnitude)) for spelling in spellings]
        if len(dimensions) != 1:
            raise ValueError(f"the units of '{group}' in the catalogue differ in dimension")
    return tuple(entries)
