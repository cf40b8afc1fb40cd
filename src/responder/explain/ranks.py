"""How far a ranking of features may be believed: the same ranking over bootstrap refits.

Never over leave-one-out refits. Those share all but one patient, so they repeat one another: a marker that ranked first
in all leave-one-out refits of a simulated cohort ranked first in 73% of its bootstrap refits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.explain.foreign import attribute
from responder.explain.groups import By, FeatureGroups
from responder.models.decision import Decision
from responder.models.foreign import ForeignDecision
from responder.models.shapley import least_multiplications
from responder.validate.bootstrap import BootstrapRefits
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RankProbabilities", "RankTable", "affordable_ranks", "rank_probabilities"]


FEWEST_DRAWS = 50
FEWEST_PATIENTS = 10
MOST_MULTIPLICATIONS = 3e10  # less than ten seconds of one core
SAME_SIZE = 1e-12
MOST_RANKS = 30
"""Ranks whose probabilities are kept: all ranks of thousands of features would be millions of zeros."""


@dataclass(frozen=True)
class RankTable(Result):
    """Ranks of k parts over bootstrap refits; a part is a feature or a trait.

    Attributes
    ----------
    names : tuple of str
        The parts.
    by : str
        ``feature`` or ``trait``.
    probability : ndarray, shape (k, r)
        Share of refits in which the part (row) takes each rank (column, first to last, or to the thirtieth). Ties share
        their ranks. Refits that do not use the part give it no rank.
    mean_rank : ndarray, shape (k,)
        Mean rank over the refits that use the part; ``nan`` where none does.
    lower, median, upper : ndarray, shape (k,)
        5%, 50% and 95% quantiles of its mean absolute Shapley value, in logits.
    share_higher : ndarray, shape (k,)
        Share of refits in which higher values of the feature go with response; ``nan`` for a trait of several
        features, which has no one direction.
    """

    names: tuple[str, ...]
    by: By
    probability: FloatArray
    mean_rank: FloatArray
    lower: FloatArray
    median: FloatArray
    upper: FloatArray
    share_higher: FloatArray

    @property
    def first(self) -> FloatArray:
        """Share of refits in which each part ranks first, shape (k,)."""
        return self.probability[:, 0]

    def row(self, name: str) -> dict[str, float]:
        """Return what is known of one part.

        Raises
        ------
        KeyError
            If there is no such part.
        """
        if name not in self.names:
            raise KeyError(name)
        at = self.names.index(name)
        return {
            "rank_first": float(self.first[at]),
            "mean_rank": float(self.mean_rank[at]),
            "lower": float(self.lower[at]),
            "median": float(self.median[at]),
            "upper": float(self.upper[at]),
            "share_higher": float(self.share_higher[at]),
        }

    def frame(self) -> pd.DataFrame:
        """Return one row a part, most often first on top: interval, mean rank, and a column a rank."""
        import pandas as pd

        table: dict[str, Any] = {
            "name": self.names,
            "lower": self.lower,
            "median": self.median,
            "upper": self.upper,
            "mean_rank": self.mean_rank,
            "share_higher": self.share_higher,
        }
        table |= {f"rank_{r + 1}": self.probability[:, r] for r in range(self.probability.shape[1])}
        order = np.lexsort((-self.median, -self.first))
        return pd.DataFrame(table).iloc[order].reset_index(drop=True)


@dataclass(frozen=True)
class RankProbabilities(Result):
    """Ranks by feature and by trait over the same bootstrap refits.

    Attributes
    ----------
    features, traits : RankTable
        The two tables.
    refits : int
        Refits that were counted.
    asked : int
        Refits that were asked for; the others were spared for time.
    discarded : int
        Refits of those done that failed or did not converge.
    patients : int
        Patients that each refit explains: all n, or for slow models an evenly spaced part of them.
    n : int
        Patients in all.
    exact : bool
        Whether the Shapley values of every refit were exact.
    """

    features: RankTable
    traits: RankTable
    refits: int
    asked: int
    discarded: int
    patients: int
    n: int
    exact: bool

    def frame(self) -> pd.DataFrame:
        """Return both tables below one another, with a first column that says which."""
        import pandas as pd

        parts = [table.frame() for table in (self.features, self.traits)]
        for part, by in zip(parts, ("feature", "trait"), strict=True):
            part.insert(0, "by", by)
        return pd.concat(parts, ignore_index=True)


def rank_probabilities(refits: BootstrapRefits, outcome: NDArray[Any], *, seed: int = 0) -> RankProbabilities:
    """Rank features and traits by mean absolute Shapley value in every bootstrap refit.

    Each refit explains all n patients against its own training rows. Values are those on the logit scale; a trait's is
    the sum over its features.

    Parameters
    ----------
    refits : BootstrapRefits
        Of the whole pipeline, imputation and scaling included.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    seed : int
        Of the sampled orders, where values cannot be enumerated.

    Returns
    -------
    RankProbabilities
        For slow models of fewer refits than asked for: the first of them, and it says so.

    Examples
    --------
    >>> from responder.features import compile_features
    >>> from responder.models import build_model
    >>> from responder.study import load_study
    >>> from responder.validate.bootstrap import bootstrap_refits
    >>> from responder.validate.refit import ModelPipeline, Table
    >>> from responder.validate.splits import stratified_bootstrap
    >>> spec = compile_features(load_study("rp-ld-il2"), ["rpdai", "prednisone_mg_per_day"])
    >>> values = np.array([[9.0, 15.0], [23.0, 10.0], [9.0, 10.0], [14.0, 15.0], [9.0, 20.0], [23.0, 15.0]])
    >>> table = Table(spec, values, {})
    >>> pipeline, outcome = ModelPipeline(table, build_model("ridge:1", table.feature_table)), np.array([1, 0] * 3)
    >>> counts = stratified_bootstrap(outcome, 100, np.random.default_rng(0))
    >>> ranks = rank_probabilities(bootstrap_refits(pipeline, outcome, counts), outcome)
    >>> ranks.features.names[int(ranks.features.first.argmax())]
    'rpdai_baseline'
    """
    table, asked = refits.pipeline.table, len(refits.counts)
    groups = FeatureGroups.of(table)
    decision = refits.pipeline.fit(np.asarray(outcome)).decision
    done, patients = _affordable(decision, table.n, len(groups.names), asked)
    done = min(done, len(refits.fitted))
    parts = {by: groups.parts(by) for by in _BY}
    size: dict[By, list[FloatArray]] = {by: [] for by in _BY}
    slope: dict[By, list[FloatArray]] = {by: [] for by in _BY}
    exact = True
    for draw in np.flatnonzero(refits.settled[:done]).tolist():
        fitted, weight = refits.fitted[draw], refits.counts[draw]
        assert fitted is not None, "what has settled was fitted"
        features = fitted.features.transform(table.values)
        found = attribute(
            fitted.decision,
            features[patients],
            features,
            weight=weight,
            most_multiplications=MOST_MULTIPLICATIONS / asked,
            rng=np.random.default_rng([seed, draw]),
        )
        exact = exact and found.exact
        for by, (_, columns) in parts.items():
            summed = _sums(found.values, columns)
            size[by].append(np.abs(summed).mean(axis=0))
            slope[by].append(_slopes(summed, features[patients], columns))
    by_feature, by_trait = (_table(parts[by][0], by, np.array(size[by]), np.array(slope[by])) for by in _BY)
    refitted = len(size["feature"])
    return RankProbabilities(by_feature, by_trait, refitted, asked, done - refitted, len(patients), table.n, exact)


_BY: tuple[By, By] = ("feature", "trait")


def affordable_ranks(cost: float, n: int, asked: int) -> tuple[int, int]:
    """Return how many refits a model is given and how many patients each explains.

    Parameters
    ----------
    cost : float
        Nominal multiplications of explaining everybody once; the clock is not looked at.
    n, asked : int
        Patients, and refits asked for.

    Examples
    --------
    >>> affordable_ranks(0.0, 9, 500), affordable_ranks(1e9, 100, 500)
    ((500, 9), (50, 60))
    """
    least = max(1.0, cost)
    draws = min(asked, max(FEWEST_DRAWS, int(MOST_MULTIPLICATIONS / least)))
    return draws, min(n, max(FEWEST_PATIENTS, int(n * MOST_MULTIPLICATIONS / (draws * least))))


def _affordable(decision: Decision, n: int, players: int, asked: int) -> tuple[int, IntArray]:
    """Return how many refits a model is given and whom each explains."""
    known = not isinstance(decision, ForeignDecision)
    cost = least_multiplications(decision, n, n, players) if known else MOST_MULTIPLICATIONS
    draws, patients = affordable_ranks(cost, n, asked)
    return draws, np.linspace(0, n - 1, patients).round().astype(np.int64)


def _slopes(values: FloatArray, features: FloatArray, columns: Sequence[Sequence[int]]) -> FloatArray:
    """Return the covariance of each part's value with its feature, shape (k,); ``nan`` where it has several."""
    centred = features - features.mean(axis=0)
    covariance = (centred[:, [c[0] for c in columns]] * values).mean(axis=0)
    return np.where([len(c) == 1 for c in columns], covariance, np.nan)


