"""Checks for traits that say nearly the same."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from responder.cohort.checks.moments import correlations
from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["COLLINEAR_CHECKS"]

FEWEST_PAIRS = 5
SAME, SIMILAR = 0.9, 0.7
PAIRS_SHOWN = 10

NEARLY_SAME = Rule("RSP250", Severity.CAUTION)
RELATED = Rule("RSP251", Severity.NOTE)


def _pairs(subject: Subject) -> list[tuple[float, int, str, str]] | None:
    """Return (r, patients, column, column) of the pairs above `SIMILAR`, strongest first."""
    varying = [
        (column, values)
        for column, values in zip(subject.columns, subject.values.T, strict=True)
        if np.unique(values[~np.isnan(values)]).size > 1
    ]
    if len(varying) < 2 or subject.n < FEWEST_PAIRS:
        return None
    r, n = correlations(np.column_stack([values for _, values in varying]))
    pairs = [
        (float(r[i, j]), int(n[i, j]), varying[i][0], varying[j][0])
        for i, j in np.argwhere(np.triu((n >= FEWEST_PAIRS) & (np.abs(r) > SIMILAR), 1)).tolist()
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[0]))


def _report(subject: Subject, rule: Rule, low: float, high: float) -> Iterable[Finding] | None:
    pairs = _pairs(subject)
    if pairs is None:
        return None
    wanted = [pair for pair in pairs if low < abs(pair[0]) <= high]
    found = [
        rule.found("pair", subject.source, one=first, other=second, r=r, patients=n)
        for r, n, first, second in wanted[:PAIRS_SHOWN]
    ]
    if len(wanted) > PAIRS_SHOWN:
        found.append(rule.found("more", subject.source, n=len(wanted) - PAIRS_SHOWN))
    return found


def _nearly_same(subject: Subject) -> Iterable[Finding] | None:
    return _report(subject, NEARLY_SAME, SAME, np.inf)


def _related(subject: Subject) -> Iterable[Finding] | None:
    return _report(subject, RELATED, SIMILAR, SAME)


COLLINEAR_CHECKS = (Check(NEARLY_SAME, _nearly_same), Check(RELATED, _related))
