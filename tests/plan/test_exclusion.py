"""Patients to exclude a rate: against the published sample sizes, the exact interval, and the binomial distribution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from responder.errors import ConfigError
from responder.plan import patients_to_exclude, rate_exclusions
from responder.validate.proportions import clopper_pearson, rule_of_three, zero_events_upper


def test_published_sizes():
    """Wilks' 95%/95% sample sizes for one-sided tolerance limits, exact: 59, 93, 124, 153, 181 (Ann Math Stat 1941)."""
    assert [patients_to_exclude(0.05, events) for events in range(5)] == [59, 93, 124, 153, 181]


def test_the_rule_of_three_is_its_shorthand():
    """Hanley and Lippman-Hand 1983: 3 / rate; exact to one patient in a hundred and fifty."""
    assert patients_to_exclude(0.01) == 299
    assert rule_of_three(300) == 0.01
    assert zero_events_upper(299) <= 0.01 < zero_events_upper(298)


@given(st.floats(0.01, 0.9), st.integers(0, 6))
def test_the_two_sided_size_is_the_least_whose_interval_ends_below_the_rate(rate, events):
    n = patients_to_exclude(rate, events, two_sided=True)
    assert clopper_pearson(events, n).upper <= rate + 1e-9
    if n - 1 > events:
        assert clopper_pearson(events, n - 1).upper > rate - 1e-9


def test_the_true_rate_gives_the_power():
    for row in rate_exclusions(0.1, power=0.8):
        assert binom.cdf(row.events, row.n, row.true_rate) == pytest.approx(0.8, abs=1e-9)
        assert row.n <= row.n_two_sided
    assert list(rate_exclusions(0.1, power=0.8)[0].frame()["n"]) == [29]


@pytest.mark.parametrize("rate", [0.0, 1.0, 1e-6])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(ConfigError, match="a study cannot exclude a rate of"):
        patients_to_exclude(rate)
