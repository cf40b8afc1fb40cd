"""As how many patients a prior counts: the expected local-information-ratio effective sample size.

Neuenschwander et al. 2020 (doi 10.1111/biom.13252): the information of the prior over that of one patient, averaged
over the prior. It is the one definition under which what a prior counts as and what a cohort adds make what the
posterior counts as, and it needs a prior with a density: a predictive is first approximated by two normal components.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from responder.arrays import FloatArray
from responder.evidence.pooled import Pooled

__all__ = ["NormalMixture", "effective_patients", "two_normals"]

GRID = 2001
REACH, STEPS = 8.0, 801
"""Values of the marker over which a patient's information is averaged: SDs to either side, and how many."""
COARSE = 121
"""Slopes at which one patient's information is computed; it is smooth, and in between it is interpolated."""


@dataclass(frozen=True)
class NormalMixture:
    """A mixture of normal distributions.

    Attributes
    ----------
    weight, mean, sd : ndarray, shape (k,)
    """

    weight: FloatArray
    mean: FloatArray
    sd: FloatArray

    def components(self, at: FloatArray) -> FloatArray:
        """Return the weighted density of each component, shape (k, n)."""
        z = (at - self.mean[:, None]) / self.sd[:, None]
        return np.asarray((self.weight / (self.sd * np.sqrt(2.0 * np.pi)))[:, None] * np.exp(-0.5 * z * z))

    def information(self, at: FloatArray) -> FloatArray:
        """Return minus the second derivative of the log density, shape of ``at``."""
        parts = self.components(at)
        share = parts / np.maximum(parts.sum(axis=0), 1e-300)
        precision = 1.0 / self.sd[:, None] ** 2
        slope = -(at - self.mean[:, None]) * precision
        first = (share * slope).sum(axis=0)
        second = (share * (slope**2 - precision)).sum(axis=0)
        return np.asarray(first**2 - second)


def two_normals(predictive: Pooled, *, steps: int = 500) -> NormalMixture:
    """Return the two normals that are nearest to a predictive distribution, by Kullback-Leibler divergence.

    Expectation maximisation on a grid of its density, started from a narrow and a wide component.

    Examples
    --------
    >>> from responder.evidence.pooled import pooled
    >>> mixture = two_normals(pooled(np.array([0.5, 0.7]), np.array([0.2, 0.2]), tau_scale=0.5))
    >>> round(float(mixture.weight @ mixture.mean), 2)
    0.6
    """
    mean, sd = predictive.mean_and_sd("next")
    at = np.linspace(mean - 8.0 * sd, mean + 8.0 * sd, GRID)
    mass = np.diff(predictive.below(np.append(at, 2.0 * at[-1] - at[-2]) - (at[1] - at[0]) / 2.0))
    mass /= mass.sum()
    found = NormalMixture(np.array([0.5, 0.5]), np.array([mean, mean]), np.array([0.5 * sd, 1.5 * sd]))
    parts = found.components(at)
    for _ in range(steps):
        share = parts * (mass / np.maximum(parts.sum(axis=0), 1e-300))
        weight = share.sum(axis=1)
        means = share @ at / weight
        variance = (share * (at - means[:, None]) ** 2).sum(axis=1) / weight
        moved = NormalMixture(weight, means, np.sqrt(np.maximum(variance, (0.01 * sd) ** 2)))
        before, parts = parts, moved.components(at)
        if np.abs(parts - before).max() < 1e-10:
            return moved
        found = moved
    return found


def effective_patients(prior: NormalMixture, response_share: float = 0.5) -> float:
    """Return as how many patients a prior of a marker's log odds per SD counts.

    A patient is one of the model by which everything published was converted: the marker has SD 1 among responders and
    among others, and their means are the log odds apart. What counts is the patient's Fisher information about the
    slope of a logistic regression, less what estimating the intercept takes of it.

    Parameters
    ----------
    prior : NormalMixture
    response_share : float
        Expected share of responders.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> round(effective_patients(NormalMixture(one, one * 0.0, one * 0.01)) * 0.25 * 0.01**2, 3)
    1.0
    """
    if not 0.0 < response_share < 1.0:
        raise ValueError("the share of responders lies between 0 and 1")
    low = float((prior.mean - 8.0 * prior.sd).min())
    high = float((prior.mean + 8.0 * prior.sd).max())
    at = np.linspace(low, high, GRID)
    density = prior.components(at).sum(axis=0)
    coarse = np.linspace(low, high, COARSE)
    ratio = prior.information(at) / np.interp(at, coarse, _information_of_a_patient(coarse, response_share))
    return float(np.sum(density * ratio) / np.sum(density))


def _information_of_a_patient(slope: FloatArray, share: float) -> FloatArray:
    """Return what one patient tells of the log odds per SD when the intercept is estimated too, shape of ``slope``."""
    half = slope[:, None] / 2.0
    x = np.linspace(-REACH, REACH, STEPS) * (1.0 + np.abs(half))
    density = share * np.exp(-0.5 * (x - half) ** 2) + (1.0 - share) * np.exp(-0.5 * (x + half) ** 2)
    density /= density.sum(axis=1, keepdims=True)
    p = expit(np.log(share / (1.0 - share)) + slope[:, None] * x)
    weight = density * p * (1.0 - p)
    level, slant, square = (np.sum(weight * x**power, axis=1) for power in (0, 1, 2))
    return np.asarray(square - slant**2 / level)
