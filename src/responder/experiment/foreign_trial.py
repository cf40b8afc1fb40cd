"""What is asked of a foreign estimator before a run: does it fit, is it repeatable, and what will it cost?

The seconds are measured on this machine and only told; what a run does depends on the nominal ones alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.errors import ConfigError
from responder.explain.foreign import Explainer, explainer_of, rows_asked
from responder.models.decision import Decision
from responder.models.foreign import ForeignModel, one_line
from responder.validate.refit import Table
from responder.validate.result import Result
from responder.words import Phrase

__all__ = ["ForeignTrial", "try_foreign"]

ROWS_TIMED = 256
SECONDS_TO_COMPILE = {"exact": 5.0, "permutation": 1.0}


@dataclass(frozen=True)
class ForeignTrial(Result):
    """What one fit of a foreign estimator on all patients showed.

    Attributes
    ----------
    model, kind : str
        Its id and class.
    planned_seconds, measured_seconds : float
        Of one fit and its predictions: nominal, and processor time as it took here.
    explainer : str
        Which explainer the fitted estimator gets; see `responder.explain.foreign.explainer_of`.
    explanation_seconds : float
        About how long explaining all patients will take here.
    """

    model: str
    kind: str
    planned_seconds: float
    measured_seconds: float
    explainer: Explainer
    explanation_seconds: float


def try_foreign(table: Table, model: ForeignModel, outcome: NDArray[Any]) -> ForeignTrial:
    """Fit an estimator to all patients, twice.

    Raises
    ------
    ConfigError
        If it cannot be fitted, or the second fit predicts something else than the first.
    """
    features = table.standardised(np.ones((1, table.n)))[0]
    labels, everybody = np.asarray(outcome, dtype=float), np.ones(table.n)
    where = Phrase("place.model", {"model": model.id})

    def fitted() -> tuple[Decision, NDArray[np.float64]]:
        try:
            decision, _ = model.fit(features, labels, everybody)
            return decision, decision.logit(features)
        except Exception as error:
            raise ConfigError(
                "estimator_cannot_fit", where=where, kind=model.kind, n=table.n, problem=one_line(error)
            ) from error

    with model.one_thread():
        _, once = fitted()
        start = time.process_time()
        decision, again = fitted()
        seconds = time.process_time() - start
    if not np.array_equal(once, again):
        raise ConfigError("estimator_not_repeatable", where=where, kind=model.kind)
    explainer = explainer_of(decision, features)
    start = time.process_time()
    with model.one_thread():
        decision.logit(np.resize(features, (ROWS_TIMED, features.shape[1])))
    a_row = (time.process_time() - start) / ROWS_TIMED
    rows = rows_asked(explainer, features.shape[1], table.n - 1)
    explaining = SECONDS_TO_COMPILE.get(explainer, 0.0) + table.n * rows * a_row
    return ForeignTrial(model.id, model.kind, model.seconds_per_fit, seconds, explainer, explaining)
