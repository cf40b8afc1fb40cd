"""Intervals for the leave-pair-out AUC, none of which collapses at 0 or 1.

Each takes the pair matrix of leave-pair-out cross-validation: ``wins[i, j]`` is 1 where responder ``i``
was scored above non-responder ``j`` by the model that saw neither, 0.5 where they tied, 0 where below,
and NaN where the pair was not computed; a seeded sample of the pairs of many patients is a `ScoredPairs`.

No nominal interval for a cross-validated AUC holds its level: the fitted models share their training
patients, which none of the formulas knows. So every interval carries its simulated coverage, and
`calibrated_interval` widens Newcombe's until that coverage is at least nominal.

The quantity covered is the *expected true AUC of the pipeline trained on n - 2 patients*, the mean over
cohorts of this size and split: that is what leave-pair-out estimates without bias (Airola 2011). Coverage
of the true AUC of *the model fitted on all n patients* is simulated too and reported beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtri

from responder.arrays import FloatArray
from responder.validate._inputs import as_level
from responder.validate.coverage import SimulatedCoverage, calibrated_z, simulated_coverage
from responder.validate.result import Result
from responder.validate.scored_pairs import ScoredPairs
from responder.validate.simulated import RIDGE, Learner

__all__ = [
    "AucInterval",
    "calibrated_interval",
    "delong_standard_error",
    "half_pair",
    "logit_delong_interval",
    "newcombe_interval",
    "newcombe_variance",
]

Limit = Literal["lower", "upper"]
Method = Literal["logit-delong", "newcombe-5", "calibrated"]


@dataclass(frozen=True, slots=True)
class AucInterval(Result):
    """A leave-pair-out AUC with one two-sided interval and what the interval is really worth.

    Attributes
    ----------
    method : {"logit-delong", "newcombe-5", "calibrated"}
    estimate, lower, upper : float
        AUC and limits, within [0, 1].
    level : float
        Nominal confidence level.
    n_responders, n_non_responders, n_pairs : int
        Class sizes, and the pairs that were computed.
    coverage : SimulatedCoverage or None
        Coverage by simulation for these class sizes; None at levels that were not simulated.
    """

    method: Method
    estimate: float
    lower: float
    upper: float
    level: float
    n_responders: int
    n_non_responders: int
    n_pairs: int
    coverage: SimulatedCoverage | None


def logit_delong_interval(wins: ArrayLike | ScoredPairs, level: float = 0.95, learner: Learner = RIDGE) -> AucInterval:
    """Return DeLong's interval on the logit scale, kept open by half a pair.

    At an AUC of 0 or 1 DeLong's standard error is 0 and the logit infinite. Both are then taken from the
    same matrix with one pair turned into a tie: the AUC is held within half a pair of the edge and the
    standard error at no less than that matrix's, ``sqrt(2)`` half-pairs. With one patient in a class there
    is no variance between them to estimate, and the interval is 0 to 1.

    Parameters
    ----------
    wins : array_like, shape (n_responders, n_non_responders), or ScoredPairs
        1, 0.5, 0, or NaN for a pair not computed.
    level : float
        Confidence level, two-sided.
    learner : Learner
        Whose AUC it is: the simulated coverage is that of its kind of model.

    Raises
    ------
    ValueError
        If ``wins`` is not such a matrix or holds no computed pair.

    References
    ----------
    DeLong et al. 1988, Biometrics 44:837; logit scale: Qin and Hotilovac 2008, Stat Methods Med Res
    17:207, and Pohar Perme and Manevski 2018, Stat Methods Med Res (who also correct the edge).

    Examples
    --------
    >>> interval = logit_delong_interval([[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0.5, 0]])
    >>> f"{interval.estimate:.3f} in {interval.lower:.3f} to {interval.upper:.3f}"
    '0.792 in 0.278 to 0.974'
    """
    pairs = _as_wins(wins)
    z = float(ndtri(0.5 + as_level(level) / 2))
    auc, lower, upper = pairs.mean, 0.0, 1.0
    if min(pairs.shape) > 1:
        edge = half_pair(len(pairs))
        inside = min(max(auc, edge), 1 - edge)
        error = max(float(delong_standard_error(pairs)), sqrt(2) * edge)
        reach = z * error / (inside * (1 - inside))
        # the interval of an AUC at the edge still holds that AUC
        lower = min(auc, float(expit(logit(inside) - reach)))
        upper = max(auc, float(expit(logit(inside) + reach)))
    return _interval("logit-delong", pairs, (auc, lower, upper), level, learner)


def newcombe_interval(wins: ArrayLike | ScoredPairs, level: float = 0.95, learner: Learner = RIDGE) -> AucInterval:
    """Return Newcombe's method 5, the score interval that needs only the AUC and the class sizes.

    The limits solve ``|AUC - theta| = z sqrt(V(theta))`` with the variance taken at the limit, so that
    like Wilson's interval for a proportion it stays open at 0 and 1. Where only a sample of the pairs was
    computed, ``V`` gains the variance of that sample.

    Parameters and errors are those of `logit_delong_interval`.

    References
    ----------
    Newcombe 2006, Stat Med 25:559, method 5.

    Examples
    --------
    >>> interval = newcombe_interval([[1] * 6] * 3)
    >>> f"{interval.estimate:.3f} in {interval.lower:.3f} to {interval.upper:.3f}"
    '1.000 in 0.585 to 1.000'
    """
    pairs = _as_wins(wins)
    z = float(ndtri(0.5 + as_level(level) / 2))
    limits = _score_limits(pairs, lambda theta, limit: z)
    return _interval("newcombe-5", pairs, limits, level, learner)


def calibrated_interval(wins: ArrayLike | ScoredPairs, level: float = 0.95, learner: Learner = RIDGE) -> AucInterval:
    """Return Newcombe's interval with ``z`` widened until its simulated coverage is at least nominal.

    The limits solve ``|AUC - theta| = z(theta) sqrt(V(theta))``. For these class sizes ``z(theta)`` was found
    by simulation (`responder.validate.coverage`): the greater of what the two quantities named at the head
    of this module need where the truth is ``theta``. So the interval is the set of true AUCs with which
    simulated cohorts agree. Outside 9 to 100 patients it is that of the nearest size, and its coverage
    says so.

    Parameters and errors are those of `logit_delong_interval`, and ``level`` must be one that was
    simulated: 0.8, 0.9 or 0.95.

    Examples
    --------
    >>> wins = [[1] * 6] * 3
    >>> calibrated_interval(wins).lower < newcombe_interval(wins).lower
    True
    """
    pairs = _as_wins(wins)
    n_responders, n_non_responders = pairs.shape

    def z(theta: float, limit: Limit) -> float:
        return float(calibrated_z(theta, n_responders, n_non_responders, level, limit=limit, learner=learner))

    limits = _score_limits(pairs, z)
    return _interval("calibrated", pairs, limits, level, learner)


def delong_standard_error(wins: ArrayLike | ScoredPairs) -> FloatArray:
    """Return DeLong's standard error of the AUC.

    Rows and columns without a computed pair are left out; a sampled row mean is noisier than a whole one,
    so the error of a sample of pairs is, if anything, overstated.

    Parameters
    ----------
    wins : array_like, shape (..., n_responders, n_non_responders), or ScoredPairs
        One or many pair matrices, NaN for pairs not computed; at least two of each class.

    Returns
    -------
    ndarray, shape (...)

    References
    ----------
    DeLong et al. 1988, Biometrics 44:837, equations 5 and 6 (structural components).

    Examples
    --------
    >>> round(float(delong_standard_error([[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0.5, 0]])), 4)
    0.1925
    """
    variances = []
    for won, count in _by_patient(wins):
        seen = count > 0
        component = won / np.maximum(count, 1)
        patients = seen.sum(axis=-1)
        mean = (component * seen).sum(axis=-1) / patients
        squares = (np.square(component - mean[..., None]) * seen).sum(axis=-1)
        variances.append(squares / (np.maximum(patients - 1, 1) * patients))
    return np.asarray(np.sqrt(sum(variances)))


def _by_patient(wins: ArrayLike | ScoredPairs) -> list[tuple[FloatArray, NDArray[np.integer[Any]]]]:
    """Return wins and number of computed pairs, shape (..., n1) of each responder, (..., n0) of each non-responder."""
    if isinstance(wins, ScoredPairs):
        sides = zip((wins.rows, wins.columns), wins.shape, strict=True)
        return [
            (np.bincount(at, wins.values, size).astype(float), np.bincount(at, minlength=size)) for at, size in sides
        ]
    matrix = np.asarray(wins, dtype=float)
    computed = ~np.isnan(matrix)
    return [(np.where(computed, matrix, 0.0).sum(axis=axis), computed.sum(axis=axis)) for axis in (-1, -2)]


def newcombe_variance(theta: ArrayLike, n_responders: int, n_non_responders: int) -> FloatArray:
    """Return the variance of an AUC ``theta`` that Newcombe's method 5 uses.

    ``theta (1 - theta) (1 + N (1 - theta) / (2 - theta) + N theta / (1 + theta)) / (n1 n0)`` with
    ``N = (n1 + n0) / 2 - 1``: Hanley and McNeil's, made symmetric in the classes.

    References
    ----------
    Newcombe 2006, Stat Med 25:559, methods 4 and 5; Hanley and McNeil 1982, Radiology 143:29.

    Examples
    --------
    >>> round(float(newcombe_variance(0.5, 3, 6)), 4)
    0.0463
    """
    auc = np.asarray(theta, dtype=float)
    typical = (n_responders + n_non_responders) / 2 - 1
    spread = 1 + typical * (1 - auc) / (2 - auc) + typical * auc / (1 + auc)
    return np.asarray(auc * (1 - auc) * spread / (n_responders * n_non_responders))


def half_pair(n_pairs: int) -> float:
    """Return the change of the AUC when one pair turns from a win into a tie.

    Examples
    --------
    >>> half_pair(18)
    0.027777777777777776
    """
    return 1 / (2 * n_pairs)


def _score_limits(pairs: ScoredPairs, z: Callable[[float, Limit], float]) -> tuple[float, float, float]:
    auc = pairs.mean
    # simple random sampling of pairs without replacement; nothing when all were computed
    sampling = (1 - pairs.share) / len(pairs)

    def excess(theta: float, limit: Limit) -> float:
        variance = float(newcombe_variance(theta, *pairs.shape)) + sampling * theta * (1 - theta)
        return (auc - theta) ** 2 - z(theta, limit) ** 2 * variance

    # at an AUC of 0 or 1 the estimate itself is a trivial root, so the search starts a step inside it
    step = 1e-9
    lower = float(brentq(excess, 0.0, auc - step, args=("lower",), xtol=1e-12)) if auc > step else 0.0
    upper = float(brentq(excess, auc + step, 1.0, args=("upper",), xtol=1e-12)) if auc < 1 - step else 1.0
    return auc, lower, upper


def _interval(
    method: Method,
    pairs: ScoredPairs,
    limits: tuple[float, float, float],
    level: float,
    learner: Learner,
) -> AucInterval:
    n_responders, n_non_responders = pairs.shape
    coverage = simulated_coverage(n_responders, n_non_responders, method, level, learner)
    return AucInterval(method, *limits, level, n_responders, n_non_responders, len(pairs), coverage)


def _as_wins(wins: ArrayLike | ScoredPairs) -> ScoredPairs:
    pairs = ScoredPairs.of(wins)
    if not len(pairs):
        raise ValueError("wins holds no computed pair")
    if not np.isin(pairs.values, (0.0, 0.5, 1.0)).all():
        raise ValueError("wins must hold 1, 0.5, 0, or NaN for a pair not computed")
    return pairs
