import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logit
from scipy.stats import norm

from responder.validate.coverage import calibrated_z
from responder.validate.intervals import (
    calibrated_interval,
    delong_standard_error,
    logit_delong_interval,
    newcombe_interval,
    newcombe_variance,
)

METHODS = (logit_delong_interval, newcombe_interval, calibrated_interval)
pair_values = st.sampled_from([0.0, 0.5, 1.0])
matrices = st.tuples(st.integers(2, 7), st.integers(2, 7)).flatmap(
    lambda shape: arrays(float, shape, elements=pair_values)
)


def wins_of_scores(responders, others):
    difference = np.subtract.outer(np.asarray(responders, float), np.asarray(others, float))
    return (np.sign(difference) + 1) / 2


# Parker and Vannest's example as printed by the R package SingleCaseES 0.x for NAP, interval "method 5 of
# Newcombe 2006"; R's uniroot was left at its default tolerance of 1.2e-4
PHASE_A, PHASE_B = [20, 20, 26, 25, 22, 23], [28, 25, 24, 27, 30, 30, 29]


def test_newcombe_against_single_case_es():
    interval = newcombe_interval(wins_of_scores(PHASE_B, PHASE_A))
    assert interval.estimate == pytest.approx(0.9166667, abs=1e-7)
    assert (interval.lower, interval.upper) == pytest.approx((0.5973406, 0.9860176), abs=1.2e-4)


@given(matrices)
def test_newcombe_limits_solve_the_score_equation(wins):
    interval = newcombe_interval(wins)
    for limit in (interval.lower, interval.upper):
        if 0 < limit < 1:
            error = 1.959964 * np.sqrt(newcombe_variance(limit, *wins.shape))
            assert abs(interval.estimate - limit) == pytest.approx(error, abs=1e-6)


def test_newcombe_with_one_patient_in_each_class_is_wilsons_interval():
    """With n1 = n0 = 1, N = 0 and the variance is that of one coin: theta (1 - theta)."""
    interval = newcombe_interval([[1.0]])
    z2 = norm.ppf(0.975) ** 2
    assert interval.lower == pytest.approx(1 / (1 + z2), abs=1e-9)
    assert interval.upper == 1.0


def test_delong_by_hand():
    wins = np.array([[1, 1, 0], [1, 0.5, 0]])
    # row means 2/3 and 1/2, column means 1, 3/4, 0
    rows, columns = np.array([2 / 3, 1 / 2]), np.array([1, 3 / 4, 0])
    error = np.sqrt(rows.var(ddof=1) / 2 + columns.var(ddof=1) / 3)
    assert float(delong_standard_error(wins)) == pytest.approx(error)
    auc = 3.5 / 6
    reach = 1.959964 * error / (auc * (1 - auc))
    interval = logit_delong_interval(wins)
    assert interval.lower == pytest.approx(expit(logit(auc) - reach), abs=1e-6)
    assert interval.upper == pytest.approx(expit(logit(auc) + reach), abs=1e-6)


def test_delong_of_many_matrices_at_once():
    stack = np.random.default_rng(0).integers(0, 2, size=(5, 3, 4)).astype(float)
    assert delong_standard_error(stack) == pytest.approx([float(delong_standard_error(one)) for one in stack])


def test_perfect_separation_has_the_interval_of_one_tied_pair():
    perfect, tied = np.ones((3, 6)), np.ones((3, 6))
    tied[1, 2] = 0.5
    open_, reference = logit_delong_interval(perfect), logit_delong_interval(tied)
    assert open_.estimate == open_.upper == 1.0
    assert open_.lower == pytest.approx(reference.lower, abs=1e-12)
    assert 0.5 < open_.lower < 0.8


@given(matrices)
@settings(max_examples=50)
def test_no_interval_collapses_or_leaves_the_unit_interval(wins):
    for method in METHODS:
        interval = method(wins)
        assert 0 <= interval.lower <= interval.estimate <= interval.upper <= 1
        assert interval.upper - interval.lower > 0.01


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_a_matrix_of_one_value_keeps_an_open_interval(method, value):
    interval = method(np.full((3, 6), value))
    assert interval.upper - interval.lower > 0.1
    if value == 1.0:
        assert interval.lower > 0.4
        assert interval.upper == 1.0


