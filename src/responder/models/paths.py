"""Logits along the orders in which players join a profile, of decisions that see a profile through a few sums.

Among thousands of features every player changes each sum a little, so that a whole order costs hardly more than one
mixture. It is for decisions of many features alone; of few, mixtures share more (`responder.models.mixtures`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.models.decision import Decision, KernelDecision, LaplaceDecision, moderate
from responder.models.low_rank import LowRank
from responder.models.wide import MANY_COLUMNS

__all__ = ["Summed", "summed"]


@dataclass(frozen=True)
class Summed:
    """A decision as a function of sums over features.

    Attributes
    ----------
    decision : LaplaceDecision or KernelDecision
    width : int
        How many sums.
    """

    decision: LaplaceDecision | KernelDecision
    width: int

    def parts(self, row: FloatArray) -> FloatArray:
        """Return what each feature of a row, shape (k,), adds to the sums, shape (width, k)."""
        if isinstance(self.decision, KernelDecision):
            return np.asarray((row - self.decision.rows) ** 2)
        own = self.decision.covariance
        assert isinstance(own, LowRank)
        apart = row - own.centre[1:]
        return np.vstack([self.decision.coefficients[1:] * row, own.diagonal[1:] * apart**2, own.factor[:, 1:] * apart])

    def logits(self, sums: FloatArray) -> FloatArray:
        """Return the logits of sums over all features, shape (..., width)."""
        if isinstance(self.decision, KernelDecision):
            return self.decision.logit_at(sums)
        own = self.decision.covariance
        assert isinstance(own, LowRank)
        intercept = 1.0 - own.centre[0]
        variance = own.diagonal[0] * intercept**2 + sums[..., 1]
        variance -= np.square(sums[..., 2:] + own.factor[:, 0] * intercept).sum(axis=-1)
        return moderate(self.decision.coefficients[0] + sums[..., 0], variance)

    def along(self, ours: FloatArray, theirs: FloatArray, player_of: IntArray, order: IntArray) -> FloatArray:
        """Return the logits from one row to the other as players join.

        Parameters
        ----------
        ours, theirs : ndarray, shape (k,)
            What players who joined take their features from, and what all others take them from.
        player_of : ndarray of int, shape (k,)
            The player of each feature.
        order : ndarray of int, shape (o, g)
            Players in the orders in which they join.

        Returns
        -------
        ndarray, shape (o, g + 1)
        """
        before = self.parts(theirs)
        by_player = np.argsort(player_of, kind="stable")
        first = np.searchsorted(player_of[by_player], np.arange(order.shape[1]))
        change = np.add.reduceat((self.parts(ours) - before)[:, by_player], first, axis=1).T
        sums = np.empty((len(order), order.shape[1] + 1, self.width))
        sums[:, 0] = before.sum(axis=1)
        np.cumsum(change[order], axis=1, out=sums[:, 1:])
        sums[:, 1:] += sums[:, :1]
        return self.logits(sums)


def summed(decision: Decision, features: int) -> Summed | None:
    """Return a decision of many features as a function of few sums; None where it is no such function.

    Examples
    --------
    >>> from responder.models.gp import GaussianProcessModel
    >>> x = np.random.default_rng(0).standard_normal((4, 60))
    >>> found = summed(GaussianProcessModel("gp").decide(x, np.array([0, 1, 0, 1])), 60)
    >>> found.along(x[0], x[1], np.arange(60), np.arange(60)[None]).shape
    (1, 61)
    """
    if features <= MANY_COLUMNS:
        return None
    if isinstance(decision, KernelDecision):
        return Summed(decision, len(decision.rows))
    if isinstance(decision, LaplaceDecision) and isinstance(decision.covariance, LowRank):
        return Summed(decision, len(decision.covariance.factor) + 2)
    return None
