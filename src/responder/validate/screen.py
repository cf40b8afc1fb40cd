"""A wide screen: each of thousands of markers alone by its rank AUC, adjusted for having looked at all of them.

Nothing is fitted. A marker's AUC is a sum of ranks over the responders, so that all markers under all labelings are one
product of matrices, and a screen of 2,000 markers over 184,756 labelings is a matter of seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.validate.midranks import doubled_midranks
from responder.validate.permutation import STATISTIC_TOLERANCE, Labelings
from responder.validate.result import Result
from responder.workers import IN_PROCESS, Workers, in_chunks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SECONDS_A_MARKER", "MarkerScreen", "screen_markers"]

SECONDS_A_MARKER = 1.2e-8
"""Nominal, of one marker under one labeling."""
NUMBERS_AT_ONCE = 500_000
MOST_TOLD = 20
"""Markers in a summary; all are in the table."""


@dataclass(frozen=True, eq=False)
class MarkerScreen(Result):
    """Markers one by one, in the order of the features.

    Attributes
    ----------
    names : tuple of str
        The markers.
    auc : ndarray, shape (k,)
        Share of responder / non-responder pairs in which the responder has the higher value, ties counted half, among
        the patients who have one; ``nan`` where one class has none, or all values are equal.
    n : ndarray of int, shape (k,)
        Patients who have a value.
    p : ndarray, shape (k,)
        Two-sided, of the marker alone: share of the labelings that set it at least as far apart.
    p_adjusted : ndarray, shape (k,)
        The same for all markers together, by step-down max-T.
    labelings : int
        Labelings looked at, the observed one included.
    possible : int
        Labelings that there are.
    exact : bool
        Whether these are all.
    smallest_attainable_p : float
        The smallest adjusted p that any outcome of these patients could have had.
    """

    names: tuple[str, ...]
    auc: FloatArray
    n: IntArray
    p: FloatArray
    p_adjusted: FloatArray
    labelings: int
    possible: int
    exact: bool
    smallest_attainable_p: float

    @property
    def order(self) -> IntArray:
        """Positions of the markers, the smallest adjusted p first, then the AUC furthest from one half."""
        apart = -np.abs(np.nan_to_num(self.auc, nan=0.5) - 0.5)
        return np.lexsort((apart, self.p, self.p_adjusted))

    @property
    def standard_error(self) -> FloatArray:
        """Monte Carlo standard error of each adjusted p, shape (k,): 0 where all labelings were looked at."""
        if self.exact:
            return np.zeros(len(self.p))
        return np.asarray(np.sqrt(self.p_adjusted * (1.0 - self.p_adjusted) / self.labelings))

    @property
    def metrics(self) -> dict[str, float]:
        """How many markers were tried, the smallest adjusted p, and the smallest that there could have been."""
        return {
            "screen_markers": float(len(self.names)),
            "screen_p_adjusted": float(self.p_adjusted.min()),
            "screen_smallest_attainable_p": self.smallest_attainable_p,
        }

    def frame(self) -> pd.DataFrame:
        """Return one row a marker, in `order`: AUC, patients, p, adjusted p and its standard error."""
        import pandas as pd

        table = {
            "marker": self.names,
            "auc": self.auc,
            "n": self.n,
            "p": self.p,
            "p_adjusted": self.p_adjusted,
            "standard_error": self.standard_error,
        }
        return pd.DataFrame(table).iloc[self.order].reset_index(drop=True)

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON types, with the first twenty markers."""
        first = self.order[:MOST_TOLD]
        return {
            "markers": len(self.names),
            "labelings": self.labelings,
            "possible": self.possible,
            "exact": self.exact,
            "smallest_attainable_p": self.smallest_attainable_p,
            "first": [
                {
                    "marker": self.names[at],
                    "auc": float(self.auc[at]) if np.isfinite(self.auc[at]) else None,
                    "n": int(self.n[at]),
                    "p": float(self.p[at]),
                    "p_adjusted": float(self.p_adjusted[at]),
                    "standard_error": float(self.standard_error[at]),
                }
                for at in first.tolist()
            ],
        }


