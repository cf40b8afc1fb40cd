"""Check for baseline traits that are part of the endpoint's own score."""

from __future__ import annotations

from collections.abc import Iterable

from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["COUPLING_CHECKS"]

COUPLED = Rule("RSP240", Severity.CAUTION)


RATIO = Rule("RSP241", Severity.CAUTION)


def _coupled(subject: Subject) -> Iterable[Finding] | None:
    endpoint = subject.endpoint
    coupled = set(endpoint.coupled) - {endpoint.baseline}
    if not coupled:
        return None
    return [
        COUPLED.found("part", subject.column_place(trait), trait=trait, endpoint=endpoint.name)
        for trait in subject.headers
        if trait in coupled
    ]


def _ratio(subject: Subject) -> Iterable[Finding] | None:
    endpoint = subject.endpoint
    if not endpoint.baseline:
        return None
    kind = "ratio" if endpoint.measure == "percent_change" else "difference"
    return [
        RATIO.found(kind, subject.column_place(trait), trait=trait, endpoint=endpoint.name)
        for trait in subject.headers
        if trait == endpoint.baseline
    ]


COUPLING_CHECKS = (Check(COUPLED, _coupled), Check(RATIO, _ratio))
