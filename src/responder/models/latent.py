"""The mode of a Gaussian process classifier in the space of its rows: one Cholesky factor a Newton step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.solver import expit

__all__ = ["LatentMode", "latent_mode"]

TOLERANCE = 1e-5
MOST_STEPS = 100
BOLD_STEP = 4.0


@dataclass(frozen=True)
class LatentMode:
    """Laplace's approximation to the latent values of r rows.

    Attributes
    ----------
    dual : ndarray, shape (r,)
        Kernel times this is the mode.
    root : ndarray, shape (r,)
        Square root of each row's curvature at the mode.
    factor : tuple
        Cholesky factor of 1 + root kernel root, as SciPy holds it.
    settled : bool
        Whether the last step moved no row by more than 1e-5, of which Newton's method leaves the square.
    """

    dual: FloatArray
    root: FloatArray
    factor: tuple[FloatArray, bool]
    settled: bool

    def explained(self, rows: FloatArray) -> FloatArray:
        """Return by how much the training rows reduce the variance of others, whose kernel with them is (a, r)."""
        from scipy.linalg import solve_triangular

        turned = solve_triangular(self.factor[0], (rows * self.root).T, lower=True, check_finite=False)
        return np.asarray((turned**2).sum(axis=0))

    def reduction(self) -> FloatArray:
        """Return the matrix, shape (r, r), whose quadratic form `explained` is."""
        from scipy.linalg import cho_solve

        # in rows, as a bundle reads it again: products of another order round otherwise
        return np.ascontiguousarray(self.root[:, None] * cho_solve(self.factor, np.diag(self.root), check_finite=False))


def latent_mode(kernel: FloatArray, weight: FloatArray, labels: FloatArray, start: FloatArray) -> LatentMode:
    """Find the mode (Rasmussen and Williams 2006, algorithm 3.1), from a given dual.

    Parameters
    ----------
    kernel : ndarray, shape (r, r)
        Between the rows.
    weight : ndarray, shape (r,)
        How often each row is trained on; 0 is left out.
    labels : ndarray of 0/1, shape (r,)
        Outcomes of both kinds among the rows trained on.
    start : ndarray, shape (r,)
        Dual to start from, 0 for rows left out: that of a fit nearby, or zeros.

    Examples
    --------
    >>> mode = latent_mode(np.eye(2) + 1.0, np.ones(2), np.array([1.0, 0.0]), np.zeros(2))
    >>> mode.dual.round(3).tolist()  # symmetric, and y - p at the mode
    [0.401, -0.401]
    """
    dual, latent = start.copy(), kernel @ start
    trained, settled = weight > 0, False
    for _ in range(MOST_STEPS):
        p = expit(latent)
        root = np.sqrt(weight * p * (1.0 - p))
        target = root**2 * latent + weight * (labels - p)
        wanted = target - root * _solved(_factor(kernel, root), root * (kernel @ target))
        change = wanted - dual
        step = kernel @ change
        longest = float(np.abs(step[trained]).max())
        damping = np.log1p(longest) / longest if longest > BOLD_STEP else 1.0
        dual += damping * change
        latent += damping * step
        settled = longest <= TOLERANCE
        if settled:
            break
    p = expit(latent)
    root = np.sqrt(weight * p * (1.0 - p))
    return LatentMode(dual, root, _factor(kernel, root), settled)


def _factor(kernel: FloatArray, root: FloatArray) -> tuple[FloatArray, bool]:
    from scipy.linalg import cho_factor

    matrix = root[:, None] * kernel
    matrix *= root
    matrix[np.diag_indices_from(matrix)] += 1.0
    found: tuple[Any, bool] = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return found


def _solved(factor: tuple[FloatArray, bool], right: FloatArray) -> FloatArray:
    from scipy.linalg import cho_solve

    return np.asarray(cho_solve(factor, right, check_finite=False))
