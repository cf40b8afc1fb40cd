"""The catalogue of units: what is compatible converts exactly, what is not is refused."""

import tomllib
from fractions import Fraction
from importlib.resources import files

import pint
import pytest

from responder.study.units import _size, _sizes, unit_factors
from responder.values import fold_unit


@pytest.mark.parametrize(
    ("unit", "other", "factor"),
    [
        ("years", "months", Fraction(1, 12)),
        ("years", "个月", Fraction(1, 12)),
        ("years", "Monate", Fraction(1, 12)),
        ("years", "mois", Fraction(1, 12)),
        ("years", "weeks", Fraction(28, 1461)),  # 7 / 365.25
        ("years", "岁", 1),
        ("months", "年", 12),
        ("cells/ul", "10^9/L", 1000),
        ("cells/ul", "×10⁹/L", 1000),
        ("cells/ul", "10^6/L", 1),
        ("cells/ul", "/µL", 1),
        ("cells/ul", "cells/mm3", 1),
        ("cells/ul", "个/µL", 1),
        ("cells/ul", "K/µL", 1000),
        ("cells/ul", "G/L", 1000),
        ("10^9/L", "cells/ul", Fraction(1, 1000)),
        ("mg/L", "mg/dL", 10),
        ("g/L", "mg/dL", Fraction(1, 100)),
        ("mg/day", "mg/天", 1),
        ("mg/day", "g/d", 1000),
        ("%", "fraction", 100),
        ("kg", "g", Fraction(1, 1000)),
        ("cm", "m", 100),
        ("points", "分", 1),
    ],
)
def test_compatible_units_convert(unit, other, factor):
    assert unit_factors(unit)[fold_unit(other)] == float(factor)


@pytest.mark.parametrize(
    ("unit", "other"),
    [("mg/day", "mg/kg"), ("mg/day", "mg"), ("years", "mg"), ("%", "mg/kg"), ("g/L", "cells/ul"), ("mg/L", "mmol/L")],
)
def test_other_units_do_not(unit, other):
    assert fold_unit(other) not in unit_factors(unit)


def test_the_shipped_study_keeps_its_factors():
    from responder.study import load_study

    duration = load_study("rp-ld-il2").trait("disease_duration_years").code
    assert duration.encode("24 months") == duration.encode("24个月") == (2.0,)
    assert duration.factor("weeks") == 7 / 365.25


def test_sizes_and_dimensions_are_those_of_an_independent_library():
    """Units of pint 0.25, in exact fractions; units of our own are its base units."""
    registry = pint.UnitRegistry(non_int_type=Fraction)
    own = ("activity", "scale_point", "degree_celsius_read", "one_cell")
    for definition in (*(f"{name} = [{name}]" for name in own), "kilo_activity = 1000 * activity"):
        registry.define(definition)
    registry.define("milli_activity = activity / 1000")
    catalogue = tomllib.loads(files("responder.study").joinpath("units.toml").read_text(encoding="utf-8"))
    sizes = _sizes(catalogue.pop("sizes"))
    expressions = {expression for group in catalogue.values() for expression in group}
    for expression in expressions:
        theirs = registry.Quantity(registry.parse_expression(expression)).to_base_units()
        size, powers = _size(expression, sizes)
        assert Fraction(theirs.magnitude) == size, expression
        assert theirs.units == registry.parse_units("*".join(f"{base}**{n}" for base, n in powers.items())), expression
    assert len(expressions) > 50
