"""Pseudonyms for a table whose only way to tell people apart is their names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from responder.cohort.checks.intake import MISSING_COLUMN
from responder.cohort.table import ColumnFacts, RawTable
from responder.cohort.visits import find_visit_column
from responder.csv_text import harmless
from responder.names.people import personal_columns
from responder.values import fold_word

__all__ = ["PSEUDONYM_COLUMN", "key_csv", "with_pseudonyms"]

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
    number = {person: at for at, person in enumerate(dict.fromkeys(people), 1)}
    width = max(2, len(str(len(number))))
    rows = tuple((f"P{number[person]:0{width}d}", *row) for person, row in zip(people, table.rows, strict=True))
    facts = {header: replace(table.facts.get(header, ColumnFacts()), once=True) for header in personal}
    return replace(table, headers=(PSEUDONYM_COLUMN, *table.headers), rows=rows, facts={**table.facts, **facts})


def key_csv(table: RawTable, personal: Sequence[str]) -> str:
    """Return the key that stays with its owner: pseudonym, line of the file, and the columns that name a person.

    Parameters
    ----------
    table : RawTable
        From `with_pseudonyms`.
    personal : sequence of str
        Headers of columns that name a person.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([PSEUDONYM_COLUMN, "line", *map(harmless, personal)])
    columns = [table.column(header) for header in (PSEUDONYM_COLUMN, *personal)]
    for line, (pseudonym, *names) in zip(table.lines, zip(*columns, strict=True), strict=True):
        writer.writerow([pseudonym, line, *map(harmless, names)])
    return buffer.getvalue()
