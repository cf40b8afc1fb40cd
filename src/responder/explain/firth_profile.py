"""Log-odds of response per SD of one feature, by Firth's likelihood, with its profile limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, expit

from responder.arrays import FloatArray
from responder.models.solver import Family, Problem, Status, solve
from responder.validate.result import Result

__all__ = ["LogOdds", "firth_log_odds"]

FURTHEST = 1e12
# the limit is looked for from outside in, each slope this much nearer to the estimate
NEARER = 1.1
# an interval of intercepts is cut in so many, and dropped where it cannot hold more than this above the best known
PARTS = 8
CERTAIN = 1e-10
# half the log determinant of the information bends upwards no faster than this along the intercept
MOST_CURVATURE = 2.0


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

    Notes
    -----
    The confidence set holds every slope whose profile, the penalised log-likelihood maximised over the intercept, is
    within half a chi-square quantile of the maximum. Near separation the likelihood has several maxima along the
    intercept, and an iteration that ends in a lower one stops short: the profile here is the highest of them
    (`_Profile.at`). The profile may then cross the bound more than once; the limits are the outermost crossings, the
    hull of the set. They are looked for from where no profile can reach the bound (`_Profile.ceiling`) inwards, in
    steps of a tenth of the distance from the estimate: the weight of a pair of patients falls with the product of slope
    and distance, so that what can rise again is as wide as it is far out.

    References
    ----------
    Firth 1993, Biometrika 80:27; profile limits: Heinze and Schemper 2002, Stat Med 21:2409, doi 10.1002/sim.1047;
    Venzon and Moolgavkar 1988, J R Stat Soc C 37:87, doi 10.2307/2347496.

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
    profile = _Profile(x, y)
    allowed = profile.at(estimate) - float(chdtri(1, 1.0 - level)) / 2.0
    lower, upper = (_limit(estimate, side, allowed, profile) for side in (-1.0, 1.0))
    return LogOdds(estimate, lower, upper, level)


def _limit(estimate: float, side: float, allowed: float, profile: _Profile) -> float:
    """Return the outermost slope at which the profile reaches `allowed`, on one side of the estimate."""
    reach = 1.0
    while profile.ceiling(estimate + side * reach, side) >= allowed:
        reach *= 2.0
        if reach > FURTHEST:
            return side * np.inf
    floor = allowed - CERTAIN
    while profile.at(estimate + side * reach, floor) <= floor:
        reach /= NEARER
    distance = brentq(lambda d: profile.at(estimate + side * d) - allowed, reach, reach * NEARER, xtol=1e-9)
    return estimate + side * float(distance)


@dataclass(frozen=True)
class _Profile:
    """Firth's log-likelihood of a slope, at its highest over all intercepts.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        Feature and outcome; both outcomes occur, and x varies.
    """

    x: FloatArray
    y: FloatArray

    def at(self, slope: float, floor: float = -np.inf) -> float:
        """Return the global maximum over the intercept, to `CERTAIN`; `floor` where it is not above that.

        Branch and bound over a range that holds every maximum. *The range:* leverages sum to 2, so the derivative by
        the intercept is at most n1 - sum(p) + 1 - 2 min(p). Where every p is above 1 - e that is below
        -n0 - 1 + e (n + 2), and negative for e = 1 / (n + 2): left and right of the range the likelihood only falls.
        *The bounds of an interval:* the log-likelihood itself is concave, so below both tangents; the determinant
        grows with every weight p (1 - p), so it is below the one of each patient's largest weight in the interval.
        And once it is narrow: |I| is the sum of w_i w_j (x_i - x_j)^2 over pairs (Cauchy and Binet), the second
        derivative of its logarithm at most the variance of a number between -2 and 2, thus 4: the whole is below two
        parabolas of curvature 2.
        """
        spread = slope * self.x
        rim = np.log(len(self.x) + 2.0)
        left, right = np.array([-spread.max() - rim]), np.array([-spread.min() + rim])
        best = floor
        while left.size:
            width = (right - left)[:, None] / PARTS
            intercept = left[:, None] + width * np.arange(PARTS + 1)
            eta = intercept[:, :, None] + spread
            log_weight = _log_weight(eta)
            p = expit(eta)
            plain = (self.y * eta - np.logaddexp(0.0, eta)).sum(axis=2)
            score = (self.y - p).sum(axis=2)
            half_determinant, leverage = self._penalty(log_weight)
            whole = plain + half_determinant
            best = max(best, float(whole.max()))
            least_doubt = np.maximum(log_weight[:, :-1], log_weight[:, 1:])
            least_doubt = np.where((eta[:, :-1] < 0) & (eta[:, 1:] > 0), np.log(0.25), least_doubt)
            wide = _below(plain, score, width, 0.0) + self._penalty(least_doubt)[0]
            narrow = _below(whole, score + (leverage * (0.5 - p)).sum(axis=2), width, MOST_CURVATURE)
            open_ = np.minimum(wide, narrow) > best + CERTAIN
            left, right = intercept[:, :-1][open_], intercept[:, 1:][open_]
        return best

    def ceiling(self, slope: float, side: float) -> float:
        """Return a bound on the profile at this slope and at all further out on its side.

        The log-likelihood, maximised over the intercept, is concave in the slope: past its own maximum it only falls,
        and before that it is below 0. Each w_i w_j is below exp(-|slope| |x_i - x_j|) whatever the intercept, which
        bounds the sum over pairs that the determinant is.
        """
        spread = slope * self.x
        rim = np.log(len(self.x) + 2.0)
        intercept = brentq(lambda a: float((self.y - expit(a + spread)).sum()), -spread.max() - rim, rim - spread.min())
        eta = intercept + spread
        plain = float((self.y * eta - np.logaddexp(0.0, eta)).sum())
        if side * float((self.y - expit(eta)) @ self.x) > 0:
            plain = 0.0
        one, other = np.triu_indices(len(self.x), 1)
        apart = np.abs(self.x[one] - self.x[other])
        log_weights = np.minimum(-max(side * slope, 0.0) * apart, -np.log(16.0))
        return plain + 0.5 * float(np.log(max((apart**2 * np.exp(log_weights)).sum(), 1e-300)))

    def _penalty(self, log_weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return half the log determinant of the information (..) and the leverages (.., n)."""
        at = log_weight.argmax(axis=-1)[..., None]
        top = np.take_along_axis(log_weight, at, axis=-1)
        weight = np.exp(log_weight - top)
        # distances from the patient of the largest weight: the others may weigh nothing beside that one
        x = self.x - self.x[at]
        total, first, second = weight.sum(axis=-1), (weight * x).sum(axis=-1), (weight * x**2).sum(axis=-1)
        determinant = np.maximum(total * second - first**2, 1e-300)
        leverage = weight * (second[..., None] - 2.0 * first[..., None] * x + total[..., None] * x**2)
        return top[..., 0] + 0.5 * np.log(determinant), leverage / determinant[..., None]


def _below(value: FloatArray, slope: FloatArray, width: FloatArray, curvature: float) -> FloatArray:
    """Return what a function cannot exceed between neighbours, if its second derivative is at most `curvature`."""
    rise = value[:, 1:] - value[:, :-1]
    bend = slope[:, :-1] - slope[:, 1:] + curvature * width
    met = (rise - slope[:, 1:] * width + 0.5 * curvature * width**2) / np.maximum(bend, 1e-300)
    met = np.clip(met, 0.0, width)
    peak = value[:, :-1] + slope[:, :-1] * met + 0.5 * curvature * met**2
    return np.maximum(peak, np.maximum(value[:, :-1], value[:, 1:]))


def _log_weight(eta: FloatArray) -> FloatArray:
    return -np.logaddexp(0.0, eta) - np.logaddexp(0.0, -eta)
