"""Check for one person entered twice under two ids."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["DUPLICATE_CHECKS"]

FEWEST_MEASURED = 3
FEWEST_VALUES = 5

BEYOND_BELIEF = 1e-3

TWINS = Rule("RSP205", Severity.CAUTION)
SAME_PERSON = Rule("RSP206", Severity.REFUSED)


def _alike(subject: Subject) -> tuple[list[list[str]], int, float] | None:
    """Return who agrees in all columns of many values, the number of these columns, and the chance of such a pair."""
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
    chance = math.comb(subject.n, 2) * math.prod(map(_chance_of_agreement, measured))
    return [twins for twins in alike.values() if len(twins) > 1], len(measured), chance


def _chance_of_agreement(values: FloatArray) -> float:
    """Return the chance that two patients agree, were the values spread evenly, in the steps that they are noted in."""
    known = np.unique(values[~np.isnan(values)])
    span = float(known[-1] - known[0])
    if not 1e-4 < span < 1e12:  # beyond what whole steps of a millionth can hold
        return float(np.diff(known).min()) / span
    steps = np.rint((known - known[0]) * 1e6).astype(np.int64)
    return float(np.gcd.reduce(steps) / steps[-1])


def _twins(subject: Subject) -> Iterable[Finding] | None:
    found = _alike(subject)
    if found is None:
        return None
    alike, columns, chance = found
    return [
        TWINS.found("twins", subject.source, names=tuple(twins), columns=columns)
        for twins in alike
        if chance >= BEYOND_BELIEF
    ]


def _same_person(subject: Subject) -> Iterable[Finding] | None:
    found = _alike(subject)
    if found is None:
        return None
    alike, columns, chance = found
    return [
        SAME_PERSON.found("twins", subject.source, names=tuple(twins), columns=columns, chance=chance)
        for twins in alike
        if chance < BEYOND_BELIEF
    ]


DUPLICATE_CHECKS = (Check(TWINS, _twins), Check(SAME_PERSON, _same_person))
