"""Sums over pairs of columns, all pairs at once, each over the patients in whom both are known."""

from __future__ import annotations

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray

__all__ = ["correlations", "may_be_change"]


_ROOM = 0.98
"""Squared partial correlation from which a pair is worth an exact look; the exact bound is 0.9999."""


def _standard(columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return columns centred and scaled, with 0 in gaps, and where they are known."""
    known = ~np.isnan(columns)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, columns, 0.0)
    centred = np.where(known, columns - filled.sum(axis=0) / count, 0.0)
    spread = np.sqrt(np.square(centred).sum(axis=0) / count)
    return centred / np.where(spread > 0, spread, 1.0), known.astype(float)


def correlations(columns: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the correlation of every pair of columns, and in how many patients both are known.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
        ``nan`` where missing.

    Returns
    -------
    tuple of ndarray, each shape (p, p)
        Correlation (``nan`` where a column does not vary among these patients) and number of patients.

    Examples
    --------
    >>> r, n = correlations(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [np.nan, 1.0]]))
    >>> round(float(r[0, 1]), 12), int(n[0, 1])
    (1.0, 3)
    """
    x, known = _standard(columns)
    n = known.T @ known
    safe = np.maximum(n, 1.0)
    mean = (x.T @ known) / safe  # of column i where j is known
    variance = np.maximum((np.square(x).T @ known) / safe - np.square(mean), 0.0)
    covariance = (x.T @ x) / safe - mean * mean.T
    scale = np.sqrt(variance * variance.T)
    varies = scale > 1e-9
    r = np.where(varies, covariance / np.where(varies, scale, 1.0), np.nan)
    return np.clip(r, -1.0, 1.0), n.astype(np.int64)


def may_be_change(columns: FloatArray, outcome: FloatArray) -> BoolArray:
    """Return where column i may be a difference or a ratio of the outcome to column j: what is worth an exact look.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
        ``nan`` where missing.
    outcome : ndarray, shape (n,)
        What the endpoint looks at.

    Returns
    -------
    ndarray of bool, shape (p, p)
        Never false where `responder.cohort.checks.change.is_change` holds.
    """
    seen = ~np.isnan(outcome)
    x, known = _standard(columns[seen])
    o = outcome[seen] - outcome[seen].mean()
    o = (o / (o.std() or 1.0))[:, None]
    n = np.maximum(known.T @ known, 1.0)
    mean = (x.T @ known) / n
    mean_o = (known * o).T @ known / n
    tt = (np.square(x).T @ known) / n - np.square(mean)
    to = ((x * o).T @ known) / n - mean * mean_o
    oo = ((known * np.square(o)).T @ known) / n - np.square(mean_o)
    tb = (x.T @ x) / n - mean * mean.T
    difference = _left_alone(tt, to, oo, tb, to.T, tt.T)
    raw = np.where(np.isnan(columns[seen]), 0.0, columns[seen])
    raw = raw / np.maximum(np.abs(raw).max(axis=0, initial=0.0), 1e-300)
    whole = outcome[seen][:, None] / (np.abs(outcome[seen]).max(initial=0.0) or 1.0)
    squares = np.square(raw)
    # y = t b on o, given b, without an intercept
    ratio = _left_alone(
        squares.T @ squares,
        (raw * whole).T @ raw,
        (known * np.square(whole)).T @ known,
        raw.T @ squares,
        known.T @ (raw * whole),
        known.T @ squares,
    )
    return difference | ratio


def _left_alone(
    yy: FloatArray, yo: FloatArray, oo: FloatArray, yb: FloatArray, ob: FloatArray, bb: FloatArray
) -> BoolArray:
    """Return where y and o nearly determine each other once b is accounted for (or rounding leaves it open)."""
    safe = np.where(bb > 1e-12, bb, np.inf)
    y, o = yy - np.square(yb) / safe, oo - np.square(ob) / safe
    both = yo - yb * ob / safe
    tiny = (y <= 1e-7 * yy) | (o <= 1e-7 * oo)
    return tiny | (np.square(both) >= _ROOM * y * o)
