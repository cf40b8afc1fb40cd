"""Pseudonyms: for a table whose only way to tell people apart is their names, and where ids are to stay unknown."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from responder.cohort.checks.intake import MISSING_COLUMN
from responder.cohort.findings import Finding
from responder.cohort.ids import with_ids, without_ids
from responder.cohort.table import ColumnFacts, RawTable
from responder.cohort.visits import find_visit_column
from responder.csv_text import csv_rows
from responder.names.people import personal_columns
from responder.values import fold_word, is_gap

__all__ = ["PSEUDONYM_COLUMN", "key_csv", "made_pseudonyms", "under_pseudonyms", "with_pseudonyms"]

PSEUDONYM_COLUMN = "pseudonym"
_SUREST = ("id_card", "record", "name", "email", "phone")
"""What tells people apart, the surest first; initials, a date of birth and an address are shared by several."""


def with_pseudonyms(table: RawTable) -> RawTable:
    """Return the table with a first column of pseudonyms P01, P02 ... in the order in which people first come.

    A person with several rows (one a visit) has one pseudonym: people are told apart by the surest column that names
    them in every row. Without such a column every row is a person of its own.

    Raises
    ------
    TableRefusedError
        If rows are of visits and no column tells in every row whose it is.

    Examples
    --------
    >>> rows = (("Ada Birk", "0", "9"), ("Ben Cole", "0", "7"), ("Ada Birk", "12", "1"))
    >>> with_pseudonyms(RawTable("t.csv", ("name", "week", "crp"), rows, (2, 3, 4))).column("pseudonym")
    ('P01', 'P02', 'P01')
    """
    personal = personal_columns(table.headers, [table.column(header) for header in table.headers])
    whole = [h for h in personal if all(table.column(h)) and personal[h] in _SUREST]
    if not whole and find_visit_column(table) is not None:
        raise MISSING_COLUMN.refusal("whose_visit", table.source)
    people: list[object] = list(range(len(table.rows)))
    if whole:
        surest = min(whole, key=lambda header: _SUREST.index(personal[header]))
        people = [fold_word(cell) for cell in table.column(surest)]
    pseudonym = made_pseudonyms(people)
    rows = tuple((pseudonym[person], *row) for person, row in zip(people, table.rows, strict=True))
    facts = {header: replace(table.facts.get(header, ColumnFacts()), once=True) for header in personal}
    return replace(table, headers=(PSEUDONYM_COLUMN, *table.headers), rows=rows, facts={**table.facts, **facts})


def made_pseudonyms(people: Iterable[Hashable]) -> dict[Hashable, str]:
    """Return a pseudonym for each, in the order in which they first come.

    Examples
    --------
    >>> made_pseudonyms(["Ada", "Ben", "Ada"])
    {'Ada': 'P01', 'Ben': 'P02'}
    """
    each = list(dict.fromkeys(people))
    width = max(2, len(str(len(each))))
    return {person: f"P{number:0{width}d}" for number, person in enumerate(each, 1)}


def under_pseudonyms(table: RawTable, header: str, findings: Iterable[Finding]) -> tuple[RawTable, list[Finding]]:
    """Return a table and what was found in it with P01, P02 ... in the place of every id; a gap stays one.

    Parameters
    ----------
    table : RawTable
        With ids.
    header : str
        Their column.
    findings : iterable of Finding
        In which ids may be named.

    Examples
    --------
    >>> from responder.cohort.checks.intake import UNMATCHED
    >>> found = UNMATCHED.found("patients", "lab.csv", n=1, names=("Mia-7",))
    >>> table = RawTable("t.csv", ("id", "age"), (("Ola-1", "40"), ("Mia-7", "51")), (2, 3))
    >>> table, findings = under_pseudonyms(table, "id", [found])
    >>> table.rows, str(findings[0].message)
    ((('P01', '40'), ('P02', '51')), 'one patient has no row in the joined table: P02')
    """
    at = table.headers.index(header)
    ids = [patient for patient in dict.fromkeys(table.column(header)) if not is_gap(patient)]
    pseudonym = made_pseudonyms(ids)
    rows = tuple((*row[:at], pseudonym.get(row[at], row[at]), *row[at + 1 :]) for row in table.rows)
    told = [
        Finding.from_json(with_ids(without_ids(finding.to_json(), ids), [*pseudonym.values()])) for finding in findings
    ]
    return replace(table, rows=rows), told


def key_csv(table: RawTable, personal: Sequence[str]) -> str:
    """Return the key that stays with its owner: pseudonym, line of the file, and the columns that name a person.

    Parameters
    ----------
    table : RawTable
        From `with_pseudonyms`.
    personal : sequence of str
        Headers of columns that name a person.
    """
    columns = [table.column(header) for header in (PSEUDONYM_COLUMN, *personal)]
    lines = zip(table.lines, zip(*columns, strict=True), strict=True)
    return csv_rows([(PSEUDONYM_COLUMN, "line", *personal), *((name, line, *who) for line, (name, *who) in lines)])
