"""Leave-pair-out: the headline discrimination, and its tournament form for the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.validate.refit import Refitter
from responder.validate.scored_pairs import ScoredPairs
from responder.validate.sharing import answer
from responder.validate.splits import all_pairs, opposite_pairs, sampled_opposite_pairs
from responder.validate.table import LeftOut
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PairMatrix", "Tournament", "leave_pair_out", "tournament", "win"]

TIE_TOLERANCE = 1e-10


def win(difference: FloatArray) -> FloatArray:
    """Return 1 where the first of a pair scores higher, 0.5 where they tie within 1e-10 logits, 0 else.

    Without the tolerance, rounding alone has turned a constant model's AUC into 0 or 1.
    """
    return np.where(
        np.isnan(difference), np.nan, (np.sign(np.where(np.abs(difference) <= TIE_TOLERANCE, 0.0, difference)) + 1) / 2
    )


@dataclass(frozen=True)
class PairMatrix:
    """Leave-pair-out AUC (Airola et al. 2011, doi 10.1016/j.csda.2010.11.018).

    Attributes
    ----------
    difference : ScoredPairs
        Logit of the responder less that of the non-responder, both left out, of the pairs that were scored.
    responders, non_responders : ndarray of int
        Patients of the rows and columns.
    sampled : bool
        Whether a seeded sample of the pairs stands for all.
    failed : int
        Refits that raised an error, in which everybody got the prevalence; see `responder.models.foreign`.
    """

    difference: ScoredPairs
    responders: IntArray
    non_responders: IntArray
    sampled: bool = False
    failed: int = 0

    @cached_property
    def wins(self) -> ScoredPairs:
        """1, 0.5 (tie) or 0 for each responder against each non-responder that was scored."""
        return replace(self.difference, values=win(self.difference.values))

    @property
    def auc(self) -> float:
        """Share of pairs ranked rightly; ``nan`` where no pair could be scored."""
        return self.wins.mean

    @property
    def mean_difference(self) -> float:
        """Mean logit difference within pairs: the finer statistic that breaks ties of the AUC."""
        return self.difference.mean

    @property
    def pairs(self) -> int:
        """Number of pairs scored."""
        return len(self.difference)

    @property
    def is_constant(self) -> bool:
        """Whether no pair was ever told apart."""
        return self.pairs > 0 and bool((self.wins.values == 0.5).all())

    @property
    def standard_error(self) -> float:
        """Monte Carlo standard error of the AUC from sampling pairs; 0 where all pairs were scored."""
        if not self.sampled or self.pairs < 2:
            return 0.0
        return float(np.sqrt(self.wins.values.var(ddof=1) / self.pairs * (1.0 - self.wins.share)))

    def frame(self) -> pd.DataFrame:
        """Return one row a pair: positions of responder and non-responder, logit difference, win."""
        import pandas as pd

        return pd.DataFrame(
            {
                "responder": self.responders[self.difference.rows],
                "non_responder": self.non_responders[self.difference.columns],
                "logit_difference": self.difference.values,
                "win": self.wins.values,
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON types; None where no pair could be scored."""
        return {
            "auc": self.auc if self.pairs else None,
            "pairs": self.pairs,
            "sampled": self.sampled,
            "standard_error": self.standard_error,
            "mean_logit_difference": self.mean_difference if self.pairs else None,
        }


