"""One vectorised Newton core for the whole logistic family, over many (training set, labels) problems at once.

Problems come in M designs times L labelings: fits that share a training set share their design matrix, so the
information matrices of all labelings are one matrix product. Arrays are stored coefficient first and problem last, so
that the elimination runs over all problems at once with contiguous reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray
from responder.models.wide import (
    MANY_COLUMNS,
    InverseInformation,
    has_row_coordinates,
    row_coordinates,
    wide_information,
    wide_step,
)

__all__ = ["Family", "Problem", "Solution", "Status", "expit", "predictive_variance", "solve"]

ByteArray = NDArray[np.uint8]

LARGEST_LINEAR_PREDICTOR = 30.0
RANK_TOLERANCE = 1e-10
SMALLEST_RELATIVE_PIVOT = 1e-15
CHUNK_NUMBERS = 160_000
# a full Newton step may move a linear predictor by so much: freely at first, carefully for the fits that do not settle
BOLD_STEP = 4.0
CAREFUL_STEP = 1.0
STUBBORN_ITERATIONS = 500
DEAR_INFORMATION = 20_000
"""Numbers of a wide design from which on its curvature is kept as long as steps by it shorten fast."""
SLOWEST_BY_OLD_CURVATURE = 0.25
FLAC_TOLERANCE = 1e-7


class Status:
    """What became of a fit, as a small integer in arrays of shape (M, L)."""

    OK = 0
    ONE_CLASS = 1
    SEPARATED = 2
    NOT_CONVERGED = 3
    FAILED = 4


@dataclass(frozen=True)
class Family:
    """Which penalised likelihood is maximised.

    Attributes
    ----------
    firth : bool
        Add half the log determinant of the information (Firth 1993) and, with `flic`, re-estimate the intercept
        so that the mean prediction is the observed prevalence (Puhr et al. 2017, doi 10.1002/sim.7273).
    flic : bool
        See `firth`.
    flac : bool
        See `firth`: instead of `flic`, fit plain likelihood to the patients and, with an indicator of them, to their
        pseudo-patients, each with its leverage in Firth's fit as weight and 1/2 as outcome (the same paper).
    penalised : bool
        False for plain maximum likelihood and Firth: coefficients then live in the row space of the design
        (minimum norm), so that collinear or too many features do not break the fit.
    tolerance : float
        Largest change of a linear predictor at which the iteration stops; Newton's method squares the error, so
        what is left is its square.
    most_iterations : int
        Bound on the iterations of a whole chunk; fits that have not settled by then are continued on their own.
    with_information : bool
        Whether the information matrices at the estimates are returned.
    """

    penalised: bool = True
    firth: bool = False
    flic: bool = False
    flac: bool = False
    tolerance: float = 1e-5
    most_iterations: int = 25
    with_information: bool = False


@dataclass(frozen=True)
class Problem:
    """M designs of n rows and K columns, each with L labelings.

    Attributes
    ----------
    design : ndarray, shape (M, n, K)
        Rows include those that are not trained on; their weight is 0. The intercept, if any, is a column.
    weight : ndarray, shape (M, n) or (M, n, L)
        Case weights; labelings may have their own.
    labels : ndarray, shape (M, n, L)
        0/1, or pseudo-outcomes between.
    precision : ndarray, shape (K,) or (K, L)
        Gaussian prior precision of each coefficient (0: unpenalised); labelings may have their own.
    prior_mean : ndarray, shape (K,) or (K, M)
        Gaussian prior mean of each coefficient; designs may have their own.
    """

    design: FloatArray
    weight: FloatArray
    labels: FloatArray
    precision: FloatArray
    prior_mean: FloatArray


@dataclass(frozen=True)
class Solution:
    """Coefficients of M x L fits.

    Attributes
    ----------
    coefficients : ndarray, shape (M, K, L)
        Estimates.
    status : ndarray of uint8, shape (M, L)
        See `Status`.
    information : ndarray, shape (M, L, K, K), optional
        Penalised information at the estimates, where the family asks for it.
    """

    coefficients: FloatArray
    status: ByteArray
    information: FloatArray | None = None


def solve(problem: Problem, family: Family) -> Solution:
    """Fit every problem.

    Parameters
    ----------
    problem : Problem
        Designs, weights, labels and priors.
    family : Family
        Which likelihood.

    Returns
    -------
    Solution
        Estimates that are always finite; `status` says which of them may be believed.

    Notes
    -----
    A step that would move a linear predictor by a too far is shortened to log(1 + a) / a of itself, the damping under
    which Newton's method descends on generalised self-concordant losses (Bach 2010, doi 10.1214/09-EJS521).

    Examples
    --------
    >>> x = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])[None]
    >>> y = np.array([0.0, 1.0, 0.0, 1.0])[None, :, None]
    >>> ridge = Problem(x, np.ones((1, 4)), y, np.array([0.0, 1.0]), np.zeros(2))
    >>> [round(float(c), 4) for c in solve(ridge, Family()).coefficients[0, :, 0]]
    [-0.2264, 0.4529]
    """
    one_class = _one_class(problem)
    if one_class.any():
        # without both classes the likelihood has no maximum; fit neutral labels, and say so
        neutral = np.where(one_class[:, None, :], 0.5, problem.labels)
        problem = replace(problem, labels=neutral)
    if _is_dual(problem, family):
        design, precision, back = row_coordinates(problem.design, problem.precision)
        dual = replace(problem, design=design, precision=precision, prior_mean=np.zeros(design.shape[2]))
        solution = _in_chunks(dual, family)
        solution = replace(solution, coefficients=np.matmul(back, solution.coefficients))
    elif family.penalised:
        solution = _in_chunks(problem, family)
    else:
        whitened, back = _row_space(problem)
        solution = _in_chunks(whitened, family)
        if family.flac:
            solution = _flac(whitened, solution)
        coefficients = np.matmul(back, solution.coefficients)
        if family.flic:
            coefficients = _flic(problem, coefficients)
        solution = replace(solution, coefficients=coefficients)
    status = np.where(one_class, Status.ONE_CLASS, solution.status).astype(np.uint8)
    return replace(solution, status=status)


def expit(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x)) without overflow."""
    p = np.clip(x, -700.0, 700.0)
    np.negative(p, out=p)
    np.exp(p, out=p)
    p += 1.0
    return np.reciprocal(p, out=p)


