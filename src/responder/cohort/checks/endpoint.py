"""Rules for the endpoint: whose outcome is known, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule
from responder.study.model import Endpoint

__all__ = ["ENDPOINT_RULES", "find_endpoint", "find_met_before"]

IDS_SHOWN = 10

NO_OUTCOME = Rule("RSP210", "the outcome of at least one patient is known", Severity.REFUSED)
LEFT_OUT = Rule("RSP211", "the outcome of every patient is known", Severity.CAUTION)
WITHDRAWN = Rule("RSP212", "no withdrawal counts as non-response", Severity.CAUTION)
MET_BEFORE = Rule("RSP213", "no patient is at the endpoint's target before treatment", Severity.CAUTION)
ENDPOINT_RULES = (NO_OUTCOME, LEFT_OUT, WITHDRAWN, MET_BEFORE)


def find_endpoint(
    endpoint: Endpoint,
    place: str,
    ids: Sequence[str],
    outcome_values: NDArray[np.float64],
    response: NDArray[np.float64],
    at_target: NDArray[np.bool_],
) -> list[Finding]:
    """Return what the missing outcomes mean for the cohort.

    Parameters
    ----------
    endpoint : Endpoint
        The rule.
    place : str
        File and column, for messages.
    ids : sequence of str
        Patients.
    outcome_values, response : ndarray, shape (n,)
        The endpoint's column; 1, 0 or ``nan``.
    at_target : ndarray of bool, shape (n,)
        Who met the rule before treatment already.
    """
    if np.isnan(response).all():
        return [
            NO_OUTCOME.found(
                f"no patient has a value from which '{endpoint.label.en}' can be told",
                place,
                "fill in the endpoint's column, or choose another endpoint of the study",
            )
        ]
    findings = []
    findings += find_met_before(endpoint, place, ids, at_target)
    unknown = np.flatnonzero(np.isnan(response) & ~at_target)
    if unknown.size:
        findings.append(
            LEFT_OUT.found(
                f"{unknown.size} of {len(ids)} patients are left out, their outcome cannot be told: "
                + _names(ids, unknown),
                place,
                "the result describes those whose outcome is known; say why the others are missing",
            )
        )
    counted = np.flatnonzero(np.isnan(outcome_values) & ~np.isnan(response))
    if counted.size:
        findings.append(
            WITHDRAWN.found(
                f"{counted.size} of {len(ids)} patients without the outcome count as non-responders: "
                + _names(ids, counted),
                place,
                "so the study's endpoint says (withdrawal = 'non_responder')",
            )
        )
    return findings


def find_met_before(endpoint: Endpoint, place: str, ids: Sequence[str], at_target: NDArray[np.bool_]) -> list[Finding]:
    """Return who is left out because the endpoint's rule was met before treatment already; see `find_endpoint`."""
    rows = np.flatnonzero(at_target)
    if not rows.size:
        return []
    return [
        MET_BEFORE.found(
            f"{rows.size} of {len(ids)} patients met the endpoint's rule before treatment already, so that it does not "
            f"apply to them: {_names(ids, rows)}",
            place,
            f"nothing can be gained where '{endpoint.applies_unless_met_at}' is at the target from the start: they are "
            "left out",
        )
    ]


def _names(ids: Sequence[str], rows: NDArray[np.intp]) -> str:
    named = ", ".join(ids[row] for row in rows[:IDS_SHOWN])
    return named if rows.size <= IDS_SHOWN else f"{named} and {rows.size - IDS_SHOWN} more"
