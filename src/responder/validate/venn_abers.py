"""Venn-Abers: two probabilities instead of one, p0 and p1, from out-of-fold scores.

The new patient is added to the calibration patients once as a non-responder and once as a responder; each
time an isotonic regression of label on score is fitted, and its value at the new score is p0 or p1. The one
that belongs to the patient's outcome is calibrated over patients; which one that is, nobody knows. They do not
bound the patient's own probability. Both depend on the new score only through its place among the calibration
scores, so the whole map is a table of steps, and plain JSON.

Only NumPy is used, so that a scorer can evaluate the table without anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from responder.arrays import FloatArray, IntArray
from responder.validate._inputs import as_labels
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VennAbers", "venn_abers", "venn_abers_table"]


@dataclass(frozen=True, eq=False)
class VennAbers(Result):
    """Venn-Abers probabilities of some patients.

    Attributes
    ----------
    p0, p1 : ndarray, shape (m,)
        Probability of response if the patient is counted as a non-responder, and as a responder;
        ``p0 < p1``.
    merged : ndarray, shape (m,)
        ``p1 / (1 - p0 + p1)``, the single probability with the least worst-case log loss; to be shown with
        its interval, never alone.
    """

    p0: FloatArray
    p1: FloatArray
    merged: FloatArray

    def frame(self) -> pd.DataFrame:
        """Return one row a patient."""
        import pandas as pd

        return pd.DataFrame({"p0": self.p0, "p1": self.p1, "merged": self.merged})


def venn_abers_table(scores: ArrayLike, labels: ArrayLike) -> dict[str, list[float]]:
    """Return the Venn-Abers map of a set of calibration patients as a step function in plain JSON types.

    Parameters
    ----------
    scores : array_like, shape (n,)
        Score of each calibration patient from a model that had not seen the patient (out of fold), on any
        increasing scale; probabilities and logits give the same map.
    labels : array_like of 0/1, shape (n,)
        Outcome of each.

    Returns
    -------
    dict
        ``scores``: the k distinct scores, rising; ``p0_at``, ``p1_at`` (k): the pair at each of them;
        ``p0_between``, ``p1_between`` (k + 1): the pair below the first, between neighbours, above the last.

    Raises
    ------
    ValueError
        If the arrays do not match, or a score is not finite.

    Notes
    -----
    The guarantee of Vovk and Petej (one of p0, p1 is perfectly calibrated) is for scores of one fixed model.
    Out-of-fold scores come from models that each miss one patient, so here it holds only about. Scores whose
    mean shifts with the left-out label (leave-one-out of a heavily shrunken model) carry that shift into the
    map.

    References
    ----------
    Vovk and Petej 2014, UAI, arXiv:1211.0025; Vovk, Petej and Fedorova 2015, NeurIPS, arXiv:1511.00213.
    The isotonic value at a point is the max-min of block means (Barlow et al. 1972), which gives both
    regressions of every step from running sums.

    Examples
    --------
    >>> table = venn_abers_table([1, 2, 3, 4], [0, 0, 1, 1])
    >>> table["p0_between"]
    [0.0, 0.0, 0.0, 0.5, 0.6666666666666666]
    >>> table["p1_between"]
    [0.3333333333333333, 0.5, 1.0, 1.0, 1.0]
    """
    responders = as_labels(labels, both_classes=False)
    given = np.asarray(scores, dtype=float)
    if given.shape != responders.shape or not np.isfinite(given).all():
        raise ValueError("scores must be finite and as many as labels")
    distinct, place, patients = np.unique(given, return_inverse=True, return_counts=True)
    events = np.bincount(place, weights=responders, minlength=len(distinct))
    # running sums with a leading 0: patients and events before each distinct score
    before, events_before = np.append(0, patients.cumsum()), np.append(0.0, events.cumsum())
    k = len(distinct)
    starts, ends = _hull_before(before, events_before), _hull_after(before, events_before)
    at = [_isotonic_pair(before, events_before, starts.chain(i), ends.chain(i + 1)) for i in range(k)]
    between = [_isotonic_pair(before, events_before, starts.chain(i), ends.chain(i)) for i in range(k + 1)]
    return {
        "scores": distinct.tolist(),
        "p0_at": [pair[0] for pair in at],
        "p1_at": [pair[1] for pair in at],
        "p0_between": [pair[0] for pair in between],
        "p1_between": [pair[1] for pair in between],
    }


def venn_abers(table: Mapping[str, ArrayLike], scores: ArrayLike) -> VennAbers:
    """Return the Venn-Abers probabilities of new scores.

    Parameters
    ----------
    table : mapping
        As `venn_abers_table` made it, or as read back from JSON.
    scores : array_like, shape (m,) or ()
        New scores, on the scale of the calibration scores.

    Raises
    ------
    ValueError
        If a score is NaN.

    Examples
    --------
    >>> table = venn_abers_table([1, 2, 3, 4], [0, 0, 1, 1])
    >>> interval = venn_abers(table, [2.5])
    >>> interval.p0.tolist(), interval.p1.tolist(), interval.merged.tolist()
    ([0.0], [1.0], [0.5])
    """
    new = np.atleast_1d(np.asarray(scores, dtype=float))
    if np.isnan(new).any():
        raise ValueError("a score is missing")
    breakpoints = np.asarray(table["scores"], dtype=float)
    step = np.searchsorted(breakpoints, new, side="left")
    nearest = np.minimum(step, len(breakpoints) - 1)
    hit = breakpoints[nearest] == new
    p0, p1 = (
        np.where(hit, np.asarray(table[f"{name}_at"])[nearest], np.asarray(table[f"{name}_between"])[step])
        for name in ("p0", "p1")
    )
    return VennAbers(p0, p1, p1 / (1 - p0 + p1))


@dataclass(frozen=True)
class _Hulls:
    """The lower convex hull of the running sums up to each place, or from each place on: the next corner of each."""

    next_corner: list[int]

    def chain(self, place: int) -> list[int]:
        """Return the corners of the hull that begins at a place."""
        found = []
        while place >= 0:
            found.append(place)
            place = self.next_corner[place]
        return found


def _hull_before(patients: IntArray, events: FloatArray) -> _Hulls:
    """Return the hulls of places 0 to i, for every i (the monotone chain of Andrew 1979)."""
    x, y = patients.tolist(), events.tolist()
    corners: list[int] = []
    next_corner = []
    for i in range(len(x)):
        while len(corners) > 1 and _turns_up(x, y, corners[-2], corners[-1], i):
            corners.pop()
        next_corner.append(corners[-1] if corners else -1)
        corners.append(i)
    return _Hulls(next_corner)


def _hull_after(patients: IntArray, events: FloatArray) -> _Hulls:
    """Return the hulls of places i to the last, for every i."""
    last = len(patients) - 1
    mirrored = _hull_before(patients[::-1] * -1, events[::-1])
    return _Hulls([last - corner if corner >= 0 else -1 for corner in mirrored.next_corner[::-1]])


def _turns_up(x: list[int], y: list[float], first: int, middle: int, last: int) -> bool:
    """Return whether the middle place lies on or above the line between the others."""
    return (y[middle] - y[first]) * (x[last] - x[first]) >= (y[last] - y[first]) * (x[middle] - x[first])


def _isotonic_pair(
    before: IntArray, events_before: FloatArray, starts: list[int], ends: list[int]
) -> tuple[float, float]:
    """Return the isotonic value at the new patient's place, labelled 0 and labelled 1.

    Every block that holds the patient runs from some start at or before it to some end at or after it. The block whose
    mean the max-min takes runs between corners of the two lower hulls, since the isotonic value is the slope of their
    common tangent: of hundreds of places a few corners are looked at, and the value is the same to the last bit.
    """
    patients = before[ends] - before[starts][:, None] + 1
    events = events_before[ends] - events_before[starts][:, None]
    p0 = (events / patients).min(axis=1).max()
    p1 = ((events + 1) / patients).min(axis=1).max()
    return float(p0), float(p1)
