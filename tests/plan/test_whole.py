"""Whole patients: rounding asks for nobody more, and a part of a patient for one."""

from hypothesis import given
from hypothesis import strategies as st

from responder.plan.whole import whole_patients


@given(st.integers(1, 100_000), st.integers(1, 999))
def test_a_whole_number_stays_itself_however_it_was_reached(n, thirds):
    assert whole_patients(n) == n
    assert whole_patients(n * (1 + 2e-16)) == n
    assert whole_patients(n - 1 + thirds / 1000) == n
