"""Check for one person entered twice under two ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["DUPLICATE_CHECKS"]

FEWEST_MEASURED = 3
FEWEST_VALUES = 5

TWINS = Rule("RSP205", "no two patients have the same values", Severity.CAUTION)


def _twins(subject: Subject) -> Iterable[Finding] | None:
    """Compare patients in the columns where chance agreement is rare: those of many values."""
    measured = [
        values
        for values in subject.values.T
        if np.unique(values[~np.isnan(values)]).size >= min(FEWEST_VALUES, subject.n - 1)
    ]
    if len(measured) < FEWEST_MEASURED or subject.n < FEWEST_VALUES:
        return None
    alike: dict[tuple[float, ...], list[str]] = defaultdict(list)
    for patient, row in zip(subject.ids, np.column_stack(measured), strict=True):
        if np.isnan(row).sum() <= len(row) - FEWEST_MEASURED:
            alike[tuple(np.nan_to_num(row, nan=np.inf))].append(patient)
    return [
        TWINS.found(
            f"patients {', '.join(twins)} have the same values in all {len(measured)} measured columns",
            subject.source,
            "if they are one person under two ids, keep one row",
        )
        for twins in alike.values()
        if len(twins) > 1
    ]


DUPLICATE_CHECKS = (Check(TWINS, _twins),)
