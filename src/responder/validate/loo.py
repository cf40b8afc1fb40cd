"""Leave-one-out: an out-of-fold probability for every patient. Never a discrimination measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.models.solver import expit
from responder.validate.pairs import win
from responder.validate.refit import Pipeline
from responder.validate.sharing import answer
from responder.validate.table import LeftOut
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeaveOneOut", "leave_one_out_predictions", "rebalanced_leave_one_out"]

CONSTANT_RANGE = 1e-12
MOST_COMPARED = 200
"""Patients whose predictions by one fit are compared, to spot a model that is constant; evenly spaced where more."""


@dataclass(frozen=True)
class LeaveOneOut:
    """Out-of-fold predictions.

    Attributes
    ----------
    logit : ndarray, shape (n,)
        Logit of each patient from the pipeline fitted on all others; ``nan`` where that fit failed.
    spread : float
        Largest range of predictions within one fit, of all patients or of 200: at most 1e-12 for a constant model.
    status : ndarray of uint8, shape (n,)
        What became of each fit; see `responder.models.solver.Status`.
    """

    logit: FloatArray
    spread: float
    status: NDArray[np.uint8]

    @property
    def probability(self) -> FloatArray:
        """Out-of-fold probability of response, shape (n,)."""
        return expit(self.logit)

    @property
    def is_constant(self) -> bool:
        """Whether no fit told any two patients apart."""
        return self.spread <= CONSTANT_RANGE

    def frame(self) -> pd.DataFrame:
        """Return one row a patient: logit and probability."""
        import pandas as pd

        return pd.DataFrame({"logit": self.logit, "probability": self.probability})

    def to_json(self) -> dict[str, Any]:
        """Return the predictions as JSON types."""
        known = [None if np.isnan(x) else float(x) for x in self.logit]
        return {"logit": known, "spread": self.spread}


def leave_one_out_predictions(
    pipeline: Pipeline, outcome: NDArray[Any], *, workers: Workers = IN_PROCESS
) -> LeaveOneOut:
    """Refit without each patient, and predict that patient (and, to spot a constant model, others)."""
    n = len(outcome)
    own = np.arange(n)[:, None]
    ask, place = np.broadcast_to(np.arange(n), (n, n)), own
    if n > MOST_COMPARED:
        some = np.linspace(0, n - 1, MOST_COMPARED).round().astype(np.int64)
        ask, place = np.hstack([own, np.broadcast_to(some, (n, len(some)))]), np.zeros_like(own)
    predictions = answer(pipeline, LeftOut(outcome, own, ask), workers)
    logit = predictions.logit[:, :, 0]
    known = ~np.isnan(logit).any(axis=1)
    spread = float(np.ptp(logit[known], axis=1).max()) if known.any() else 0.0
    return LeaveOneOut(np.take_along_axis(logit, place, axis=1)[:, 0], spread, predictions.status[:, 0])


def rebalanced_leave_one_out(
    pipeline: Pipeline,
    outcome: NDArray[Any],
    draws: int,
    rng: np.random.Generator,
    *,
    workers: Workers = IN_PROCESS,
) -> FloatArray:
    """Return the pooled AUC of rebalanced leave-one-out, one a draw: a secondary measure.

    With each patient left out, one random patient of the other class is dropped too, so that every training set has the
    same prevalence (Austin et al. 2025, doi 10.1126/sciadv.adx6976).

    Parameters
    ----------
    draws : int
        Independent draws; each gives one AUC. They are reported with their spread, not averaged into one prediction.
    workers : Workers
        Whom refits are shared out to.

    Returns
    -------
    ndarray, shape (draws,)
    """
    n = len(outcome)
    own = np.arange(n)
    other = {value: np.flatnonzero(outcome != value) for value in (0, 1)}
    out = np.concatenate(
        [np.column_stack([own, np.array([rng.choice(other[int(value)]) for value in outcome])]) for _ in range(draws)]
    )
    logit = answer(pipeline, LeftOut(outcome, out, out[:, :1]), workers).logit[:, 0, 0].reshape(draws, n)
    return np.array([win(own[outcome == 1][:, None] - own[outcome == 0][None, :]).mean() for own in logit])
