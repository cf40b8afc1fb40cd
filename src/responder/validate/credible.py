"""Central credible intervals of the probabilities of a model that borrows."""

from __future__ import annotations

import numpy as np

from responder.arrays import FloatArray
from responder.models.borrowed_decision import BorrowedDecision
from responder.models.solver import expit

__all__ = ["credible_interval"]

STEPS = 60
FARTHEST_SD = 10.0


def credible_interval(decision: BorrowedDecision, features: FloatArray, level: float = 0.95) -> FloatArray:
    """Return the central interval of each row's probability under the mixture of both posteriors, shape (m, 2).

    Parameters
    ----------
    decision : BorrowedDecision
        Fitted.
    features : ndarray, shape (m, k)
        Standardised.
    level : float
        Posterior probability inside.

    Examples
    --------
    >>> from responder.models.decision import LaplaceDecision
    >>> part = LaplaceDecision(np.zeros(2), np.diag([1.0, 0.0]))
    >>> decision = BorrowedDecision((part, part), np.array([0.5, 0.5]), np.zeros((2, 2)), np.ones(2))
    >>> credible_interval(decision, np.zeros((1, 1))).round(3).tolist()  # expit of 1.96 to either side
    [[0.123, 0.877]]
    """
    from scipy.special import ndtr

    rows = np.column_stack([np.ones(len(features)), features])
    mean = np.stack([rows @ part.coefficients for part in decision.parts])
    sd = np.sqrt(np.stack([((rows @ part.covariance) * rows).sum(axis=1) for part in decision.parts]))
    lowest, highest = (mean - FARTHEST_SD * sd).min(axis=0), (mean + FARTHEST_SD * sd).max(axis=0)
    limits = []
    for tail in ((1.0 - level) / 2.0, (1.0 + level) / 2.0):
        low, high = lowest.copy(), highest.copy()
        for _ in range(STEPS):
            middle = (low + high) / 2.0
            below = decision.weights @ ndtr((middle - mean) / np.maximum(sd, np.finfo(float).tiny)) < tail
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        limits.append((low + high) / 2.0)
    return expit(np.stack(limits, axis=1))
