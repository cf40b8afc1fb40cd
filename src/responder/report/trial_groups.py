"""Of a treated cohort, what is told of groups of patients: doses, subgroups, changes together, courses by response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from responder.report.trial_tables import TextTable
from responder.report.trial_text import (
    SUBJECT,
    TrialSection,
    capital,
    describe_trial,
    number,
    p_text,
    percent,
    spread,
    with_unit,
)
from responder.words import Language, Voice

if TYPE_CHECKING:
    from responder.study.text import Text
    from responder.trial import EndpointOutcome, EventSummary, ResponseCourse, TrialResult

__all__ = ["group_tables", "trial_sections"]

NONE = "–"


def trial_sections(result: TrialResult, language: Language = "en") -> tuple[TrialSection, ...]:
    """Return the whole results section: `describe_trial`, with what is told of groups before its methods."""
    *outcomes, methods = describe_trial(result, language)
    words = Voice(language, SUBJECT)
    said = {
        "doses": _doses(result, words) if result.visits.design.dosing else iter(()),
        "subgroups": _subgroups(result, words) if result.subgroups else iter(()),
        "together": _together(result, words) if result.together else iter(()),
        "by_response": _by_response(result, words) if result.by_response else iter(()),
    }
    groups = [(key, tuple(map(capital, lines))) for key, lines in said.items()]
    return (*outcomes, *(TrialSection(k, words(f"{k}.heading"), lines) for k, lines in groups if lines), methods)


def group_tables(result: TrialResult, words: Voice) -> dict[str, TextTable]:
    """Return the table of each of these sections that has one, by the section's key."""
    tables = {
        "doses": _dose_rows(result, words) if result.doses_by_visit else None,
        "subgroups": _subgroup_rows(result, words) if result.subgroups else None,
        "together": _together_rows(result, words) if result.together else None,
        "by_response": _response_rows(result, words) if result.by_response else None,
    }
    return {key: table for key, table in tables.items() if table is not None}


def _doses(result: TrialResult, words: Voice) -> Iterator[str]:
    dosing = result.visits.design.dosing
    assert dosing is not None
    label = words.of(dosing.label)
    last = result.visits.design.weeks[-1]
    planned = sum((day - 1) / 7 <= last for day in dosing.days)
    yield words("doses.planned", label=label, n=planned, week=number(last))
    if not result.doses:
        yield words("doses.not_recorded", column=dosing.column)
    for row in result.doses:
        counted = row.counted
        if counted.patients:
            yield words(
                f"doses.{row.population}",
                n=counted.patients,
                received=counted.received,
                planned=counted.planned,
                share=percent(counted.received / counted.planned) if counted.planned else NONE,
                complete=counted.complete,
                value=spread(counted.values, words),
            )
        if row.unknown:
            yield words(f"doses.unknown_{row.population}", n=row.unknown)
    if result.doses_by_visit:
        yield words("doses_by_visit.lead")
    if any(row.group == "responder" for row in result.doses_by_visit):
        yield words("doses_by_visit.groups")


def _dose_rows(result: TrialResult, words: Voice) -> TextTable:
    rows = []
    for row in result.doses_by_visit:
        counted = row.counted
        given = words("baseline.of", count=counted.received, n=counted.planned) if counted.patients else NONE
        every = words("baseline.of", count=counted.complete, n=counted.patients) if counted.patients else NONE
        value = spread(counted.values, words) if counted.patients else NONE
        rows.append(
            (words(f"doses_by_visit.{row.group}"), number(row.week), str(counted.patients), given, value, every)
        )
    keys = ("group", "week", "n", "received", "value", "complete")
    return TextTable(tuple(words(f"doses_by_visit.{key}") for key in keys), tuple(rows), frozenset(range(1, len(keys))))


def _subgroups(result: TrialResult, words: Voice) -> Iterator[str]:
    yield words("subgroups.lead")
    for group in result.subgroups:
        label = words.of(group.subgroup.label)
        yield words("subgroups.who", label=label, enrolled=group.enrolled, completed=group.completed)
        if group.unknown:
            yield words("subgroups.unknown", n=group.unknown)


