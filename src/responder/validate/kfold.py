"""Repeated stratified k-fold: what leave-pair-out is too dear for when patients are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.models.solver import expit
from responder.validate.pairs import win
from responder.validate.refit import Pipeline, Refits
from responder.validate.result import Result
from responder.validate.sharing import answer
from responder.validate.splits import repeated_stratified_folds
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RepeatedKFold", "repeated_k_fold"]


@dataclass(frozen=True, eq=False)
class RepeatedKFold(Result):
    """Discrimination and Brier score of repeated stratified k-fold.

    Attributes
    ----------
    folds, repeats : int
        Folds of each repeat; repeats, each with its own partition.
    pairs : int
        Responder / non-responder pairs scored, over all folds and repeats.
    auc_by_repeat : ndarray, shape (repeats,)
        Share of the pairs within one fold that are ranked rightly; ``nan`` where no fold holds a pair, or a fit failed.
    brier_by_repeat : ndarray, shape (repeats,)
        Mean squared error of the held-out probabilities.
    """

    folds: int
    repeats: int
    pairs: int
    auc_by_repeat: FloatArray
    brier_by_repeat: FloatArray

    @property
    def auc(self) -> float:
        """Mean over repeats; each repeat scores the same number of pairs."""
        return float(self.auc_by_repeat.mean())

    @property
    def brier(self) -> float:
        """Mean over repeats."""
        return float(self.brier_by_repeat.mean())

    @property
    def standard_error(self) -> float:
        """Monte Carlo standard error of the AUC from drawing partitions; it says nothing of drawing patients."""
        return float(self.auc_by_repeat.std(ddof=1) / np.sqrt(self.repeats)) if self.repeats > 1 else float("nan")

    def frame(self) -> pd.DataFrame:
        """Return one row a repeat: AUC and Brier score."""
        import pandas as pd

        return pd.DataFrame({"kfold_auc": self.auc_by_repeat, "kfold_brier": self.brier_by_repeat})

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON types."""
        own = {name: getattr(self, name) for name in ("auc", "brier", "standard_error")}
        whole = {name: value if np.isfinite(value) else None for name, value in own.items()}
        return {**super().to_json(), **whole}


def repeated_k_fold(
    pipeline: Pipeline,
    outcome: NDArray[Any],
    *,
    folds: int = 5,
    repeats: int = 20,
    rng: np.random.Generator,
    workers: Workers = IN_PROCESS,
) -> RepeatedKFold:
    """Refit without each fold, and score the pairs within it.

    A pair is scored by the one model that saw neither of its patients. Scores of different folds, whose models differ
    in prevalence, are never compared; and folds are weighed by their pairs, so that a fold with one responder does not
    count as much as one with ten.

    Parameters
    ----------
    pipeline : Pipeline
        What is refitted.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    folds, repeats : int
        Folds a repeat, and repeats.
    rng : numpy.random.Generator
        Draws the partitions.
    workers : Workers
        Whom refits are shared out to.

    References
    ----------
    Airola et al. 2011, doi 10.1016/j.csda.2010.11.018 (why pooling and averaging over folds are biased).
    """
    n = len(outcome)
    train, _ = repeated_stratified_folds(outcome, folds, repeats, rng)
    everybody = np.broadcast_to(np.arange(n), train.shape)
    logit = answer(pipeline, Refits.of_outcome(train, outcome, everybody), workers).logit[:, :, 0]
    held = train == 0
    won, pairs, squared = np.zeros((3, repeats))
    for fold, (own, out) in enumerate(zip(logit, held, strict=True)):
        wins = win(own[out & (outcome == 1)][:, None] - own[out & (outcome == 0)][None, :])
        repeat = fold // folds
        won[repeat] += wins.sum()
        pairs[repeat] += wins.size
        squared[repeat] += np.square(expit(own[out]) - outcome[out]).sum()
    auc = np.divide(won, pairs, out=np.full(repeats, np.nan), where=pairs > 0)
    return RepeatedKFold(folds, repeats, int(pairs.sum()), auc, squared / n)
