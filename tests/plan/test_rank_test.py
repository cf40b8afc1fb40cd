"""Noether's size of a rank-sum test against documented numbers, and against the power that it promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from responder.plan import rank_test_size


def test_documented_example():
    # R package statpsych 1.4, size.test.mann(.05, .90, .3): 44 in each of two equal groups
    assert rank_test_size(0.3, 0.5, power=0.9) == 88


def test_the_power_is_what_it_says():
    """Normal scores that differ by a shift; oracle: simulation with scipy, within three standard errors and a point."""
    auc, prevalence, rng = 0.75, 2 / 3, np.random.default_rng(5)
    n = rank_test_size(auc, prevalence)
    responders, shift, draws = round(n * prevalence), np.sqrt(2) * norm.ppf(auc), 2000
    scores = rng.standard_normal((draws, n))
    scores[:, :responders] += shift
    p = mannwhitneyu(scores[:, :responders], scores[:, responders:], axis=1, method="asymptotic").pvalue
    assert np.mean(p <= 0.05) == pytest.approx(0.8, abs=0.04)


@given(st.floats(0.55, 0.95), st.floats(0.1, 0.9), st.floats(0.005, 0.05))
def test_more_is_asked_of_a_weaker_effect_and_a_stricter_level(auc, prevalence, alpha):
    n = rank_test_size(auc, prevalence, alpha=alpha)
    assert n == rank_test_size(1.0 - auc, prevalence, alpha=alpha) == rank_test_size(auc, 1.0 - prevalence, alpha=alpha)
    assert n <= rank_test_size(0.5 + (auc - 0.5) / 2, prevalence, alpha=alpha)
    assert n <= rank_test_size(auc, prevalence, alpha=alpha / 4)
    assert n >= rank_test_size(auc, prevalence, alpha=alpha, side="greater")
