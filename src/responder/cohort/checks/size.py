"""Checks of size: enough patients, in both outcome classes, for anything to be estimated."""

from __future__ import annotations

from collections.abc import Iterable

from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule
from responder.words import Phrase

__all__ = ["SIZE_CHECKS"]

FEWEST_PATIENTS = 3
SMALLEST_CLASS = 3

TOO_FEW = Rule("RSP201", Severity.REFUSED)
ONE_CLASS = Rule("RSP202", Severity.REFUSED)
SMALL_CLASS = Rule("RSP203", Severity.CAUTION)


def _too_few(subject: Subject) -> Iterable[Finding]:
    if subject.n < FEWEST_PATIENTS:
        yield TOO_FEW.found("few", subject.source, n=subject.n, needed=FEWEST_PATIENTS)


def _one_class(subject: Subject) -> Iterable[Finding]:
    if subject.n and subject.smaller_class == 0:
        all_are = "responders" if subject.outcome[0] == 1 else "non_responders"
        yield ONE_CLASS.found(all_are, _endpoint_place(subject), n=subject.n)


def _small_class(subject: Subject) -> Iterable[Finding] | None:
    if subject.smaller_class == 0:
        return None
    if subject.smaller_class >= SMALLEST_CLASS:
        return ()
    return [SMALL_CLASS.found("small", _endpoint_place(subject), count=subject.smaller_class, of=subject.n)]


def _endpoint_place(subject: Subject) -> Phrase:
    return Phrase("place.file_endpoint", {"file": subject.source, "endpoint": subject.endpoint.name})


SIZE_CHECKS = (
    Check(TOO_FEW, _too_few),
    Check(ONE_CLASS, _one_class),
    Check(SMALL_CLASS, _small_class),
)
