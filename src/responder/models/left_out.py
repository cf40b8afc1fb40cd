"""Fits that leave a few patients out, each from the fit of everybody: Newton's steps with one shared curvature.

Leave-one-out, leave-pair-out and the permutation test ask for thousands of fits whose training sets differ in one, two
or three patients of n. They share one design: a training set's own standardisation is an affine map of it. So every
step of many fits is two matrix products with the same matrix, and the curvature is that of the fit of everybody with
the same labels, less the rows left out. It is not the curvature at the new estimate, so that a step divides the error
by some ten to a hundred where Newton's squares it; four to six cheap steps replace six dear ones. A fit that does not
settle like that is left to `responder.models.solver.solve`, which starts cold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.models.solver import expit, predictive_variance

__all__ = ["LeftOutFits", "LeftOutSets", "Prior", "fit_left_out", "variances_left_out"]

TOLERANCE = 1e-10
"""Largest change of a linear predictor by the last step."""
MOST_STEPS = 60
FARTHEST_FIRST_STEP = 30.0
SLOWEST = 0.8
"""A step must be shorter than this times the last one."""
NUMBERS_AT_ONCE = 160_000
COLUMNS_A_ROW = 24
"""Columns from which on, for each row asked, its variance is sooner found by steps than by a matrix of its fit."""
LARGEST_RESIDUAL = 1e-7
"""Of such a step, relative to the row; the variance is as good as its square."""


@dataclass(frozen=True)
class Prior:
    """What draws K coefficients, the intercept first, towards their means.

    Attributes
    ----------
    precision, mean : ndarray, shape (K,)
        Of a Gaussian.
    pseudo : float
        Weight of a pseudo-patient at one SD of each feature, half of whom responded: log-F(m, m) has weight m.
    """

    precision: FloatArray
    mean: FloatArray
    pseudo: float = 0.0

    def score(self, theta: FloatArray) -> FloatArray:
        """Return the derivative of the log-density, shape (F, K)."""
        found = -self.precision * (theta - self.mean)
        if self.pseudo:
            found[:, 1:] += self.pseudo * (0.5 - expit(theta[:, 1:]))
        return np.asarray(found)

    def curvature(self, theta: FloatArray) -> FloatArray:
        """Return less the second derivatives, shape (F, K)."""
        found = np.broadcast_to(self.precision, theta.shape).copy()
        if self.pseudo:
            p = expit(theta[:, 1:])
            found[:, 1:] += self.pseudo * p * (1.0 - p)
        return found


@dataclass(frozen=True)
class LeftOutSets:
    """M training sets that each leave q of n patients out, and F fits of them.

    Attributes
    ----------
    design : ndarray, shape (n, K)
        Everybody's features, the intercept first, in units of the whole cohort.
    out : ndarray of int, shape (M, q)
        Who is left out.
    mean, sd : ndarray, shape (M, K - 1)
        Of each training set, in those units.
    labelings : ndarray, shape (U, n)
        Different outcomes.
    set_of, labeling_of : ndarray of int, shape (F,)
        Training set and outcome of each fit.
    """

    design: FloatArray
    out: IntArray
    mean: FloatArray
    sd: FloatArray
    labelings: FloatArray
    set_of: IntArray
    labeling_of: IntArray


@dataclass(frozen=True)
class LeftOutFits:
    """Estimates of F fits.

    Attributes
    ----------
    coefficients : ndarray, shape (F, K)
        On the features as each training set standardises them, the intercept first.
    settled : ndarray of bool, shape (F,)
        Whether they are the estimates; else they are nothing.
    """

    coefficients: FloatArray
    settled: BoolArray


def fit_left_out(sets: LeftOutSets, whole: FloatArray, prior: Prior) -> LeftOutFits:
    """Fit penalised logistic regressions from those of everybody.

    Parameters
    ----------
    sets : LeftOutSets
        What is fitted.
    whole : ndarray, shape (U, K)
        Coefficients of the fit of everybody under each outcome.
    prior : Prior
        Of all fits.

    Notes
    -----
    The inverse curvature without the rows left out follows from the one with them (Woodbury 1950; for leaving rows out
    of a regression, Cook and Weisberg 1982, Residuals and Influence in Regression, appendix A.2).
    """
    count, size = len(sets.set_of), sets.design.shape[1]
    coefficients, settled = np.empty((count, size)), np.zeros(count, dtype=bool)
    # fits of one labeling stand together, so that they share its curvature
    order = np.argsort(sets.labeling_of, kind="stable")
    at_once = max(1, NUMBERS_AT_ONCE // len(sets.design))
    for start in range(0, count, at_once):
        fits = order[start : start + at_once]
        coefficients[fits], settled[fits] = _settle(sets, whole, prior, fits)
    return LeftOutFits(coefficients, settled)


def _settle(sets: LeftOutSets, whole: FloatArray, prior: Prior, fits: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return coefficients, shape (F, K), and which of them are estimates."""
    x, own = sets.design, sets.set_of[fits]
    labelings, which = np.unique(sets.labeling_of[fits], return_inverse=True)
    start = whole[labelings]
    curvature = expit(start @ x.T)
    curvature *= 1.0 - curvature
    inverse = _inverse(x, curvature, prior.curvature(start))
    reach = np.abs(x).max(axis=0)
    theta, settled = start[which].copy(), np.zeros(len(fits), dtype=bool)
    out, labels = sets.out[own], sets.labelings[labelings]
    scale, mean = 1.0 / sets.sd[own], sets.mean[own]
    rows = x[out] * np.sqrt(np.take_along_axis(curvature[which], out, axis=1))[:, :, None]
    turned = _each(rows, inverse, which)
    kernel = np.linalg.inv(np.eye(out.shape[1]) - np.matmul(turned, rows.transpose(0, 2, 1)))
    at = np.arange(len(fits))
    last = np.full(len(fits), FARTHEST_FIRST_STEP)
    for _ in range(MOST_STEPS):
        residual = expit(_on_everybody(theta[at], mean[at], scale[at]) @ x.T)
        np.subtract(labels[which[at]], residual, out=residual)
        np.put_along_axis(residual, out[at], 0.0, axis=1)
        score = residual @ x
        score[:, 1:] = (score[:, 1:] - mean[at] * score[:, :1]) * scale[at]
        score += prior.score(theta[at])
        step = _each(score[:, None], inverse, which[at])[:, 0]
        inside = np.matmul(rows[at], step[:, :, None])
        step += np.matmul(turned[at].transpose(0, 2, 1), np.matmul(kernel[at], inside))[:, :, 0]
        theta[at] += step
        longest = np.abs(step) @ reach
        settled[at] = longest <= TOLERANCE
        goes_on = (longest > TOLERANCE) & (longest <= SLOWEST * last)
        at, last = at[goes_on], longest[goes_on]
        if not at.size:
            break
    return theta, settled


