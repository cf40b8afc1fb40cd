"""Coded findings of estimators that are not ours: what failed, what did not settle, and what gives no probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.cohort.findings import CheckStatus, Severity
from responder.cohort.rule import Rule
from responder.models.foreign import ForeignModel, reason_of
from responder.models.solver import Status
from responder.validate.checks import Check, of_model
from responder.validate.loo import LeaveOneOut
from responder.validate.pairs import PairMatrix
from responder.validate.permutation import PermutationTest
from responder.validate.refit import Table
from responder.validate.splits import leave_one_out, leave_out, opposite_pairs
from responder.words import Phrase

__all__ = ["check_foreign"]

EVERY_FIT = Rule("RSP312", Severity.CAUTION)
CONVERGES = Rule("RSP313", Severity.CAUTION)
PROBABILITIES = Rule("RSP314", Severity.CAUTION)


def check_foreign(
    table: Table,
    model: ForeignModel,
    outcome: NDArray[Any],
    loo: LeaveOneOut,
    lpo: PairMatrix,
    permutation: PermutationTest | None,
) -> list[Check]:
    """Run the checks that only a foreign estimator needs."""
    where = Phrase("place.model", {"model": model.id})
    checks = [_every_fit(where, table, model, outcome, loo, lpo, permutation), _converges(where, loo)]
    found = None if model.has_probability else PROBABILITIES.found("margins", where, kind=model.kind)
    checks.append((PROBABILITIES.result(CheckStatus.FAILED if found else CheckStatus.PASSED), found))
    return of_model(checks, model.id)


def _every_fit(
    where: Phrase,
    table: Table,
    model: ForeignModel,
    outcome: NDArray[Any],
    loo: LeaveOneOut,
    lpo: PairMatrix,
    permutation: PermutationTest | None,
) -> Check:
    alone = int((loo.status == Status.FAILED).sum())
    tested = 0 if permutation is None else permutation.failed
    if not alone + lpo.failed + tested:
        return EVERY_FIT.result(CheckStatus.PASSED), None
    numbers: dict[str, Any] = {
        "loo": alone, "of_loo": len(loo.status), "lpo": lpo.failed, "of_lpo": lpo.pairs,
        "tested": tested, "of_tested": 0 if permutation is None else permutation.fits,
    }  # fmt: skip
    why = _first_reason(table, model, outcome, loo)
    return EVERY_FIT.result(CheckStatus.FAILED), EVERY_FIT.found("failed", where, problem=why, **numbers)


def _first_reason(table: Table, model: ForeignModel, outcome: NDArray[Any], loo: LeaveOneOut) -> str | Phrase:
    """Return what the estimator said in the first fold of those that failed, asked once more."""
    failed = np.flatnonzero(loo.status == Status.FAILED)
    train = leave_one_out(table.n)[0][failed[:1]] if len(failed) else leave_out(table.n, opposite_pairs(outcome))
    for weight in train:
        said = reason_of(model, table.standardised(weight[None])[0], np.asarray(outcome, dtype=float), weight)
        if said:
            return said
    return Phrase("foreign.other_labels")


def _converges(where: Phrase, loo: LeaveOneOut) -> Check:
    count = int((loo.status == Status.NOT_CONVERGED).sum())
    if not count:
        return CONVERGES.result(CheckStatus.PASSED), None
    return CONVERGES.result(CheckStatus.FAILED), CONVERGES.found("folds", where, count=count, of=len(loo.status))
