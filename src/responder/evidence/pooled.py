"""A normal hierarchical model of several studies' results, by numerical integration.

Study i reports y_i with standard error s_i of its own effect theta_i; the effects are normal about mu with SD tau. mu
has a flat prior and tau a half-normal one. What a further study's effect would be, given all that was
reported, is the meta-analytic-predictive prior of Neuenschwander et al. 2010 (doi 10.1177/1740774509356002); it is
integrated on a grid, without sampling, as in Roever 2020 (doi 10.18637/jss.v093.i06).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from responder.arrays import FloatArray

__all__ = ["Pooled", "pooled"]

GRID = 481
TAU_REACH = 6.0
"""Scales of tau's prior that are integrated over; 2 in 10^9 of it lies beyond."""


@dataclass(frozen=True)
class Pooled:
    """The posterior of a hierarchical model, as weights of normal distributions of the next study's effect.

    Attributes
    ----------
    mu, mu_sd, tau : ndarray, shape (g,)
        Mean and SD of mu at each point of the grid, and tau there; the SD is 0 where mu itself is a grid.
    weight : ndarray, shape (g,)
        Posterior probability of each; they sum to 1.
    """

    mu: FloatArray
    mu_sd: FloatArray
    tau: FloatArray
    weight: FloatArray

    def mean_and_sd(self, of: str) -> tuple[float, float]:
        """Return posterior mean and SD of ``"mu"``, ``"tau"``, or of the ``"next"`` study's effect."""
        values = self.tau if of == "tau" else self.mu
        mean = float(self.weight @ values)
        within = {"mu": self.mu_sd**2, "tau": np.zeros(len(self.tau)), "next": self.mu_sd**2 + self.tau**2}[of]
        return mean, float(np.sqrt(self.weight @ ((values - mean) ** 2 + within)))

    def below(self, effect: FloatArray) -> FloatArray:
        """Return the probability that the next study's effect lies below each value, shape of ``effect``."""
        sd = np.maximum(np.hypot(self.mu_sd, self.tau), 1e-12)
        return np.asarray(ndtr((np.asarray(effect, dtype=float)[..., None] - self.mu) / sd) @ self.weight)

    def quantile(self, probability: float) -> float:
        """Return a quantile of the next study's effect."""
        mean, sd = self.mean_and_sd("next")
        low, high = mean - 40.0 * sd, mean + 40.0 * sd
        for _ in range(80):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.below(np.array(middle)) < probability else (low, middle)
        return (low + high) / 2.0

    def to_json(self) -> dict[str, Any]:
        """Return mean, SD and 95% interval of mu, tau and the next study's effect."""
        return {
            **{name: dict(zip(("mean", "sd"), self.mean_and_sd(name), strict=True)) for name in ("mu", "tau", "next")},
            "next_lower": self.quantile(0.025),
            "next_upper": self.quantile(0.975),
        }


def pooled(effects: FloatArray, errors: FloatArray, *, tau_scale: float) -> Pooled:
    """Return the posterior of a normal hierarchical model of reported effects.

    Parameters
    ----------
    effects, errors : ndarray, shape (k,)
        Reported effects and their standard errors.
    tau_scale : float
        Scale of the half-normal prior of the SD between studies.

    Raises
    ------
    ValueError
        If there is no effect, a standard error is not above 0, or the scale is not.

    Examples
    --------
    >>> alone = pooled(np.array([0.5]), np.array([0.3]), tau_scale=0.5)
    >>> mean, sd = alone.mean_and_sd("next")
    >>> round(mean, 3), sd > 0.3
    (0.5, True)
    """
    if len(effects) == 0 or len(effects) != len(errors):
        raise ValueError("there must be an effect with its standard error")
    if np.min(errors) <= 0.0 or tau_scale <= 0.0:
        raise ValueError("standard errors and the scale of tau must be above 0")
    tau = np.linspace(0.0, TAU_REACH * tau_scale, GRID)
    # given tau, mu is normal
    precision = 1.0 / (errors[:, None] ** 2 + tau**2)
    total = precision.sum(axis=0)
    mu = (precision * effects[:, None]).sum(axis=0) / total
    log_weight = 0.5 * np.log(precision).sum(axis=0) - 0.5 * np.log(total) - 0.5 * (tau / tau_scale) ** 2
    log_weight -= 0.5 * (precision * (effects[:, None] - mu) ** 2).sum(axis=0)
    weight = np.exp(log_weight - log_weight.max())
    weight[[0, -1]] *= 0.5
    return Pooled(mu, 1.0 / np.sqrt(total), tau, weight / weight.sum())
