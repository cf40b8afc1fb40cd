"""The one refit engine: fit these pipelines on these rows and labels, predict those rows.

Leave-one-out, leave-pair-out, permutation, bootstrap, tuning, stability and out-of-fold explanation all ask this one
question. The whole pipeline (imputation, indicators, scaling, model) is fitted on the training rows of every set; only
what looks at one row at a time (encoding, derived features) is done once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.features.spec import FittedFeatures
from responder.models.base import DecidesMany, Model, NamedModel, Predictions, TrainingSets
from responder.models.fitted import FittedPipeline
from responder.models.logistic import Logistic
from responder.models.posterior import columns_looked_at
from responder.validate.cost import seconds_of_fit, seconds_of_sample_fit
from responder.validate.left_out import can_be_shared, predict_left_out
from responder.validate.table import Refits, Table

__all__ = ["ModelPipeline", "Pipeline", "Refits", "Refitter", "Table"]


class Refitter(Protocol):
    """What leave-pair-out and permutation tests need: something that fits training sets and predicts."""

    @property
    def model(self) -> NamedModel:
        """The model, for its title and kind."""
        ...

    def predict(self, refits: Refits) -> Predictions:
        """Answer a question."""
        ...

    def seconds_per_fit(self) -> float:
        """Return the nominal cost of one refit, on an ordinary core; budgets are computed from it."""
        ...


class Pipeline(Refitter, Protocol):
    """A refitter of an experiment: one model with fixed settings, or one that is tuned inside every fit."""

    @property
    def id(self) -> str:
        """How experiments name it."""
        ...

    @property
    def table(self) -> Table:
        """The patients."""
        ...

    def fit(self, outcome: NDArray[Any], train: FloatArray | None = None) -> FittedPipeline:
        """Fit once on weighted rows (all, by default)."""
        ...


@dataclass(frozen=True)
class ModelPipeline:
    """One model with fixed settings on one table.

    Examples
    --------
    >>> from responder.features import compile_features
    >>> from responder.models import build_model
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> spec = compile_features(study, ["rpdai"])
    >>> table = Table(spec, np.array([[9.0], [23.0], [9.0], [14.0]]), {})
    >>> pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    >>> fitted = pipeline.fit(np.array([1, 0, 1, 0]))
    >>> bool(fitted.logit(np.array([[9.0]]))[0] > 0)
    True
    """

    table: Table
    model: Model

    @property
    def id(self) -> str:
        """How experiments name it."""
        return self.model.id

    def predict(self, refits: Refits) -> Predictions:
        """See `Pipeline.predict`; fits that leave a few patients out start from that of everybody."""
        if not isinstance(self.model, Logistic) or not can_be_shared(self.table, self.model, refits):
            return self.predict_cold(refits)
        found, answered = predict_left_out(self.table, self.model, refits)
        if not answered.all():
            m, f = np.nonzero(~answered)
            rest = self.predict_cold(Refits(refits.train[m], refits.labels[m, :, f][:, :, None], refits.ask[m]))
            found.logit[m, :, f], found.status[m, f] = rest.logit[:, :, 0], rest.status[:, 0]
        return found

    def predict_cold(self, refits: Refits) -> Predictions:
        """Standardise and fit every training set on its own."""
        if self.model.is_baseline:
            # it looks at no feature: none is standardised for it
            nothing = np.empty((*refits.train.shape, 0))
            return self.model.predict(TrainingSets(nothing, refits.train, refits.labels), refits.ask)
        parts = [self.model.predict(sets, ask) for sets, ask in self.table.training_sets(refits)]
        if len(parts) == 1:
            return parts[0]
        logit = np.concatenate([p.logit for p in parts])
        return Predictions(logit, np.concatenate([p.status for p in parts]))

    def fit(self, outcome: NDArray[Any], train: FloatArray | None = None) -> FittedPipeline:
        """See `Pipeline.fit`."""
        weight = np.ones(self.table.n) if train is None else np.asarray(train, dtype=float)
        scaling = self.table.scaling(weight[None])
        features = FittedFeatures(self.table.spec, self.table.indicators, scaling)
        standardised = scaling.apply(self.table.derived, self.table.missing)
        labels = np.asarray(outcome, dtype=float)
        if isinstance(self.model, DecidesMany):
            sets = TrainingSets(standardised, weight[None], labels[None, :, None], scaling.unit)
            return FittedPipeline(features, self.model.decisions(sets)[0][0])
        return FittedPipeline(features, self.model.decide(standardised[0], labels, weight))

    def seconds_per_fit(self) -> float:
        """See `Refitter.seconds_per_fit`."""
        return seconds_of_fit(self.model, self.table.n, self._features)

    def seconds_per_cold_fit(self) -> float:
        """Return the nominal cost of a fit that does not start from that of everybody, as of a bootstrap sample."""
        return seconds_of_sample_fit(self.model, self.table.n, self._features)

    @property
    def _features(self) -> int:
        """How many features the model looks at."""
        return len(columns_looked_at(self.model, len(self.table.feature_table.names)))
