"""Pseudonyms for a table whose only way to tell people apart is their names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from responder.cohort.table import RawTable

__all__ = ["PSEUDONYM_COLUMN", "key_csv", "with_pseudonyms"]

PSEUDONYM_COLUMN = "pseudonym"


def with_pseudonyms(table: RawTable) -> RawTable:
    """Return the table with a first column of pseudonyms P01, P02 ... in the order of its rows.

    Examples
    --------
    >>> table = RawTable("t.csv", ("name", "age"), (("A", "41"), ("B", "39")), (2, 3))
    >>> with_pseudonyms(table).column("pseudonym")
    ('P01', 'P02')
    """
    width = max(2, len(str(len(table.rows))))
    rows = tuple((f"P{number:0{width}d}", *row) for number, row in enumerate(table.rows, 1))
    return replace(table, headers=(PSEUDONYM_COLUMN, *table.headers), rows=rows)


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
    writer.writerow([PSEUDONYM_COLUMN, "line", *personal])
    columns = [table.column(header) for header in (PSEUDONYM_COLUMN, *personal)]
    for line, (pseudonym, *names) in zip(table.lines, zip(*columns, strict=True), strict=True):
        writer.writerow([pseudonym, line, *names])
    return buffer.getvalue()
