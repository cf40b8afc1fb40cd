"""A number for each pair of a responder and a non-responder that was scored, and nothing for those that were not.

A matrix of all pairs grows with the square of the patients: at 20,000 of them it holds 1.6 gigabytes, of which a sample
of the pairs fills a few kilobytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from responder.arrays import BoolArray, FloatArray, IntArray

__all__ = ["ScoredPairs"]


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """Scored pairs among n1 responders and n0 non-responders.

    Attributes
    ----------
    shape : tuple of int
        (n1, n0).
    rows, columns : ndarray of int, shape (P,)
        Which responder, and which non-responder, of each pair; responders vary slowest.
    values : ndarray, shape (P,)
        Of each pair; none is ``nan``.

    Examples
    --------
    >>> pairs = ScoredPairs.of([[1.0, float("nan")], [0.5, 0.0]])
    >>> pairs.values.tolist(), pairs.mean, pairs.share
    ([1.0, 0.5, 0.0], 0.5, 0.75)
    """

    shape: tuple[int, int]
    rows: IntArray
    columns: IntArray
    values: FloatArray

    @classmethod
    def of(cls, matrix: ArrayLike | ScoredPairs) -> ScoredPairs:
        """Return the pairs of a matrix (n1, n0) that holds ``nan`` where a pair was not scored.

        Raises
        ------
        ValueError
            If it is not a matrix.
        """
        if isinstance(matrix, ScoredPairs):
            return matrix
        dense = np.asarray(matrix, dtype=float)
        if dense.ndim != 2:
            raise ValueError("pairs must be a matrix of responders by non-responders")
        rows, columns = np.nonzero(~np.isnan(dense))
        return cls((dense.shape[0], dense.shape[1]), rows, columns, dense[rows, columns])

    @property
    def matrix(self) -> FloatArray:
        """All pairs, shape (n1, n0), ``nan`` where not scored: as many numbers as there are pairs."""
        found = np.full(self.shape, np.nan)
        found[self.rows, self.columns] = self.values
        return found

    @property
    def mean(self) -> float:
        """Mean over the scored pairs; ``nan`` where there are none."""
        return float(self.values.mean()) if len(self) else float("nan")

    @property
    def possible(self) -> int:
        """Number of pairs, scored or not."""
        return self.shape[0] * self.shape[1]

    @property
    def share(self) -> float:
        """Share of the pairs that was scored."""
        return len(self) / self.possible

    def __len__(self) -> int:
        return len(self.values)

    def within(self, rows: BoolArray, columns: BoolArray) -> ScoredPairs:
        """Return the pairs among some responders and some non-responders alone."""
        kept = rows[self.rows] & columns[self.columns]
        place = [np.cumsum(chosen) - 1 for chosen in (rows, columns)]
        shape = int(rows.sum()), int(columns.sum())
        return ScoredPairs(shape, place[0][self.rows[kept]], place[1][self.columns[kept]], self.values[kept])

    def beside(self, other: ScoredPairs) -> tuple[FloatArray, FloatArray]:
        """Return the values of the pairs that another has scored too, and its values of them."""
        _, own, others = np.intersect1d(self._places, other._places, assume_unique=True, return_indices=True)
        return self.values[own], other.values[others]

    @property
    def _places(self) -> NDArray[np.int64]:
        return self.rows.astype(np.int64) * self.shape[1] + self.columns
