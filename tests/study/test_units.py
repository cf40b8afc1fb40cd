"""The catalogue of units: what is compatible converts exactly, what is not is refused."""

from fractions import Fraction

import pytest

from responder.study.units import unit_factors
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
