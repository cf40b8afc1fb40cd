import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from responder.validate.proportions import clopper_pearson, rule_of_three, zero_events_upper

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


@pytest.mark.parametrize(
    ("successes", "n", "lower", "upper"), [(6, 9, 0.299, 0.925), (6, 8, 0.349, 0.968), (0, 9, 0.0, 0.336)]
)
def test_clopper_pearson_of_the_reference_trial(successes, n, lower, upper):
    interval = clopper_pearson(successes, n)
    assert interval.lower == pytest.approx(lower, abs=5e-4)
    assert interval.upper == pytest.approx(upper, abs=5e-4)


@pytest.mark.parametrize(  # Newcombe 1998, Stat Med 17:857, table I, printed to four places
    ("successes", "n", "exact"),
    [
        (81, 263, (0.2527, 0.3676)),
        (15, 148, (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1684)),
        (1, 29, (0.0009, 0.1776)),
    ],
)
def test_against_newcombes_table(successes, n, exact):
    interval = clopper_pearson(successes, n)
    assert (interval.lower, interval.upper) == pytest.approx(exact, abs=6e-5)


@given(counts, levels)
def test_agrees_with_scipy(count, level):
    interval, theirs = clopper_pearson(*count, level), binomtest(*count).proportion_ci(level, method="exact")
    assert interval.lower == pytest.approx(theirs.low, abs=1e-9)
    assert interval.upper == pytest.approx(theirs.high, abs=1e-9)


@given(counts, levels)
def test_interval_is_ordered_and_mirrors(count, level):
    successes, n = count
    interval, mirror = clopper_pearson(successes, n, level), clopper_pearson(n - successes, n, level)
    assert 0 <= interval.lower <= interval.estimate <= interval.upper <= 1
    assert interval.lower < interval.upper
    assert mirror.lower == pytest.approx(1 - interval.upper, abs=1e-9)


def test_zero_events():
    assert rule_of_three(9) == pytest.approx(1 / 3)
    assert rule_of_three(2) == 1.0
    assert (1 - zero_events_upper(9)) ** 9 == pytest.approx(0.05)
    assert zero_events_upper(300) == pytest.approx(rule_of_three(300), rel=0.01)
    assert clopper_pearson(0, 9, 0.9).upper == pytest.approx(zero_events_upper(9, 0.95))


@pytest.mark.parametrize("count", [(-1, 9), (10, 9), (0, 0)])
def test_impossible_counts_are_refused(count):
    with pytest.raises(ValueError, match="within 0 and n"):
        clopper_pearson(*count)
    with pytest.raises(ValueError, match="strictly between"):
        clopper_pearson(1, 2, 1.0)


def test_frame_and_json():
    interval = clopper_pearson(6, 9)
    assert json.loads(json.dumps(interval.to_json()))["method"] == "clopper-pearson"
    assert interval.frame().loc[0, "successes"] == 6
