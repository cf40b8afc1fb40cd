"""A model whose settings are chosen anew inside every fit, from the training rows and labels of that fit alone.

Every fit is split into inner folds; each candidate setting is fitted on all folds but one, preprocessing included, and
scored by log loss on the patients held out. The best one is then fitted on the whole training set. Because that is one
deterministic function of training rows and labels, a tuned model takes part in leave-pair-out, the permutation test
and the bootstrap like any other, its tuning inside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from responder.arrays import FloatArray, IntArray
from responder.models.base import Model, Predictions, TrainingSets
from responder.models.fitted import FittedPipeline
from responder.models.logistic import ridge_path
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.tuning_space import Space
from responder.validate.tuning_study import Sampler, random_candidates, search
from responder.words import Phrase

__all__ = ["TunedModel", "TunedPipeline", "inner_folds", "smallest_loss"]

LOSS_TOLERANCE = 1e-8
NUMBERS_AT_ONCE = 1_000_000
MOST_REMEMBERED = 50_000
SECONDS_A_TRIAL_OF_OPTUNA = 1e-3
UNSHARED = 3.0


@dataclass(frozen=True)
class TunedModel:
    """Names of a tuned model; what it fits is its pipeline's business.

    Attributes
    ----------
    id : str
    title : Phrase
        Names.
    batched : bool
        Whether many fits cost hardly more than one.
    """

    id: str
    title: Phrase
    batched: bool
    is_baseline: bool = False


@dataclass(frozen=True)
class TunedPipeline:
    """One kind of model, tuned by inner stratified cross-validation inside every fit.

    Attributes
    ----------
    table : Table
        The patients.
    space : Space
        What is tuned, between which bounds.
    fixed : Mapping
        Settings that are not tuned.
    trials : int
        Settings tried in every fit: at most so many of a grid.
    sampler : str
        ``grid`` or ``random``: the same candidates in every fit, all fits at once. ``tpe``: Optuna's tree-structured
        Parzen estimator proposes candidates for each fit on its own.
    folds : int
        Inner folds, stratified by outcome.
    seed : int
        Of the inner folds and the sampler.
    storage : str
        Where the trials of the fit on all patients are kept; see `responder.validate.tuning_study.search`.

    Notes
    -----
    Choosing outside the folds is optimistic (Varma and Simon 2006, doi 10.1186/1471-2105-7-91). Ties, and fits in which
    no candidate can be scored because a class has one member, get the strongest shrinkage.

    Examples
    --------
    >>> from responder.features import compile_features
    >>> from responder.study import load_study
    >>> from responder.validate.tuning_space import SPACES
    >>> rng = np.random.default_rng(0)
    >>> rpdai = rng.integers(9, 24, 40).astype(float)
    >>> table = Table(compile_features(load_study("rp-ld-il2"), ["rpdai"]), rpdai[:, None], {})
    >>> pipeline = TunedPipeline(table, SPACES["ridge"])
    >>> noise, signal = rng.integers(0, 2, 40), (rpdai < 15).astype(int)
    >>> [float(pipeline.chosen(Refits.of_outcome(np.ones((1, 40)), y, np.zeros((1, 1), int)))[0, 0, 0])
    ...  for y in (noise, signal)]
    [0.0032, 10.0]
    """

    table: Table
    space: Space
    fixed: Mapping[str, Any] = field(default_factory=dict)
    trials: int = 8
    sampler: Sampler = "grid"
    folds: int = 5
    seed: int = 0
    storage: str = ""
    _known: dict[bytes, FloatArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def id(self) -> str:
        """How results name it, such as ``ridge:tuned``."""
        return self.space.id

    @cached_property
    def model(self) -> TunedModel:
        """Its names."""
        batched = self.sampler != "tpe" and self._any_model.batched
        return TunedModel(self.id, self.space.title, batched)

    @cached_property
    def candidates(self) -> FloatArray | None:
        """Settings that every fit tries, shape (trials, parameters); None where each fit has its own."""
        if self.sampler == "grid":
            return self.space.grid(self.trials)
        return random_candidates(self.space, self.trials, self.seed) if self.sampler == "random" else None

    def predict(self, refits: Refits) -> Predictions:
        """See `Pipeline.predict`; each fit with its own setting."""
        designs, fits = refits.train.shape[0], refits.labels.shape[2]
        logit = np.full((designs, refits.ask.shape[1], fits), np.nan)
        status = np.zeros((designs, fits), dtype=np.uint8)
        flat = self.chosen(refits).reshape(designs * fits, -1)
        settings, which = np.unique(flat, axis=0, return_inverse=True)
        for at, setting in enumerate(settings):
            m, f = np.divmod(np.flatnonzero(which.ravel() == at), fits)
            own = Refits(refits.train[m], refits.labels[m, :, f][:, :, None], refits.ask[m])
            found = self._with(setting).predict(own)
            logit[m, :, f], status[m, f] = found.logit[:, :, 0], found.status[:, 0]
        return Predictions(logit, status)

    def fit(self, outcome: NDArray[Any], train: FloatArray | None = None) -> FittedPipeline:
        """See `Pipeline.fit`; the trials of a fit on all patients are kept in the storage, if there is one."""
        if train is None and self.storage:
            setting = smallest_loss(*self.trials_of(outcome))
        else:
            weight = np.ones((1, self.table.n)) if train is None else np.asarray(train, dtype=float)[None]
            setting = self.chosen(Refits.of_outcome(weight, outcome, np.zeros((1, 1), dtype=np.int64)))[0, 0]
        return self._with(setting).fit(outcome, train)

    def seconds_per_fit(self) -> float:
        """See `Pipeline.seconds_per_fit`: every candidate in every inner fold, then the fit itself."""
        plain = ModelPipeline(self.table, self._any_model).seconds_per_fit()
        # inner training sets differ from labeling to labeling, so that batched fits share less than they do untuned
        cost = plain * (self.trials * self.folds + 1) * (UNSHARED if self._any_model.batched else 1.0)
        return cost + (self.trials * SECONDS_A_TRIAL_OF_OPTUNA if self.sampler == "tpe" else 0.0)

    def trials_of(self, outcome: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
        """Return the settings tried when fitting all patients, (T, parameters), and their inner log loss, (T,)."""
        labels = np.asarray(outcome, dtype=float)
        return self._search(np.ones(self.table.n), labels, self.storage)

    def chosen(self, refits: Refits) -> FloatArray:
        """Return the setting that each fit chooses, shape (M, L, parameters); whom the question asks plays no part."""
        designs, fits = refits.train.shape[0], refits.labels.shape[2]
        train = np.repeat(np.asarray(refits.train, dtype=float), fits, axis=0)
        labels = np.asarray(refits.labels, dtype=float).transpose(0, 2, 1).reshape(train.shape)
        labels = np.where(train > 0, labels, 0.0)
        keys = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in np.hstack([train, labels])]
        known = {key: self._known[key] for key in keys if key in self._known}
        new = [i for i, key in enumerate(keys) if key not in known]
        if new:
            known |= zip((keys[i] for i in new), self._choose(train[new], labels[new]), strict=True)
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        self._known.update(known)
        return np.array([known[key] for key in keys]).reshape(designs, fits, -1)

    def _choose(self, train: FloatArray, labels: FloatArray) -> FloatArray:
        """Return the best setting of R fits given as rows, shape (R, parameters)."""
        if self.candidates is None:
            return np.array([smallest_loss(*self._search(*fit)) for fit in zip(train, labels, strict=True)])
        return smallest_loss(self.candidates, self._losses(self.candidates, train, labels))

    def _search(self, train: FloatArray, labels: FloatArray, storage: str = "") -> tuple[FloatArray, FloatArray]:
        """Try one setting after another for one fit."""
        if self.candidates is not None and not storage:
            return self.candidates, self._losses(self.candidates, train[None], labels[None])[:, 0]
        return search(
            self.space,
            self.trials,
            lambda setting: float(self._losses(setting[None], train[None], labels[None])[0, 0]),
            seed=self.seed,
            candidates=self.candidates,
            storage=storage,
            name=self._study_name(labels) if storage else "",
        )

    def _losses(self, settings: FloatArray, train: FloatArray, labels: FloatArray) -> FloatArray:
        """Return the inner log loss a patient of C settings in R fits given as rows, shape (C, R).

        Infinite where an inner fit lacks one outcome class.
        """
        losses = np.empty((len(settings), len(train)))
        order = np.random.default_rng(self.seed).permutation(self.table.n)
        at_once = max(1, NUMBERS_AT_ONCE // (self.folds * self.table.n))
        for start in range(0, len(train), at_once):
            here = slice(start, start + at_once)
            fold = inner_folds(train[here], labels[here], self.folds, order)
            held = (fold[:, None, :] == np.arange(self.folds)[:, None]).reshape(-1, self.table.n)
            weight, outcome = (np.repeat(given[here], self.folds, axis=0) for given in (train, labels))
            # those held out come first; rows of folds that hold out fewer are filled up with others of weight 0
            ask = np.argsort(~held, axis=1, kind="stable")[:, : held.sum(axis=1).max()]
            counts = np.take_along_axis(held * weight, ask, axis=1)
            sign = 2.0 * np.take_along_axis(outcome, ask, axis=1) - 1.0
            inner = np.empty((len(settings), len(held)))
            done = 0
            for sets, asked in self.table.training_sets(Refits(weight * ~held, outcome[:, :, None], ask)):
                rows = slice(done, done := done + len(asked))
                logit = sign[rows] * self._logits(settings, sets, asked)
                inner[:, rows] = (counts[rows] * -log_expit(logit)).sum(axis=2)
            losses[:, here] = inner.reshape(len(settings), -1, self.folds).sum(axis=2) / train[here].sum(axis=1)
        return np.where(np.isnan(losses), np.inf, losses)

    def _logits(self, settings: FloatArray, sets: TrainingSets, ask: IntArray) -> FloatArray:
        """Return the logits of C settings, shape (C, M, a), for training sets with one labeling each."""
        if self.space.kind == "ridge":
            return ridge_path(sets, ask, settings[:, 0])[:, :, :, 0]
        return np.stack([self._model(setting).predict(sets, ask).logit[:, :, 0] for setting in settings])

    def _study_name(self, labels: FloatArray) -> str:
        """Return a name that stands for data, labels and settings: no other search may use these trials."""
        parts = [self.id, self.sampler, self.trials, self.folds, self.seed, sorted(self.fixed.items())]
        digest = hashlib.sha256(repr([*parts, self.space.parameters, self.table.feature_table.names]).encode())
        for array in (self.table.values, labels):
            digest.update(np.ascontiguousarray(array, dtype=float).tobytes())
        return f"{self.id} {digest.hexdigest()[:16]}"

    def _with(self, setting: FloatArray) -> ModelPipeline:
        return ModelPipeline(self.table, self._model(setting))

    def _model(self, setting: FloatArray) -> Model:
        return self.space.model(setting, self.table.feature_table, self.fixed)

    @cached_property
    def _any_model(self) -> Model:
        return self._model(self.space.grid(1)[0])


def inner_folds(train: FloatArray, labels: FloatArray, folds: int, order: IntArray) -> IntArray:
    """Return the inner fold of each patient in each of R fits, shape (R, n); -1 for those not trained on.

    Each class is dealt to the folds in turn, in an order that knows no label, the second class from the other end. A
    patient drawn several times by the bootstrap stays in one fold, so that no copy is held out from itself.

    Parameters
    ----------
    train, labels : ndarray, shape (R, n)
        Weights and 0/1 outcomes of each fit.
    folds : int
        Number of folds.
    order : ndarray of int, shape (n,)
        Order in which patients are dealt.

    Examples
    --------
    >>> train = np.array([[1.0, 1.0, 0.0, 2.0, 1.0, 1.0]])
    >>> inner_folds(train, np.array([[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]), 2, np.arange(6)).tolist()
    [[0, 1, -1, 1, 0, 1]]
    """
    fold = np.full(train.shape, -1, dtype=np.int64)
    for value in (0, 1):
        member = ((train > 0) & (labels == value))[:, order]
        turn = (np.cumsum(member, axis=1) - 1) % folds
        dealt = turn if value else folds - 1 - turn
        fold[:, order] = np.where(member, dealt, fold[:, order])
    return fold


def smallest_loss(settings: FloatArray, losses: FloatArray) -> FloatArray:
    """Return the first of the settings (T, parameters) whose loss, shape (T,) or (T, R), is smallest but for rounding.

    Examples
    --------
    >>> smallest_loss(np.array([[0.1], [1.0], [10.0]]), np.array([0.7, 0.6, 0.6 - 1e-12])).tolist()
    [1.0]
    """
    return np.asarray(settings[(losses <= losses.min(axis=0) + LOSS_TOLERANCE).argmax(axis=0)])
