"""Credible intervals of a mixture of two posteriors."""

import numpy as np
import pytest
from scipy.special import logit

from responder.models.borrowed_decision import BorrowedDecision
from responder.models.decision import LaplaceDecision
from responder.validate.credible import credible_interval


def test_it_holds_the_share_of_the_mixture_that_it_says():
    """Oracle: a million draws of both components; limits to 0.01 in the logit."""
    parts = (
        LaplaceDecision(np.array([1.0, 0.5]), np.array([[0.3, 0.1], [0.1, 0.2]])),
        LaplaceDecision(np.array([-1.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]])),
    )
    row = np.array([[1.0]])
    found = credible_interval(BorrowedDecision(parts, np.array([0.3, 0.7]), np.zeros((2, 2)), np.ones(2)), row, 0.9)
    rng = np.random.default_rng(1)
    which = rng.random(1_000_000) < 0.3
    draws = np.where(which, 1.5 + 0.7**0.5 * rng.normal(size=which.size), -1.0 + 2**0.5 * rng.normal(size=which.size))
    np.testing.assert_allclose(logit(found[0]), np.quantile(draws, [0.05, 0.95]), atol=0.01)


@pytest.mark.parametrize("sd", [0.02, 1.0, 8.0])
def test_one_normal_posterior_has_its_own_limits_however_wide(sd):
    part = LaplaceDecision(np.zeros(2), np.diag([sd**2, 0.0]))
    decision = BorrowedDecision((part, part), np.array([0.5, 0.5]), np.zeros((2, 2)), np.ones(2))
    lower, upper = credible_interval(decision, np.zeros((1, 1)))[0]
    assert logit([lower, upper]) == pytest.approx([-1.959964 * sd, 1.959964 * sd], rel=1e-4)
