"""What else may be asked of a larger cohort: repeated k-fold, bootstrap optimism and .632+."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.errors import NotEstimableError
from responder.validate.kfold import RepeatedKFold, repeated_k_fold
from responder.validate.optimism import BootstrapPerformance, bootstrap_performance
from responder.validate.refit import Pipeline
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RESAMPLING_ABOVE_N", "Resampling", "resample", "resampling_fits"]

RESAMPLING_ABOVE_N = 100
"""Patients above which these are computed: in fewer, folds hold too few pairs and refits too few patients."""
FOLDS = 5
REPEATS = 20


@dataclass(frozen=True)
class Resampling:
    """Alternatives to leave-one-out and leave-pair-out.

    Attributes
    ----------
    k_fold : RepeatedKFold
        Repeated stratified k-fold.
    bootstrap : BootstrapPerformance or None
        Optimism and .632+; None without usable bootstrap refits.
    """

    k_fold: RepeatedKFold
    bootstrap: BootstrapPerformance | None

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers by which models are compared."""
        found = {"kfold_auc": self.k_fold.auc, "kfold_brier": self.k_fold.brier}
        if self.bootstrap is not None:
            found |= {
                "auc_632plus": self.bootstrap.auc.estimate_632plus,
                "brier_632plus": self.bootstrap.brier.estimate_632plus,
                "auc_optimism_corrected": self.bootstrap.auc.optimism_corrected,
                "brier_optimism_corrected": self.bootstrap.brier.optimism_corrected,
            }
        return found

    def frame(self) -> pd.DataFrame:
        """Return one row of the metrics."""
        import pandas as pd

        return pd.DataFrame([self.metrics])

    def to_json(self) -> dict[str, Any]:
        """Return both as JSON types."""
        return {"k_fold": self.k_fold.to_json(), "bootstrap": self.bootstrap.to_json() if self.bootstrap else None}


def resampling_fits(n: int) -> int:
    """Return how many refits `resample` makes beside those of the bootstrap.

    Examples
    --------
    >>> resampling_fits(100), resampling_fits(101)
    (0, 100)
    """
    return FOLDS * REPEATS if n > RESAMPLING_ABOVE_N else 0


def resample(
    pipeline: Pipeline,
    outcome: NDArray[Any],
    apparent: FloatArray,
    refits: FloatArray,
    counts: FloatArray,
    rng: np.random.Generator,
    *,
    workers: Workers = IN_PROCESS,
) -> Resampling | None:
    """Return what a cohort of more than 100 allows, None for a smaller one.

    Parameters
    ----------
    pipeline : Pipeline
        What is refitted by k-fold.
    outcome, apparent, refits, counts
        See `responder.validate.optimism.bootstrap_performance`.
    rng : numpy.random.Generator
        Draws the folds, and pairs where they are too many to be looked at.
    workers : Workers
        Whom refits are shared out to.
    """
    if len(outcome) <= RESAMPLING_ABOVE_N:
        return None
    k_fold = repeated_k_fold(pipeline, outcome, folds=FOLDS, repeats=REPEATS, rng=rng, workers=workers)
    try:
        bootstrap = bootstrap_performance(outcome, apparent, refits, counts, rng=rng)
    except NotEstimableError:
        bootstrap = None
    return Resampling(k_fold, bootstrap)
