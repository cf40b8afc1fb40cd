"""Are the probabilities true? Calibration-in-the-large, intercept and slope.

For predictions whose model does not depend on the outcomes that it is compared with: new patients. Slope and intercept
of a cohort's own out-of-fold predictions are `responder.validate.pair_slope`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, expit, logit

from responder.arrays import BoolArray, FloatArray
from responder.validate._inputs import as_labels, as_level, as_probabilities
from responder.validate._profile import maximum_and_limits, root
from responder.validate.calibration_coverage import SimulatedProbabilities, SimulatedSlope
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MIN_EVENTS_FOR_CURVE",
    "Calibration",
    "CalibrationEstimate",
    "NotEstimable",
    "calibration",
]

MIN_EVENTS_FOR_CURVE = 200
"""Events, and non-events, below which no smoothed calibration curve is drawn (Van Calster et al. 2016)."""


class NotEstimable(Enum):
    """Why a calibration parameter has no finite estimate."""

    ONE_CLASS = "one_class"
    CERTAIN_PREDICTION = "certain_prediction"
    CONSTANT_PREDICTION = "constant_prediction"
    SEPARATION = "separation"
    TOO_FEW_PATIENTS = "too_few_patients"
    NOT_SIMULATED = "not_simulated"
    LEAVE_ONE_OUT = "leave_one_out"


@dataclass(frozen=True, slots=True)
class CalibrationEstimate(Result):
    """One calibration parameter with its profile-likelihood interval, or why there is none.

    Attributes
    ----------
    value, lower, upper : float or None
        Estimate and limits; None exactly when ``reason`` is given.
    reason : NotEstimable or None
        Why the parameter cannot be estimated.
    """

    value: float | None
    lower: float | None
    upper: float | None
    reason: NotEstimable | None = None


@dataclass(frozen=True, slots=True)
class Calibration(Result):
    """Weak calibration of probabilities: is their mean right, is their spread right?

    Attributes
    ----------
    n, events : int
        Patients and responders.
    mean_predicted, observed : float
        Mean probability and share of responders.
    in_the_large : CalibrationEstimate
        ``a`` in logit P = a + logit(p); 0 is right, below 0 the probabilities are too high.
    intercept, slope : CalibrationEstimate
        ``a`` and ``b`` in logit P = a + b logit(p); a slope below 1 says that the probabilities are too
        extreme.
    level : float
        Confidence level of the intervals.
    curve_is_drawable : bool
        Whether there are enough events and non-events for a smoothed calibration curve.
    slope_coverage : SimulatedSlope or None
        What the interval of an out-of-fold slope covers, and from how many patients on there is one; None of new
        patients.
    in_the_large_coverage : SimulatedProbabilities or None
        What the interval in the large covers out of fold; None of new patients.
    """

    n: int
    events: int
    mean_predicted: float
    observed: float
    in_the_large: CalibrationEstimate
    intercept: CalibrationEstimate
    slope: CalibrationEstimate
    level: float
    curve_is_drawable: bool
    slope_coverage: SimulatedSlope | None = None
    in_the_large_coverage: SimulatedProbabilities | None = None

    def frame(self) -> pd.DataFrame:
        """Return one row a parameter: estimate, lower, upper, reason."""
        import pandas as pd

        parameters = ("in_the_large", "intercept", "slope")
        return pd.DataFrame([getattr(self, name).to_json() for name in parameters], index=list(parameters))


def calibration(labels: ArrayLike, probabilities: ArrayLike, level: float = 0.95) -> Calibration:
    """Return calibration-in-the-large, intercept and slope with profile-likelihood intervals.

    Where the likelihood has no maximum (separation; one class; constant probabilities for the slope; a
    probability of exactly 0 or 1) the parameter is reported as not estimable, with the reason.

    Parameters
    ----------
    labels : array_like of 0/1, shape (n,)
        Observed outcome.
    probabilities : array_like, shape (n,)
        Predicted probability of response, from a model that saw none of these outcomes.
    level : float
        Confidence level.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.

    References
    ----------
    Cox 1958, Biometrika 45:562; Van Calster et al. 2016, J Clin Epidemiol 74:167 (hierarchy of calibration,
    200 events for a curve); Venzon and Moolgavkar 1988, Appl Stat 37:87 (profile likelihood).

    Examples
    --------
    Four patients at 0.2 of whom one responded, four at 0.8 of whom three did:

    >>> result = calibration([1, 0, 0, 0, 1, 1, 1, 0], [0.2] * 4 + [0.8] * 4)
    >>> round(result.slope.value, 4)  # log 3 / log 4
    0.7925
    >>> calibration([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]).slope.reason
    <NotEstimable.SEPARATION: 'separation'>
    """
    responders = as_labels(labels, both_classes=False)
    predicted = as_probabilities(probabilities, len(responders))
    drop = float(chdtri(1, 1 - as_level(level))) / 2
    n, events = len(responders), int(responders.sum())
    large, recalibration = _why_not(responders, predicted)
    intercept = slope = CalibrationEstimate(None, None, None, recalibration)
    in_the_large = CalibrationEstimate(None, None, None, large)
    if large is None:
        score = logit(predicted)
        ones = np.ones(n)
        in_the_large = _estimate(_Profile(responders, ones, None, score), drop)
        if recalibration is None:
            intercept = _estimate(_Profile(responders, ones, score, np.zeros(n)), drop)
            slope = _estimate(_Profile(responders, score, ones, np.zeros(n)), drop)
    return Calibration(
        n=n,
        events=events,
        mean_predicted=float(predicted.mean()),
        observed=events / n,
        in_the_large=in_the_large,
        intercept=intercept,
        slope=slope,
        level=level,
        curve_is_drawable=min(events, n - events) >= MIN_EVENTS_FOR_CURVE,
    )


@dataclass(frozen=True)
class _Profile:
    """Logistic log-likelihood of one coefficient, the other (if any) at its best."""

    responders: BoolArray
    column: FloatArray
    nuisance: FloatArray | None
    offset: FloatArray

    def linear_predictor(self, value: float) -> FloatArray:
        fixed = self.offset + value * self.column
        nuisance = self.nuisance
        if nuisance is None:
            return fixed
        best = root(lambda free: self.score(fixed + free * nuisance, nuisance), 0.0)
        return np.asarray(fixed + best * nuisance)

    def score(self, linear_predictor: FloatArray, column: FloatArray) -> float:
        return float((self.responders - expit(linear_predictor)) @ column)

    def slope_at(self, value: float) -> float:
        return self.score(self.linear_predictor(value), self.column)

    def log_likelihood(self, value: float) -> float:
        eta = self.linear_predictor(value)
        return float((self.responders * eta - np.logaddexp(0, eta)).sum())


def _estimate(profile: _Profile, drop: float) -> CalibrationEstimate:
    return CalibrationEstimate(*maximum_and_limits(profile, drop))


def _why_not(responders: BoolArray, predicted: FloatArray) -> tuple[NotEstimable | None, NotEstimable | None]:
    """Return why calibration-in-the-large, and why intercept and slope, cannot be estimated."""
    if responders.all() or not responders.any():
        return NotEstimable.ONE_CLASS, NotEstimable.ONE_CLASS
    if ((predicted == 0) | (predicted == 1)).any():
        return NotEstimable.CERTAIN_PREDICTION, NotEstimable.CERTAIN_PREDICTION
    if np.ptp(predicted) <= 1e-12:
        return None, NotEstimable.CONSTANT_PREDICTION
    higher, lower = predicted[responders], predicted[~responders]
    # touching at a single value is quasi-complete separation: the slope is infinite all the same
    if higher.min() >= lower.max() or higher.max() <= lower.min():
        return None, NotEstimable.SEPARATION
    return None, None
