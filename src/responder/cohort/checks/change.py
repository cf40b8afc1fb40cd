"""Check for a trait that was computed from the endpoint and its baseline: a change, a percentage, a ratio."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.checks.moments import may_be_change
from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule

__all__ = ["CHANGE_CHECKS", "is_change"]


FEWEST_TRIPLES = 7
FEWEST_BASELINES = 3
UNEXPLAINED = 1e-4
"""Share of what the baseline leaves open that the outcome may leave open too: room for rounding, none for luck.

Of a column that has nothing to do with it, so little stays open with the chance ``UNEXPLAINED ** ((n - 3) / 2)``:
1e-8 at seven patients.
"""

COMPUTED = Rule("RSP225", Severity.REFUSED)


def is_change(values: FloatArray, outcome: FloatArray, baseline: FloatArray) -> bool:
    """Return whether a column is a difference or a ratio of the outcome to a baseline, up to scale and rounding.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The column.
    outcome, baseline : ndarray, shape (n,)
        What the endpoint looks at, and a trait; ``nan`` where missing.

    Examples
    --------
    >>> before, after = np.array([9.0, 23, 14, 11, 30, 18, 25]), np.array([0.0, 14, 14, 2, 21, 0, 8])
    >>> is_change((100 * (after - before) / before).round(1), after, before)
    True
    >>> is_change(np.array([3.0, 1, 2, 7, 4, 9, 5]), after, before)
    False
    """
    known = ~(np.isnan(values) | np.isnan(outcome) | np.isnan(baseline))
    t, o, b = values[known], outcome[known], baseline[known]
    if len(np.unique(np.column_stack([t, o, b]), axis=0)) < FEWEST_TRIPLES or len(np.unique(b)) < FEWEST_BASELINES:
        return False
    ones = np.ones_like(b)
    difference = _owes(t, o, np.column_stack([ones, b])) and _owes(t, b, np.column_stack([ones, o]))
    # a percentage 100 (o - b) / b, times b, is linear in both
    return difference or bool((b != 0).all() and _owes(t * b, o, b[:, None]))


def _owes(target: FloatArray, column: FloatArray, others: FloatArray) -> bool:
    """Return whether a column accounts for nearly all that the others leave open."""
    left, more = (_residual(target, x) for x in (others, np.column_stack([others, column])))
    return left > 1e-9 * float(target @ target) and more <= UNEXPLAINED * left


def _residual(target: FloatArray, columns: FloatArray) -> float:
    coefficients = np.linalg.lstsq(columns, target, rcond=None)[0]
    return float(np.square(target - columns @ coefficients).sum())


def _computed(subject: Subject) -> Iterable[Finding] | None:
    if subject.n < FEWEST_TRIPLES or len(np.unique(subject.outcome_values)) < 2:
        return None
    found = []
    may_be = may_be_change(subject.values, subject.outcome_values)
    for i, j in np.argwhere(np.triu(may_be | may_be.T, 1)).tolist():
        one, other = subject.columns[i], subject.columns[j]
        a, b = subject.values[:, i], subject.values[:, j]
        if (may_be[i, j] and is_change(a, subject.outcome_values, b)) or (
            may_be[j, i] and is_change(b, subject.outcome_values, a)
        ):
            place, outcome = subject.column_place(one), subject.endpoint.column
            found.append(COMPUTED.found("computed", place, one=one, other=other, outcome=outcome))
    return found


CHANGE_CHECKS = (Check(COMPUTED, _computed),)
