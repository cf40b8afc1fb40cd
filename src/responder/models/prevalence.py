"""The mandatory baseline: everybody gets the prevalence of the training set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.models.base import Predictions, TrainingSets, log_odds
from responder.models.decision import ConstantDecision
from responder.models.solver import Status
from responder.models.title import TitledById

__all__ = ["Prevalence"]


@dataclass(frozen=True)
class Prevalence(TitledById):
    """Predicts the training prevalence and looks at no trait."""

    id: str = "prevalence"
    batched: ClassVar[bool] = True
    is_baseline: ClassVar[bool] = True

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """See `Model.predict`."""
        logit = np.repeat(log_odds(sets)[:, None, :], ask.shape[1], axis=1)
        status = np.where(sets.one_class, Status.ONE_CLASS, Status.OK).astype(np.uint8)
        return Predictions(logit, status)

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> ConstantDecision:
        """See `Model.decide`."""
        share = float(np.average(labels, weights=weight))
        return ConstantDecision(float(np.log(share) - np.log1p(-share)))
