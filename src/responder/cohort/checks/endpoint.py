"""Rules for the endpoint: whose outcome is known, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray
from responder.cohort.findings import Finding, Severity
from responder.cohort.places import shortened
from responder.cohort.rule import Rule
from responder.study.model import Endpoint
from responder.words import Phrase

__all__ = ["ENDPOINT_RULES", "find_endpoint", "find_met_before"]

IDS_SHOWN = 10

NO_OUTCOME = Rule("RSP210", Severity.REFUSED)
LEFT_OUT = Rule("RSP211", Severity.CAUTION)
WITHDRAWN = Rule("RSP212", Severity.CAUTION)
MET_BEFORE = Rule("RSP213", Severity.CAUTION)
ENDPOINT_RULES = (NO_OUTCOME, LEFT_OUT, WITHDRAWN, MET_BEFORE)


def find_endpoint(
    endpoint: Endpoint,
    place: Phrase,
    ids: Sequence[str],
    outcome_values: FloatArray,
    response: FloatArray,
    at_target: BoolArray,
) -> list[Finding]:
    """Return what the missing outcomes mean for the cohort.

    Parameters
    ----------
    endpoint : Endpoint
        The rule.
    place : Phrase
        File and column, for messages.
    ids : sequence of str
        Patients.
    outcome_values, response : ndarray, shape (n,)
        The endpoint's column; 1, 0 or ``nan``.
    at_target : ndarray of bool, shape (n,)
        Who met the rule before treatment already.
    """
    if np.isnan(response).all():
        return [NO_OUTCOME.found("nobody", place, endpoint=endpoint.label)]
    findings = find_met_before(endpoint, place, ids, at_target)
    unknown = np.flatnonzero(np.isnan(response) & ~at_target)
    if unknown.size:
        findings.append(LEFT_OUT.found("unknown", place, **_named(ids, unknown)))
    counted = np.flatnonzero(np.isnan(outcome_values) & ~np.isnan(response))
    if counted.size:
        findings.append(WITHDRAWN.found("withdrawn", place, **_named(ids, counted)))
    return findings


def find_met_before(endpoint: Endpoint, place: Phrase, ids: Sequence[str], at_target: BoolArray) -> list[Finding]:
    """Return who is left out because the endpoint's rule was met before treatment already; see `find_endpoint`."""
    rows = np.flatnonzero(at_target)
    if not rows.size:
        return []
    return [MET_BEFORE.found("met", place, trait=endpoint.applies_unless_met_at, **_named(ids, rows))]


def _named(ids: Sequence[str], rows: NDArray[np.intp]) -> dict[str, Any]:
    return {"count": rows.size, "of": len(ids), "names": shortened([ids[row] for row in rows], IDS_SHOWN)}
