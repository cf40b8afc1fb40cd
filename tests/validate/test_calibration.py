import json
from math import log

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from responder.validate.calibration import NotEstimable, calibration


def cohort(seed, n=60, slope=1.0, intercept=0.0):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    return (rng.random(n) < expit(intercept + slope * score)).astype(int), expit(score)


def log_likelihood(labels, eta):
    return float((labels * eta - np.logaddexp(0, eta)).sum())


def test_two_probabilities_have_a_closed_form():
    labels, predicted = [1, 0, 0, 0, 1, 1, 1, 0], [0.2] * 4 + [0.8] * 4
    result = calibration(labels, predicted)
    # the saturated model: observed logits -log 3 and log 3 at predicted logits -log 4 and log 4
    assert result.slope.value == pytest.approx(log(3) / log(4), abs=1e-9)
    assert result.intercept.value == pytest.approx(0, abs=1e-9)
    assert result.in_the_large.value == pytest.approx(0, abs=1e-9)
    assert not result.curve_is_drawable


def test_constant_prediction_shifts_by_the_difference_of_logits():
    result = calibration([1] * 6 + [0] * 3, [0.5] * 9)
    assert result.in_the_large.value == pytest.approx(logit(6 / 9), abs=1e-9)
    assert result.slope.reason is result.intercept.reason is NotEstimable.CONSTANT_PREDICTION


@pytest.mark.parametrize("seed", range(5))
def test_slope_and_intercept_agree_with_scikit_learn(seed):
    labels, predicted = cohort(seed, slope=0.6, intercept=0.4)
    result = calibration(labels, predicted)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(predicted)[:, None], labels)
    assert result.slope.value == pytest.approx(model.coef_[0, 0], abs=1e-5)
    assert result.intercept.value == pytest.approx(model.intercept_[0], abs=1e-5)


def test_limits_are_where_the_profile_has_dropped_by_half_the_chi_square_quantile():
    labels, predicted = cohort(1)
    result = calibration(labels, predicted)
    score = logit(predicted)
    grid = np.linspace(-3, 3, 6_001)
    top = log_likelihood(labels, result.intercept.value + result.slope.value * score)
    for limit in (result.slope.lower, result.slope.upper):
        eta = grid[:, None] + limit * score
        profile = (labels * eta - np.logaddexp(0, eta)).sum(axis=1).max()
        assert top - profile == pytest.approx(3.841459 / 2, abs=1e-4)
    top = log_likelihood(labels, result.in_the_large.value + score)
    for limit in (result.in_the_large.lower, result.in_the_large.upper):
        assert top - log_likelihood(labels, limit + score) == pytest.approx(3.841459 / 2, abs=1e-6)


def test_interval_of_the_slope_holds_the_truth_about_as_often_as_it_says():
    held = 0
    for seed in range(100):
        slope = calibration(*cohort(1000 + seed, n=80)).slope
        held += slope.lower <= 1 <= slope.upper
    assert held >= 88  # of 100 at 95%: three binomial standard errors below


@pytest.mark.parametrize(
    ("labels", "predicted", "reason"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], NotEstimable.SEPARATION),
        ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9], NotEstimable.SEPARATION),
        ([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9], NotEstimable.SEPARATION),
        ([0, 1, 0, 1], [0.0, 0.2, 0.8, 0.9], NotEstimable.CERTAIN_PREDICTION),
        ([1, 1, 1, 1], [0.1, 0.2, 0.8, 0.9], NotEstimable.ONE_CLASS),
    ],
)
def test_no_maximum_is_a_value_not_a_number(labels, predicted, reason):
    result = calibration(labels, predicted)
    assert result.slope.reason is reason
    assert result.slope.value is result.slope.lower is result.slope.upper is None
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))["slope"]["reason"] == reason.value


def test_leave_one_out_prevalence_is_separated_backwards():
    labels = np.array([1] * 6 + [0] * 3)
    predicted = (labels.sum() - labels) / (len(labels) - 1)
    assert calibration(labels, predicted).slope.reason is NotEstimable.SEPARATION


@settings(max_examples=30)
@given(
    arrays(float, 12, elements=st.floats(0.01, 0.99)),
    arrays(bool, 12),
)
def test_estimates_are_inside_their_limits_and_mirror(predicted, labels):
    assume(0 < labels.sum() < 12)
    result, mirror = calibration(labels, predicted), calibration(~labels, 1 - predicted)
    for name, sign in (("in_the_large", -1), ("intercept", -1), ("slope", 1)):
        estimate, mirrored = getattr(result, name), getattr(mirror, name)
        if estimate.reason is None and mirrored.reason is None:
            assert estimate.lower < estimate.value < estimate.upper
            assert mirrored.value == pytest.approx(sign * estimate.value, rel=1e-4, abs=1e-4)


def test_wrong_arrays_are_refused():
    with pytest.raises(ValueError, match="0 and 1"):
        calibration([0, 2], [0.5, 0.5])
    with pytest.raises(ValueError, match="expected 2"):
        calibration([0, 1], [0.5])


def test_frame():
    frame = calibration(*cohort(3)).frame()
    assert list(frame.index) == ["in_the_large", "intercept", "slope"]
    assert frame.loc["slope", "lower"] < frame.loc["slope", "value"]
