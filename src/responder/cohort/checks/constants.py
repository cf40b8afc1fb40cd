"""Checks for columns that hardly tell patients apart, and for gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from responder.arrays import BoolArray
from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["CONSTANT_CHECKS"]

LARGEST_MISSING_SHARE = 0.4
FEWEST_KNOWN = 3
UNEVEN_P = 0.05

CONSTANT = Rule("RSP230", Severity.CAUTION)
ALL_MISSING = Rule("RSP231", Severity.CAUTION)
MOSTLY_MISSING = Rule("RSP232", Severity.CAUTION)
SOME_MISSING = Rule("RSP233", Severity.NOTE)
UNEVEN_MISSING = Rule("RSP234", Severity.CAUTION)


def _by_trait(subject: Subject) -> Iterator[tuple[str, BoolArray]]:
    """Yield each trait once, with the rows in which it is missing."""
    seen = set()
    for column, values in zip(subject.columns, subject.values.T, strict=True):
        trait = column.split("=")[0]
        if trait not in seen:
            seen.add(trait)
            yield trait, np.isnan(values)


def _constant(subject: Subject) -> Iterable[Finding] | None:
    if subject.n < 2:
        return None
    constant: dict[str, list[str]] = {}
    for column, values in zip(subject.columns, subject.values.T, strict=True):
        known = values[~np.isnan(values)]
        if known.size and np.all(known == known[0]):
            constant.setdefault(column.split("=")[0], []).append(column)
    return [
        CONSTANT.found("constant", subject.column_place(trait), columns=tuple(columns))
        for trait, columns in constant.items()
    ]


def _all_missing(subject: Subject) -> Iterator[Finding]:
    for trait, missing in _by_trait(subject):
        if missing.all():
            yield ALL_MISSING.found("empty", subject.column_place(trait), trait=trait)


def _mostly_missing(subject: Subject) -> Iterator[Finding]:
    for trait, missing in _by_trait(subject):
        known = int((~missing).sum())
        if known and (missing.mean() > LARGEST_MISSING_SHARE or (missing.any() and known < FEWEST_KNOWN)):
            yield _missing(MOSTLY_MISSING, subject, trait, missing)


def _some_missing(subject: Subject) -> Iterator[Finding]:
    for trait, missing in _by_trait(subject):
        if 0 < missing.mean() <= LARGEST_MISSING_SHARE:
            yield _missing(SOME_MISSING, subject, trait, missing)


def _missing(rule: Rule, subject: Subject, trait: str, missing: BoolArray) -> Finding:
    count = int(missing.sum())
    return rule.found("missing", subject.column_place(trait), trait=trait, count=count, of=subject.n)


def _uneven_missing(subject: Subject) -> Iterable[Finding] | None:
    responders = int(subject.outcome.sum())
    if subject.smaller_class == 0 or not any(missing.any() for _, missing in _by_trait(subject)):
        return None
    from scipy.stats import fisher_exact

    found = []
    for trait, missing in _by_trait(subject):
        in_responders = int((missing & (subject.outcome == 1)).sum())
        in_others = int(missing.sum()) - in_responders
        others = subject.n - responders
        counts = np.array([[in_responders, responders - in_responders], [in_others, others - in_others]])
        p = float(fisher_exact(counts).pvalue)
        if p < UNEVEN_P:
            found.append(
                UNEVEN_MISSING.found(
                    "uneven",
                    subject.column_place(trait),
                    trait=trait,
                    in_responders=in_responders,
                    responders=responders,
                    in_others=in_others,
                    others=others,
                    p=p,
                )
            )
    return found


CONSTANT_CHECKS = (
    Check(CONSTANT, _constant),
    Check(ALL_MISSING, _all_missing),
    Check(MOSTLY_MISSING, _mostly_missing),
    Check(SOME_MISSING, _some_missing),
    Check(UNEVEN_MISSING, _uneven_missing),
)