def _subgroup_rows(result: TrialResult, words: Voice) -> TextTable:
    groups = [(words("subgroups.all"), result.endpoints, result.safety)]
    groups += [(capital(words.of(g.subgroup.label)), g.endpoints, g.safety) for g in result.subgroups]
    rows = []
    for name, endpoints, safety in groups:
        outcomes: list[tuple[Text, dict[str, tuple[str, str]]]] = []
        for endpoint in dict.fromkeys(row.endpoint for row in endpoints):
            own = [row for row in endpoints if row.endpoint == endpoint]
            outcomes.append((own[0].label, {r.population: _share(r, r.responders, words) for r in own}))
        for event in dict.fromkeys(row.event for row in safety if row.special):
            seen = [row for row in safety if row.event == event]
            outcomes.append((seen[0].label, {r.population: _share(r, r.patients, words) for r in seen}))
        for label, cells in outcomes:
            counted = [cells.get(population, (NONE, NONE)) for population in ("completers", "enrolled")]
            rows.append((name, capital(words.of(label)), *counted[0], *counted[1]))
    keys = ("subgroup", "outcome", "completers", "interval", "enrolled", "interval")
    return TextTable(tuple(words(f"subgroups.{key}") for key in keys), tuple(rows), frozenset({2, 3, 4, 5}))


def _share(row: EndpointOutcome | EventSummary, count: int, words: Voice) -> tuple[str, str]:
    if not row.n:
        return NONE, NONE
    return words("baseline.of", count=count, n=row.n), f"{percent(row.lower).removesuffix('%')}–{percent(row.upper)}"


def _together(result: TrialResult, words: Voice) -> Iterator[str]:
    yield words("together.lead")
    if any(row.test.exact for row in result.together):
        yield words("together.exact")
    drawn = next((row.test for row in result.together if not row.test.exact), None)
    if drawn is not None:
        yield words("together.drawn", draws=drawn.draws, seed=drawn.seed)
    yield words("together.caution", n=max((row.tests for row in result.together), default=0))


def _together_rows(result: TrialResult, words: Voice) -> TextTable:
    rows = [
        (
            words("together.at", label=capital(words.of(row.rise_label)), week=number(row.rise_week)),
            words("together.at", label=words.of(row.fall_label), week=number(row.fall_week)),
            str(row.test.n),
            signed(row.test.rho),
            p_text(row.test.p),
            p_text(row.p_holm),
            p_text(row.test.smallest_p),
        )
        for row in result.together
    ]
    keys = ("rise", "fall", "n", "rho", "p", "holm", "smallest")
    return TextTable(tuple(words(f"together.{key}") for key in keys), tuple(rows), frozenset(range(2, len(keys))))


def signed(rho: float) -> str:
    """Return a correlation to two decimals with a real minus sign; a dash where there is none.

    Examples
    --------
    >>> signed(0.697), signed(-0.5), signed(float("nan"))
    ('0.70', '−0.50', '–')
    """
    return f"{rho:.2f}".replace("-", "−") if rho == rho else NONE


def _by_response(result: TrialResult, words: Voice) -> Iterator[str]:
    yield words("by_response.lead", label=words.of(result.visits.study.endpoint.label))


def _response_rows(result: TrialResult, words: Voice) -> TextTable:
    found: dict[tuple[str, float], dict[str, ResponseCourse]] = {}
    for row in result.by_response:
        found.setdefault((row.course.course, row.course.week), {})[row.response] = row
    rows = []
    for (_, week), own in found.items():
        course = own["responder"].course
        label = with_unit(capital(words.of(course.label)), course.unit, words)
        values = [own[group].course.values for group in ("responder", "non_responder")]
        cells = [cell for v in values for cell in (str(v.n), spread(v, words))]
        rows.append((label, number(week), *cells))
    keys = ("course", "week", "n", "responders", "n", "others")
    return TextTable(tuple(words(f"by_response.{key}") for key in keys), tuple(rows), frozenset(range(1, len(keys))))
