"""Log-odds of response per SD of one feature, by Firth's likelihood, with its profile interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, expit

from responder.models.solver import Family, Problem, Status, solve
from responder.validate._result import Result

__all__ = ["LogOdds", "firth_log_odds"]

FloatArray = NDArray[np.float64]
FURTHEST = 1e4


@dataclass(frozen=True)
class LogOdds(Result):
    """Log-odds per SD with limits; ``nan`` where nothing can be estimated."""

    estimate: float
    lower: float
    upper: float
    level: float


def firth_log_odds(feature: FloatArray, outcome: NDArray[Any], level: float = 0.95) -> LogOdds:
    """Estimate the log-odds of response per SD of one feature.

    Firth's penalty keeps estimate and limits finite under complete separation, where ordinary ones are infinite.

    Parameters
    ----------
    feature : ndarray, shape (n,)
        Known values.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    level : float
        Confidence level, two-sided.

    References
    ----------
    Firth 1993, Biometrika 80:27; profile limits: Heinze and Schemper 2002, Stat Med 21:2409, doi 10.1002/sim.1047.

    Examples
    --------
    >>> found = firth_log_odds(np.arange(9.0), np.array([0, 0, 1, 0, 1, 1, 0, 1, 1]))
    >>> f"{found.estimate:.2f} in {found.lower:.2f} to {found.upper:.2f}"
    '0.91 in -0.33 to 2.74'
    """
    sd = float(feature.std()) if len(feature) else 0.0
    y = np.asarray(outcome, dtype=float)
    if sd <= 1e-12 * max(1.0, float(np.abs(feature).max(initial=0.0))) or y.min() == y.max():
        return LogOdds(np.nan, np.nan, np.nan, level)
    x = (feature - feature.mean()) / sd
    design = np.column_stack([np.ones(len(x)), x])
    problem = Problem(design[None], np.ones((1, len(x))), y[None, :, None], np.zeros(2), np.zeros(2))
    found = solve(problem, Family(penalised=False, firth=True, tolerance=1e-9))
    if found.status[0, 0] != Status.OK:
        return LogOdds(np.nan, np.nan, np.nan, level)
    estimate = float(found.coefficients[0, 1, 0])
    allowed = _profile(estimate, x, y) - float(chdtri(1, 1.0 - level)) / 2.0
    limits = [_limit(estimate, side, allowed, x, y) for side in (-1.0, 1.0)]
    return LogOdds(estimate, limits[0], limits[1], level)


def _limit(estimate: float, side: float, allowed: float, x: FloatArray, y: FloatArray) -> float:
    """Return where the profile falls to `allowed` on one side of the estimate."""
    reach = 1.0
    while _profile(estimate + side * reach, x, y) > allowed:
        reach *= 2.0
        if reach > FURTHEST:
            return side * np.inf
    distance = brentq(lambda d: _profile(estimate + side * d, x, y) - allowed, 0.0, reach, xtol=1e-9)
    return estimate + side * float(distance)


def _profile(slope: float, x: FloatArray, y: FloatArray) -> float:
    """Return the penalised log-likelihood at a slope, maximised over the intercept."""
    # far out on either side every patient is predicted alike, and the score has the sign of the way back
    reach = float(np.abs(slope * x).max()) + 20.0
    intercept = brentq(_score, -reach, reach, args=(slope, x, y), xtol=1e-11)
    eta = intercept + slope * x
    top, total, _, square = _moments(eta, x)
    log_likelihood = float((y * eta - np.logaddexp(0.0, eta)).sum())
    return log_likelihood + 0.5 * float(np.log(total) + np.log(square)) + top


def _score(intercept: float, slope: float, x: FloatArray, y: FloatArray) -> float:
    """Return the derivative of the penalised log-likelihood by the intercept."""
    eta = intercept + slope * x
    p = expit(eta)
    top, total, mean, square = _moments(eta, x)
    leverage = np.exp(_log_weight(eta) - top) * (1.0 / total + (x - mean) ** 2 / square)
    return float((y - p + leverage * (0.5 - p)).sum())


def _moments(eta: FloatArray, x: FloatArray) -> tuple[float, float, float, float]:
    """Return the log of the largest weight p (1 - p); relative to it, the weights' sum, mean of x and its squares."""
    log_weight = _log_weight(eta)
    top = float(log_weight.max())
    weight = np.exp(log_weight - top)
    total = float(weight.sum())
    mean = float(weight @ x) / total
    return top, total, mean, max(float(weight @ (x - mean) ** 2), 1e-300)


def _log_weight(eta: FloatArray) -> FloatArray:
    return -np.logaddexp(0.0, eta) - np.logaddexp(0.0, -eta)
