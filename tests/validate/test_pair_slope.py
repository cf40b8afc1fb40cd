"""Oracles: scikit-learn on mirrored pairs for the maximum, its definition for the limits, simulation, truth known."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtri
from sklearn.linear_model import LogisticRegression

from responder.models import build_model
from responder.plan.population import plain_features
from responder.validate.calibration import NotEstimable, calibration
from responder.validate.calibration_coverage import simulated_slope
from responder.validate.loo import leave_one_out_predictions
from responder.validate.pair_slope import out_of_fold_calibration, pair_slope, signed_root
from responder.validate.pairs import leave_pair_out
from responder.validate.refit import ModelPipeline, Table

PAIRS = np.random.default_rng(5).normal(0.5, 1.0, (6, 8))


def test_the_maximum_is_that_of_a_logistic_regression_without_intercept():
    flat = PAIRS.ravel()[:, None]
    mirrored, labels = np.vstack([flat, -flat]), np.repeat([1, 0], flat.size)
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(mirrored, labels)
    assert pair_slope(PAIRS, 1.96).value == pytest.approx(model.coef_[0, 0], abs=1e-5)


def test_limits_are_where_the_likelihood_of_as_many_independent_pairs_has_dropped():
    found = pair_slope(PAIRS, 3.0)
    pairs = 2 * 6 * 8 / 14

    def log_likelihood(slope):
        return pairs * float(np.log(1 / (1 + np.exp(-slope * PAIRS))).mean())

    for limit in (found.lower, found.upper):
        assert log_likelihood(found.value) - log_likelihood(limit) == pytest.approx(4.5, abs=1e-6)
    assert abs(signed_root(PAIRS, found.lower)) == pytest.approx(3.0, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(arrays(float, (3, 4), elements=st.floats(-3, 3)), st.floats(0.2, 5))
def test_scaling_the_logits_scales_the_slope_the_other_way(difference, factor):
    assume(np.abs(difference).max() > 0.1)
    found, scaled = pair_slope(difference, 2.5), pair_slope(factor * difference, 2.5)
    assume(found.value is not None and scaled.value is not None)
    for name in ("value", "lower", "upper"):
        assert factor * getattr(scaled, name) == pytest.approx(getattr(found, name), rel=1e-4, abs=1e-4)


def test_pairs_that_were_not_asked_do_not_count():
    some = PAIRS.copy()
    some[::2, ::3] = np.nan
    known = some[~np.isnan(some)]
    assert pair_slope(some, 1.96).value == pytest.approx(pair_slope(known[None], 1.96).value, abs=1e-9)


def test_no_maximum_is_a_reason():
    assert pair_slope(np.abs(PAIRS), 1.96).reason is NotEstimable.SEPARATION
    assert pair_slope(-np.abs(PAIRS), 1.96).reason is NotEstimable.SEPARATION
    assert pair_slope(np.zeros((3, 4)), 1.96).reason is NotEstimable.CONSTANT_PREDICTION
    assert signed_root(np.abs(PAIRS), 0.0) > 0 > signed_root(-np.abs(PAIRS), 0.0)
    with pytest.raises(ValueError, match="at least one pair"):
        pair_slope(np.full((2, 2), np.nan), 1.96)


def cohort(seed, n, auc):
    """Return outcome, leave-one-out probabilities, pair differences and the true slope of one simulated cohort."""
    rng = np.random.default_rng(seed)
    outcome = (np.arange(n) < n // 2).astype(int)
    apart = np.where(np.arange(6) < 3, np.sqrt(2 / 3) * ndtri(auc), 0.0)
    table = Table(plain_features(6), rng.standard_normal((n, 6)) + outcome[:, None] * apart, {})
    pipeline = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
    logit = pipeline.fit(outcome).logit(np.vstack([np.zeros(6), np.eye(6)]))
    weights = logit[1:] - logit[0]
    loo, pairs = leave_one_out_predictions(pipeline, outcome), leave_pair_out(pipeline, outcome)
    return outcome, loo.probability, pairs.difference, float(weights @ apart / (weights @ weights))


@pytest.mark.parametrize("auc", [0.5, 0.775])
def test_the_slope_does_not_sag_as_that_of_leave_one_out_does(auc):
    """60 cohorts of 15: the truth of a normal mixture in closed form, w'd / w'w."""
    found = [cohort(1000 + seed, 15, auc) for seed in range(60)]
    new = np.array([pair_slope(pairs, 1.96).value for _, _, pairs, _ in found], dtype=float)
    old = np.array([calibration(y, p).slope.value for y, p, _, _ in found], dtype=float)
    truth = np.array([b for *_, b in found])
    sag = np.nanmedian(old - truth)
    assert sag < -1
    assert abs(np.nanmedian(new - truth)) < 0.5 * abs(sag)


def test_the_interval_holds_the_truth_where_that_of_leave_one_out_does_not():
    """60 cohorts of 30 without a signal: at 95%, three binomial standard errors below are 52."""
    found = [cohort(2000 + seed, 30, 0.5) for seed in range(60)]
    held = {"old": 0, "new": 0}
    z = simulated_slope("ridge:0.1", 15, 15, 6).z
    for outcome, probability, pairs, truth in found:
        old = calibration(outcome, probability).slope
        new = pair_slope(pairs, z)
        held["old"] += old.lower <= truth <= old.upper
        held["new"] += new.lower <= truth <= new.upper
    assert held["old"] < 48
    assert held["new"] >= 52


def test_nine_patients_get_no_slope_and_are_told_how_many_would():
    outcome, probability, pairs, _ = cohort(3, 9, 0.9)
    result = out_of_fold_calibration(outcome, probability, pairs, "ridge:0.1", 6)
    assert result.slope.reason is NotEstimable.TOO_FEW_PATIENTS
    assert result.slope.value is None
    assert result.slope_coverage.smallest_n > 9
    assert result.intercept.reason is NotEstimable.LEAVE_ONE_OUT
    assert result.in_the_large.value == calibration(outcome, probability).in_the_large.value
    told = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert told["slope_coverage"]["smallest_n"] == result.slope_coverage.smallest_n
    assert told["in_the_large_coverage"]["n"] == 9


def test_enough_patients_get_a_slope_from_their_pairs():
    outcome, probability, pairs, _ = cohort(4, 60, 0.775)
    result = out_of_fold_calibration(outcome, probability, pairs, "ridge:0.1", 6)
    assert result.slope == pair_slope(pairs, simulated_slope("ridge:0.1", 30, 30, 6).z)


def test_one_class_and_a_constant_model_keep_their_reasons():
    assert out_of_fold_calibration([1, 1], [0.4, 0.6], np.empty((2, 0)), "firth", 6).slope.reason is (
        NotEstimable.ONE_CLASS
    )
    constant = out_of_fold_calibration([1, 1, 0, 0], [0.4, 0.4, 0.6, 0.6], np.zeros((2, 2)), "prevalence", 6)
    assert constant.slope.reason is NotEstimable.CONSTANT_PREDICTION
