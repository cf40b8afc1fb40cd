"""A table of patients, and a question to the refit engine: whom to train on, under which labels, whom to predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.features.chained import SetImputer
from responder.features.imputation import MultipleImputation
from responder.features.spec import FeatureSpec, Scaling, ascending, fit_scaling
from responder.models.base import FeatureTable, TrainingSets
from responder.models.prior import BorrowedPrior
from responder.validate.splits import leave_out

__all__ = ["NUMBERS_AT_ONCE", "LeftOut", "Refits", "Table", "sets_at_once"]

NUMBERS_AT_ONCE = 2_000_000


def sets_at_once(rows: int, features: int) -> int:
    """Return how many training sets are worked on together, so that memory stays bounded.

    Examples
    --------
    >>> sets_at_once(10, 5), sets_at_once(10_000, 100), sets_at_once(20, 2_000)
    (9523, 1, 4)
    """
    width = features + 1
    if width > rows:  # outer products of rows are not held, at most one matrix a fit
        return max(1, min(NUMBERS_AT_ONCE // (max(1, rows) * width), 10 * NUMBERS_AT_ONCE // width**2))
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

    def __len__(self) -> int:
        return len(self.train)

    def part(self, sets: range) -> Refits:
        """Return the question about some of the training sets."""
        here = slice(sets.start, sets.stop)
        return Refits(self.train[here], self.labels[here], self.ask[here])


@dataclass(frozen=True)
class LeftOut:
    """A question whose training sets leave a few patients out of one cohort, named by who they are.

    Weights of M training sets of n patients are M n numbers, which is more than the table itself where patients are
    many; here they are written out for the part at work alone.

    Attributes
    ----------
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    out : ndarray of int, shape (M, q)
        Who is left out of each training set.
    ask : ndarray of int, shape (M, a)
        Patients to predict.

    Examples
    --------
    >>> both = LeftOut(np.array([1, 0, 1]), np.array([[0, 1], [1, 2]]), np.array([[0], [2]]))
    >>> both.part(range(1, 2)).train.tolist()
    [[1.0, 0.0, 0.0]]
    """

    outcome: NDArray[Any]
    out: IntArray
    ask: IntArray

    def __len__(self) -> int:
        return len(self.out)

    def part(self, sets: range) -> Refits:
        """Return the question about some of the training sets."""
        here = slice(sets.start, sets.stop)
        return Refits.of_outcome(leave_out(len(self.outcome), self.out[here]), self.outcome, self.ask[here])


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
    borrowed : BorrowedPrior, optional
        What other people showed of the features.
    """

    spec: FeatureSpec
    values: FloatArray
    expected: Mapping[str, float]
    imputation: MultipleImputation | None = None
    borrowed: BorrowedPrior | None = None

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.values)

    @cached_property
    def derived(self) -> FloatArray:
        """Derived features, shape (n, p)."""
        return self.spec.derive(self.values)

    @cached_property
    def _ascending(self) -> IntArray:
        """Order of the derived features, which the medians of all training sets are read off."""
        return ascending(self.derived)

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
        traits = self.spec.traits_of_features(self.indicators)
        groups = self.spec.groups_of_features(self.indicators)
        return FeatureTable(names, traits, self.expected, self.borrowed, groups)

    def scaling(self, train: FloatArray) -> Scaling:
        """Return how each training set, shape (M, n), fills gaps with medians and standardises."""
        return fit_scaling(self.derived, self.missing, train, order=self._ascending)

    def standardised(self, train: FloatArray) -> FloatArray:
        """Return the features standardised by each training set, everybody as a new patient, shape (M, n, k)."""
        if self.imputer is not None:
            return np.stack([found.expected(self.derived) for found in self.imputer.sets(train)])
        return self.scaling(train).apply(self.derived, self.missing)

    def training_sets(self, refits: Refits) -> Iterator[tuple[TrainingSets, IntArray]]:
        """Yield the standardised training sets of a question and whom they are asked, in chunks of bounded memory."""
        sets, rows = refits.train.shape
        at_once = sets_at_once(rows, len(self.feature_table.names))
        for start in range(0, sets, at_once):
            here = slice(start, start + at_once)
            train = np.ascontiguousarray(refits.train[here], dtype=float)
            # what is borrowed is in each feature's own unit: only there is its SD in the training set asked for
            scale = None if self.borrowed is None else self.scaling(train).unit
            yield TrainingSets(self.standardised(train), train, refits.labels[here], scale), refits.ask[here]
