"""The bootstrap refits of one pipeline, made once: stability, ranks and the band of a score look at the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray
from responder.features.spec import FittedFeatures
from responder.models.base import DecidesMany, TrainingSets
from responder.models.decision import Decision, KernelDecision
from responder.models.fitted import FittedPipeline
from responder.models.solver import Status
from responder.validate.refit import ModelPipeline, Pipeline
from responder.validate.sharing import answer
from responder.validate.table import Refits, sets_at_once
from responder.workers import IN_PROCESS, Workers, in_chunks

__all__ = ["BootstrapRefits", "bootstrap_logits", "bootstrap_refits"]

MOST_NUMBERS_HELD = 5_000_000
"""Forty megabytes of fitted Gaussian processes; every other model is small."""
FEWEST_HELD = 50


@dataclass(frozen=True)
class BootstrapRefits:
    """Refits of one pipeline on B bootstrap samples.

    Attributes
    ----------
    pipeline : Pipeline
        What was refitted.
    counts : ndarray, shape (B, n)
        How often each patient is in each sample.
    logit : ndarray, shape (B, n)
        Everybody's logit from each refit; ``nan`` for a sample of one outcome class.
    fitted : tuple of FittedPipeline or None
        The first F of the B refits, as many as fit into memory: all but those of a Gaussian process on many patients.
        None for a sample of one outcome class.
    settled : ndarray of bool, shape (F,)
        Whether the coefficients of each may be believed: both classes, no separation, converged.
    """

    pipeline: Pipeline
    counts: FloatArray
    logit: FloatArray
    fitted: tuple[FittedPipeline | None, ...]
    settled: BoolArray


def bootstrap_logits(
    pipeline: Pipeline, outcome: NDArray[Any], counts: FloatArray, *, workers: Workers = IN_PROCESS
) -> FloatArray:
    """Return everybody's logit from the refit on every bootstrap sample, shape (B, n), keeping no refit."""
    if not len(counts):
        return np.empty((0, len(outcome)))
    everybody = np.broadcast_to(np.arange(len(outcome)), counts.shape)
    return answer(pipeline, Refits.of_outcome(counts, outcome, everybody), workers).logit[:, :, 0]


def bootstrap_refits(
    pipeline: Pipeline, outcome: NDArray[Any], counts: FloatArray, *, workers: Workers = IN_PROCESS
) -> BootstrapRefits:
    """Refit a pipeline on every bootstrap sample, and keep the refits.

    Parameters
    ----------
    pipeline : Pipeline
        What is refitted, imputation and scaling included.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    counts : ndarray, shape (B, n)
        How often each patient is in each sample (`responder.validate.splits.stratified_bootstrap`).
    workers : Workers
        Whom refits are shared out to; results do not depend on it.

    Examples
    --------
    >>> from responder.features import compile_features
    >>> from responder.models import build_model
    >>> from responder.study import load_study
    >>> from responder.validate.refit import Table
    >>> spec = compile_features(load_study("rp-ld-il2"), ["rpdai"])
    >>> table = Table(spec, np.array([[9.0], [23.0], [9.0], [14.0]]), {})
    >>> pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    >>> counts = np.array([[1.0, 1.0, 0.0, 2.0], [2.0, 0.0, 2.0, 0.0]])
    >>> found = bootstrap_refits(pipeline, np.array([1, 0, 1, 0]), counts)
    >>> found.settled.tolist(), bool(np.allclose(found.fitted[0].logit(table.values), found.logit[0]))
    ([True, False], True)
    """
    outcome, counts = np.asarray(outcome), np.asarray(counts, dtype=float)
    positive = counts @ outcome
    both = (positive > 0) & (positive < counts.sum(axis=1))
    held = _held(pipeline.fit(outcome).decision, len(counts)) if both.any() else 0
    asked = np.flatnonzero(both[:held])
    together = isinstance(pipeline, ModelPipeline) and isinstance(pipeline.model, DecidesMany)
    a_fit = pipeline.seconds_per_cold_fit() if isinstance(pipeline, ModelPipeline) else pipeline.seconds_per_fit()
    made: list[FittedPipeline] = []
    status = [np.empty(0, dtype=np.uint8)]
    chunks = in_chunks([a_fit] * len(asked))
    for fits, found in workers.map(_fits_at_once if together else _fits, (pipeline, outcome, counts[asked]), chunks):
        made += fits
        status.append(found)
    fitted: list[FittedPipeline | None] = [None] * held
    settled, logit = np.zeros(held, dtype=bool), np.full(counts.shape, np.nan)
    for draw, fit, own in zip(asked.tolist(), made, np.concatenate(status).tolist(), strict=True):
        fitted[draw], settled[draw] = fit, own == Status.OK
        logit[draw] = fit.logit(pipeline.table.values)
    logit[held:] = bootstrap_logits(pipeline, outcome, counts[held:], workers=workers)
    return BootstrapRefits(pipeline, counts, logit, tuple(fitted), settled)


_Asked = tuple[Pipeline, NDArray[Any], FloatArray]
_Fits = tuple[list[FittedPipeline], NDArray[np.uint8]]


def _fits(asked: _Asked, chunk: range) -> _Fits:
    """Fit some samples, one after another."""
    pipeline, outcome, counts = asked
    return [pipeline.fit(outcome, counts[draw]) for draw in chunk], np.zeros(len(chunk), dtype=np.uint8)


def _held(decision: Decision, draws: int) -> int:
    """Return how many refits are kept."""
    size = decision.reduction.size + decision.rows.size if isinstance(decision, KernelDecision) else 1
    return min(draws, max(FEWEST_HELD, MOST_NUMBERS_HELD // max(1, size)))


def _fits_at_once(asked: _Asked, chunk: range) -> _Fits:
    """Fit some samples so many at once as memory allows."""
    pipeline, outcome, counts = asked
    model = pipeline.model
    assert isinstance(model, DecidesMany)
    table, fitted, status = pipeline.table, [], [np.empty(0, dtype=np.uint8)]
    at_once = sets_at_once(table.n, len(table.feature_table.names))
    for start in range(chunk.start, chunk.stop, at_once):
        train = np.ascontiguousarray(counts[start : min(chunk.stop, start + at_once)])
        scaling = table.scaling(train)
        labels = np.broadcast_to(outcome.astype(float)[None, :, None], (*train.shape, 1))
        sets = TrainingSets(scaling.apply(table.derived, table.missing), train, labels, scaling.unit)
        decisions, found = model.decisions(sets)
        status.append(found)
        fitted += [
            FittedPipeline(FittedFeatures(table.spec, table.indicators, scaling.of_set(m)), decision)
            for m, decision in enumerate(decisions)
        ]
    return fitted, np.concatenate(status)
