"""An estimator as something that can be refitted: in batches where it is one of this package's, else one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_array

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.estimators.builder import FeatureBuilder
from responder.estimators.classifier import SmallSampleClassifier, feature_names
from responder.models.base import Model, NamedModel, Predictions, TrainingSets
from responder.models.foreign import logit_of
from responder.models.solver import Status
from responder.validate.cost import seconds_of_fit
from responder.validate.refit import ModelPipeline, Refits, Refitter, Table
from responder.validate.simulated import Learner, learner_of
from responder.validate.table import sets_at_once
from responder.words import Phrase
from responder.workers import IN_PROCESS, Workers

__all__ = ["refitter_of"]

FITS_A_CHUNK = 32
SECONDS_OF_AN_ESTIMATOR = 2e-3


def refitter_of(estimator: Any, X: Any, outcome: IntArray, workers: Workers = IN_PROCESS) -> tuple[Refitter, Learner]:
    """Return what refits an estimator, and whose AUC it is; the estimator itself is cloned and never fitted.

    Parameters
    ----------
    estimator : estimator
        Any classifier of scikit-learn's interface, or a pipeline that ends in one.
    X : array_like or DataFrame, shape (n, ...)
        What it is fitted on.
    outcome : ndarray of 0/1, shape (n,)
        The outcome of each row.
    workers : Workers
        Whom the fits of an estimator that is not of this package are shared out to.
    """
    looped = _LoopedRefitter(_NamedEstimator(estimator), X, workers)
    width = np.shape(X)[1] if np.ndim(X) == 2 else 1
    if isinstance(estimator, SmallSampleClassifier):
        fitted = clone(estimator).fit(X, outcome)
        model = fitted.engine_model(feature_names(fitted))
        looked_at = len(getattr(model, "columns", ())) or width
        return _MatrixRefitter(check_array(X, dtype=np.float64), model), Learner(model.id, looked_at)
    steps = [step for _, step in estimator.steps] if isinstance(estimator, SklearnPipeline) else []
    if len(steps) == 2 and isinstance(steps[0], FeatureBuilder) and isinstance(steps[1], SmallSampleClassifier):
        builder = clone(steps[0])
        fitted = clone(steps[1]).fit(builder.fit_transform(X), outcome)
        table = Table(builder.spec_, builder.encode(X), {})
        batched = ModelPipeline(table, fitted.engine_model(feature_names(fitted)))
        return _BuiltRefitter(batched, looped), learner_of(batched)
    return looped, Learner(looped.model.id, width)


@dataclass(frozen=True)
class _MatrixRefitter:
    """A model of this package on features as they are given, not standardised."""

    features: FloatArray
    model: Model

    def predict(self, refits: Refits) -> Predictions:
        """See `Refitter.predict`."""
        parts = [self.model.predict(sets, ask) for sets, ask in self._sets(refits)]
        return Predictions(np.concatenate([p.logit for p in parts]), np.concatenate([p.status for p in parts]))

    def seconds_per_fit(self) -> float:
        """See `Refitter.seconds_per_fit`."""
        return seconds_of_fit(self.model, *self.features.shape)

    def _sets(self, refits: Refits) -> Iterator[tuple[TrainingSets, IntArray]]:
        rows, width = self.features.shape
        at_once = sets_at_once(rows, width)
        for start in range(0, len(refits.train), at_once):
            here = slice(start, start + at_once)
            train = refits.train[here]
            features = np.broadcast_to(self.features, (len(train), rows, width))
            yield TrainingSets(features, train, refits.labels[here]), refits.ask[here]


@dataclass(frozen=True)
class _BuiltRefitter:
    """A feature builder and a model of this package, as training refits them.

    Training looks for the traits that are missing together among all patients, the builder among those it is fitted on.
    Where that is not the same, the fits are made one by one.
    """

    batched: ModelPipeline
    looped: Refitter

    @property
    def model(self) -> NamedModel:
        """See `Refitter.model`."""
        return self.batched.model

    def predict(self, refits: Refits) -> Predictions:
        """See `Refitter.predict`."""
        if not self._missing_alike(refits.train).any():
            return self.batched.predict(refits)
        return self.looped.predict(refits)

    def seconds_per_fit(self) -> float:
        """See `Refitter.seconds_per_fit`."""
        return self.batched.seconds_per_fit()

    def _missing_alike(self, train: FloatArray) -> BoolArray:
        """Return whether two missing indicators are the same among the training rows, shape (M,)."""
        missing = self.batched.table.missing
        found = np.zeros(len(train), dtype=bool)
        for first in range(missing.shape[1]):
            for second in range(first):
                apart = train @ (missing[:, first] != missing[:, second])
                found |= (apart == 0) & (train @ missing[:, first] > 0)
        return found


@dataclass(frozen=True)
class _NamedEstimator:
    """What results call an estimator."""

    estimator: Any
    batched: ClassVar[bool] = False
    is_baseline: ClassVar[bool] = False

    @property
    def id(self) -> str:
        """Its class; of a pipeline, that of its last step."""
        return type(_last_step(self.estimator)).__name__

    @property
    def title(self) -> Phrase:
        """See `NamedModel.title`."""
        return Phrase("model.estimator", {"name": self.id})


@dataclass(frozen=True)
class _LoopedRefitter:
    """Any estimator, cloned and fitted once for each training set and labeling."""

    model: _NamedEstimator
    X: Any
    workers: Workers

    def predict(self, refits: Refits) -> Predictions:
        """See `Refitter.predict`."""
        sets, labelings = len(refits.train), refits.labels.shape[2]
        every = [divmod(fit, labelings) for fit in range(sets * labelings)]
        chunks = [every[start : start + FITS_A_CHUNK] for start in range(0, len(every), FITS_A_CHUNK)]
        found = self.workers.map(_fit_some, (self.model.estimator, self.X, refits), chunks)
        logit = np.concatenate(list(found)).reshape(sets, labelings, -1).transpose(0, 2, 1)
        status = np.where(np.isnan(logit).any(axis=1), Status.ONE_CLASS, Status.OK).astype(np.uint8)
        return Predictions(logit, status)

    def seconds_per_fit(self) -> float:
        """See `Refitter.seconds_per_fit`; scikit-learn checks arguments and data of every fit anew."""
        return SECONDS_OF_AN_ESTIMATOR


def _fit_some(shared: tuple[Any, Any, Refits], fits: Sequence[tuple[int, int]]) -> FloatArray:
    """Return the logits of the asked rows of some training sets and labelings, shape (fits, a)."""
    estimator, X, refits = shared
    return np.stack([_fit_once(estimator, X, refits.train[m], refits.labels[m, :, f], refits.ask[m]) for m, f in fits])


def _fit_once(estimator: Any, X: Any, train: FloatArray, labels: FloatArray, ask: IntArray) -> FloatArray:
    """Return the logits of the asked rows, shape (a,); ``nan`` where all training rows have one outcome."""
    rows = np.flatnonzero(train)
    outcome = labels[rows].astype(np.int64)
    if len(np.unique(outcome)) < 2:
        return np.full(len(ask), np.nan)
    fitted = clone(estimator).fit(_safe_indexing(X, rows), outcome)
    return _logit(fitted, _safe_indexing(X, ask))


def _logit(fitted: Any, rows: Any) -> FloatArray:
    """Return logits, of our own models those that they compute: a probability near 0 or 1 has lost its digits."""
    if isinstance(_last_step(fitted), SmallSampleClassifier):
        return np.asarray(fitted.decision_function(rows), dtype=float)
    return logit_of(fitted, rows)


def _last_step(estimator: Any) -> Any:
    return estimator.steps[-1][1] if isinstance(estimator, SklearnPipeline) else estimator
