"""The tables of a treated cohort as text: the same rows for a terminal and for a page."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from responder.report.trial_text import capital, number, p_text, percent, spread, with_unit
from responder.study.text import Text
from responder.words import Voice, say

if TYPE_CHECKING:
    from responder.cohort import Provenance
    from responder.trial import (
        BaselineCount,
        BaselineNumber,
        EndpointOutcome,
        EventSummary,
        PublishedNumber,
        TrialResult,
        VisitSummary,
    )

__all__ = [
    "TextTable",
    "baseline_rows",
    "course_rows",
    "endpoint_rows",
    "published_facts",
    "published_lead",
    "published_rows",
    "safety_rows",
]


class TextTable(NamedTuple):
    """Headers and rows of text; the columns in `numeric` are aligned right."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int]


def baseline_rows(result: TrialResult, words: Voice) -> TextTable:
    """Return one row a trait or level, in completers and in all enrolled; levels that nobody has are left out."""
    of_all = {_baseline_key(row): row for row in result.baseline if row.population == "enrolled"}
    own = {_baseline_key(row): row for row in result.baseline if row.population == "completers"}
    doses = set(result.visits.design.doses)
    rows = []
    for key, row in of_all.items():
        if getattr(row, "count", 1):
            cells = (_baseline_cell(own[key], words), _baseline_cell(row, words))
            rows.append((_baseline_label(row, doses, words), *cells, _rests(row, words)))
    told = result.visits.to_json()
    headers = (
        words("table.trait"),
        words("population.completers_n", n=told["completed"]),
        words("population.enrolled_n", n=told["enrolled"]),
        words("table.rests_on"),
    )
    return _table(headers, rows, {1, 2})


def _baseline_key(row: BaselineCount | BaselineNumber) -> tuple[str, str]:
    return row.trait, getattr(row, "level", "")


def _baseline_label(row: BaselineCount | BaselineNumber, doses: set[str], words: Voice) -> str:
    label = _label(row.label, words)
    if hasattr(row, "level"):
        return words("baseline.taken_label", label=label) if row.trait in doses else label
    return with_unit(words("baseline.takers_label", label=label) if row.trait in doses else label, row.unit, words)


def _baseline_cell(row: BaselineCount | BaselineNumber, words: Voice) -> str:
    from responder.trial import BaselineCount

    if isinstance(row, BaselineCount):
        return words("baseline.of", count=row.count, n=row.n)
    return spread(row.values, words)


def endpoint_rows(result: TrialResult, words: Voice) -> TextTable:
    """Return one row an endpoint and population."""
    headers = [
        words(f"table.{key}") for key in ("endpoint", "population", "responders", "share", "interval", "rests_on")
    ]
    return _table(headers, [_endpoint_row(row, words) for row in result.endpoints], {2, 3, 4})


def _endpoint_row(row: EndpointOutcome, words: Voice) -> tuple[str, ...]:
    share = percent(row.estimate) if row.n else words("not_estimable")
    return (
        _label(row.label, words),
        words(f"figure.{row.population}"),
        words("baseline.of", count=row.responders, n=row.n),
        share,
        _range(row.lower, row.upper) if row.n else "–",
        _rests(row, words),
    )


def course_rows(result: TrialResult, words: Voice, family: str = "") -> TextTable:
    """Return one row a course and visit in completers, of one family or of all."""
    keys = ("course", "week", "n", "median_range", "change", "exact", "asymptotic", "continuity", "holm")
    rows = [
        _course_row(row, words)
        for row in result.courses
        if row.population == "completers" and family in {"", row.family}
    ]
    return _table([words(f"table.{key}") for key in keys], rows, set(range(1, len(keys))))


def _course_row(row: VisitSummary, words: Voice) -> tuple[str, ...]:
    change = row.change
    tests: tuple[str, ...] = ("",) * 5
    if change is not None:
        ps = (change.p_exact, change.p_asymptotic, change.p_continuity, change.p_holm)
        tests = (number(change.median_change), *(p_text(p) for p in ps))
    label = with_unit(_label(row.label, words), row.unit, words)
    return (label, number(row.week), str(row.values.n), spread(row.values, words), *tests)


