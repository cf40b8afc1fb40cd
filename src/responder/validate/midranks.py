"""Ranks as whole numbers, so that sums of them are exact and ties are ties."""

from __future__ import annotations

import numpy as np

from responder.arrays import FloatArray, IntArray

__all__ = ["doubled_midranks"]


def doubled_midranks(values: FloatArray) -> IntArray:
    """Return twice the midrank of each value less n + 1, which sums to 0: -(n - 1) lowest, n - 1 highest.

    Examples
    --------
    >>> doubled_midranks(np.array([3.0, 7.0, 7.0, 1.0])).tolist()
    [-1, 2, 2, -3]
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((2 * np.cumsum(counts) - counts - values.size)[which], dtype=np.int64)
