"""Check for baseline traits that are part of the endpoint's own score."""

from __future__ import annotations

from collections.abc import Iterable

from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["COUPLING_CHECKS"]

COUPLED = Rule("RSP240", "no trait is part of the endpoint", Severity.CAUTION)


RATIO = Rule("RSP241", "no trait is the endpoint's own baseline", Severity.CAUTION)


def _coupled(subject: Subject) -> Iterable[Finding] | None:
    endpoint = subject.endpoint
    coupled = set(endpoint.coupled) - {endpoint.baseline}
    if not coupled:
        return None
    return [
        COUPLED.found(
            f"'{trait}' is part of the endpoint '{endpoint.name}' and goes with it by arithmetic",
            subject.column_place(trait),
            "report the result with and without it; its weight is no evidence of biology",
        )
        for trait in subject.headers
        if trait in coupled
    ]


def _ratio(subject: Subject) -> Iterable[Finding] | None:
    endpoint = subject.endpoint
    if not endpoint.baseline:
        return None
    kind = "a ratio to" if endpoint.measure == "percent_change" else "a difference from"
    return [
        RATIO.found(
            f"the endpoint '{endpoint.name}' is {kind} '{trait}', which is also a trait in use",
            subject.column_place(trait),
            "regression to the mean alone makes it predict; report the result with and without it",
        )
        for trait in subject.headers
        if trait == endpoint.baseline
    ]


COUPLING_CHECKS = (Check(COUPLED, _coupled), Check(RATIO, _ratio))
