"""What a model is: it fits many training sets at once, and hands over one fitted decision as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.models.decision import Decision
from responder.models.prior import BorrowedPrior
from responder.models.solver import Status
from responder.words import Phrase

__all__ = ["DecidesMany", "FeatureTable", "Model", "NamedModel", "Predictions", "TrainingSets", "log_odds"]


@dataclass(frozen=True)
class FeatureTable:
    """What a model may know about its features: never the outcome.

    Attributes
    ----------
    names : tuple of str
        Features, in the order of the columns.
    traits : tuple of tuple of str
        Traits that each feature is made from.
    expected : Mapping[str, float]
        Feature to declared log-odds per SD (signed); features without a declaration are absent.
    borrowed : BorrowedPrior, optional
        What other people showed, where a model borrows it.
    groups : tuple of str
        Group of each feature, as the study declares it; empty where nobody said.
    """

    names: tuple[str, ...]
    traits: tuple[tuple[str, ...], ...]
    expected: Mapping[str, float] = field(default_factory=dict)
    borrowed: BorrowedPrior | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingSets:
    """M standardised training sets, each with L labelings.

    Attributes
    ----------
    features : ndarray, shape (M, n, k)
        Standardised features of all n patients, by the scaling of each training set.
    weight : ndarray, shape (M, n)
        How often each patient is in each training set; 0 is left out.
    labels : ndarray, shape (M, n, L)
        0/1 outcomes; those of left-out patients are ignored.
    scale : ndarray, shape (M, k), optional
        By what the features were divided; None where they are in units of their own.
    """

    features: FloatArray
    weight: FloatArray
    labels: FloatArray
    scale: FloatArray | None = None

    @classmethod
    def of_one(cls, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> TrainingSets:
        """Return one training set, shape (n, k), with one labeling, shape (n,); everybody counts once by default."""
        given = np.ones(len(labels)) if weight is None else weight
        return cls(features[None], given[None], np.asarray(labels, dtype=float)[None, :, None])

    @property
    def shape(self) -> tuple[int, int]:
        """(M, L)."""
        return self.features.shape[0], self.labels.shape[2]

    @property
    def one_class(self) -> BoolArray:
        """Where, shape (M, L), all patients trained on have the same outcome."""
        positive = np.matmul(self.weight[:, None, :], self.labels)[:, 0]
        return np.asarray((positive <= 0) | (positive >= self.weight.sum(axis=1)[:, None]))


@dataclass(frozen=True)
class Predictions:
    """Logits of asked patients.

    Attributes
    ----------
    logit : ndarray, shape (M, a, L)
        ``nan`` where a fit failed for want of both classes.
    status : ndarray of uint8, shape (M, L)
        See `responder.models.solver.Status`.
    """

    logit: FloatArray
    status: NDArray[np.uint8]

    @property
    def failed(self) -> int:
        """Fits that raised an error, in which everybody got the prevalence."""
        return int((self.status == Status.FAILED).sum())


class NamedModel(Protocol):
    """What people are told of a model, and what planning must know of it."""

    @property
    def id(self) -> str:
        """How experiments name it, such as ``ridge:0.1``."""
        ...

    @property
    def title(self) -> Phrase:
        """How people name it."""
        ...

    @property
    def batched(self) -> bool:
        """Whether many fits cost hardly more than one."""
        ...

    @property
    def is_baseline(self) -> bool:
        """Whether it ignores the features on purpose."""
        ...


@runtime_checkable
class Model(NamedModel, Protocol):
    """An estimator of the registry."""

    def predict(self, sets: TrainingSets, ask: IntArray) -> Predictions:
        """Fit every training set and labeling, and predict the asked patients.

        Parameters
        ----------
        sets : TrainingSets
            What to fit.
        ask : ndarray of int, shape (M, a)
            Rows to predict for each training set.
        """
        ...

    def decide(self, features: FloatArray, labels: FloatArray, weight: FloatArray | None = None) -> Decision:
        """Fit one training set, shape (n, k) and (n,), and return the fitted decision."""
        ...


@runtime_checkable
class DecidesMany(Model, Protocol):
    """A model whose decisions on many training sets cost hardly more than one, and may depend on their scaling."""

    def decisions(self, sets: TrainingSets) -> tuple[Sequence[Decision], NDArray[np.uint8]]:
        """Fit M training sets of one labeling each, and return their decisions and status, shape (M,)."""
        ...


def log_odds(sets: TrainingSets) -> FloatArray:
    """Return the logit of the prevalence of each training set, shape (M, L); ``nan`` for one class."""
    positive = np.matmul(sets.weight[:, None, :], sets.labels)[:, 0]
    total = sets.weight.sum(axis=1)[:, None]
    one_class = sets.one_class
    safe = np.where(one_class, total / 2.0, positive)
    return np.where(one_class, np.nan, np.log(safe) - np.log(total - safe))