def leave_pair_out(
    pipeline: Refitter,
    outcome: NDArray[Any],
    *,
    most_pairs: int | None = None,
    rng: np.random.Generator | None = None,
    workers: Workers = IN_PROCESS,
) -> PairMatrix:
    """Refit without each responder / non-responder pair, and score the pair.

    Parameters
    ----------
    pipeline : Refitter
        What is refitted.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    most_pairs : int, optional
        Above this many pairs, a sample drawn with `rng` stands for all.
    rng : numpy.random.Generator, optional
        Needed to sample.
    workers : Workers
        Whom pairs are shared out to; results do not depend on it.

    Returns
    -------
    PairMatrix
        The pair matrix and its summary.
    """
    responders, non_responders = np.flatnonzero(outcome == 1), np.flatnonzero(outcome == 0)
    sampled = most_pairs is not None and len(responders) * len(non_responders) > most_pairs
    if not sampled:
        pairs = opposite_pairs(outcome)
    elif rng is None:
        raise ValueError("sampling pairs needs a generator")
    else:
        assert most_pairs is not None
        pairs = sampled_opposite_pairs(outcome, most_pairs, rng)
    difference, failed = np.empty(0), 0
    if len(pairs):
        found = answer(pipeline, LeftOut(outcome, pairs, pairs), workers)
        difference, failed = found.logit[:, 0, 0] - found.logit[:, 1, 0], found.failed
    scored = ~np.isnan(difference)
    rows, columns = np.searchsorted(responders, pairs[:, 0]), np.searchsorted(non_responders, pairs[:, 1])
    shape = len(responders), len(non_responders)
    of_pairs = ScoredPairs(shape, rows[scored], columns[scored], difference[scored])
    return PairMatrix(of_pairs, responders, non_responders, sampled, failed)


@dataclass(frozen=True)
class Tournament:
    """Tournament leave-pair-out (Montoya Perez et al. 2019, doi 10.1177/0962280218795190): for the curve only.

    Attributes
    ----------
    score : ndarray, shape (n,)
        Share of the n - 1 other patients that each patient outscores when both are left out.
    false_positive_rate, true_positive_rate : ndarray
        The ROC curve of the scores.
    """

    score: FloatArray
    false_positive_rate: FloatArray
    true_positive_rate: FloatArray

    def frame(self) -> pd.DataFrame:
        """Return one row a point of the curve."""
        import pandas as pd

        return pd.DataFrame(
            {"false_positive_rate": self.false_positive_rate, "true_positive_rate": self.true_positive_rate}
        )

    def to_json(self) -> dict[str, Any]:
        """Return the curve as JSON types."""
        return {
            "score": self.score.tolist(),
            "false_positive_rate": self.false_positive_rate.tolist(),
            "true_positive_rate": self.true_positive_rate.tolist(),
        }


def tournament(
    pipeline: Refitter, outcome: NDArray[Any], known: PairMatrix | None = None, *, workers: Workers = IN_PROCESS
) -> Tournament:
    """Play every pair of patients against each other, both left out, and draw the ROC curve of the shares won.

    Parameters
    ----------
    pipeline : Refitter
        What is refitted.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    known : PairMatrix, optional
        Of the same pipeline, all pairs scored: these are not played again.
    workers : Workers
        Whom pairs are shared out to.
    """
    n = len(outcome)
    pairs = all_pairs(n)
    whole = np.full((n, n), np.nan)
    if known is not None:
        rows, columns = known.responders[known.difference.rows], known.non_responders[known.difference.columns]
        whole[rows, columns], whole[columns, rows] = known.difference.values, -known.difference.values
    difference = whole[pairs[:, 0], pairs[:, 1]]
    asked = np.isnan(difference)
    if asked.any():
        left_out = pairs[asked]
        logit = answer(pipeline, LeftOut(outcome, left_out, left_out), workers).logit[:, :, 0]
        difference[asked] = logit[:, 0] - logit[:, 1]
    won = win(difference)
    score = np.zeros(n)
    np.add.at(score, pairs[:, 0], won)
    np.add.at(score, pairs[:, 1], 1.0 - won)
    score /= n - 1
    fpr, tpr = _roc(score, outcome)
    return Tournament(score, fpr, tpr)


def _roc(score: FloatArray, outcome: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Return false and true positive rates at every threshold, from (0, 0) to (1, 1)."""
    if np.isnan(score).any():
        return np.array([0.0, 1.0]), np.array([np.nan, np.nan])
    levels = np.unique(score.round(12))[::-1]
    called = score.round(12)[None, :] >= levels[:, None]
    tpr = (called & (outcome == 1)).sum(axis=1) / max(1, int((outcome == 1).sum()))
    fpr = (called & (outcome == 0)).sum(axis=1) / max(1, int((outcome == 0).sum()))
    return np.concatenate([[0.0], fpr]), np.concatenate([[0.0], tpr])
