"""What another cohort's patients showed of each marker, discounted: a power prior in its normal approximation.

Ibrahim and Chen 2000 (Stat Sci 15:46): the other cohort's likelihood is raised to a power between 0 and 1 that is
declared, and multiplied by an initial prior. Where the likelihood is normal, the power divides its covariance. A marker
on which the two cohorts hardly overlap gets variance of its own besides, as in a commensurate prior (Hobbs et al. 2012,
Bayesian Anal 7:639), so that the others keep what they had; that the overlap of baseline values says how much to borrow
is the rule of Wang et al. 2019 (doi 10.1080/10543406.2019.1657133), there of propensity scores. No outcome of the
cohort at hand is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from responder.arrays import FloatArray
from responder.features.spec import fit_scaling
from responder.models.base import FeatureTable
from responder.models.decision import LaplaceDecision
from responder.models.low_rank import LowRank
from responder.models.registry import build_model

__all__ = ["CohortSummary", "overlap", "power_prior"]

SUMMARY_SD = 2.5
"""SD of the prior under which another cohort is summarised, in log odds per SD: finite where a marker separates it."""


@dataclass(frozen=True)
class CohortSummary:
    """A cohort as a normal distribution of its log odds: all of it that is borrowed.

    Attributes
    ----------
    features : tuple of str
        The p features that vary in it.
    mean : ndarray, shape (p,)
        Log odds per one unit of each, the others held fixed.
    covariance : ndarray, shape (p, p)
        Of these, the intercept integrated out.
    """

    features: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray

    @classmethod
    def of(cls, names: Sequence[str], features: FloatArray, outcome: NDArray[Any]) -> CohortSummary:
        """Fit a logistic regression to a cohort under weak priors around 0 (SD 2.5 per SD of a feature).

        Parameters
        ----------
        names : sequence of str
            One a column.
        features : ndarray, shape (n, k)
            In their units, ``nan`` where missing (the median stands for it); columns that never vary are left out.
        outcome : ndarray of 0/1, shape (n,)

        Examples
        --------
        >>> x = np.array([[-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]])
        >>> found = CohortSummary.of(["treg"], x, np.array([0, 0, 1, 0, 1, 1]))
        >>> found.mean.round(2).tolist(), CohortSummary.of(["treg"], 10 * x, np.array([0, 0, 1, 0, 1, 1])).mean.round(3)
        ([0.93], array([0.093]))
        """
        none = np.empty((len(features), 0))
        scaling = fit_scaling(features, none, np.ones((1, len(features))))
        kept = np.flatnonzero(~scaling.constant[0]).tolist()
        standardised, unit = scaling.apply(features, none)[0][:, kept], scaling.unit[0][kept]
        used = tuple(names[i] for i in kept)
        table = FeatureTable(used, tuple((name,) for name in used))
        fit = build_model("bayes", table, {"prior_sd": SUMMARY_SD}).decide(standardised, outcome.astype(float))
        assert isinstance(fit, LaplaceDecision)
        covariance = fit.covariance.whole() if isinstance(fit.covariance, LowRank) else fit.covariance
        return cls(used, fit.coefficients[1:] / unit, covariance[1:, 1:] / np.outer(unit, unit))

    def discounted(self, weight: float, share: Mapping[str, float]) -> CohortSummary:
        """Return what is left of it: the covariance over `weight`, and a variance over its share for each marker.

        Parameters
        ----------
        weight : float
            The power, 0 to 1; at 0 nothing is left.
        share : Mapping[str, float]
            Of each feature, 0 to 1; a feature that has none is left out, and the rest is as if it had been unknown.
        """
        kept = [i for i, name in enumerate(self.features) if weight * share.get(name, 0.0) > 0.0]
        covariance = self.covariance[np.ix_(kept, kept)]
        parts = np.array([share[self.features[i]] for i in kept])
        added = np.diag(np.diag(covariance) * (1.0 / parts - 1.0))
        left = (covariance + added) / weight if kept else covariance
        return CohortSummary(tuple(self.features[i] for i in kept), self.mean[kept], left)


def overlap(one: FloatArray, other: FloatArray) -> float:
    """Return which share two cohorts' values of a marker have in common, 0 to 1: that of two normals of one SD.

    ``2 Phi(-|d| / 2)`` with the standardised difference d (Reiser and Faraggi 1999, J R Stat Soc D 48:413).

    Parameters
    ----------
    one, other : ndarray
        Values, ``nan`` where missing; the share is 0 where either is never known.

    Examples
    --------
    >>> here = np.array([1.0, 2.0, 3.0])
    >>> overlap(here, here), round(overlap(here, here + 1.0), 2)
    (1.0, 0.54)
    """
    known = [values[~np.isnan(values)] for values in (one, other)]
    if not all(len(values) for values in known):
        return 0.0
    apart = abs(float(known[0].mean() - known[1].mean()))
    sd = float(np.sqrt((known[0].var() + known[1].var()) / 2.0))
    if apart == 0.0:
        return 1.0
    return 0.0 if sd == 0.0 else float(2.0 * ndtr(-apart / sd / 2.0))


def power_prior(
    initial: Mapping[str, tuple[float, float]], cohorts: Sequence[CohortSummary]
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Return features, mean and covariance of an initial prior times what cohorts showed.

    Parameters
    ----------
    initial : Mapping[str, (float, float)]
        Mean and SD of each feature's log odds per unit; every feature of the cohorts has one.
    cohorts : sequence of CohortSummary
        As far as they are to count.

    Examples
    --------
    >>> one = CohortSummary(("a",), np.array([1.0]), np.array([[0.5]]))
    >>> power_prior({"a": (0.0, 1.0)}, [one.discounted(0.5, {"a": 1.0})])
    (('a',), array([0.5]), array([[0.5]]))
    """
    names = tuple(initial)
    centre, sd = np.array(list(initial.values()), dtype=float).reshape(-1, 2).T
    precision = np.diag(sd**-2)
    weighted = centre / sd**2
    for cohort in cohorts:
        at = np.array([names.index(name) for name in cohort.features], dtype=int)
        known = np.linalg.inv(cohort.covariance)
        precision[np.ix_(at, at)] += known
        weighted[at] += known @ cohort.mean
    covariance = np.linalg.inv(precision)
    return names, covariance @ weighted, (covariance + covariance.T) / 2.0
