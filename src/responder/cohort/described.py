"""Bring a data dictionary to a table: codes become labels, and each column's facts are what the project declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from responder.cohort.checkboxes import find_boxes, is_checkbox, level_word
from responder.cohort.checks.intake import IS_DICTIONARY, NO_DICTIONARY, OTHER_FIELDS
from responder.cohort.dictionary import is_dictionary, read_dictionary
from responder.cohort.findings import Finding
from responder.cohort.places import at_lines, shortened
from responder.cohort.table import ColumnFacts, RawTable
from responder.names import fold_name

__all__ = ["apply_dictionary", "describe_table"]

_SYSTEM = re.compile(r"redcap_|.*_complete$|.*_timestamp$|complete\?|event name|repeat instan|repeat instr|data access")
_LISTED = 12


def describe_table(table: RawTable, dictionary: str) -> RawTable:
    """Return a table with the facts of a data dictionary, and refuse a dictionary that is handed in for the data.

    Parameters
    ----------
    table : RawTable
        As it was found.
    dictionary : str
        Path of the dictionary; empty for none.

    Raises
    ------
    TableRefusedError
        If the table is a dictionary itself, or the dictionary cannot be read or has none of its columns.
    """
    if is_dictionary(table):
        raise IS_DICTIONARY.refusal("dictionary", table.source, file=table.source)
    if not dictionary:
        return table
    findings = list(table.findings)
    facts = read_dictionary(dictionary, findings)
    return apply_dictionary(replace(table, findings=tuple(findings)), facts, dictionary)


def apply_dictionary(table: RawTable, facts: Mapping[str, ColumnFacts], source: str = "the dictionary") -> RawTable:
    """Return the table with codes of levels replaced by their labels, and facts of every column that is described.

    Columns are found by the field's name, of a label export by its label; a folded column by what it was folded from.

    Parameters
    ----------
    table : RawTable
        A raw or a label export.
    facts : Mapping[str, ColumnFacts]
        Field to what is declared of it.
    source : str
        The dictionary, for messages.

    Raises
    ------
    TableRefusedError
        If no column of the table is described.
    """
    field_of = _fields(table, facts)
    described = {header: facts[field] for header, field in field_of.items()}
    boxes = _box_fields(table, facts)
    if not any(field_of.values()) and not boxes:
        raise NO_DICTIONARY.refusal("no_field", source)
    findings = list(table.findings)
    columns = []
    for header in table.headers:
        cells = table.column(header)
        if header in described and described[header].kind in {"binary", "nominal", "ordinal"}:
            cells = _labelled(table, header, cells, described[header], findings)
        columns.append(cells)
    merged = dict(table.facts)
    for header, known in {**described, **{group: facts[field] for group, field in boxes.items()}}.items():
        before = table.facts.get(header, ColumnFacts())
        merged[header] = replace(_called(known), visit=before.visit, measure=before.measure, once=before.once)
    findings += _differences(table, facts, {*field_of.values(), *boxes.values()}, set(field_of), source)
    return replace(table, rows=tuple(zip(*columns, strict=True)), findings=tuple(findings), facts=merged)


def _fields(table: RawTable, facts: Mapping[str, ColumnFacts]) -> dict[str, str]:
    """Return header to field, of the columns that the dictionary describes."""
    names = {fold_name(field): field for field in facts}
    labels: dict[str, list[str]] = {}
    for field, known in facts.items():
        labels.setdefault(fold_name(known.label), []).append(field)
    found = {}
    for header in table.headers:
        measure = table.facts.get(header, ColumnFacts()).measure or header
        field = names.get(fold_name(measure)) or next(iter(labels.get(fold_name(measure), ())), "")
        if field:
            found[header] = field
    return found


def _box_fields(table: RawTable, facts: Mapping[str, ColumnFacts]) -> dict[str, str]:
    """Return what the checkbox columns of a field share in their headers (name or label), and the field."""
    names = {fold_name(field): field for field, known in facts.items()}
    labels = {fold_name(known.label): field for field, known in facts.items()}
    groups = find_boxes(table.headers, {})
    found = {group: names.get(fold_name(group)) or labels.get(fold_name(group)) for group in groups}
    return {group: field for group, field in found.items() if field is not None}


def _called(known: ColumnFacts) -> ColumnFacts:
    """Return the facts with the labels of a set as they stand in its cells."""
    if known.kind != "set":
        return known
    return replace(known, levels=tuple((code, level_word(code, label)) for code, label in known.levels))


def _labelled(
    table: RawTable, header: str, cells: tuple[str, ...], known: ColumnFacts, findings: list[Finding]
) -> tuple[str, ...]:
    """Return the cells with each code as its label, and name the rows whose code the dictionary has not."""
    pairs = (*known.levels, *zip(known.missing[::2], known.missing[1::2], strict=False))
    label_of = {code.casefold(): label or code for code, label in pairs}
    allowed = {label.casefold() for label in label_of.values()}
    if not label_of:
        return cells
    read, strange = [], []
    for cell, line in zip(cells, table.lines, strict=True):
        code = cell.casefold()
        if re.fullmatch(r"-?\d+\.0+", code) and code not in label_of:
            code = code.partition(".")[0]
        read.append(label_of.get(code, cell))
        if cell and code not in label_of and code not in allowed:
            strange.append(line)
    if strange:
        place = at_lines(table.source, strange)
        findings.append(OTHER_FIELDS.found("codes", place, n=len(strange), column=header))
    return tuple(read)


def _differences(
    table: RawTable, facts: Mapping[str, ColumnFacts], fields: set[str], headers: set[str], source: str
) -> list[Finding]:
    unknown = [
        header
        for header in table.headers
        if header not in headers and not is_checkbox(header) and not _SYSTEM.match(header.casefold())
    ]
    absent = [field for field in facts if field not in fields]
    found = []
    if unknown:
        found.append(OTHER_FIELDS.found("columns", table.source, names=shortened(unknown, _LISTED)))
    if absent:
        found.append(OTHER_FIELDS.found("fields", source, names=shortened(absent, _LISTED)))
    return found
