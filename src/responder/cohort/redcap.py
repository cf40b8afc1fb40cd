"""Tidy a REDCap export: checkbox columns to one set, events to one row a patient."""

from __future__ import annotations

import re
from dataclasses import replace

from responder.cohort.checks.intake import FOLDED_VISITS, MENDED
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable, fold_name

__all__ = ["is_redcap", "tidy_redcap"]

EVENT = "redcap_event_name"
REPEAT = ("redcap_repeat_instrument", "redcap_repeat_instance")
ARM = "redcap_arm"
_CHECKBOX = re.compile(r"^(?P<field>.+?)___(?P<code>\w+)$|^(?P<label>.+?) \(choice=(?P<choice>.+)\)$")
_ARM = re.compile(r"_arm_(\d+)$")
_TICKED = frozenset({"1", "checked", "yes", "true"})
_UNTICKED = frozenset({"0", "unchecked", "no", "false"})
# The visit at which a patient enters, under the names that trials give it; only its fields keep their plain name.
_BASELINE_EVENT = re.compile(
    r"^(?:baseline.*|enrol.*|screening.*|pre_?(?:treatment|dose)|(?:week|wk|w|day|d|visit|v|month)_?0+|day_?1)$"
)


def is_redcap(table: RawTable) -> bool:
    """Return whether a table has REDCap's event column or checkbox columns."""
    return EVENT in table.headers or any(_CHECKBOX.match(header) for header in table.headers)


def tidy_redcap(table: RawTable) -> RawTable:
    """Return the export as one row a patient.

    - ``organs___ear``, ``organs___eye`` (or ``Organs (choice=ear)``) become one column ``organs`` of levels.
    - With events, a field keeps its name for the visit at which patients enter (baseline, enrolment, screening,
      week 0); at any other event its name gets the event as ending, ``rpdai`` at ``week_12_arm_1`` becomes
      ``rpdai_week_12``. So a later value can never pass for a baseline one.
    - Rows of repeating instruments are left out, with a finding.

    Raises
    ------
    TableRefusedError
        If a patient has two rows for one event.
    """
    table = _join_checkboxes(table)
    return _one_row_a_patient(table) if EVENT in table.headers else table


def _join_checkboxes(table: RawTable) -> RawTable:
    groups: dict[str, list[tuple[int, str]]] = {}
    for index, header in enumerate(table.headers):
        match = _CHECKBOX.match(header)
        if match:
            field = match["field"] or match["label"]
            groups.setdefault(field, []).append((index, match["code"] or match["choice"]))
    groups = {field: boxes for field, boxes in groups.items() if field not in table.headers}
    if not groups:
        return table
    member = {index: field for field, boxes in groups.items() for index, _ in boxes}
    first = {boxes[0][0]: field for field, boxes in groups.items()}
    kept = [i for i in range(len(table.headers)) if i not in member or i in first]
    headers = tuple(first.get(i, table.headers[i]) for i in kept)
    rows = tuple(
        tuple(_ticked(row, groups[first[i]]) if i in first else row[i] for i in kept) for row in table.rows
    )
    note = MENDED.found(f"checkbox columns were joined into: {', '.join(groups)}", table.source)
    return replace(table, headers=headers, rows=rows, findings=(*table.findings, note))


def _ticked(row: tuple[str, ...], boxes: list[tuple[int, str]]) -> str:
    """Return the ticked levels joined with ``;``, ``none`` when nothing is ticked, blank when nothing was asked."""
    cells = [(row[index].casefold(), code) for index, code in boxes]
    ticked = [code for cell, code in cells if cell in _TICKED]
    if ticked:
        return ";".join(ticked)
    return "none" if any(cell in _UNTICKED for cell, _ in cells) else ""


def _one_row_a_patient(table: RawTable) -> RawTable:
    findings: list[Finding] = list(table.findings)
    repeats = [table.headers.index(name) for name in REPEAT if name in table.headers]
    if repeats:
        whole = [not any(row[i] for i in repeats) for row in table.rows]
        if not all(whole):
            left_out = whole.count(False)
            findings.append(
                FOLDED_VISITS.found(f"{left_out} rows of repeating instruments are left out", table.source)
            )
            table = table.keeping(whole)
    at = table.headers.index(EVENT)
    skipped = {0, at, *repeats}
    fields = [i for i in range(len(table.headers)) if i not in skipped]
    events = list(dict.fromkeys(_ARM.sub("", fold_event(row[at])) for row in table.rows))
    single = len(events) == 1
    patients: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    names: dict[str, None] = {ARM: None}
    for event in events:
        for i in fields:
            if any(row[i] for row in table.rows if _ARM.sub("", fold_event(row[at])) == event):
                names.setdefault(_field_name(table.headers[i], event, plain=single))
    for row, line in zip(table.rows, table.lines, strict=True):
        patient, full = row[0], fold_event(row[at])
        event = _ARM.sub("", full)
        if (patient, event) in seen:
            from responder.cohort.checks.identity import DUPLICATE_ID

            raise DUPLICATE_ID.refusal(
                f"patient {patient} has two rows for the event '{row[at]}'",
                f"{table.source}:{line}",
                "export one row a patient and event",
            )
        seen.add((patient, event))
        cells = patients.setdefault(patient, {})
        lines.setdefault(patient, line)
        arm = _ARM.search(full)
        cells.setdefault(ARM, arm.group(1) if arm else "")
        for i in fields:
            if row[i]:
                cells[_field_name(table.headers[i], event, plain=single)] = row[i]
    findings.append(
        FOLDED_VISITS.found(
            f"{len(table.rows)} rows of {len(events)} events became one row for each of {len(patients)} patients",
            table.source,
            "fields of later events have the event's name as ending",
        )
    )
    rows = tuple((patient, *(cells.get(name, "") for name in names)) for patient, cells in patients.items())
    return RawTable(table.source, (table.headers[0], *names), rows, tuple(lines.values()), tuple(findings))


def fold_event(event: str) -> str:
    """Return an event's name in the form of a column name."""
    return re.sub(r"\W+", "_", event.strip().casefold()).strip("_")


def _field_name(header: str, event: str, *, plain: bool) -> str:
    if plain or _BASELINE_EVENT.match(event) or fold_name(header).endswith(fold_name(event)):
        return header
    return f"{header}_{event}"
