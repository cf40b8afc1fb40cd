"""Profiles of Firth's likelihood over several coefficients: many starts climbed at once, limits from far out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from responder.arrays import FloatArray, IntArray

__all__ = ["Likelihood", "Maxima", "limits"]


MOST_STEPS = 200
# a step moves no linear predictor further than this
LONGEST_STEP = 4.0
SETTLED = 1e-8
ALMOST_FLAT = 1e-10
# the profile is followed outwards, each time this much further from the estimate ...
FURTHER = 1.5
# ... until it has stayed below the bound from its last crossing to this many times that distance
BEYOND = 3.0
FURTHEST = 1e9
MOST_CUTS = 6
SAME = 1e-4


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihood of a logistic model, with Firth's penalty or without.

    Attributes
    ----------
    design : ndarray, shape (n, K)
        Of full column rank.
    labels, weight : ndarray, shape (n,)
        Outcomes, and how much each row counts.
    firth : bool
        Add half the log determinant of the information matrix of all K coefficients.
    """

    design: FloatArray
    labels: FloatArray
    weight: FloatArray
    firth: bool

    def at(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return value (S,), score (S, K) and two curvatures (S, K, K) at S points, shape (S, K).

        The first curvature is minus the Hessian. The second is that of weight + leverage rows, for Firth's score
        counts each row once as observed and with its leverage as half a success and half a failure: it is positive
        definite everywhere, and its steps ascend.
        """
        x, eta = self.design, theta @ self.design.T
        p = expit(eta)
        value = (self.weight * (self.labels * eta - np.logaddexp(0.0, eta))).sum(axis=1)
        residual = self.weight * (self.labels - p)
        variance = p * (1.0 - p)
        information = _products(x, self.weight * variance)
        if not self.firth:
            return value, residual @ x, information, information
        # the determinant and leverages from a QR of the weighted rows: the information itself squares their range
        log_variance = -np.logaddexp(0.0, eta) - np.logaddexp(0.0, -eta)
        q, r = np.linalg.qr(np.exp(0.5 * log_variance)[:, :, None] * x)
        pivots = np.abs(np.diagonal(r, axis1=1, axis2=2))
        value += np.log(np.maximum(pivots, 1e-300)).sum(axis=1)
        leverage, skew = (q**2).sum(axis=2), 1.0 - 2.0 * p
        residual += 0.5 * leverage * skew
        careful = _products(x, variance * (self.weight + leverage))
        # with H = Q Q' the second derivative of log det I is X' diag(h (1 - 6 w)) X - X' C (H o H) C X, C = diag(skew)
        low, high = np.tril_indices(x.shape[1])
        pairs = q[:, :, low] * q[:, :, high] * np.where(low == high, 1.0, np.sqrt(2.0))
        turned = (x.T * skew[:, None, :]) @ pairs
        bent = _products(x, leverage * (1.0 - 6.0 * variance)) - turned @ turned.transpose(0, 2, 1)
        return value, residual @ x, information - 0.5 * bent, careful

    def leverages(self, theta: FloatArray) -> FloatArray:
        """Return the diagonal of the hat matrix at one point, shape (n,)."""
        p = expit(self.design @ theta)
        q, _ = np.linalg.qr(np.sqrt(p * (1.0 - p))[:, None] * self.design)
        return np.asarray((q**2).sum(axis=1))


def _products(x: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the sums of weighted outer products of rows, shape (S, K, K)."""
    return np.asarray((x.T * weight[:, None, :]) @ x)


@dataclass(frozen=True)
class Maxima:
    """Different local maxima, the highest first.

    Attributes
    ----------
    theta : ndarray, shape (S, K)
        Where they are.
    value : ndarray, shape (S,)
        How high.
    """

    theta: FloatArray
    value: FloatArray

    @property
    def highest(self) -> float:
        """The highest value."""
        return float(self.value[0])


def climb(likelihood: Likelihood, start: FloatArray, fixed: int | None = None) -> Maxima:
    """Maximise from several starts, shape (S, K), one coefficient held where it is.

    Newton's method with step halving. Points that end within `SAME` of one another are one maximum.
    """
    theta = start.copy()
    free = np.delete(np.arange(theta.shape[1]), [] if fixed is None else [fixed])
    value, *slopes = likelihood.at(theta)
    step = _newton_step(likelihood, free, *slopes)
    for _ in range(MOST_STEPS):
        moving = np.abs(step @ likelihood.design.T).max(axis=1) > SETTLED
        if not moving.any():
            break
        found, *slopes = likelihood.at(theta[moving] + step[moving])
        better = found >= value[moving] - 1e-12 * np.abs(value[moving])
        at = np.flatnonzero(moving)
        up = at[better]
        theta[up] += step[up]
        value[up] = found[better]
        step[up] = _newton_step(likelihood, free, *(slope[better] for slope in slopes))
        step[at[~better]] *= 0.5
    order = np.argsort(-value, kind="stable")
    kept: list[int] = []
    for i in order:
        if all(np.abs(likelihood.design @ (theta[i] - theta[j])).max() > SAME for j in kept):
            kept.append(int(i))
    return Maxima(theta[kept], value[kept])


def _newton_step(
    likelihood: Likelihood, free: IntArray, score: FloatArray, exact: FloatArray, careful: FloatArray
) -> FloatArray:
    """Return Newton's step where it ascends, else one that does; no linear predictor moves far."""
    step = np.zeros_like(score)
    step[:, free] = _solved(exact, score, free)
    descends = (step * score).sum(axis=1) <= 0
    if descends.any():
        step[np.ix_(descends, free)] = _solved(careful[descends], score[descends], free)
    longest = np.abs(step @ likelihood.design.T).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300)))


