"""The power prior of another cohort's patients: against the analytic posterior, quadrature, and units."""

import numpy as np
import pytest
from scipy.special import expit

from responder.evidence.power_prior import SUMMARY_SD, CohortSummary, overlap, power_prior

NAMES = ("a", "b")


def patients(n=40, seed=0, effects=(1.0, -0.5)):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)) * [2.0, 0.5] + [5.0, -1.0]
    x[:, 1] += 0.1 * x[:, 0]
    return x, (rng.random(n) < expit((x - x.mean(axis=0)) @ effects)).astype(int)


@pytest.mark.parametrize("power", [0.25, 1.0])
def test_one_marker_has_the_analytic_normal_posterior(power):
    summary = CohortSummary(("a",), np.array([0.8]), np.array([[0.09]]))
    features, mean, covariance = power_prior({"a": (0.2, 0.5)}, [summary.discounted(power, {"a": 1.0})])
    precision = 1 / 0.25 + power / 0.09
    assert features == ("a",)
    assert mean[0] == pytest.approx((0.2 / 0.25 + power * 0.8 / 0.09) / precision, abs=1e-12)
    assert covariance[0, 0] == pytest.approx(1 / precision, abs=1e-12)


@pytest.mark.parametrize(("power", "seed"), [(0.1, 0), (0.5, 1), (1.0, 2)])
def test_it_is_near_the_power_prior_itself(power, seed):
    """Oracle: likelihood to the power, times the initial prior, summed over a grid of intercept and slope.

    Normal approximation of 40 patients: mean to 0.08, and towards the initial prior; SD to 0.04; log odds per SD.
    """
    x, y = patients(seed=seed, effects=(0.4, 0.0))  # 0.8 per SD
    z = (x[:, 0] - x[:, 0].mean()) / x[:, 0].std()
    found = CohortSummary.of(("a",), z[:, None], y).discounted(power, {"a": 1.0})
    _, mean, covariance = power_prior({"a": (0.0, 0.5)}, [found])
    intercept, slope = np.meshgrid(np.linspace(-6, 6, 241), np.linspace(-4, 4, 321), indexing="ij")
    likelihood = -np.logaddexp(0.0, (1 - 2 * y) * (intercept[..., None] + slope[..., None] * z)).sum(axis=-1)
    log = power * (likelihood - 0.5 * (slope / SUMMARY_SD) ** 2 - 0.5 * (intercept / 5.0) ** 2)
    weight = np.exp(log - log.max() - 0.5 * (slope / 0.5) ** 2)
    weight /= weight.sum()
    exact = float((weight * slope).sum())
    assert mean[0] == pytest.approx(exact, abs=0.08)
    assert abs(mean[0]) <= abs(exact)
    assert covariance[0, 0] ** 0.5 == pytest.approx(float((weight * (slope - exact) ** 2).sum()) ** 0.5, abs=0.04)


def test_nothing_is_left_of_a_cohort_without_weight():
    summary = CohortSummary.of(NAMES, *patients())
    assert summary.discounted(0.0, {"a": 1.0, "b": 1.0}).features == ()
    initial = {"a": (0.3, 0.5)}
    features, mean, covariance = power_prior(initial, [summary.discounted(0.0, {"a": 1.0, "b": 1.0})])
    assert (features, mean.tolist(), covariance.tolist()) == (("a",), [0.3], [[0.25]])


def test_a_marker_that_does_not_count_leaves_the_others_as_if_it_were_unknown():
    summary = CohortSummary.of(NAMES, *patients())
    without = summary.discounted(1.0, {"a": 1.0, "b": 0.0})
    hardly = summary.discounted(1.0, {"a": 1.0, "b": 1e-9})
    vague = {"a": (0.0, 0.5), "b": (0.0, 0.5)}
    one, other = power_prior(vague, [without]), power_prior(vague, [hardly])
    np.testing.assert_allclose(one[1], other[1], atol=1e-6)
    np.testing.assert_allclose(one[2], other[2], atol=1e-6)


def test_two_cohorts_count_as_the_sum_of_their_information():
    summary = CohortSummary.of(NAMES, *patients())
    half = summary.discounted(0.5, {"a": 1.0, "b": 1.0})
    vague = {"a": (0.0, 0.5), "b": (0.0, 0.5)}
    for one, two in zip(power_prior(vague, [summary])[1:], power_prior(vague, [half, half])[1:], strict=True):
        np.testing.assert_allclose(one, two, atol=1e-12)


def test_it_does_not_matter_in_what_unit_a_marker_is_measured():
    x, y = patients()
    unit = np.array([10.0, 0.01])
    one, other = CohortSummary.of(NAMES, x, y), CohortSummary.of(NAMES, x * unit, y)
    np.testing.assert_allclose(other.mean * unit, one.mean, rtol=1e-9)
    np.testing.assert_allclose(other.covariance * np.outer(unit, unit), one.covariance, rtol=1e-9)
    assert overlap(x[:5, 0], x[:, 0]) == pytest.approx(overlap(10 * x[:5, 0], 10 * x[:, 0]))


def test_a_marker_that_never_varies_or_separates_is_no_obstacle():
    x, y = patients(n=12)
    constant = np.column_stack([np.ones(12), y + 0.01 * x[:, 0]])
    found = CohortSummary.of(NAMES, constant, y)
    assert found.features == ("b",)
    assert np.isfinite(found.mean).all()


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ([1.0, 1.0], [1.0, 1.0], 1.0),
        ([1.0, 1.0], [2.0, 2.0], 0.0),
        ([np.nan], [1.0], 0.0),
        ([0.0, 2.0], [9.0, 11.0], 0),
    ],
)
def test_overlap_of_odd_markers(one, other, share):
    assert overlap(np.array(one), np.array(other)) == pytest.approx(share, abs=1e-4)
