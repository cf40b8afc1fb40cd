"""A fitted `BorrowModel` as data: two components, their weights, and how much of it is other people's. NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from responder.arrays import FloatArray
from responder.models.decision import LaplaceDecision
from responder.models.solver import expit

__all__ = ["BorrowedDecision", "PatientsBehind", "averaged_logit"]

LARGEST_LOGIT = 300.0
NODES = 40
"""Of the quadrature over a component's linear predictor."""


def averaged_logit(logit: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the logit of an average of probabilities, over the first axis.

    Parameters
    ----------
    logit : ndarray, shape (C, ...)
        Of each component.
    weight : ndarray, shape (C, ...)
        They add up to 1.

    Examples
    --------
    >>> averaged_logit(np.array([[2.0], [-2.0]]), np.array([[0.5], [0.5]])).round(12) + 0.0
    array([0.])
    """
    odds_against = np.exp(-np.clip(logit, -LARGEST_LOGIT, LARGEST_LOGIT))
    share = weight / (1.0 + odds_against)
    return np.asarray(np.log(share.sum(axis=0) / (odds_against * share).sum(axis=0)))


@dataclass(frozen=True)
class PatientsBehind:
    """How many patients' worth of information stands behind probabilities, and whose it is.

    Attributes
    ----------
    all : ndarray, shape (m,)
        A proportion observed in so many patients like this one would be as uncertain.
    others, own : ndarray, shape (m,)
        Of these, other people, and the patients trained on. What is left is nobody's: the neutral prior, which holds
        every effect near 0.
    """

    all: FloatArray
    others: FloatArray
    own: FloatArray


@dataclass(frozen=True)
class BorrowedDecision:
    """An average of the probabilities of two components, each averaged over its coefficients.

    Attributes
    ----------
    parts : tuple of two LaplaceDecision
        The informative component and the vague one.
    weights : ndarray, shape (2,)
        What the training patients leave of each: 0 to 1, together 1.
    precision : ndarray, shape (k + 1, k + 1)
        What was borrowed, as precision of the informative component's coefficients, the intercept first.
    neutral : ndarray, shape (k + 1,)
        Precision of the neutral prior, of every coefficient; in the informative component, of those not borrowed.
    """

    parts: tuple[LaplaceDecision, ...]
    weights: FloatArray
    precision: FloatArray
    neutral: FloatArray
    kind: ClassVar[str] = "borrowed"

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the logit of the averaged probability of each row."""
        return averaged_logit(np.stack([part.logit(features) for part in self.parts]), self.weights[:, None])

    def patients_behind(self, features: FloatArray) -> PatientsBehind:
        """Return the effective sample size of each row's probability, other people's part in it, and the cohort's own.

        The size is p (1 - p) over the posterior variance of the probability (Thomassen et al. 2024, Stat Med 43:1384).
        The variance x' C x of a linear predictor is the sum of x' C P C x over the precisions P that make up the
        inverse of C: what was borrowed, the likelihood, the neutral prior. Each one's part is its share of the variance
        in either component, by the weights of the two.

        Parameters
        ----------
        features : ndarray, shape (m, k)
            Standardised features.
        """
        rows = np.column_stack([np.ones(len(features)), features])
        nodes, node_weight = np.polynomial.hermite_e.hermegauss(NODES)
        first, second, others, own = np.zeros((4, len(rows)))
        is_borrowed = np.diag(self.precision) > 0.0
        borrowed = (self.precision, np.zeros_like(self.precision))
        neutral = (np.where(is_borrowed, 0.0, self.neutral), self.neutral)
        for i, (part, weight) in enumerate(zip(self.parts, self.weights.tolist(), strict=True)):
            spread = rows @ part.covariance
            variance = (spread * rows).sum(axis=1)
            p = expit((rows @ part.coefficients)[:, None] + np.sqrt(variance)[:, None] * nodes)
            first += weight * (p @ node_weight) / node_weight.sum()
            second += weight * (p**2 @ node_weight) / node_weight.sum()
            theirs = ((spread @ borrowed[i]) * spread).sum(axis=1) / variance
            others += weight * theirs
            own += weight * (1.0 - theirs - (spread**2 @ neutral[i]) / variance)
        worth = first * (1.0 - first) / np.maximum(second - first**2, np.finfo(float).tiny)
        return PatientsBehind(worth, worth * others, worth * own)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        return {
            "kind": self.kind,
            "parts": [part.to_json() for part in self.parts],
            "weights": self.weights.tolist(),
            "precision": self.precision.tolist(),
            "neutral": self.neutral.tolist(),
        }
