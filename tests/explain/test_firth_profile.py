"""Firth's log-odds of one feature: closed forms, and limits checked by an independent maximisation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import chi2

from responder.explain.firth_profile import firth_log_odds


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
