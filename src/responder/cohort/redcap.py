"""Tidy a REDCap export: what REDCap adds leaves, checkboxes become sets, events and arms one row per patient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from responder.cohort.checkboxes import STATUS_WORDS, checkbox_field, is_checkbox, join_checkboxes
from responder.cohort.checks.intake import ADDED_COLUMNS, EMPTY, REPEATED_INSTRUMENT
from responder.cohort.findings import Finding
from responder.cohort.places import at_lines
from responder.cohort.table import ColumnFacts, RawTable, ReadOptions
from responder.cohort.visits import fold_visits, refuse_unknown_visit
from responder.names import fold_name
from responder.words import Phrase

__all__ = ["ARM", "EVENTS", "is_redcap", "tidy_redcap"]

EVENTS = ("redcap_event_name", "Event Name")  # in exports of raw data, of labels
ARM = "redcap_arm"
_INSTRUMENT = ("redcap_repeat_instrument", "Repeat Instrument")
_INSTANCE = ("redcap_repeat_instance", "Repeat Instance")
_GROUP = ("redcap_data_access_group", "Data Access Group")
_SURVEY = ("redcap_survey_identifier", "Survey Identifier")
_TIMESTAMP = re.compile(r"^(?P<form>.+)_timestamp$|^survey timestamp(?:[ _.]?\(?\d+\)?)?$", re.IGNORECASE)
_STATUS = re.compile(r"^(?P<form>[a-z0-9_]+)_complete$|^(?:complete|已?完成)[?？](?:[ _.]?\(?\d+\)?)?$", re.IGNORECASE)
_STATUS_CELL = re.compile(r"[012](?:\.0+)?")
_ARM_ENDING = re.compile(r"_arm_(?P<raw>\d+)(?P<twin>[a-z]?)$| ?[(（]Arm (?P<label>\d+)[:：].*[)）]$")
_LINES_SHOWN = 8


@dataclass(frozen=True)
class _Added:
    """The columns that REDCap adds to those of a project, by position; -1 where there is none."""

    status: dict[str, int]
    timestamps: tuple[int, ...]
    event: int
    instrument: int
    instance: int
    group: int
    survey: int

    @property
    def any(self) -> bool:
        return bool(self.status) or max(self.event, self.instrument, self.instance, self.group, self.survey) >= 0


def is_redcap(table: RawTable) -> bool:
    """Return whether a table has columns that only REDCap makes: events, repeats, groups, form status, checkboxes."""
    return _added(table).any or any(is_checkbox(header) for header in table.headers)


def tidy_redcap(table: RawTable, options: ReadOptions | None = None) -> RawTable:
    """Return a REDCap export as one row per patient; any other table as it is.

    ``organs___ear`` and ``organs___eye`` (or ``Organs (choice=ear)``) become one column ``organs`` of levels
    (`responder.cohort.checkboxes`). Form status, survey identifiers and timestamps are left out, once the status
    has told which forms were never filled in. With events, visits get columns of their own
    (`responder.cohort.visits.fold_visits`) and the arm becomes the column ``redcap_arm``. Rows of repeating
    instruments, and later instances of repeating events, are left out. Each of these is a finding.

    Parameters
    ----------
    table : RawTable
        The export as it was found, and the facts of its dictionary if there is one.
    options : ReadOptions, optional
        ``fold_visits`` false gives one row per patient and event, without the event's arm; ``baseline_visit`` must be
        among the events.

    Raises
    ------
    TableRefusedError
        If a patient has two rows for one event, or every row is a repeat.
    """
    options = options or ReadOptions()
    if not is_redcap(table):
        return table
    added = _added(table)
    id_header = _id_header(table, added)
    table = join_checkboxes(table, _forms(table, added, id_header), added.status, added.event)
    table = _without_added(table, added)
    table = _without_repeats(table)
    event_header = next((name for name in EVENTS if name in table.headers), None)
    if event_header is None:
        return table
    table, arms = _without_arms(table, id_header, event_header)
    if options.fold_visits:
        table = fold_visits(table, id_header, event_header, baseline_visit=options.baseline_visit)
    else:
        refuse_unknown_visit(options.baseline_visit, table.column(event_header), table.source)
    at = table.headers.index(id_header)
    return replace(
        table,
        headers=(id_header, ARM, *_others(table.headers, at)),
        rows=tuple((row[at], arms[row[at]], *_others(row, at)) for row in table.rows),
        facts={**table.facts, ARM: ColumnFacts(label="arm of the project", kind="group", once=True)},
    )


def _others(cells: Sequence[str], at: int) -> tuple[str, ...]:
    return (*cells[:at], *cells[at + 1 :])


def _added(table: RawTable) -> _Added:
    def position(names: Sequence[str]) -> int:
        return next((table.headers.index(name) for name in names if name in table.headers), -1)

    status, certain = {}, False
    for index, header in enumerate(table.headers):
        match = _STATUS.match(header)
        if match is None or table.facts.get(header, ColumnFacts()).kind:
            continue
        cells = {cell.casefold() for cell in table.column(header) if cell}
        words = cells <= set(STATUS_WORDS)
        if cells and not words and not all(_STATUS_CELL.fullmatch(cell) for cell in cells):
            continue
        status[match["form"] or header] = index
        plain = {cell[0] for cell in cells}
        certain |= bool(cells) and (words or "2" in plain or plain == {"0"})
    found = [position(names) for names in (EVENTS, _INSTRUMENT, _INSTANCE, _GROUP, _SURVEY)]
    # a lone column such as response_complete, 0 or 1, may be anybody's outcome
    if not certain and max(found) < 0 and not any(is_checkbox(header) for header in table.headers):
        status = {}
    stamps = []
    for index, header in enumerate(table.headers):
        match = _TIMESTAMP.match(header)
        if match and (match["form"] is None or match["form"] in status):
            stamps.append(index)
    return _Added(status, tuple(stamps), *found)


def _id_header(table: RawTable, added: _Added) -> str:
    system = {added.event, added.instrument, added.instance, added.group, added.survey}
    free = [header for index, header in enumerate(table.headers) if index not in system]
    record = [header for header in free if fold_name(header) == "recordid"]
    named = [header for header in free if not header.startswith("unnamed_")]  # an index that R or pandas wrote
    return (record or named or list(table.headers))[0]


def _forms(table: RawTable, added: _Added, id_header: str) -> dict[str, list[int]]:
    """Return the columns of each form: as the dictionary says, or up to its status, which is behind its last field."""
    system = {added.event, added.instrument, added.instance, added.group, added.survey, *added.timestamps}
    forms: dict[str, list[int]] = {}
    fields: list[int] = []
    status = {index: form for form, index in added.status.items()}
    for index, header in enumerate(table.headers):
        if index in status:
            forms[status[index]] = fields
            fields = []
        elif index not in system and header != id_header:
            fields.append(index)
    declared: dict[int, str] = {}
    for index, header in enumerate(table.headers):
        facts = table.facts.get(header) or table.facts.get(checkbox_field(header), ColumnFacts())
        if facts.form in added.status and header != id_header:
            declared[index] = facts.form
    for form in forms:
        forms[form] = [i for i in forms[form] if i not in declared] + [i for i in declared if declared[i] == form]
    return forms


def _without_added(table: RawTable, added: _Added) -> RawTable:
    """Return the table without form status, survey identifiers and timestamps, its group marked as no trait."""
    # positions have moved since checkboxes were joined: names have not
    gone = {
        header
        for header in table.headers
        if header in _SURVEY or _TIMESTAMP.match(header) or _STATUS.match(header)
        if header in _SURVEY or _name_of(header) in added.status or _TIMESTAMP.match(header)
    }
    gone -= {h for h in gone if (m := _TIMESTAMP.match(h)) and m["form"] and m["form"] not in added.status}
    findings: list[Finding] = []
    if gone:
        named = tuple(header for header in table.headers if header in gone)
        findings.append(ADDED_COLUMNS.found("status", table.source, names=named))
    facts = dict(table.facts)
    for header in _GROUP:
        if header in table.headers:
            facts[header] = ColumnFacts(label="data access group", kind="group", once=True)
            findings.append(ADDED_COLUMNS.found("group", table.source, name=header))
    return replace(_without_columns(table, gone), findings=(*table.findings, *findings), facts=facts)


def _name_of(header: str) -> str:
    match = _STATUS.match(header)
    return (match["form"] or header) if match else ""


def _without_columns(table: RawTable, gone: set[str]) -> RawTable:
    kept = [i for i, header in enumerate(table.headers) if header not in gone]
    headers = tuple(table.headers[i] for i in kept)
    return replace(table, headers=headers, rows=tuple(tuple(row[i] for i in kept) for row in table.rows))


def _without_repeats(table: RawTable) -> RawTable:
    """Return the table without rows of repeating instruments and later instances of events, and what only they hold."""
    system = [name for name in (*_INSTRUMENT, *_INSTANCE) if name in table.headers]
    if not system:
        return table
    instrument, instance, event = (
        next((table.column(name) for name in names if name in table.headers), ("",) * len(table.rows))
        for names in (_INSTRUMENT, _INSTANCE, EVENTS)
    )
    repeats: dict[tuple[str, str], list[int]] = {}  # by instrument or else event
    for at, (form, number) in enumerate(zip(instrument, instance, strict=True)):
        if form:
            repeats.setdefault((form, ""), []).append(at)
        elif number and not re.fullmatch(r"1(?:\.0+)?", number):
            repeats.setdefault(("", event[at]), []).append(at)
    left_out = {at for rows in repeats.values() for at in rows}
    if len(left_out) == len(table.rows):
        raise EMPTY.refusal("only_repeats", table.source)
    kept = table.keeping(at not in left_out for at in range(len(table.rows)))
    lost = {
        header
        for index, header in enumerate(table.headers)
        if header not in system and not any(row[index] for row in kept.rows) and any(row[index] for row in table.rows)
    }
    findings = []
    named = tuple(header for header in table.headers if header in lost)
    hint = Phrase("RSP119.columns.fix", {"names": named}) if lost else ""
    for (form, event_name), rows in repeats.items():
        place, case = at_lines(table.source, [table.lines[at] for at in rows]), "instrument" if form else "event"
        findings.append(REPEATED_INSTRUMENT.found(case, place, hint, n=len(rows), name=form or event_name))
    return replace(_without_columns(kept, {*system, *lost}), findings=(*table.findings, *findings))


def _without_arms(table: RawTable, id_header: str, event_header: str) -> tuple[RawTable, dict[str, str]]:
    """Return the table with events without their arms, and the arm of each patient: that of the first row."""
    at, id_at = table.headers.index(event_header), table.headers.index(id_header)
    arm_of: dict[str, str] = {}
    event_of: dict[str, str] = {}
    for event in dict.fromkeys(row[at] for row in table.rows):
        match = _ARM_ENDING.search(event)
        arm_of[event] = (match["raw"] or match["label"]) if match else ""
        name = event[: match.start()] if match else event
        twin = f"_{match['twin']}" if match and match["twin"] else ""  # events whose names REDCap could not tell apart
        event_of[event] = f"{name or 'event'}{twin}" if match else event
    arms: dict[str, str] = {}
    for row in table.rows:
        arms.setdefault(row[id_at], arm_of[row[at]])
    rows = tuple((*row[:at], event_of[row[at]], *row[at + 1 :]) for row in table.rows)
    return replace(table, rows=rows), arms