@given(matrices)
@settings(max_examples=30)
def test_swapping_the_classes_mirrors_the_interval(wins):
    for method in METHODS[:2]:
        interval, mirror = method(wins), method(1 - wins.T)
        assert mirror.lower == pytest.approx(1 - interval.upper, abs=1e-6)
        assert mirror.upper == pytest.approx(1 - interval.lower, abs=1e-6)


@given(matrices)
@settings(max_examples=30)
def test_calibrated_is_the_score_interval_at_the_simulated_z(wins):
    interval, nominal = calibrated_interval(wins), newcombe_interval(wins)
    assert interval.lower <= nominal.lower + 1e-9
    assert interval.upper >= nominal.upper - 1e-9
    for limit in (interval.lower, interval.upper):
        if 0 < limit < 1:
            error = calibrated_z(limit, *wins.shape) * np.sqrt(newcombe_variance(limit, *wins.shape))
            assert abs(interval.estimate - limit) == pytest.approx(float(error), abs=1e-6)


def test_levels_nest():
    wins = wins_of_scores(PHASE_B, PHASE_A)
    for method in METHODS:
        narrow, wide = method(wins, 0.8), method(wins, 0.95)
        assert wide.lower < narrow.lower < narrow.upper < wide.upper
        assert narrow.coverage is None
        assert wide.coverage is not None


def test_one_patient_in_a_class_leaves_delong_nothing_to_estimate():
    interval = logit_delong_interval([[1, 1, 0.5, 0]])
    assert (interval.lower, interval.upper) == (0.0, 1.0)


def test_sampled_pairs_widen_both_intervals():
    rng = np.random.default_rng(3)
    wins = wins_of_scores(rng.normal(1, 1, 30), rng.normal(0, 1, 30))
    sample = np.where(rng.random(wins.shape) < 0.1, wins, np.nan)
    for method in (logit_delong_interval, newcombe_interval):
        whole, part = method(wins), method(sample)
        assert part.n_pairs == int((~np.isnan(sample)).sum())
        assert part.upper - part.lower > whole.upper - whole.lower


def test_wrong_matrices_are_refused():
    with pytest.raises(ValueError, match="matrix"):
        newcombe_interval([1, 0])
    with pytest.raises(ValueError, match="no computed pair"):
        newcombe_interval([[np.nan]])
    with pytest.raises(ValueError, match=r"1, 0\.5, 0"):
        logit_delong_interval([[0.7]])
    with pytest.raises(ValueError, match="no calibrated interval"):
        calibrated_interval([[1, 0], [1, 1]], 0.99)


def test_json_and_frame():
    interval = calibrated_interval(np.ones((3, 6)))
    plain = json.loads(json.dumps(interval.to_json(), allow_nan=False))
    assert plain["coverage"]["n_responders"] == 3
    assert interval.frame().loc[0, "method"] == "calibrated"


def test_sampled_pairs_add_the_variance_of_the_sample_to_newcombes():
    """12 of 30 pairs, 9 won: the limits solve the score equation with (1 - 12/30) / 12 theta (1 - theta) added."""
    wins = np.full((5, 6), np.nan)
    wins.flat[:12] = [1.0] * 9 + [0.0] * 3
    theta = np.linspace(0.001, 0.999, 998_001)
    typical = 11 / 2 - 1
    newcombe = theta * (1 - theta) * (1 + typical * (1 - theta) / (2 - theta) + typical * theta / (1 + theta)) / 30
    inside = np.abs(0.75 - theta) <= 1.959964 * np.sqrt(newcombe + 0.6 / 12 * theta * (1 - theta))
    found = newcombe_interval(wins)
    assert (found.lower, found.upper) == pytest.approx((theta[inside].min(), theta[inside].max()), abs=2e-6)
