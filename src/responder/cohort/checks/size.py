"""Checks of size: enough patients, in both outcome classes, for anything to be estimated."""

from __future__ import annotations

from collections.abc import Iterable

from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["SIZE_CHECKS"]

FEWEST_PATIENTS = 3
SMALLEST_CLASS = 3

TOO_FEW = Rule("RSP201", "at least 3 patients with a known outcome", Severity.REFUSED)
ONE_CLASS = Rule("RSP202", "responders and non-responders", Severity.REFUSED)
SMALL_CLASS = Rule("RSP203", "at least 3 patients in the smaller outcome class", Severity.CAUTION)


def _too_few(subject: Subject) -> Iterable[Finding]:
    if subject.n < FEWEST_PATIENTS:
        patients = "1 patient has" if subject.n == 1 else f"{subject.n} patients have"
        yield TOO_FEW.found(
            f"only {patients} a known outcome",
            subject.source,
            f"at least {FEWEST_PATIENTS} are needed to leave one out and still see both outcomes",
        )


def _one_class(subject: Subject) -> Iterable[Finding]:
    if subject.n and subject.smaller_class == 0:
        all_are = "responders" if subject.outcome[0] == 1 else "non-responders"
        yield ONE_CLASS.found(
            f"all {subject.n} patients are {all_are}",
            f"{subject.source}, endpoint '{subject.endpoint.name}'",
            "no trait can tell apart what does not differ: check the endpoint's column and rule",
        )


def _small_class(subject: Subject) -> Iterable[Finding] | None:
    if subject.smaller_class == 0:
        return None
    if subject.smaller_class >= SMALLEST_CLASS:
        return ()
    return [
        SMALL_CLASS.found(
            f"the smaller outcome class has {subject.smaller_class} of {subject.n} patients",
            f"{subject.source}, endpoint '{subject.endpoint.name}'",
            "discrimination cannot be estimated: describe the patients, do not model them",
        )
    ]


SIZE_CHECKS = (
    Check(TOO_FEW, _too_few),
    Check(ONE_CLASS, _one_class),
    Check(SMALL_CLASS, _small_class),
)
