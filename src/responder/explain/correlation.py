"""Which features say nearly the same: their correlations, and clusters of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.validate.midranks import doubled_midranks
from responder.validate.refit import Table
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLUSTER_ABOVE", "Correlations", "correlations", "feature_correlations"]


CLUSTER_ABOVE = 0.7
"""|r| above which two features are explained together."""

MOST_NAMED = 12
"""Of a cluster: among thousands of features of few patients nearly all hang together."""
FEWEST_PAIRS = 5
ROUNDING = 1e-12


@dataclass(frozen=True)
class Correlations(Result):
    """Correlations of k features over the patients who have both.

    Attributes
    ----------
    names : tuple of str
        The features.
    pearson, spearman : ndarray, shape (k, k)
        Coefficients; ``nan`` where fewer than five patients have both, or one does not vary among them.
    pairs : ndarray of int, shape (k, k)
        Patients who have both.
    clusters : tuple of tuple of int
        Positions of features that hang together by |Pearson's r| above 0.7, directly or through others; every feature
        is in one.
    """

    names: tuple[str, ...]
    pearson: FloatArray
    spearman: FloatArray
    pairs: IntArray
    clusters: tuple[tuple[int, ...], ...]

    @property
    def cluster_labels(self) -> tuple[str, ...]:
        """For each feature, the names of its cluster joined by ``+``; of a large one the first, and how many more."""
        labels = [""] * len(self.names)
        for cluster in self.clusters:
            named = [self.names[j] for j in cluster[:MOST_NAMED]]
            rest = len(cluster) - len(named)
            for i in cluster:
                labels[i] = "+".join([*named, *([f"{rest}..."] if rest else [])])
        return tuple(labels)

    def frame(self) -> pd.DataFrame:
        """Return one row a pair of features, strongest first: Pearson, Spearman, patients, whether one cluster."""
        import pandas as pd

        first, second = np.triu_indices(len(self.names), 1)
        labels, names = np.array(self.cluster_labels, dtype=str), np.array(self.names, dtype=str)
        order = np.argsort(-np.nan_to_num(np.abs(self.pearson[first, second]), nan=-1.0), kind="stable")
        first, second = first[order], second[order]
        return pd.DataFrame(
            {
                "first": names[first],
                "second": names[second],
                "pearson": self.pearson[first, second],
                "spearman": self.spearman[first, second],
                "n": self.pairs[first, second],
                "same_cluster": labels[first] == labels[second],
            }
        )


def correlations(values: FloatArray, names: Sequence[str], above: float = CLUSTER_ABOVE) -> Correlations:
    """Correlate columns pairwise and cluster them.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Columns, ``nan`` where missing.
    names : sequence of str
        Their names.
    above : float
        |Pearson's r| above which two columns are linked.

    Examples
    --------
    >>> x = np.array([[1.0, 2.1, 5.0], [2.0, 3.9, 1.0], [3.0, 6.2, 4.0], [4.0, 8.0, 2.0], [5.0, 9.9, 3.0]])
    >>> correlations(x, ["a", "b", "c"]).clusters
    ((0, 1), (2,))
    """
    k = values.shape[1]
    known = ~np.isnan(values)
    pearson, spearman = np.full((k, k), np.nan), np.full((k, k), np.nan)
    patterns, of = np.unique(known, axis=1, return_inverse=True)
    same = [np.flatnonzero(of.ravel() == pattern) for pattern in range(patterns.shape[1])]
    # columns with the same gaps share their patients, so that all of them are one product of matrices
    for first, one in enumerate(same):
        for second in range(first, len(same)):
            other = same[second]
            both = patterns[:, first] & patterns[:, second]
            if both.sum() < FEWEST_PAIRS:
                continue
            a, b = values[np.ix_(both, one)], values[np.ix_(both, other)]
            for found, x, y in ((pearson, a, b), (spearman, _ranks(a), _ranks(b))):
                r = np.clip(_directions(x).T @ _directions(y), -1.0, 1.0)
                found[np.ix_(one, other)], found[np.ix_(other, one)] = r, r.T
    pairs = known.T.astype(np.int64) @ known
    return Correlations(tuple(names), pearson, spearman, pairs, _linked(np.abs(pearson) > above))


def feature_correlations(table: Table) -> Correlations:
    """Return the correlations of a table's features, missing indicators included; the outcome is not looked at."""
    return correlations(np.column_stack([table.derived, table.missing]), table.feature_table.names)


def _ranks(columns: FloatArray) -> FloatArray:
    return np.apply_along_axis(doubled_midranks, 0, columns).astype(float)


def _directions(columns: FloatArray) -> FloatArray:
    """Return the columns centred and of length 1; ``nan`` where one does not vary."""
    centred = columns - columns.mean(axis=0)
    norm = np.sqrt(np.square(centred).sum(axis=0))
    varies = norm > ROUNDING * np.maximum(1.0, np.abs(columns).max(axis=0)) * np.sqrt(len(columns))
    return np.asarray(centred / np.where(varies, norm, np.nan))


def _linked(link: BoolArray) -> tuple[tuple[int, ...], ...]:
    """Return the connected parts of a symmetric relation, in order of their first member."""
    from scipy.sparse.csgraph import connected_components

    _, part = connected_components(link, directed=False)
    return tuple(tuple(np.flatnonzero(part == c).tolist()) for c in dict.fromkeys(part.tolist()))