def safety_rows(result: TrialResult, words: Voice) -> TextTable:
    """Return one row an event and population."""
    keys = ("event", "population", "patients", "interval", "reports", "three", "rests_on")
    rows = [_event_row(row, words) for row in result.safety]
    return _table([words(f"table.{key}") for key in keys], rows, {2, 3, 4, 5})


def _event_row(row: EventSummary, words: Voice) -> tuple[str, ...]:
    return (
        _label(row.label, words),
        words(f"population.{row.population}"),
        words("baseline.of", count=row.patients, n=row.n),
        _range(row.lower, row.upper),
        words("baseline.of", count=row.reports, n=row.asked),
        "" if row.patients else percent(row.rule_of_three),
        _rests(row, words),
    )


def published_rows(rows: Sequence[PublishedNumber], words: Voice) -> TextTable:
    """Return one row a published number, beside the result that it should equal."""
    keys = ("fact", "value", "published", "here", "agrees", "tags")
    return _table([words(f"table.{key}") for key in keys], [_published_row(row, words) for row in rows], {2, 3})


def published_facts(rows: Sequence[PublishedNumber], labels: Mapping[str, Text], words: Voice) -> TextTable:
    """Return one row a published fact: its numbers beside the results that they should equal.

    Parameters
    ----------
    rows : sequence of PublishedNumber
        Number by number.
    labels : Mapping of str to Text
        Words for results that are names, such as those of events.
    words : Voice
        The language.
    """
    keys = ("fact", "published", "here", "agrees", "tags")
    found = []
    for _, group in itertools.groupby(rows, key=lambda row: row.fact):
        own = list(group)
        columns = zip(*(_numbers(row, labels, words) for row in own), strict=True)
        agree = words("baseline.of", count=sum(row.agrees for row in own), n=len(own))
        statement = words.of(own[0].statement)
        found.append((statement, *(" · ".join(column) for column in columns), agree, own[0].tags))
    return _table([words(f"table.{key}") for key in keys], found, set())


def published_lead(rows: Sequence[PublishedNumber], illustrative: bool, words: Voice) -> str:
    """Return how many published numbers agree, and what that is worth."""
    lead = words("published.lead", n=len(rows), agree=sum(row.agrees for row in rows))
    return f"{lead} {words('published.by_construction')}" if illustrative else lead


def _published_row(row: PublishedNumber, words: Voice) -> tuple[str, ...]:
    verdict = words("published.agrees" if row.agrees else "published.differs")
    return (row.fact.replace("_", " "), row.value.replace("_", " "), *_numbers(row, {}, words), verdict, row.tags)


def _numbers(row: PublishedNumber, labels: Mapping[str, Text], words: Voice) -> tuple[str, str]:
    """Return a published number, and the result, as text."""
    sign = {"=": "", ">=": "≥ "}.get(row.relation, f"{row.relation} ")
    published, here = (
        (_label(labels[value], words) if value in labels else value) if isinstance(value, str) else ""
        for value in (row.published, row.here)
    )
    return f"{sign}{published or row.published}", here or number(float(row.here))


def _table(headers: Iterable[str], rows: Iterable[tuple[str, ...]], numeric: set[int]) -> TextTable:
    return TextTable(tuple(headers), tuple(rows), frozenset(numeric))


def _range(lower: float, upper: float) -> str:
    return f"{percent(lower).removesuffix('%')}–{percent(upper)}"


def _label(text: Text, words: Voice) -> str:
    return capital(words.of(text))


def _rests(row: BaselineCount | BaselineNumber | EndpointOutcome | EventSummary, words: Voice) -> str:
    kinds: tuple[Provenance, ...] = row.rests_on
    return words.listed([say(f"provenance.{kind}", words.language) for kind in kinds or ("observed",)])
