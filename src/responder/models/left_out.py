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
from responder.models.solver import expit

__all__ = ["LeftOutFits", "LeftOutSets", "Prior", "fit_left_out", "informations"]

TOLERANCE = 1e-10
"""Largest change of a linear predictor by the last step."""
MOST_STEPS = 60
FARTHEST_FIRST_STEP = 30.0
SLOWEST = 0.8
"""A step must be shorter than this times the last one."""
NUMBERS_AT_ONCE = 160_000


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
        slopes = theta[at, 1:] * scale[at]
        raw = np.column_stack([theta[at, 0] - (slopes * mean[at]).sum(axis=1), slopes])
        residual = expit(raw @ x.T)
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


def informations(sets: LeftOutSets, coefficients: FloatArray, prior: Prior) -> FloatArray:
    """Return the penalised information of each fit at its estimate, shape (F, K, K), in its own standardisation."""
    x, size = sets.design, sets.design.shape[1]
    found = np.empty((len(coefficients), size, size))
    at = np.arange(size)
    at_once = max(1, NUMBERS_AT_ONCE // x.size)
    for start in range(0, len(coefficients), at_once):
        fits = slice(start, start + at_once)
        own = sets.set_of[fits]
        # what standardises everybody's features, the intercept first, as each training set does
        own_units = np.zeros((len(own), size, size))
        own_units[:, at, at] = np.column_stack([np.ones(len(own)), 1.0 / sets.sd[own]])
        own_units[:, 1:, 0] = -sets.mean[own] / sets.sd[own]
        weight = expit(np.matmul(coefficients[fits, None], own_units)[:, 0] @ x.T)
        weight *= 1.0 - weight
        np.put_along_axis(weight, sets.out[own], 0.0, axis=1)
        shared = np.matmul(x.T * weight[:, None], x)
        found[fits] = np.matmul(np.matmul(own_units, shared), own_units.transpose(0, 2, 1))
    found[:, at, at] += prior.curvature(coefficients)
    return found