def _inverse(x: FloatArray, curvature: FloatArray, prior: FloatArray) -> FloatArray:
    """Return the inverse of the penalised information of each labeling, shape (U, K, K)."""
    size = x.shape[1]
    information = np.empty((len(curvature), size, size))
    for one, weight in zip(information, curvature, strict=True):
        np.matmul(x.T * weight, x, out=one)
    at = np.arange(size)
    information[:, at, at] += prior
    return np.asarray(np.linalg.inv(information))


def _each(rows: FloatArray, matrices: FloatArray, which: IntArray) -> FloatArray:
    """Return rows (F, q, K) times the matrix of each, shape (F, q, K); `which` is sorted."""
    if len(matrices) == 1:
        return np.asarray((rows.reshape(-1, rows.shape[2]) @ matrices[0]).reshape(rows.shape))
    found = np.empty_like(rows)
    bounds = np.searchsorted(which, np.arange(len(matrices) + 1))
    for matrix, first, end in zip(matrices, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if end > first:
            found[first:end] = rows[first:end] @ matrix
    return found


def variances_left_out(
    sets: LeftOutSets, whole: FloatArray, fits: FloatArray, prior: Prior, rows: FloatArray
) -> FloatArray:
    """Return the variance of the linear predictor of asked rows under each fit, by Laplace's approximation.

    Parameters
    ----------
    sets : LeftOutSets
        What was fitted.
    whole : ndarray, shape (U, K)
        Coefficients of the fit of everybody under each outcome.
    fits : ndarray, shape (F, K)
        Estimates, in the standardisation of each training set.
    prior : Prior
        Of all fits.
    rows : ndarray, shape (F, a, K)
        Who is asked, in that standardisation, the intercept first.

    Returns
    -------
    ndarray, shape (F, a)

    Notes
    -----
    A row's variance is its product with the solution of one linear system. Of many columns that is found by conjugate
    gradients (Hestenes and Stiefel 1952, doi 10.6028/jres.049.044), preconditioned by everybody's inverse curvature: a
    system that leaves a few rows out differs from it in hardly more directions than rows.
    """
    count, asked, size = rows.shape
    found = np.empty((count, asked))
    by_steps = size >= COLUMNS_A_ROW * asked
    order = np.argsort(sets.labeling_of, kind="stable") if by_steps else np.arange(count)
    at_once = max(1, NUMBERS_AT_ONCE // (len(sets.design) if by_steps else sets.design.size))
    for start in range(0, count, at_once):
        some = order[start : start + at_once]
        if by_steps:
            found[some] = _variances_by_steps(sets, whole, fits[some], prior, rows[some], some)
        else:
            information = _informations(sets, fits[some], prior, some)
            found[some] = predictive_variance(information[:, None], rows[some])[:, :, 0]
    return found


def _variances_by_steps(
    sets: LeftOutSets, whole: FloatArray, fits: FloatArray, prior: Prior, rows: FloatArray, some: IntArray
) -> FloatArray:
    x, own = sets.design, sets.set_of[some]
    labelings, which = np.unique(sets.labeling_of[some], return_inverse=True)
    curvature = expit(whole[labelings] @ x.T)
    curvature *= 1.0 - curvature
    inverse = _inverse(x, curvature, prior.curvature(whole[labelings]))
    scale, mean, penalty = 1.0 / sets.sd[own], sets.mean[own], prior.curvature(fits)
    weight = expit(_on_everybody(fits, mean, scale) @ x.T)
    weight *= 1.0 - weight
    np.put_along_axis(weight, sets.out[own], 0.0, axis=1)
    found = np.empty(rows.shape[:2])
    for asked in range(rows.shape[1]):
        residual, solved = rows[:, asked].copy(), np.zeros(fits.shape)
        close = LARGEST_RESIDUAL * np.abs(residual).max(axis=1)
        turned = _each(residual[:, None], inverse, which)[:, 0]
        direction, gain = turned, (residual * turned).sum(axis=1)
        for _ in range(MOST_STEPS):
            bent = (_on_everybody(direction, mean, scale) @ x.T * weight) @ x
            bent[:, 1:] = (bent[:, 1:] - mean * bent[:, :1]) * scale
            bent += penalty * direction
            length = np.divide(gain, (direction * bent).sum(axis=1), out=np.zeros(len(gain)), where=gain > 0)
            solved += length[:, None] * direction
            residual -= length[:, None] * bent
            if (np.abs(residual).max(axis=1) <= close).all():
                break
            turned = _each(residual[:, None], inverse, which)[:, 0]
            before, gain = gain, (residual * turned).sum(axis=1)
            direction = turned + np.divide(gain, before, out=np.zeros(len(gain)), where=before > 0)[:, None] * direction
        found[:, asked] = (rows[:, asked] * (solved + _each(residual[:, None], inverse, which)[:, 0])).sum(axis=1)
    return found


def _on_everybody(theta: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    """Return coefficients (F, K) on features as training sets standardise them as those on everybody's."""
    slopes = theta[:, 1:] * scale
    return np.column_stack([theta[:, 0] - (slopes * mean).sum(axis=1), slopes])


def _informations(sets: LeftOutSets, coefficients: FloatArray, prior: Prior, some: IntArray) -> FloatArray:
    """Return the penalised information of some fits at their estimates, (F, K, K), in their own standardisation."""
    x, size, own = sets.design, sets.design.shape[1], sets.set_of[some]
    at = np.arange(size)
    # what standardises everybody's features, the intercept first, as each training set does
    own_units = np.zeros((len(own), size, size))
    own_units[:, at, at] = np.column_stack([np.ones(len(own)), 1.0 / sets.sd[own]])
    own_units[:, 1:, 0] = -sets.mean[own] / sets.sd[own]
    weight = expit(np.matmul(coefficients[:, None], own_units)[:, 0] @ x.T)
    weight *= 1.0 - weight
    np.put_along_axis(weight, sets.out[own], 0.0, axis=1)
    shared = np.matmul(x.T * weight[:, None], x)
    found = np.matmul(np.matmul(own_units, shared), own_units.transpose(0, 2, 1))
    found[:, at, at] += prior.curvature(coefficients)
    return np.asarray(found)
