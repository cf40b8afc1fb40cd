"""What fits of many columns do otherwise: a ridge estimate by its rows, and Newton's step by whole matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from responder.arrays import BoolArray, FloatArray

__all__ = [
    "MANY_COLUMNS",
    "InverseInformation",
    "gram_directions",
    "has_row_coordinates",
    "row_coordinates",
    "wide_information",
    "wide_step",
]

MANY_COLUMNS = 48
"""From so many on, the outer products of all rows are larger than what is gained by sharing them among labelings."""

GRAM_TOLERANCE = 1e-14


def has_row_coordinates(design: FloatArray, precision: FloatArray) -> bool:
    """Return whether designs have more columns than rows, and one precision of all columns but those that have none.

    Parameters
    ----------
    design : ndarray, shape (M, n, K)
    precision : ndarray, shape (K,) or (K, L)
        Of each coefficient; labelings may have their own.
    """
    _, rows, size = design.shape
    if size <= rows + 1:
        return False
    by_labeling = precision.reshape(size, -1)
    penalised = by_labeling.all(axis=1)
    return not by_labeling[~penalised].any() and bool((by_labeling[penalised] == by_labeling[penalised][:1]).all())


def row_coordinates(design: FloatArray, precision: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rewrite ridge problems in coordinates of their rows, by the Gram matrix of the penalised columns.

    The estimate is a weighted sum of rows (the representer theorem: Kimeldorf and Wahba 1971, doi
    10.1016/0022-247X(71)90184-3), and turning coordinates keeps their one precision: it is the same estimate.

    Parameters
    ----------
    design : ndarray, shape (M, n, K)
    precision : ndarray, shape (K,) or (K, L)
        Of problems that `has_row_coordinates`.

    Returns
    -------
    design : ndarray, shape (M, n, r)
        Columns without precision first.
    precision : ndarray, shape (r,) or (r, L)
    back : ndarray, shape (M, K, r)
        Maps coefficients back.

    Examples
    --------
    >>> design = np.array([[[1.0, 3.0, 4.0, 0.0], [1.0, 0.0, 0.0, 2.0]]])
    >>> turned, precision, back = row_coordinates(design, np.array([0.0, 1.0, 1.0, 1.0]))
    >>> turned.shape, bool(np.allclose(turned, design @ back))
    ((1, 2, 3), True)
    """
    penalised: BoolArray = np.all(precision.reshape(design.shape[2], -1), axis=1)
    x, rest = design[:, :, penalised], design[:, :, ~penalised]
    turned, root = gram_directions(np.matmul(x, x.transpose(0, 2, 1)))
    rows, free = x.shape[1], rest.shape[2]
    back = np.zeros((len(x), design.shape[2], free + rows))
    back[:, ~penalised, :free] = np.eye(free)
    back[:, penalised, free:] = np.matmul(x.transpose(0, 2, 1), turned / root)
    own = precision[penalised][0]
    return (
        np.concatenate([rest, turned * root], axis=2),
        np.concatenate([precision[~penalised], np.broadcast_to(own, (rows, *np.shape(own)))]),
        back,
    )


def gram_directions(gram: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the directions, shape (M, n, n), that rows span, and their lengths, (M, 1, n), from Gram matrices.

    A direction that no row has is 0, and its length 1.
    """
    values, vectors = np.linalg.eigh(gram)
    kept = values > GRAM_TOLERANCE * values[:, -1:]
    return vectors * kept[:, None, :], np.sqrt(np.where(kept, values, 1.0))[:, None, :]


def wide_information(x: FloatArray, curvature: FloatArray, precision: FloatArray) -> FloatArray:
    """Return the penalised information of every fit, shape (M, L, K, K), by one matrix product a fit.

    Parameters
    ----------
    x : ndarray, shape (M, n, K)
        Designs.
    curvature : ndarray, shape (n, M, L)
        Weight of each row.
    precision : ndarray, shape (K, M, L)
    """
    designs, _, size = x.shape
    fits = curvature.shape[2]
    found = np.empty((designs, fits, size, size))
    for m in range(designs):
        for f in range(fits):
            found[m, f] = _information(x[m], curvature[:, m, f], precision[:, m, f])
    return found


def _information(x: FloatArray, curvature: FloatArray, precision: FloatArray) -> FloatArray:
    """Return the penalised information of one fit, shape (K, K)."""
    rooted = x * np.sqrt(curvature)[:, None]
    found = rooted.T @ rooted  # a matrix by its own transpose: half the multiplications
    at = np.arange(len(found))
    diagonal = found[at, at] + precision
    # a direction that no training row shows stays where it is
    found[at, at] = np.where(diagonal > 1e-300, diagonal, 1.0)
    return np.asarray(found)


def wide_step(information: FloatArray, score: FloatArray) -> FloatArray:
    """Return the step, shape (K, M, L), that information (M, L, K, K) and score (K, M, L) ask for."""
    step = np.linalg.solve(information, score.transpose(1, 2, 0)[..., None])[..., 0]
    return np.ascontiguousarray(step.transpose(2, 0, 1))


@dataclass(frozen=True)
class InverseInformation:
    """Inverses of the information of wide fits, which serve for several steps where a new one costs more than these.

    Attributes
    ----------
    matrices : ndarray, shape (M, L, K, K)
    """

    matrices: FloatArray

    @classmethod
    def nothing(cls, x: FloatArray, fits: int) -> Self:
        """Return room for designs (M, n, K) with so many labelings each."""
        designs, _, size = x.shape
        return cls(np.empty((designs, fits, size, size)))

    def renew(self, x: FloatArray, curvature: FloatArray, precision: FloatArray, which: BoolArray) -> None:
        """Replace those of some fits, shape (M, L); see `wide_information`."""
        for m, f in np.argwhere(which).tolist():
            self.matrices[m, f] = np.linalg.inv(_information(x[m], curvature[:, m, f], precision[:, m, f]))

    def step(self, score: FloatArray) -> FloatArray:
        """Return the step, shape (K, M, L), that a score of that shape asks for."""
        step = np.matmul(self.matrices, score.transpose(1, 2, 0)[..., None])[..., 0]
        return np.ascontiguousarray(step.transpose(2, 0, 1))