def _solved(curvature: FloatArray, score: FloatArray, free: IntArray) -> FloatArray:
    block = curvature[:, free[:, None], free]
    at = np.arange(len(free))
    # far out some directions have next to no curvature, and a step along them no effect
    block[:, at, at] += ALMOST_FLAT * (1e-6 + np.abs(block[:, at, at]))
    return np.asarray(np.linalg.solve(block, score[:, free, None])[:, :, 0])


def starts(likelihood: Likelihood, theta: FloatArray, fixed: int, value: float) -> FloatArray:
    """Return points to climb from where one coefficient has a value, shape (S, K).

    The estimate as it is and in proportion; and, the other coefficients 0, intercepts that put the cut between
    successes and failures at different places along the fixed feature: the maxima near separation differ by these.
    """
    kept = theta.copy()
    kept[fixed] = value
    ratio = value / theta[fixed] if abs(theta[fixed]) > 1e-8 else 0.0
    spread = np.unique(likelihood.design[:, fixed] * value)
    cuts = (spread[1:] + spread[:-1]) / 2.0 if fixed and len(spread) > 1 else np.zeros(1)
    cuts = cuts[np.unique(np.linspace(0, len(cuts) - 1, MOST_CUTS).round().astype(int))]
    plain = np.zeros((len(cuts), len(theta)))
    plain[:, 0] = -cuts
    plain[:, fixed] = value
    return np.vstack([kept, *([theta * ratio] if 0 < ratio < 50 else []), plain])


def profile(likelihood: Likelihood, theta: FloatArray, fixed: int, value: float, *near: Maxima) -> Maxima:
    """Return the maxima with one coefficient at a value, climbed from all starts and from maxima at values nearby."""
    own = starts(likelihood, theta, fixed, value) if likelihood.firth or not near else np.empty((0, len(theta)))
    return climb(likelihood, np.vstack([own, *(_moved(maxima, fixed, value) for maxima in near)]), fixed)


def _carried(likelihood: Likelihood, fixed: int, value: float, *near: Maxima) -> Maxima:
    return climb(likelihood, np.vstack([_moved(maxima, fixed, value) for maxima in near]), fixed)


def _moved(maxima: Maxima, fixed: int, value: float) -> FloatArray:
    moved = maxima.theta.copy()
    moved[:, fixed] = value
    return moved


def limits(likelihood: Likelihood, theta: FloatArray, fixed: int, allowed: float) -> tuple[float, float]:
    """Return the outermost values of one coefficient at which the profile reaches `allowed`."""
    return _limit(likelihood, theta, fixed, allowed, -1.0), _limit(likelihood, theta, fixed, allowed, 1.0)


def _limit(likelihood: Likelihood, theta: FloatArray, fixed: int, allowed: float, side: float) -> float:
    """Follow the profile outwards, back inwards by what was found far out, and solve for its outermost crossing."""
    estimate = float(theta[fixed])
    value, _, _, curvature = likelihood.at(theta[None])
    reach = float(np.sqrt(np.linalg.inv(curvature[0])[fixed, fixed]))
    path, inside = [(0.0, Maxima(theta[None], value))], reach
    beyond = BEYOND if likelihood.firth else 1.0
    while path[-1][1].highest >= allowed or path[-1][0] < beyond * inside:
        if reach > FURTHEST:
            return side * np.inf
        found = profile(likelihood, theta, fixed, estimate + side * reach, path[-1][1])
        path.append((reach, found))
        if found.highest >= allowed:
            inside = reach
        reach *= FURTHER
    far, outer = path.pop()
    while True:
        near, inner = path.pop()
        if likelihood.firth:
            inner = _both(inner, _carried(likelihood, fixed, estimate + side * near, outer))
        if inner.highest >= allowed:
            break
        far, outer = near, inner

    def above(distance: float) -> float:
        return _carried(likelihood, fixed, estimate + side * distance, inner, outer).highest - allowed

    return estimate + side * float(brentq(above, near, far, xtol=1e-9))


def _both(one: Maxima, other: Maxima) -> Maxima:
    value = np.concatenate([one.value, other.value])
    order = np.argsort(-value, kind="stable")
    return Maxima(np.vstack([one.theta, other.theta])[order], value[order])
