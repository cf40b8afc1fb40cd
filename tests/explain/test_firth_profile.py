"""Firth's log-odds of one feature: closed forms, and limits checked by an independent maximisation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import expit
from scipy.stats import chi2

from responder.explain.firth_profile import _Profile, firth_log_odds


@settings(max_examples=25)
@given(st.lists(st.integers(0, 6), min_size=4, max_size=4))
def test_two_by_two_is_haldane(cells):
    """For a 2 x 2 table Firth's estimate adds half a patient to each cell (Heinze and Schemper 2002)."""
    a, b, c, d = cells
    if a + b == 0 or c + d == 0 or a + c == 0 or b + d == 0:
        return
    feature = np.repeat([1.0, 1.0, 0.0, 0.0], cells)
    outcome = np.repeat([1, 0, 1, 0], cells)
    found = firth_log_odds(feature, outcome)
    expected = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    assert found.estimate / feature.std() == pytest.approx(expected, abs=1e-6)
    assert found.lower < found.estimate < found.upper


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_limits_are_where_the_likelihood_ratio_says(seed):
    rng = np.random.default_rng(seed)
    feature = rng.normal(size=14)
    outcome = (feature + rng.normal(size=14) > 0).astype(int)
    found = firth_log_odds(feature, outcome)
    x = (feature - feature.mean()) / feature.std()

    def penalised(a, b):
        p = 1 / (1 + np.exp(-(a + b * x)))
        design = np.column_stack([np.ones(14), x])
        information = design.T @ (design * (p * (1 - p))[:, None])
        return np.log(np.where(outcome == 1, p, 1 - p)).sum() + 0.5 * np.log(np.linalg.det(information))

    best = minimize(lambda t: -penalised(*t), [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert found.estimate == pytest.approx(best.x[1], abs=1e-5)
    for limit in (found.lower, found.upper):
        at = minimize(lambda a, b=limit: -penalised(a[0], b), [0.0], method="Nelder-Mead", options={"fatol": 1e-12})
        assert 2 * (at.fun - best.fun) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-5)


def brute_force_limit(x, y, estimate, side):
    """The outermost crossing on a dense grid of slopes and intercepts, polished: no code of the package."""
    gaps = (x[:, None] - x[None]) ** 2

    def penalised(a, b):
        eta = np.asarray(a)[..., None] + b * x
        weight = 1.0 / (2.0 + 2.0 * np.cosh(np.minimum(np.abs(eta), 300.0)))
        information = 0.5 * np.einsum("...i,ij,...j->...", weight, gaps, weight)
        return (y * eta - np.logaddexp(0.0, eta)).sum(axis=-1) + 0.5 * np.log(np.maximum(information, 1e-300))

    def profile(b, step=0.05):
        a = np.arange(-(b * x).max() - 4.0, -(b * x).min() + 4.0, step)
        value = penalised(a, b)
        peaks = np.flatnonzero((value[1:-1] >= value[:-2]) & (value[1:-1] >= value[2:])) + 1
        return max(
            -minimize_scalar(
                lambda t: -penalised(t, b), bounds=a[[i - 1, i + 1]], method="bounded", options={"xatol": 1e-10}
            ).fun
            for i in peaks[value[peaks] > value.max() - 0.01]
        )

    allowed = profile(estimate) - chi2.ppf(0.95, 1) / 2
    slopes = estimate + side * np.cumsum(np.full(400, 0.1))
    reached = [
        penalised(np.arange(-(b * x).max() - 4.0, -(b * x).min() + 4.0, 0.1), b).max() > allowed - 0.02 for b in slopes
    ]
    beyond = slopes[np.flatnonzero(reached)[-1] + 1]
    assert beyond != slopes[-1]
    while profile(beyond - side * 0.05) < allowed:
        beyond -= side * 0.05
    return brentq(lambda b: profile(b) - allowed, beyond - side * 0.05, beyond, xtol=1e-10)


# near separation the likelihood has several maxima along the intercept: sets of nine to fifteen patients on which the
# iteration that ended in a lower one gave limits .28 to 2 too near to the estimate, and one where the limits held
SEVERAL_MAXIMA = [23, 167, 351, 431, 8]


def near_separation(seed):
    rng = np.random.default_rng(seed)
    n = 9 + seed % 7
    x = np.round(rng.normal(size=n), 3)
    return x, (rng.random(n) < expit(rng.normal() * 0.5 + (0, 1, 2, 4)[seed % 4] * x)).astype(int)


@pytest.mark.parametrize("seed", SEVERAL_MAXIMA)
def test_limits_are_the_outermost_crossings(seed):
    feature, outcome = near_separation(seed)
    found = firth_log_odds(feature, outcome)
    x = (feature - feature.mean()) / feature.std()
    for side, limit in ((-1.0, found.lower), (1.0, found.upper)):
        assert limit == pytest.approx(brute_force_limit(x, outcome, found.estimate, side), abs=1e-6)


def test_a_profile_with_several_maxima():
    """An upper limit of 7.265 was printed where the profile goes on above the bound to 7.8467 (dense grid)."""
    x = np.array([0.873, 0.955, 0.649, 0.322, 2.26, -1.227, -0.761, -1.011, 0.881])
    found = firth_log_odds(x, np.array([1, 1, 1, 1, 1, 0, 0, 0, 1]))
    assert found.lower == pytest.approx(0.52425, abs=1e-5)
    assert found.upper == pytest.approx(7.84669, abs=1e-5)


@pytest.mark.parametrize("slope", [0.0, 1.5, -7.0, 40.0, 3000.0])
def test_the_profile_is_the_highest_over_all_intercepts(slope):
    x, y = near_separation(23)
    x = (x - x.mean()) / x.std()
    profile = _Profile(x, y.astype(float))
    reach = np.abs(slope * x).max() + 5.0
    around = np.concatenate([np.linspace(-reach, reach, 20001), *(-slope * v + np.linspace(-8, 8, 4001) for v in x)])
    eta = around[:, None] + slope * x
    weight = np.exp(-np.logaddexp(0, eta) - np.logaddexp(0, -eta))
    information = 0.5 * np.einsum("ai,ij,aj->a", weight, (x[:, None] - x[None]) ** 2, weight)
    with np.errstate(divide="ignore"):
        value = (y * eta - np.logaddexp(0.0, eta)).sum(axis=1) + 0.5 * np.log(information)
    assert value.max() - 1e-9 <= profile.at(slope) <= value.max() + 1e-3
    assert profile.at(slope) <= profile.ceiling(slope, 1.0 if slope > 0 else -1.0)


def test_separation_stays_finite():
    found = firth_log_odds(np.arange(9.0), np.array([0, 0, 0, 1, 1, 1, 1, 1, 1]))
    assert np.isfinite([found.estimate, found.lower, found.upper]).all()
    assert 0 < found.lower < found.estimate < found.upper


def test_units_do_not_matter():
    feature, outcome = np.array([1.0, 4.0, 2.0, 8.0, 5.0]), np.array([0, 1, 0, 1, 0])
    one, other = firth_log_odds(feature, outcome), firth_log_odds(feature * 1e6 - 3, outcome)
    assert other.upper == pytest.approx(one.upper, rel=1e-5)


@pytest.mark.parametrize(("feature", "outcome"), [([1, 1, 1], [0, 1, 0]), ([1, 2, 3], [1, 1, 1])])
def test_says_nan_where_nothing_can_be_estimated(feature, outcome):
    assert np.isnan(firth_log_odds(np.array(feature, dtype=float), np.array(outcome)).estimate)
