"""A symmetric matrix of many columns by the few rows that make it, for where features outnumber patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.wide import MANY_COLUMNS

__all__ = ["LowRank", "is_low_rank"]


NOTHING_LEARNED = 1e-13


def is_low_rank(patients: int, features: int) -> bool:
    """Return whether a square of the features would be many more numbers than the patients themselves."""
    return features > max(patients, MANY_COLUMNS)


@dataclass(frozen=True)
class LowRank:
    """The matrix ``diag(diagonal) - factor' factor``, as far as it measures rows.

    Attributes
    ----------
    diagonal : ndarray, shape (K,)
    factor : ndarray, shape (r, K)
        r is about the number of patients.
    centre : ndarray, shape (K,)
        From where rows are measured.

    Examples
    --------
    >>> form = LowRank(np.array([2.0, 2.0, 2.0]), np.array([[1.0, 1.0, 0.0]]), np.zeros(3))
    >>> form.measure(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 3.0]])).tolist()
    [0.0, 18.0]
    """

    diagonal: FloatArray
    factor: FloatArray
    centre: FloatArray

    @classmethod
    def of(cls, diagonal: FloatArray, gap: FloatArray, basis: FloatArray, centre: FloatArray) -> LowRank:
        """Return ``diag(diagonal) - basis' gap basis``, of a positive semidefinite gap (r, r) and a basis (r, K).

        Directions of which nothing was learned, as those of patients who were not drawn, take no row.
        """
        values, vectors = np.linalg.eigh(gap)
        kept = values > NOTHING_LEARNED * values[-1]
        return cls(diagonal, (np.sqrt(values[kept])[:, None] * vectors[:, kept].T) @ basis, centre)

    def measure(self, rows: FloatArray) -> FloatArray:
        """Return the square that the matrix makes of each row less the centre, shape (m,) of rows (m, K).

        Every row is measured by itself, so that it is the same to the last bit, alone or among others.
        """
        apart = rows - self.centre
        return np.array([max(0.0, self.diagonal @ row**2 - np.square(self.factor @ row).sum()) for row in apart])

    def whole(self) -> FloatArray:
        """Return the matrix itself, shape (K, K)."""
        return np.asarray(np.diag(self.diagonal) - self.factor.T @ self.factor)

    def to_json(self) -> dict[str, Any]:
        """Return the matrix as JSON types."""
        return {name: part.tolist() for name, part in vars(self).items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> LowRank:
        """Rebuild from `to_json`."""
        diagonal, centre = (np.asarray(content[name], dtype=float) for name in ("diagonal", "centre"))
        return cls(diagonal, np.asarray(content["factor"], dtype=float).reshape(-1, len(diagonal)), centre)
