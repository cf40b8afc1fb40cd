"""Questions to the refit engine, shared out to workers in pieces that hold positions."""

from __future__ import annotations

import numpy as np

from responder.models.base import Predictions
from responder.validate.refit import Refitter
from responder.validate.table import LeftOut, Refits
from responder.workers import IN_PROCESS, Workers, in_chunks

__all__ = ["answer", "pieces_of"]

MOST_WEIGHTS = 4_000_000
"""Of one piece: 32 megabytes of who is trained on."""


def answer(pipeline: Refitter, question: Refits | LeftOut, workers: Workers = IN_PROCESS) -> Predictions:
    """Answer a question to the engine, in pieces of about a second that any worker may take.

    Parameters
    ----------
    pipeline : Refitter
        What is refitted.
    question : Refits or LeftOut
        Of at least one training set, with one labeling each.
    workers : Workers
        Whom pieces are shared out to; results do not depend on it.

    Returns
    -------
    Predictions
        As `Refitter.predict` gives them.

    Examples
    --------
    >>> from responder.models import build_model
    >>> from responder.plan import plain_features
    >>> from responder.validate.table import Table
    >>> table = Table(plain_features(1), np.array([[1.0], [2.0], [3.0], [4.0]]), {})
    >>> from responder.validate.refit import ModelPipeline
    >>> pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    >>> asked = LeftOut(np.array([0, 0, 1, 1]), np.array([[0], [3]]), np.array([[0], [3]]))
    >>> answer(pipeline, asked).logit.shape
    (2, 1, 1)
    """
    chunks = pieces_of(question, pipeline.seconds_per_fit())
    if len(chunks) == 1:
        return pipeline.predict(question.part(chunks[0]))
    parts = list(workers.map(_predict, (pipeline, question), chunks))
    return Predictions(np.concatenate([p.logit for p in parts]), np.concatenate([p.status for p in parts]))


def pieces_of(question: Refits | LeftOut, seconds_per_fit: float) -> list[range]:
    """Cut the training sets of a question by nominal time, and further where their weights would not fit."""
    sets, n = len(question), len(question.part(range(1)).train[0])
    most = max(1, MOST_WEIGHTS // n)
    return [
        range(start, min(start + most, run.stop))
        for run in in_chunks([seconds_per_fit] * sets)
        for start in range(run.start, run.stop, most)
    ]


def _predict(asked: tuple[Refitter, Refits | LeftOut], chunk: range) -> Predictions:
    pipeline, question = asked
    return pipeline.predict(question.part(chunk))