def _one_class(problem: Problem) -> BoolArray:
    """Return, shape (M, L), where all rows trained on have the same label."""
    positive = np.matmul(problem.weight[:, None, :], problem.labels)[:, 0]
    total = problem.weight.sum(axis=1)[:, None]
    return np.asarray((positive <= 0) | (positive >= total))


def _is_dual(problem: Problem, family: Family) -> bool:
    """Return whether a fit is smaller in coordinates of its rows: no more is asked of it than a ridge estimate."""
    plain = family.penalised and not family.with_information and not problem.prior_mean.any()
    return plain and has_row_coordinates(problem.design, problem.precision)


def _in_chunks(problem: Problem, family: Family) -> Solution:
    """Solve in chunks that stay in cache, then the few stubborn fits on their own."""
    designs, rows, size = problem.design.shape
    fits = problem.labels.shape[2]
    at_once = max(1, CHUNK_NUMBERS // max(size * (size + 1), rows))
    many_fits = min(fits, at_once)
    many_designs = max(1, at_once // many_fits)
    coefficients = np.empty((designs, size, fits))
    status = np.empty((designs, fits), dtype=np.uint8)
    information = np.empty((designs, fits, size, size)) if family.with_information else None
    precision = np.broadcast_to(problem.precision.reshape(size, 1, -1), (size, designs, fits))
    mean = np.broadcast_to(problem.prior_mean.reshape(size, -1), (size, designs))
    for d in range(0, designs, many_designs):
        for f in range(0, fits, many_fits):
            here = slice(d, d + many_designs), slice(None), slice(f, f + many_fits)
            part = replace(
                problem,
                design=problem.design[here[0]],
                weight=problem.weight[here[0]] if problem.weight.ndim == 2 else problem.weight[here],
                labels=problem.labels[here],
                precision=precision[:, here[0], here[2]],
                prior_mean=mean[:, here[0]],
            )
            solution = _newton(part, family, family.most_iterations)
            coefficients[here], status[here[0], here[2]] = solution.coefficients, solution.status
            if information is not None and solution.information is not None:
                information[here[0], here[2]] = solution.information
    stubborn = np.flatnonzero(status.ravel() == Status.NOT_CONVERGED)
    for chunk in np.array_split(stubborn, max(1, -(-len(stubborn) // at_once))) if stubborn.size else []:
        d_at, f_at = np.divmod(chunk, fits)
        part = replace(
            problem,
            design=problem.design[d_at],
            weight=problem.weight[d_at] if problem.weight.ndim == 2 else problem.weight[d_at, :, f_at],
            labels=problem.labels[d_at, :, f_at][:, :, None],
            precision=precision[:, d_at, f_at][:, :, None],
            prior_mean=mean[:, d_at],
        )
        solution = _newton(part, family, STUBBORN_ITERATIONS, coefficients[d_at, :, f_at][:, :, None], CAREFUL_STEP)
        coefficients[d_at, :, f_at] = solution.coefficients[:, :, 0]
        status[d_at, f_at] = solution.status[:, 0]
        if information is not None and solution.information is not None:
            information[d_at, f_at] = solution.information[:, 0]
    return Solution(coefficients, status, information)


def _newton(
    problem: Problem, family: Family, most: int, start: FloatArray | None = None, bold: float = BOLD_STEP
) -> Solution:
    """Iterate one chunk, whose precision is given of every fit, shape (K, M, L), and its means of every design."""
    x = np.ascontiguousarray(problem.design)
    designs, rows, size = x.shape
    fits = problem.labels.shape[2]
    wide = size >= MANY_COLUMNS and not family.firth
    x_t = np.ascontiguousarray(x.transpose(0, 2, 1))
    packed = np.empty((designs, rows, 0)) if wide else _outer_products(x)
    packed_t = np.ascontiguousarray(packed.transpose(0, 2, 1))
    # coefficient or row first, problem last: [.., M, L]
    labels = np.ascontiguousarray(problem.labels.transpose(1, 0, 2))
    weight = np.ascontiguousarray(problem.weight.reshape(designs, rows, -1).transpose(1, 0, 2))
    precision = problem.precision
    mean = problem.prior_mean[:, :, None]
    if start is None:
        theta = np.broadcast_to(mean, (size, designs, fits)).copy()
    else:
        theta = np.ascontiguousarray(start.transpose(1, 0, 2))
    eta = _product(x, theta, rows)
    augmented = np.empty((0 if wide else size + 1, size, designs, fits))
    moving = np.ones((designs, fits), dtype=bool)
    # where classes separate, plain likelihood has no maximum: those fits stop for good where they leave these bounds
    bounded = not family.penalised and not family.firth
    within = np.ones((designs, fits), dtype=bool)
    dear = wide and family.penalised and rows * size >= DEAR_INFORMATION
    inverse = InverseInformation.nothing(x, fits) if dear else None
    bends, last = np.ones((designs, fits), dtype=bool), np.full((designs, fits), np.inf)
    # a row that is not trained on, thousands of SD away, must not hold a fit up that has not settled at once
    stubborn, felt = start is not None, weight > 0
    for _ in range(most):
        p = expit(eta)
        curvature = (1.0 - p) * p
        curvature *= weight
        if not wide:
            _fill_information(augmented, _product(packed_t, curvature, packed_t.shape[1]), precision)
        residual = labels - p
        residual *= weight
        if family.firth:
            # each row counts once as itself and with its leverage as half a success and half a failure, so the
            # curvature of the step is that of 1 + leverage rows; the plain information overshoots at leverage 1
            leverage = _leverage(augmented[:size], packed, curvature)
            residual += leverage * (0.5 - p)
            curvature *= 1.0 + leverage / np.where(weight > 0, weight, 1.0)
            _fill_information(augmented, _product(packed_t, curvature, packed_t.shape[1]), precision)
        score = _product(x_t, residual, size)
        score -= precision * (theta - mean)
        if inverse is not None:
            inverse.renew(x, curvature, precision, bends)
            step = inverse.step(score)
        elif wide:
            step = wide_step(wide_information(x, curvature, precision), score)
        else:
            augmented[size] = score
            step = _eliminate(augmented)
        move = _product(x, step, rows)
        longest = np.abs(move * felt).max(axis=0) if stubborn else np.maximum(move.max(axis=0), -move.min(axis=0))
        if longest.max() > bold:
            damping = np.where(longest > bold, np.log1p(longest) / np.maximum(longest, 1.0), 1.0)
            step *= damping
            move *= damping
        if not within.all():
            step *= within
            move *= within
        theta += step
        eta += move
        moving = longest > family.tolerance
        if inverse is not None:
            # a step by an older curvature only divides the error: what is left is no square of it
            moving = longest > np.where(bends, family.tolerance, family.tolerance**2)
            bends, last = longest > SLOWEST_BY_OLD_CURVATURE * last, longest
        if bounded:
            within &= np.abs(eta * felt).max(axis=0) <= LARGEST_LINEAR_PREDICTOR
            moving &= within
        if not moving.any():
            break
    status = np.where(moving, Status.NOT_CONVERGED, Status.OK).astype(np.uint8)
    if bounded:
        trained = np.abs(eta * felt).max(axis=0)
        status[trained > LARGEST_LINEAR_PREDICTOR / 2] = Status.SEPARATED
    information = None
    if family.with_information:
        p = expit(eta)
        curvature = p * (1.0 - p) * weight
        if wide:
            information = wide_information(x, curvature, precision)
        else:
            _fill_information(augmented, _product(packed_t, curvature, packed_t.shape[1]), precision)
            information = np.ascontiguousarray(augmented[:size].transpose(2, 3, 0, 1))
    return Solution(np.ascontiguousarray(theta.transpose(1, 0, 2)), status, information)


def predictive_variance(information: FloatArray, rows: FloatArray) -> FloatArray:
    """Return x' I^-1 x of asked rows under each fit's Gaussian approximation.

    Parameters
    ----------
    information : ndarray, shape (M, L, K, K)
        Of each fit.
    rows : ndarray, shape (M, a, K)
        Asked rows.

    Returns
    -------
    ndarray, shape (M, a, L)
    """
    inverse = np.linalg.inv(information)
    half = np.einsum("mak,mlkj->mlaj", rows, inverse, optimize=True)
    return np.asarray(np.einsum("mlaj,maj->mal", half, rows, optimize=True))


def _product(matrix: FloatArray, stacked: FloatArray, rows: int) -> FloatArray:
    """Return matrix (M, r, c) times stacked (c, M, L) as (r, M, L), without copies."""
    out = np.empty((rows, *stacked.shape[1:]))
    np.matmul(matrix, stacked.transpose(1, 0, 2), out=out.transpose(1, 0, 2))
    return out


def _outer_products(x: FloatArray) -> FloatArray:
    """Return x x' of each row as its packed lower triangle, shape (M, n, K (K + 1) / 2)."""
    low, high = np.tril_indices(x.shape[2])
    return np.ascontiguousarray(x[:, :, low] * x[:, :, high])


def _fill_information(augmented: FloatArray, packed: FloatArray, precision: FloatArray) -> None:
    """Write packed lower triangles (T, M, L), mirrored, into the first K rows of (K + 1, K, M, L)."""
    size = augmented.shape[1]
    low, high = np.tril_indices(size)
    augmented[low, high] = packed
    augmented[high, low] = packed
    at = np.arange(size)
    diagonal = augmented[at, at] + precision
    # a direction that no training row shows stays where it is
    augmented[at, at] = np.where(diagonal > 1e-300, diagonal, 1.0)


def _eliminate(augmented: FloatArray) -> FloatArray:
    """Solve A x = b for every problem by symmetric elimination; `augmented` (K + 1, K, M, L) is overwritten.

    Its last row is b. Only the lower triangle is read. A pivot of which rounding leaves nothing is held above 0: where
    some rows are fitted without doubt, a direction that only they show has no curvature beside those of others.
    """
    size = augmented.shape[1]
    at = np.arange(size)
    least = augmented[at, at] * SMALLEST_RELATIVE_PIVOT
    for j in range(size - 1):
        np.maximum(augmented[j, j], least[j], out=augmented[j, j])
        column = augmented[j + 1 : size, j].copy()
        augmented[j + 1 :, j] /= augmented[j, j]
        augmented[j + 1 :, j + 1 :] -= augmented[j + 1 :, j, None] * column[None]
    augmented[size, size - 1] /= np.maximum(augmented[size - 1, size - 1], least[size - 1])
    x = augmented[size].copy()
    for j in range(size - 1, 0, -1):
        x[:j] -= augmented[j, :j] * x[j]
    return x


def _leverage(information: FloatArray, packed: FloatArray, curvature: FloatArray) -> FloatArray:
    """Return the diagonal of the hat matrix, shape (n, M, L); `packed` are the rows' outer products."""
    size = information.shape[0]
    inverse = np.linalg.inv(information.transpose(2, 3, 0, 1))
    low, high = np.tril_indices(size)
    twice = np.where(low == high, 1.0, 2.0)
    triangle = np.ascontiguousarray((inverse[:, :, low, high] * twice).transpose(2, 0, 1))
    return _product(packed, triangle, packed.shape[1]) * curvature


def _row_space(problem: Problem) -> tuple[Problem, FloatArray]:
    """Rewrite an unpenalised problem in whitened coordinates of its design's row space.

    Directions that no training row shows get a unit prior and a zero column: they stay at 0, which is the
    minimum-norm solution. Returns the problem and the matrix (M, K, K) that maps coefficients back.
    """
    x, weight = problem.design, problem.weight
    gram = np.matmul((x * weight[:, :, None]).transpose(0, 2, 1), x)
    values, vectors = np.linalg.eigh(gram)
    kept = values > RANK_TOLERANCE * values[:, -1:]
    back = vectors * np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)[:, None, :]
    scale = np.sqrt(weight.sum(axis=1))[:, None, None]
    back = back * scale
    return replace(problem, design=np.matmul(x, back)), back


def _flac(problem: Problem, firth: Solution) -> Solution:
    """Refit with pseudo-patients and their indicator as added covariate, the leverages of Firth's fit as weights."""
    designs, rows, size = problem.design.shape
    shape = designs, rows, problem.labels.shape[2]
    p = expit(np.matmul(problem.design, firth.coefficients))
    curvature = (p * (1.0 - p) * problem.weight[:, :, None]).transpose(1, 0, 2)
    packed = _outer_products(problem.design)
    information = np.empty((size, size, designs, shape[2]))
    _fill_information(
        information,
        _product(np.ascontiguousarray(packed.transpose(0, 2, 1)), np.ascontiguousarray(curvature), packed.shape[2]),
        np.zeros((size, 1, 1)),
    )
    leverage = _leverage(information, packed, curvature).transpose(1, 0, 2)
    own = np.concatenate([problem.design, np.zeros((designs, rows, 1))], axis=2)
    pseudo = np.concatenate([problem.design, np.ones((designs, rows, 1))], axis=2)
    augmented = Problem(
        np.concatenate([own, pseudo], axis=1),
        np.concatenate([np.broadcast_to(problem.weight[:, :, None], shape), leverage], axis=1),
        np.concatenate([problem.labels, np.full(shape, 0.5)], axis=1),
        np.zeros(size + 1),
        np.zeros(size + 1),
    )
    found = _in_chunks(augmented, Family(tolerance=FLAC_TOLERANCE))
    status = np.maximum(firth.status, found.status)
    return Solution(found.coefficients[:, :size], status)


def _flic(problem: Problem, coefficients: FloatArray) -> FloatArray:
    """Re-estimate the intercept (column 0) by maximum likelihood, all else held."""
    weight = problem.weight[:, :, None]
    rest = np.matmul(problem.design[:, :, 1:], coefficients[:, 1:])
    target = (weight * problem.labels).sum(axis=1)
    intercept = coefficients[:, 0].copy()
    for _ in range(100):
        p = expit(rest + intercept[:, None, :])
        slope = (weight * p * (1.0 - p)).sum(axis=1)
        step = (target - (weight * p).sum(axis=1)) / np.maximum(slope, 1e-300)
        step = np.clip(step, -1.0, 1.0)
        intercept += step
        if np.abs(step).max() < 1e-12:
            break
    return np.concatenate([intercept[:, None], coefficients[:, 1:]], axis=1)
