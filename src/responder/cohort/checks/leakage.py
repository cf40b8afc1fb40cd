"""Checks against leakage: nothing that is known only after the start of treatment reaches a model."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.checks.subject import Check, Subject
from responder.cohort.findings import Finding, Severity
from responder.cohort.places import at_columns
from responder.cohort.rule import Rule
from responder.names import fold_name, split_unit
from responder.names.roles import starts_treatment
from responder.names.timing import TimeOf, same_visit, time_of

__all__ = [
    "LEAKAGE_CHECKS",
    "OFFERED_AFTER_START",
    "chance_of_separation",
    "pairs_in_order",
    "tells_the_outcome",
]

TOO_UNLIKELY = 0.001
BEYOND_BELIEF = 1e-6
NEARLY_ALL_PAIRS = 0.95
FEWEST_TO_COMPARE = 4
LEVELS_OF_A_COPY = 4

OFFERED_AFTER_START = Rule("RSP220", Severity.REFUSED)
NAMED_AFTER_START = Rule("RSP221", Severity.REFUSED)
KNOWN_AFTERWARDS = Rule("RSP222", Severity.REFUSED)
COPY_OF_OUTCOME = Rule("RSP223", Severity.REFUSED)
SEPARATES = Rule("RSP224", Severity.CAUTION)
SEPARATES_BEYOND_BELIEF = Rule("RSP226", Severity.REFUSED)
NEARLY_SEPARATES = Rule("RSP227", Severity.CAUTION)

_DRAFTED = re.compile(r"_\d+$")


def chance_of_separation(values: FloatArray, responders: int) -> float:
    """Return the chance that a trait with these values separates the classes perfectly by luck alone.

    Of the ``C(n, responders)`` equally likely labelings, those with all responders above (or all below) all
    non-responders; a cut through tied values separates nothing.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Known values of one trait.
    responders : int
        How many of the n are responders.

    Examples
    --------
    >>> round(chance_of_separation(np.arange(9.0), 6), 4)
    0.0238
    """
    ordered, n = np.sort(values), len(values)
    cuts = sum(1 for cut in (responders, n - responders) if 0 < cut < n and ordered[cut - 1] < ordered[cut])
    return min(1.0, cuts * _chance_of_labeling(n, responders))


def _chance_of_labeling(n: int, responders: int) -> float:
    """Return one over the number of labelings of n patients, which no float holds at a thousand of them."""
    return math.exp(math.lgamma(responders + 1) + math.lgamma(n - responders + 1) - math.lgamma(n + 1))


def pairs_in_order(values: FloatArray, outcome: IntArray) -> tuple[float, float]:
    """Return the share of pairs that a trait puts in the order of their outcomes, either way, and the chance of it.

    The chance is the rank-sum test's normal approximation; ties make its variance, and so the chance, too large.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The trait; ``nan`` where missing.
    outcome : ndarray of int, shape (n,)
        1 responder, 0 not.

    Examples
    --------
    >>> share, chance = pairs_in_order(np.arange(8.0), np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    >>> share, round(chance, 3)
    (1.0, 0.021)
    """
    known = ~np.isnan(values)
    ones, others = values[known & (outcome == 1)], np.sort(values[known & (outcome == 0)])
    if not ones.size or not others.size:
        return 0.5, 1.0
    below = np.searchsorted(others, ones, "left").sum() + np.searchsorted(others, ones, "right").sum()
    auc = float(below) / (2.0 * ones.size * others.size)
    share = max(auc, 1.0 - auc)
    spread = math.sqrt((ones.size + others.size + 1) / (12.0 * ones.size * others.size))
    return share, min(1.0, math.erfc((share - 0.5) / spread / math.sqrt(2.0)))


def tells_the_outcome(values: FloatArray, outcome: IntArray, columns: int) -> bool:
    """Return whether one of so many columns orders the patients by their outcomes beyond what luck does."""
    share, chance = pairs_in_order(values, outcome)
    return share >= NEARLY_ALL_PAIRS and columns * chance < TOO_UNLIKELY


def _named_after_start(subject: Subject) -> Iterator[Finding]:
    for trait, header, time in _times(subject):
        if time.kind == "later":
            yield NAMED_AFTER_START.found("named", at_columns(subject.source, header), trait=trait, token=time.token)


def _known_afterwards(subject: Subject) -> Iterator[Finding]:
    for trait, header, time in _times(subject):
        if time.kind == "afterwards":
            yield KNOWN_AFTERWARDS.found("named", at_columns(subject.source, header), trait=trait, token=time.token)


def _times(subject: Subject) -> Iterator[tuple[str, str, TimeOf]]:
    """Yield trait, header and time of the traits whose header, visit or name says one and for which nobody vouches."""
    declared = subject.study.baseline_visit
    for name, header in subject.headers.items():
        trait = subject.study.trait(name) if name in subject.study.names else None
        if trait is not None and (
            trait.known_before_treatment or (trait.event and starts_treatment(trait.event, declared))
        ):
            continue
        if trait is not None and trait.timing == "on_treatment":
            continue  # of a landmark study: known at its week, before anything that it predicts
        visit = subject.visits.get(header, "")
        if visit and not starts_treatment(visit, declared):
            yield name, header, TimeOf("later", visit, visit)
            continue
        # the drafter's own suffix of a second header of one name says nothing
        said = [header] if _is_drafted(name, header) else [header, name]
        times = [time_of(text, trait.unit if trait is not None else "") for text in said]
        times += [] if any(time.kind for time in times) else [subject.beside.get(header, TimeOf())]
        for time in times:
            if time.kind == "afterwards" or (time.kind == "later" and not same_visit(time.visit, declared)):
                yield name, header, time
                break


def _is_drafted(name: str, header: str) -> bool:
    """Return whether a trait's name is its header, but for a number put behind it to tell two traits apart."""
    return bool(_DRAFTED.search(name)) and fold_name(_DRAFTED.sub("", name)) == fold_name(split_unit(header)[0])


def _copies(subject: Subject) -> Iterable[Finding] | None:
    if subject.n < FEWEST_TO_COMPARE:
        return None
    targets = (subject.outcome_values, subject.measured, subject.outcome.astype(float))
    outcome = subject.endpoint.column
    return [
        COPY_OF_OUTCOME.found("copy", subject.column_place(column), column=column, outcome=outcome)
        for column, values in zip(subject.columns, subject.values.T, strict=True)
        if any(_repeats(values, target) for target in targets)
    ]


def _repeats(values: FloatArray, target: FloatArray) -> bool:
    """Return whether a trait is the target, rescaled, or orders the patients as it does beyond all luck."""
    known = ~np.isnan(values) & ~np.isnan(target)
    a, b = values[known], target[known]
    levels, at, counts = np.unique(b, return_inverse=True, return_counts=True)
    if len(b) < FEWEST_TO_COMPARE or len(levels) < 2:
        return False
    if np.array_equal(a, b) and not np.isin(b, (0.0, 1.0)).all():
        return True
    means = np.bincount(at, weights=a) / counts
    steps = np.diff(means)
    if not (np.allclose(a, means[at], rtol=1e-12, atol=0.0) and (np.all(steps > 0) or np.all(steps < 0))):
        return False  # not one-to-one, or not in the same or the opposite order
    slopes = steps / np.diff(levels)
    if len(levels) >= LEVELS_OF_A_COPY and np.ptp(slopes) <= 1e-9 * np.abs(slopes).max():
        return True
    log_arrangements = math.lgamma(len(b) + 1) - sum(math.lgamma(c + 1) for c in counts)
    return 2.0 * math.exp(-log_arrangements) < TOO_UNLIKELY


def _separating(subject: Subject) -> tuple[list[str], float, int] | None:
    """Return the columns that separate the classes, the chance that luck finds one, and among how many columns."""
    if subject.smaller_class == 0 or not subject.columns:
        return None
    chances, separating = [], []
    for column, values in zip(subject.columns, subject.values.T, strict=True):
        known = ~np.isnan(values)
        a, y = values[known], subject.outcome[known]
        if known.sum() < FEWEST_TO_COMPARE or len(np.unique(y)) < 2:
            continue
        chance = chance_of_separation(a, int(y.sum()))
        chances.append(chance)
        if a[y == 1].min() > a[y == 0].max() or a[y == 1].max() < a[y == 0].min():
            separating.append(column)
    if not chances:
        return None
    return separating, -math.expm1(sum(math.log1p(-min(c, 1.0 - 1e-15)) for c in chances)), len(chances)


def _separates(subject: Subject) -> Iterable[Finding] | None:
    found = _separating(subject)
    if found is None:
        return None
    separating, luck, columns = found
    case = "unlikely" if luck < TOO_UNLIKELY else "luck"
    return [
        SEPARATES.found(case, subject.column_place(column), column=column, columns=columns, chance=luck)
        for column in separating
        if not _is_beyond_belief(subject, column, luck)
    ]


def _separates_beyond_belief(subject: Subject) -> Iterable[Finding] | None:
    found = _separating(subject)
    if found is None:
        return _telling_gaps(subject) or None
    separating, luck, columns = found
    return _telling_gaps(subject) + [
        SEPARATES_BEYOND_BELIEF.found(
            "tells", subject.column_place(column), column=column, columns=columns, chance=luck
        )
        for column in separating
        if _is_beyond_belief(subject, column, luck)
    ]


def _telling_gaps(subject: Subject) -> list[Finding]:
    """Return the columns that are missing in one outcome class and there alone: their indicator is the outcome."""
    luck = 2.0 * len(subject.columns) * _chance_of_labeling(subject.n, int(subject.outcome.sum()))
    gaps = np.isnan(subject.values)
    telling = (gaps == (subject.outcome == 1)[:, None]).all(axis=0) | (gaps == (subject.outcome == 0)[:, None]).all(
        axis=0
    )
    return [
        SEPARATES_BEYOND_BELIEF.found("gaps", subject.column_place(column), column=column)
        for column, tells in zip(subject.columns, telling, strict=True)
        if tells and luck < BEYOND_BELIEF
    ]


def _nearly_separates(subject: Subject) -> Iterable[Finding] | None:
    if subject.smaller_class == 0 or not subject.columns:
        return None
    found = []
    for column, values in zip(subject.columns, subject.values.T, strict=True):
        share, chance = pairs_in_order(values, subject.outcome)
        chance = min(1.0, len(subject.columns) * chance)
        if NEARLY_ALL_PAIRS <= share < 1.0 and chance < TOO_UNLIKELY:
            place, percent = subject.column_place(column), math.floor(100 * share)
            found.append(NEARLY_SEPARATES.found("pairs", place, column=column, percent=percent))
    return found


def _is_beyond_belief(subject: Subject, column: str, luck: float) -> bool:
    return luck < BEYOND_BELIEF and not subject.study.trait(column.partition("=")[0]).known_before_treatment


LEAKAGE_CHECKS = (
    Check(NAMED_AFTER_START, _named_after_start),
    Check(KNOWN_AFTERWARDS, _known_afterwards),
    Check(COPY_OF_OUTCOME, _copies),
    Check(SEPARATES, _separates),
    Check(SEPARATES_BEYOND_BELIEF, _separates_beyond_belief),
    Check(NEARLY_SEPARATES, _nearly_separates),
)