def screen_markers(
    values: FloatArray,
    names: Sequence[str],
    labelings: Labelings,
    strata: Sequence[str] = (),
    *,
    workers: Workers = IN_PROCESS,
) -> MarkerScreen:
    """Test every marker alone, and all of them together.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Markers, ``nan`` where missing.
    names : sequence of str
        Of the markers.
    labelings : Labelings
        Outcomes to try (`responder.validate.permutation.draw_labelings`), all of them or random ones.
    strata : sequence of str, optional
        Stratum of each patient, within which labels were exchanged.
    workers : Workers
        Whom labelings are shared out to; results do not depend on it.

    Notes
    -----
    A marker's statistic is its rank sum less its expectation, in units of its SD over all labelings: both are known in
    closed form, and the same for every labeling, so that markers with ties or gaps compete with the others on equal
    terms. A missing value counts as a middle rank. Adjusted p values are those of step-down max-T: the marker that is
    furthest apart is compared with the greatest statistic of all markers in each labeling, the next one with the
    greatest of those but the first, and so on. The chance that any marker that tells nothing gets an adjusted p of at
    most alpha is at most alpha, however the markers hang together, provided that a group of them that tells nothing
    does so whatever the others tell (subset pivotality). Random labelings count the observed one among them, so that p
    is valid and never 0.

    References
    ----------
    Westfall and Young 1993, Resampling-Based Multiple Testing, section 2.6 and algorithm 2.8; Phipson and Smyth 2010,
    doi 10.2202/1544-6115.1585.

    Examples
    --------
    >>> from responder.validate.permutation import draw_labelings
    >>> outcome = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    >>> values = np.column_stack([np.arange(8.0), [3, 1, 4, 1, 5, 9, 2, 6]])
    >>> every = draw_labelings(outcome, most_exact=100, draws=0, rng=np.random.default_rng(0))
    >>> found = screen_markers(values, ["rises", "digits"], every)
    >>> found.auc.tolist(), found.p.round(3).tolist(), found.p_adjusted.round(3).tolist()
    ([1.0, 0.875], [0.029, 0.114], [0.057, 0.114])
    """
    outcome = labelings.labels[labelings.observed]
    score, auc, n = _scores(values, outcome, strata)
    observed = np.abs(outcome @ score)
    order = np.argsort(-observed, kind="stable")
    asked = _Asked(labelings.labels, score[:, order], observed[order])
    chunks = in_chunks([SECONDS_A_MARKER * len(names)] * len(labelings))
    alone, together = np.zeros((2, len(names)), dtype=np.int64)
    largest = []
    for own, all_below, greatest in workers.map(_tally, asked, chunks):
        alone += own
        together += all_below
        largest.append(greatest)
    p, p_adjusted = np.ones((2, len(names)))
    p[order] = alone / len(labelings)
    p_adjusted[order] = np.maximum.accumulate(together / len(labelings))
    reached = np.concatenate(largest)
    smallest = float((reached >= reached.max() - STATISTIC_TOLERANCE).mean())
    return MarkerScreen(
        tuple(names), auc, n, p, p_adjusted, len(labelings), labelings.possible, labelings.exact, smallest
    )


def _scores(
    values: FloatArray, outcome: NDArray[Any], strata: Sequence[str]
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return scores whose sum over the responders is the statistic, shape (n, k), AUCs and patients with a value."""
    known = ~np.isnan(values)
    score = np.zeros(values.shape)
    for marker, has in enumerate(known.T):
        score[has, marker] = doubled_midranks(values[has, marker])  # a value that is missing is a middle rank, 0
    responders = outcome == 1
    ones, others = known[responders].sum(axis=0), known[~responders].sum(axis=0)
    estimable = (ones > 0) & (others > 0) & score.any(axis=0)
    pairs = np.where(estimable, ones * others, 1)
    auc = np.where(estimable, 0.5 + score[responders].sum(axis=0) / (2.0 * pairs), np.nan)
    groups = np.asarray(strata) if strata else np.zeros(len(outcome))
    variance = np.zeros(values.shape[1])
    for group in np.unique(groups):
        here = groups == group
        n, n1 = int(here.sum()), int(responders[here].sum())
        score[here] -= score[here].mean(axis=0)
        if n > 1:
            variance += n1 * (n - n1) / (n * (n - 1.0)) * np.square(score[here]).sum(axis=0)
    # whether a marker takes part may not depend on who responded
    varies = variance > 0
    return score * varies / np.sqrt(np.where(varies, variance, 1.0)), auc, known.sum(axis=0)


@dataclass(frozen=True)
class _Asked:
    """What every chunk of labelings needs: labels (T, n), scores (n, k) and statistics (k,), the greatest first."""

    labels: NDArray[np.int8]
    score: FloatArray
    observed: FloatArray


def _tally(asked: _Asked, chunk: range) -> tuple[IntArray, IntArray, FloatArray]:
    """Return how many labelings reach each marker's statistic, alone and by any later one, and their greatest."""
    least = asked.observed - STATISTIC_TOLERANCE
    alone, together = np.zeros((2, len(least)), dtype=np.int64)
    largest = np.empty(len(chunk))
    at_once = max(1, NUMBERS_AT_ONCE // len(least))
    for start in range(chunk.start, chunk.stop, at_once):
        stop = min(chunk.stop, start + at_once)
        statistic = np.abs(asked.labels[start:stop].astype(float) @ asked.score)
        alone += (statistic >= least).sum(axis=0)
        # the greatest of each marker and those that are less far apart
        greatest = np.maximum.accumulate(statistic[:, ::-1], axis=1)[:, ::-1]
        together += (greatest >= least).sum(axis=0)
        largest[start - chunk.start : stop - chunk.start] = greatest[:, 0]
    return alone, together, largest
