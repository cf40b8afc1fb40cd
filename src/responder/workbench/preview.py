"""A table as it was read, a page of it at a time, with findings beside the cells that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from responder.cohort.csv_file import delimiter_words
from responder.cohort.findings import Finding
from responder.cohort.table import HowRead, RawTable
from responder.names.people import personal_columns
from responder.study.column import table_mark
from responder.words import Phrase, knows
from responder.workbench.marks import Mark, marks_of

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "Preview", "preview_of"]

MOST_ROWS, MOST_COLUMNS = 20, 40
"""Of one page: more would make a browser slow, and nobody reads them."""
_POINT = re.compile(r"\d\.\d")


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown: cells that identify a person are not."""

    text: str
    is_hidden: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Preview:
    """A page of a table.

    Attributes
    ----------
    n, columns : int
        Rows and columns of the whole table.
    first_row, first_column : int
        Where this page begins, from 0.
    heads : tuple of (str, tuple of Mark)
        Headers, each with the findings that name the whole column.
    rows : tuple of (int, tuple of Mark, tuple of Cell)
        Line in the file, the findings that name the whole line, cells.
    marks : tuple of Mark
        All findings.
    pages : Mapping[int, tuple of int]
        Number of a finding to where the page begins that shows what it names: row and column.
    how : tuple of (str, str or Phrase)
        How the table was read: the key of what is said, and what.
    """

    n: int
    columns: int
    first_row: int
    first_column: int
    heads: tuple[tuple[str, tuple[Mark, ...]], ...]
    rows: tuple[tuple[int, tuple[Mark, ...], tuple[Cell, ...]], ...]
    marks: tuple[Mark, ...]
    pages: Mapping[int, tuple[int, int]]
    how: tuple[tuple[str, str | Phrase], ...]
    has_hidden: bool

    @property
    def last_row(self) -> int:
        """The last row that is shown, from 1."""
        return self.first_row + len(self.rows)

    @property
    def last_column(self) -> int:
        """The last column that is shown, from 1."""
        return self.first_column + len(self.heads)


def preview_of(raw: RawTable, findings: Iterable[Finding], row: int = 0, column: int = 0) -> Preview:
    """Return the page of a table that begins near a row and a column."""
    marks = marks_of(findings, raw.source, raw.headers)
    first_row = max(0, min(row, len(raw.rows) - 1)) // MOST_ROWS * MOST_ROWS
    first_column = max(0, min(column, len(raw.headers) - 1)) // MOST_COLUMNS * MOST_COLUMNS
    shown = raw.headers[first_column : first_column + MOST_COLUMNS]
    hidden = set(personal_columns(raw.headers, [raw.column(header) for header in raw.headers]))
    of_line: dict[int, list[Mark]] = {}
    for mark in marks:
        for line in mark.lines:
            of_line.setdefault(line, []).append(mark)
    rows = []
    for line, cells in zip(raw.lines[first_row : first_row + MOST_ROWS], raw.rows[first_row:], strict=False):
        here = of_line.get(line, [])
        rows.append(
            (
                line,
                tuple(mark for mark in here if not mark.columns),
                tuple(
                    Cell(cell, header in hidden, tuple(mark for mark in here if header in mark.columns))
                    for header, cell in zip(shown, cells[first_column:], strict=False)
                ),
            )
        )
    return Preview(
        len(raw.rows),
        len(raw.headers),
        first_row,
        first_column,
        tuple((header, tuple(m for m in marks if header in m.columns and not m.lines)) for header in shown),
        tuple(rows),
        marks,
        _pages(raw, marks),
        _how(raw),
        not hidden.isdisjoint(shown),
    )


def _pages(raw: RawTable, marks: Iterable[Mark]) -> dict[int, tuple[int, int]]:
    at_line = {line: at for at, line in enumerate(raw.lines)}
    at_column = {header: at for at, header in enumerate(raw.headers)}
    found = {}
    for mark in marks:
        rows = [at_line[line] for line in mark.lines if line in at_line]
        columns = [at_column[header] for header in mark.columns]
        if rows or columns:
            found[mark.number] = (
                min(rows, default=0) // MOST_ROWS * MOST_ROWS,
                min(columns, default=0) // MOST_COLUMNS * MOST_COLUMNS,
            )
    return found


def _how(raw: RawTable) -> tuple[tuple[str, str | Phrase], ...]:
    """Return how a table was read: what its format does not have is left out."""
    how: HowRead = raw.how
    said: list[tuple[str, str | Phrase]] = [("file", raw.source.rpartition("/")[2])]
    if how.format:
        said.append(("format", Phrase("workbench.table.text") if how.delimiter else how.format))
    if how.sheet:
        said.append(("sheet", how.sheet))
    if how.header_line:
        said.append(("header", Phrase("workbench.table.header_line", {"line": how.header_line})))
    if how.encoding:
        code = f"encoding.{how.encoding}"
        said.append(("encoding", Phrase(code) if knows(code) else how.encoding.upper()))
    if how.delimiter:
        said.append(("delimiter", delimiter_words(how.delimiter)))
        said.append(("mark", Phrase(f"workbench.table.mark_{_mark(raw)}")))
    return tuple(said)


def _mark(raw: RawTable) -> str:
    if raw.mark or table_mark(raw.column(header) for header in raw.headers):
        return "comma"
    return "point" if any(_POINT.search(cell) for row in raw.rows for cell in row) else "none"
