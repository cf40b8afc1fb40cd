"""Which outcomes a question holds: fits under the same ones share where they start."""

from __future__ import annotations

import numpy as np

from responder.arrays import FloatArray, IntArray

__all__ = ["MOST_ROWS_FACTORED", "distinct_labelings"]

MOST_ROWS_FACTORED = 30
"""Up to so many rows, fits of many labelings on one factored kernel are cheapest; above, each on its own."""


def distinct_labelings(labels: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the different outcomes, shape (U, n), and which of them each fit has, shape (M, L).

    Parameters
    ----------
    labels : ndarray of 0/1, shape (M, n, L)
        Outcomes, L labelings for each of M training sets.

    Examples
    --------
    >>> labels = np.array([[[0.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]]])
    >>> found, which = distinct_labelings(labels)
    >>> found.tolist(), which.tolist()
    ([[0.0, 1.0], [1.0, 0.0]], [[0, 1], [1, 1]])
    """
    sets, n, fits = labels.shape
    if labels.strides[0] == 0:  # the same for every training set, without a copy
        return np.ascontiguousarray(labels[0].T), np.broadcast_to(np.arange(fits), (sets, fits))
    bits = np.packbits(labels.transpose(0, 2, 1).reshape(-1, n) > 0.5, axis=1)
    _, first, which = np.unique(bits.view(f"V{bits.shape[1]}").ravel(), return_index=True, return_inverse=True)
    return labels[first // fits, :, first % fits], which.reshape(sets, fits)
