"""Distinct rows of a table of whole numbers."""

from __future__ import annotations

import numpy as np

from responder.arrays import IntArray

__all__ = ["unique_rows"]

Ints = IntArray
_LARGEST_KEY = 2**62


def unique_rows(rows: Ints) -> tuple[Ints, Ints]:
    """Return the distinct rows of whole numbers, and for each row which of them it is.

    A row is packed into one integer where it fits, which is an order of magnitude faster than comparing rows.

    Examples
    --------
    >>> distinct, which = unique_rows(np.array([[3, 1], [0, 2], [3, 1]]))
    >>> distinct.tolist(), which.tolist()
    ([[0, 2], [3, 1]], [1, 0, 1])
    """
    low = rows.min(axis=0)
    spans = [int(span) + 1 for span in rows.max(axis=0) - low]
    size = 1
    for span in spans:
        size *= span
    if size >= _LARGEST_KEY:
        distinct, number = np.unique(rows, axis=0, return_inverse=True)
        return distinct, number.ravel()
    key = np.zeros(len(rows), dtype=np.int64)
    for column, span in enumerate(spans):
        key = key * span + (rows[:, column] - low[column])
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], number
