"""What is known of coefficients from other people, fixed before any outcome of this cohort is seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from responder.arrays import FloatArray

__all__ = ["BorrowedPrior"]


@dataclass(frozen=True)
class BorrowedPrior:
    """A robust prior of log odds: what other people showed, mixed with a vague component.

    beta ~ w N(mean, covariance) + (1 - w) N(0, vague_sd^2 I), so that data that contradict what was borrowed give it up
    by themselves (Schmidli et al. 2014, doi 10.1111/biom.12242, section 2.2).

    Attributes
    ----------
    features : tuple of str
        The p features that something is known of; all others have the vague prior in both components.
    mean : ndarray, shape (p,)
        Log odds per one unit of each feature before it is standardised.
    covariance : ndarray, shape (p, p)
        Of these log odds; positive definite.
    weight : float
        Prior probability of the informative component, 0 to 1.
    vague_sd : float
        SD of the vague component, in log odds per SD of a feature.

    Raises
    ------
    ValueError
        If the shapes do not agree, the covariance is not positive definite, or a number is out of its range.

    Examples
    --------
    >>> prior = BorrowedPrior(("age",), np.array([0.1]), np.array([[0.04]]), weight=0.5, vague_sd=1.0)
    >>> prior.at_weight(0.0).weight
    0.0
    """

    features: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray
    weight: float
    vague_sd: float

    def __post_init__(self) -> None:
        p = len(self.features)
        if self.mean.shape != (p,) or self.covariance.shape != (p, p):
            raise ValueError(f"mean and covariance must be of {p} features")
        if len(set(self.features)) != p:
            raise ValueError("a feature stands twice")
        if not 0.0 <= self.weight <= 1.0 or not 0.0 < self.vague_sd < np.inf:
            raise ValueError("weight must be from 0 to 1, vague_sd above 0")
        if not np.isfinite(self.mean).all() or not np.allclose(self.covariance, self.covariance.T):
            raise ValueError("the mean must be finite, the covariance symmetric")
        if p and not np.linalg.eigvalsh(self.covariance)[0] > 0.0:
            raise ValueError("the covariance must be positive definite")

    def at_weight(self, weight: float) -> BorrowedPrior:
        """Return the same prior with another weight; 0 is the model without what was borrowed."""
        return replace(self, weight=weight)

    def to_json(self) -> dict[str, Any]:
        """Return the prior as JSON types."""
        return {
            "features": list(self.features),
            "mean": self.mean.tolist(),
            "covariance": self.covariance.tolist(),
            "weight": self.weight,
            "vague_sd": self.vague_sd,
        }
