"""Tidy a REDCap export: checkbox columns to one set, events and arms to one row a patient."""

from __future__ import annotations

import re
from dataclasses import replace

from responder.cohort.checks.intake import MENDED, REPEATED_INSTRUMENT
from responder.cohort.table import RawTable
from responder.cohort.visits import fold_visits

__all__ = ["is_redcap", "tidy_redcap"]

EVENTS = ("redcap_event_name", "Event Name")  # in exports of raw data, of labels
ARM = "redcap_arm"
_REPEAT = ("redcap_repeat_instrument", "redcap_repeat_instance", "Repeat Instrument", "Repeat Instance")
_CHECKBOX = re.compile(r"^(?P<field>.+?)___(?P<code>\w+)$|^(?P<label>.+?) \(choice=(?P<choice>.+)\)$")
_ARM_ENDING = re.compile(r"_arm_(\d+)$| \(Arm (\d+): .*\)$")
_TICKED = frozenset({"1", "checked", "yes", "true"})
_UNTICKED = frozenset({"0", "unchecked", "no", "false"})


def is_redcap(table: RawTable) -> bool:
    """Return whether a table has REDCap's event column or checkbox columns."""
    return _event_header(table) is not None or any(_CHECKBOX.match(header) for header in table.headers)


def tidy_redcap(table: RawTable, *, fold: bool = True) -> RawTable:
    """Return the export as one row a patient, or, not folded, as one row a patient and event without its arm.

    ``organs___ear`` and ``organs___eye`` (or ``Organs (choice=ear)``) become one column ``organs`` of levels.
    With events, later visits get columns of their own (`responder.cohort.visits.fold_visits`) and the arm
    becomes the column ``redcap_arm``. Rows of repeating instruments are left out, with a finding.

    Raises
    ------
    TableRefusedError
        If a patient has two rows for one event.
    """
    table = _join_checkboxes(table)
    event_header = _event_header(table)
    if event_header is None:
        return table
    table = _without_repeats(table)
    at = table.headers.index(event_header)
    endings = {row[at]: _ARM_ENDING.search(row[at]) for row in table.rows}
    arm_of = {event: (ending[1] or ending[2]) if ending else "" for event, ending in endings.items()}
    first: dict[str, str] = {}
    for row in table.rows:
        first.setdefault(row[0], arm_of[row[at]])
    events = {event: _ARM_ENDING.sub("", event) for event in arm_of}
    if fold:
        table = fold_visits(table, table.headers[0], event_header, events)
    else:
        table = replace(table, rows=tuple((*row[:at], events[row[at]], *row[at + 1 :]) for row in table.rows))
    return replace(
        table,
        headers=(table.headers[0], ARM, *table.headers[1:]),
        rows=tuple((row[0], first[row[0]], *row[1:]) for row in table.rows),
    )


def _event_header(table: RawTable) -> str | None:
    return next((name for name in EVENTS if name in table.headers), None)


def _join_checkboxes(table: RawTable) -> RawTable:
    groups: dict[str, list[tuple[int, str]]] = {}
    for index, header in enumerate(table.headers):
        match = _CHECKBOX.match(header)
        if match:
            groups.setdefault(match["field"] or match["label"], []).append((index, match["code"] or match["choice"]))
    groups = {field: boxes for field, boxes in groups.items() if field not in table.headers}
    if not groups:
        return table
    first = {boxes[0][0]: boxes for boxes in groups.values()}
    names = {boxes[0][0]: field for field, boxes in groups.items()}
    others = {index for boxes in groups.values() for index, _ in boxes[1:]}
    kept = [i for i in range(len(table.headers)) if i not in others]
    rows = tuple(tuple(_ticked(row, first[i]) if i in first else row[i] for i in kept) for row in table.rows)
    note = MENDED.found(f"checkbox columns were joined into: {', '.join(groups)}", table.source)
    headers = tuple(names.get(i, table.headers[i]) for i in kept)
    return replace(table, headers=headers, rows=rows, findings=(*table.findings, note))


def _ticked(row: tuple[str, ...], boxes: list[tuple[int, str]]) -> str:
    """Return the ticked levels joined with ``;``, ``none`` if none is ticked, blank if none was asked for."""
    cells = [(row[index].casefold(), code) for index, code in boxes]
    ticked = [code for cell, code in cells if cell in _TICKED]
    if ticked:
        return ";".join(ticked)
    return "none" if any(cell in _UNTICKED for cell, _ in cells) else ""


def _without_repeats(table: RawTable) -> RawTable:
    at = [table.headers.index(name) for name in _REPEAT if name in table.headers]
    if not at:
        return table
    once = [not any(row[i] for i in at) for row in table.rows]
    findings = table.findings
    if not all(once):
        note = REPEATED_INSTRUMENT.found(
            f"{once.count(False)} rows of repeating instruments are left out",
            table.source,
            "export the value that is meant as a field of its own",
        )
        findings = (*findings, note)
    kept = table.keeping(once)
    wanted = [i for i in range(len(table.headers)) if i not in at]
    return replace(
        kept,
        headers=tuple(table.headers[i] for i in wanted),
        rows=tuple(tuple(row[i] for i in wanted) for row in kept.rows),
        findings=findings,
    )
