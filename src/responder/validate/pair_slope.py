"""The calibration slope within left-out pairs, where leave-one-out's sag cannot reach it.

A patient who is left out takes their outcome out of the training share of responders, so that leave-one-out logits
lean against the outcome, and a slope estimated from them lies. Of a responder and a non-responder who are left out
together both logits come from one fit: whatever shifts the fit cancels in their difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import copysign, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from responder.arrays import FloatArray
from responder.validate._profile import maximum_and_limits, root
from responder.validate.calibration import Calibration, CalibrationEstimate, NotEstimable, calibration
from responder.validate.calibration_coverage import SimulatedSlope, simulated_probabilities, simulated_slope
from responder.validate.pairs import TIE_TOLERANCE
from responder.validate.scored_pairs import ScoredPairs

__all__ = ["out_of_fold_calibration", "pair_slope", "signed_root"]


def out_of_fold_calibration(
    labels: ArrayLike, probabilities: ArrayLike, difference: ArrayLike | ScoredPairs, model: str, n_features: int
) -> Calibration:
    """Return the calibration of a cohort's own out-of-fold predictions, and what its intervals cover in simulation.

    Parameters
    ----------
    labels : array_like of 0/1, shape (n,)
        Observed outcome.
    probabilities : array_like, shape (n,)
        Leave-one-out probability of response: for calibration-in-the-large.
    difference : array_like, shape (n1, n0), or ScoredPairs
        Logit differences of left-out pairs: for the slope.
    model : str
        Name of the model; its own simulation gives the interval of the slope.
    n_features : int
        Features that the model is given.

    Returns
    -------
    Calibration
        Its slope is not estimable below the size from which on the simulated interval holds the truth and says
        something; its intercept never is: it would have to be taken from leave-one-out predictions.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.

    Examples
    --------
    >>> found = out_of_fold_calibration([1, 1, 0, 0], [0.6, 0.4, 0.5, 0.3], [[1, 2], [-1, 1]], "ridge:0.1", 6)
    >>> found.slope.reason
    <NotEstimable.TOO_FEW_PATIENTS: 'too_few_patients'>
    """
    found = calibration(labels, probabilities)
    others = found.n - found.events
    if not found.events or not others:
        return found
    simulated = simulated_slope(model, found.events, others, n_features)
    return replace(
        found,
        intercept=CalibrationEstimate(None, None, None, NotEstimable.LEAVE_ONE_OUT),
        slope=_slope(ScoredPairs.of(difference), simulated),
        slope_coverage=simulated,
        in_the_large_coverage=simulated_probabilities(model, found.events, others),
    )


def _slope(difference: ScoredPairs, simulated: SimulatedSlope) -> CalibrationEstimate:
    if (np.abs(difference.values) <= TIE_TOLERANCE).all():
        return CalibrationEstimate(None, None, None, NotEstimable.CONSTANT_PREDICTION)
    if simulated.z is None:
        size_is_known = simulated.smallest_n is not None
        reason = NotEstimable.TOO_FEW_PATIENTS if size_is_known else NotEstimable.NOT_SIMULATED
        return CalibrationEstimate(None, None, None, reason)
    return pair_slope(difference, simulated.z)


def pair_slope(difference: ArrayLike | ScoredPairs, z: float) -> CalibrationEstimate:
    """Return the slope ``b`` with which ``expit(b d)`` is the chance that the responder of a pair is the responder.

    Parameters
    ----------
    difference : array_like, shape (n1, n0), or ScoredPairs
        Logit of each responder less that of each non-responder, both left out; ``nan`` where not asked.
    z : float
        How far the likelihood may drop: to ``z**2 / 2`` below its maximum. The pairs share patients and fits, so that
        1.96 is too little; `responder.validate.calibration_coverage` holds what is needed.

    Returns
    -------
    CalibrationEstimate
        Not estimable where all pairs that differ point one way, or none differs.

    Raises
    ------
    ValueError
        If there is no pair.

    Notes
    -----
    Given that one of two patients responded, Cox's model ``logit P = a + b logit(p)`` leaves ``expit(b d)``: the
    intercept is conditioned away. The mean log-likelihood over pairs counts for ``2 n1 n0 / (n1 + n0)`` independent
    ones, as many as carry the information on ``b`` that n patients do where it is 0.

    References
    ----------
    Cox 1958, Biometrika 45:562 (the recalibration model); Breslow and Day 1980, chapter 7 (conditioning on a pair);
    Varin, Reid and Firth 2011, Stat Sinica 21:5 (composite likelihood).

    Examples
    --------
    Of six pairs whose logits lie 1 apart the model ranks four rightly, so that ``expit(b)`` is two thirds:

    >>> found = pair_slope([[1, 1, -1], [1, 1, -1]], z=1.96)
    >>> round(found.value, 4)  # log 2
    0.6931
    >>> pair_slope([[1, 2], [3, 4]], z=1.96).reason
    <NotEstimable.SEPARATION: 'separation'>
    """
    profile = _profile(difference)
    if np.abs(profile.difference).max() <= TIE_TOLERANCE:
        return CalibrationEstimate(None, None, None, NotEstimable.CONSTANT_PREDICTION)
    if profile.is_separated:
        return CalibrationEstimate(None, None, None, NotEstimable.SEPARATION)
    return CalibrationEstimate(*maximum_and_limits(profile, z**2 / 2))


def signed_root(difference: ArrayLike | ScoredPairs, slope: float) -> float:
    """Return the ``z`` whose interval ends at a slope: below 0 where the estimate is lower than it.

    Parameters
    ----------
    difference : array_like, shape (n1, n0), or ScoredPairs
        As in `pair_slope`; separated pairs, whose estimate is infinite, have a root all the same.
    slope : float
        For instance the true one, in a simulation.

    Examples
    --------
    >>> pairs = [[1, 1, -1], [1, 1, -1]]
    >>> upper = pair_slope(pairs, z=1.5).upper
    >>> round(signed_root(pairs, upper), 6)
    -1.5
    """
    profile = _profile(difference)
    known = profile.difference
    if profile.is_separated:
        best = copysign(np.inf, known[np.abs(known).argmax()])
        greatest = -log(2) * profile.effective_pairs * float((np.abs(known) <= TIE_TOLERANCE).mean())
    else:
        best = root(profile.slope_at, 0.0)
        greatest = profile.log_likelihood(best)
    return copysign(sqrt(max(0.0, 2 * (greatest - profile.log_likelihood(slope)))), best - slope)


@dataclass(frozen=True)
class _PairProfile:
    """Composite log-likelihood of the slope."""

    difference: FloatArray
    effective_pairs: float

    @property
    def is_separated(self) -> bool:
        return bool((self.difference >= -TIE_TOLERANCE).all() or (self.difference <= TIE_TOLERANCE).all())

    def slope_at(self, value: float) -> float:
        return float((self.difference * expit(-value * self.difference)).mean()) * self.effective_pairs

    def log_likelihood(self, value: float) -> float:
        return -float(np.logaddexp(0, -value * self.difference).mean()) * self.effective_pairs


def _profile(difference: ArrayLike | ScoredPairs) -> _PairProfile:
    pairs = ScoredPairs.of(difference)
    if not len(pairs):
        raise ValueError("difference must be a matrix of responders by non-responders with at least one pair")
    n1, n0 = pairs.shape
    return _PairProfile(pairs.values, 2 * n1 * n0 / (n1 + n0))
