"""Rules for the endpoint: whose outcome is known, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule
from responder.study.model import Endpoint

__all__ = ["ENDPOINT_RULES", "find_endpoint"]

IDS_SHOWN = 10

NO_OUTCOME = Rule("RSP210", "the outcome of at least one patient is known", Severity.REFUSED)
LEFT_OUT = Rule("RSP211", "the outcome of every patient is known", Severity.CAUTION)
WITHDRAWN = Rule("RSP212", "no withdrawal counts as non-response", Severity.CAUTION)
ENDPOINT_RULES = (NO_OUTCOME, LEFT_OUT, WITHDRAWN)


def find_endpoint(
    endpoint: Endpoint,
    place: str,
    ids: Sequence[str],
    outcome_values: NDArray[np.float64],
    response: NDArray[np.float64],
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
    unknown = np.flatnonzero(np.isnan(response))
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


def _names(ids: Sequence[str], rows: NDArray[np.intp]) -> str:
    named = ", ".join(ids[row] for row in rows[:IDS_SHOWN])
    return named if rows.size <= IDS_SHOWN else f"{named} and {rows.size - IDS_SHOWN} more"
