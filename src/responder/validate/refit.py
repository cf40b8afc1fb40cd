"""The one refit engine: fit these pipelines on these rows and labels, predict those rows.

Leave-one-out, leave-pair-out, permutation, bootstrap, tuning, stability and out-of-fold explanation all ask this one
question. The whole pipeline (imputation, indicators, scaling, model) is fitted on the training rows of every set; only
what looks at one row at a time (encoding, derived features) is done once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.features.chained import SetImputer
from responder.features.imputation import MultipleImputation
from responder.features.spec import FeatureSpec, FittedFeatures, fit_scaling
from responder.models.base import FeatureTable, Model, NamedModel, Predictions, TrainingSets
from responder.models.fitted import FittedPipeline

__all__ = ["ModelPipeline", "Pipeline", "Refits", "Refitter", "Table", "seconds_of_fit", "sets_at_once"]

NUMBERS_AT_ONCE = 2_000_000


def sets_at_once(rows: int, features: int) -> int:
    """Return how many training sets are worked on together, so that memory stays bounded.

    Examples
    --------
    >>> sets_at_once(10, 5), sets_at_once(10_000, 100)
    (9523, 1)
    """
    width = features + 1
    return max(1, NUMBERS_AT_ONCE // max(1, rows * width * (width + 1) // 2))


@dataclass(frozen=True)
class Refits:
    """A question to the engine.

    Attributes
    ----------
    train : ndarray, shape (M, n)
        How often each patient is in each training set: 0/1, or bootstrap counts.
    labels : ndarray, shape (M, n, L)
        Outcomes, L labelings a training set; those of left-out patients are ignored.
    ask : ndarray of int, shape (M, a)
        Patients to predict.
    """

    train: FloatArray
    labels: FloatArray
    ask: IntArray

    @classmethod
    def of_outcome(cls, train: FloatArray, outcome: NDArray[Any], ask: IntArray) -> Refits:
        """Ask with the same observed outcome, shape (n,), for every training set."""
        labels = np.broadcast_to(np.asarray(outcome, dtype=float)[None, :, None], (*train.shape, 1))
        return cls(train, labels, ask)

    @property
    def fits(self) -> int:
        """Number of fits asked for."""
        return len(self.train) * int(self.labels.shape[2])


@dataclass(frozen=True)
class Table:
    """Encoded baseline values of n patients and the spec of their features.

    Attributes
    ----------
    spec : FeatureSpec
        How features are derived.
    values : ndarray, shape (n, columns)
        Encoded values, ``nan`` where missing.
    expected : Mapping[str, float]
        Declared log-odds per SD of features.
    imputation : MultipleImputation, optional
        How gaps are filled; without it by medians, with missing indicators.
    """

    spec: FeatureSpec
    values: FloatArray
    expected: Mapping[str, float]
    imputation: MultipleImputation | None = None

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.values)

    @cached_property
    def derived(self) -> FloatArray:
        """Derived features, shape (n, p)."""
        return self.spec.derive(self.values)

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """Traits that are missing in somebody, those missing in the same patients joined by ``+``.

        None under multiple imputation, which stands in their place.
        """
        return self.spec.missing_patterns(self.values) if self.imputation is None else ()

    @cached_property
    def imputer(self) -> SetImputer | None:
        """What completes training sets, and remembers them for all models; None without multiple imputation."""
        return None if self.imputation is None else SetImputer(self.spec, self.values, self.imputation)

    @cached_property
    def missing(self) -> FloatArray:
        """Missing indicators, shape (n, q)."""
        return self.spec.missing(self.values, self.indicators)

    @cached_property
    def feature_table(self) -> FeatureTable:
        """What a model may know of the features."""
        names = self.spec.feature_names(self.indicators)
        return FeatureTable(names, self.spec.traits_of_features(self.indicators), self.expected)

    def standardised(self, train: FloatArray) -> FloatArray:
        """Return the features standardised by each training set, everybody as a new patient, shape (M, n, k)."""
        if self.imputer is not None:
            return np.stack([found.expected(self.derived) for found in self.imputer.sets(train)])
        return fit_scaling(self.derived, self.missing, train).apply(self.derived, self.missing)

    def training_sets(self, refits: Refits) -> Iterator[tuple[TrainingSets, IntArray]]:
        """Yield the standardised training sets of a question and whom they are asked, in chunks of bounded memory."""
        sets, rows = refits.train.shape
        at_once = sets_at_once(rows, len(self.feature_table.names))
        for start in range(0, sets, at_once):
            here = slice(start, start + at_once)
            train = np.ascontiguousarray(refits.train[here], dtype=float)
            yield TrainingSets(self.standardised(train), train, refits.labels[here]), refits.ask[here]


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
        """See `Pipeline.predict`."""
        parts = [self.model.predict(sets, ask) for sets, ask in self.table.training_sets(refits)]
        if len(parts) == 1:
            return parts[0]
        logit = np.concatenate([p.logit for p in parts])
        return Predictions(logit, np.concatenate([p.status for p in parts]))

    def fit(self, outcome: NDArray[Any], train: FloatArray | None = None) -> FittedPipeline:
        """See `Pipeline.fit`."""
        weight = np.ones(self.table.n) if train is None else np.asarray(train, dtype=float)
        scaling = fit_scaling(self.table.derived, self.table.missing, weight[None])
        features = FittedFeatures(self.table.spec, self.table.indicators, scaling)
        standardised = scaling.apply(self.table.derived, self.table.missing)[0]
        return FittedPipeline(features, self.model.decide(standardised, np.asarray(outcome, dtype=float), weight))

    def seconds_per_fit(self) -> float:
        """See `Refitter.seconds_per_fit`."""
        return seconds_of_fit(self.model, self.table.n, len(self.table.feature_table.names))


def seconds_of_fit(model: NamedModel, n: int, features: int) -> float:
    """Return the nominal cost of one refit; measured once on a 2020s laptop core, not on the clock of this run."""
    k = features + 1
    if model.is_baseline:
        return 1e-7
    if not model.batched:
        return 1e-3 + 1e-5 * n
    kind = model.id.partition(":")[0]
    if kind == "gp":
        return 2e-6 * n + 3e-9 * n**3
    linear = 1e-6 + 4e-9 * (n * k * 6 + k**3 * 2)
    return linear * {"firth": 8.0, "flac": 14.0, "bayes": 1.5, "logf": 1.2, "ml": 3.0}.get(kind, 1.0)
