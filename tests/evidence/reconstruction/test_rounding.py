"""Rounding intervals against decimal rounding itself."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.evidence.reconstruction.rounding import CONVENTIONS, Interval, rounded

MODES = {
    "half_up": ROUND_HALF_UP,
    "half_down": ROUND_HALF_DOWN,
    "half_even": ROUND_HALF_EVEN,
    "truncate": ROUND_DOWN,
}


@given(
    st.sampled_from(CONVENTIONS),
    st.integers(0, 3),
    st.integers(0, 4000).map(lambda thousandths: Decimal(thousandths) / 1000),
    st.integers(0, 4000).map(lambda thousandths: Decimal(thousandths) / 1000),
)
def test_a_value_is_inside_exactly_when_it_rounds_to_the_report(convention, decimals, exact, other):
    report = exact.quantize(Decimal(1).scaleb(-decimals), rounding=MODES[convention])
    interval = rounded(report, decimals, convention)
    assert Fraction(exact) in interval
    same = other.quantize(Decimal(1).scaleb(-decimals), rounding=MODES[convention]) == report
    assert (Fraction(other) in interval) == same


@given(
    st.fractions(0, 5, max_denominator=4),
    st.fractions(0, 5, max_denominator=4),
    st.booleans(),
    st.booleans(),
)
def test_integers_inside(low, high, low_closed, high_closed):
    interval = Interval(low, high, low_closed, high_closed)
    first, last = interval.integers()
    assert [i for i in range(10) if Fraction(i) in interval] == list(range(first, last + 1))


@pytest.mark.parametrize(("low", "inside"), [(Fraction(-1), [0, 1, 2]), (Fraction(1), [1, 2])])
def test_squares_of_what_cannot_be_negative(low, inside):
    squared = Interval(low, Fraction(2)).squared()
    assert [x for x in range(4) if Fraction(x * x) in squared] == inside


def test_unbounded():
    assert Interval(Fraction(3), None, low_closed=False).integers() == (4, None)
    assert Interval(None, Fraction(3)).integers() == (0, 3)
    assert float("nan") not in Interval(None, None)
