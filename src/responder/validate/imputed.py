"""One model under multiple imputation: fitted on every completed copy of every training set, and pooled.

Rubin's rules pool coefficients, and the linear predictor of each patient, by their mean over the copies (Rubin 1987;
Marshall et al. 2009, doi 10.1186/1471-2288-9-57, Table 1). The outcome takes no part in the imputation: patients to
come have none, and then leaving it out also while the model is developed predicts better (Sisk et al. 2023, doi
10.1177/09622802231165001). So the copies know no label, and all labelings of a permutation test share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.errors import ConfigError
from responder.features.chained import ImputedSet, SetImputer
from responder.models.base import Model, Predictions, TrainingSets
from responder.models.decision import ConstantDecision, LinearDecision
from responder.models.fitted import FittedPipeline
from responder.models.registry import NOT_POOLED
from responder.validate.refit import ModelPipeline
from responder.validate.table import NUMBERS_AT_ONCE, Refits, Table

__all__ = ["ImputedPipeline"]


@dataclass(frozen=True)
class ImputedPipeline:
    """One model with fixed settings on a table whose gaps are imputed m times.

    A patient asked for is completed by the regressions of the training set that leaves it out, and predicted with the
    mean over the m copies of the training set and over m completed copies of the patient.

    Raises
    ------
    ConfigError
        If the model is not linear in its features.

    Examples
    --------
    >>> from responder.features import MultipleImputation, compile_features
    >>> from responder.models import build_model
    >>> from responder.study import load_study
    >>> spec = compile_features(load_study("rp-ld-il2"), ["rpdai", "prednisone_mg_per_day"])
    >>> values = np.array([[9.0, 5.0], [23.0, np.nan], [9.0, 7.5], [14.0, 10.0], [19.0, 15.0], [np.nan, 12.5]])
    >>> table = Table(spec, values, {}, MultipleImputation(draws=5))
    >>> pipeline = ImputedPipeline(table, build_model("ridge:1", table.feature_table))
    >>> outcome, left_out = np.array([1, 0, 1, 1, 0, 0]), np.array([1.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    >>> asked = Refits.of_outcome(left_out[None], outcome, np.array([[1]]))
    >>> predicted, fitted = pipeline.predict(asked).logit[0, 0, 0], pipeline.fit(outcome, left_out)
    >>> bool(np.isclose(predicted, fitted.logit(values[[1]])[0])), bool(predicted < 0)
    (True, True)
    """

    table: Table
    model: Model

    def __post_init__(self) -> None:
        if self.model.id.partition(":")[0] in NOT_POOLED:
            raise ConfigError("experiment_not_pooled", where="imputation.method", names=[self.model.id])

    @property
    def id(self) -> str:
        """How experiments name it."""
        return self.model.id

    @property
    def _imputer(self) -> SetImputer:
        imputer = self.table.imputer
        assert imputer is not None, "the table has no imputation"
        return imputer

    def predict(self, refits: Refits) -> Predictions:
        """See `Pipeline.predict`; the mean logit over the copies, and the worst status."""
        imputer, derived = self._imputer, self.table.derived
        draws, n, asked = imputer.imputation.draws, self.table.n, refits.ask.shape[1]
        width = derived.shape[1] + 1
        at_once = max(1, NUMBERS_AT_ONCE // (draws * (n + asked) * width * (width + 1) // 2))
        logits, status = [], []
        for start in range(0, len(refits.train), at_once):
            here = slice(start, start + at_once)
            train, ask = np.ascontiguousarray(refits.train[here], dtype=float), refits.ask[here]
            labels = np.concatenate(
                [refits.labels[here], np.zeros((len(train), asked, refits.labels.shape[2]))], axis=1
            )
            # who is asked stands once more, as a new patient of weight 0, below the copy that may be fitted to it
            weight = np.concatenate([train, np.zeros((len(train), asked))], axis=1)
            features = np.concatenate(
                [self._copies(found, rows) for found, rows in zip(imputer.sets(train), ask, strict=True)]
            )
            below = np.broadcast_to(np.arange(n, n + asked), (len(features), asked))
            sets = TrainingSets(features, weight.repeat(draws, axis=0), labels.repeat(draws, axis=0))
            found = self.model.predict(sets, below)
            logits.append(found.logit.reshape(len(train), draws, asked, -1).mean(axis=1))
            status.append(found.status.reshape(len(train), draws, -1).max(axis=1))
        return Predictions(np.concatenate(logits), np.concatenate(status))

    def _copies(self, found: ImputedSet, ask: NDArray[np.int64]) -> FloatArray:
        """Return the features of each copy, and below them who is asked, shape (m, n + a, k)."""
        copies, new = found.copies(self.table.derived), found.expected(self.table.derived)[ask]
        return np.concatenate([copies, np.broadcast_to(new, (len(copies), *new.shape))], axis=1)

    def fit(self, outcome: NDArray[Any], train: FloatArray | None = None) -> FittedPipeline:
        """See `Pipeline.fit`; the decision has the mean coefficients over the copies."""
        weight = np.ones(self.table.n) if train is None else np.asarray(train, dtype=float)
        (found,) = self._imputer.sets(weight[None])
        labels = np.asarray(outcome, dtype=float)
        intercepts, coefficients = [], []
        for copy in found.copies(self.table.derived):
            decision = self.model.decide(copy, labels, weight)
            if isinstance(decision, ConstantDecision):
                decision = LinearDecision(decision.value, np.zeros(copy.shape[1]))
            assert isinstance(decision, LinearDecision), "only linear models are pooled"
            intercepts.append(decision.intercept)
            coefficients.append(decision.coefficients)
        pooled = LinearDecision(float(np.mean(intercepts)), np.mean(coefficients, axis=0))
        return FittedPipeline(self._imputer.fitted(found), pooled)

    def completed(self) -> FloatArray:
        """Return the standardised features of all patients in each copy of the whole cohort, shape (m, n, k)."""
        (found,) = self._imputer.sets(np.ones((1, self.table.n)))
        return found.copies(self.table.derived)

    def seconds_per_fit(self) -> float:
        """See `Pipeline.seconds_per_fit`: a fit a copy; imputing is shared by models and labelings, and not counted."""
        draws = 1 if self.table.imputation is None else self.table.imputation.draws
        return draws * ModelPipeline(self.table, self.model).seconds_per_fit()