def _sums(values: FloatArray, columns: Sequence[Sequence[int]]) -> FloatArray:
    """Return the values of features, shape (n, features), summed over the columns of each part, shape (n, k)."""
    starts = np.cumsum([0, *(len(c) for c in columns[:-1])])
    return np.asarray(np.add.reduceat(values[:, [i for c in columns for i in c]], starts, axis=1))


def _table(names: tuple[str, ...], by: By, size: FloatArray, slope: FloatArray) -> RankTable:
    k = len(names)
    if not len(size):
        gap = np.full(k, np.nan)
        return RankTable(names, by, np.zeros((k, min(k, MOST_RANKS))), gap, gap, gap, gap, gap)
    lower, median, upper = np.quantile(size, [0.05, 0.5, 0.95], axis=0)
    tells = np.abs(slope) > SAME_SIZE
    used = tells.sum(axis=0)
    higher = np.where(used > 0, (tells & (slope > 0)).sum(axis=0) / np.maximum(used, 1), np.nan)
    return RankTable(names, by, *_rank_shares(size), lower, median, upper, higher)


def _rank_shares(size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the share of draws in which each part takes each of the first ranks, ties shared, and its mean rank.

    Draws are the rows of `size`, parts its columns; the mean is over the draws that use the part.

    Examples
    --------
    >>> shares, mean = _rank_shares(np.array([[3.0, 1.0, 0.0], [2.0, 2.0, 0.0]]))
    >>> shares.tolist(), mean.tolist()
    ([[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 0.0]], [1.25, 1.75, nan])
    """
    draws, k = size.shape
    shares = np.zeros((k, min(k, MOST_RANKS)))
    used, total = np.zeros((2, k))
    for own in size:
        ordered = np.sort(own)
        within = np.searchsorted(ordered, own + SAME_SIZE, side="right")
        best, ties = k - within, within - np.searchsorted(ordered, own - SAME_SIZE, side="left")
        takes = own > SAME_SIZE
        used += takes
        total += np.where(takes, best + (ties + 1) / 2.0, 0.0)
        for part in np.flatnonzero(takes & (best < shares.shape[1])).tolist():
            shares[part, best[part] : best[part] + ties[part]] += 1.0 / ties[part]
    return shares / draws, np.divide(total, used, out=np.full(k, np.nan), where=used > 0)
