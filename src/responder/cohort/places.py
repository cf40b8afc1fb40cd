"""Where something is in a table, and lists no longer than a message can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from responder.words import MOST_LISTED, Phrase

__all__ = ["at_cell", "at_columns", "at_lines", "quoted", "shortened"]

SHOWN = 5


def shortened(items: Sequence[Any], most: int = SHOWN) -> tuple[Any, ...]:
    """Return the first items and, where there are more, how many.

    Examples
    --------
    >>> [str(item) for item in shortened(["P1", "P2", "P3", "P4"], 2)]
    ['P1', 'P2', '2 more']
    """
    more = (Phrase("list.more", {"n": len(items) - most}),) if len(items) > most else ()
    return (*items[:most], *more)


def quoted(names: Iterable[str], most: int = MOST_LISTED) -> tuple[Any, ...]:
    """Return names in quotation marks; see `shortened`."""
    return shortened([Phrase("list.quoted", {"name": name}) for name in names], most)


def at_columns(source: str, *headers: str) -> Phrase:
    """Return the place of a column of a file, or of several.

    Examples
    --------
    >>> print(at_columns("t.csv", "age"), at_columns("t.csv", "ear", "eye"), sep="; ")
    t.csv, column 'age'; t.csv, columns 'ear' and 'eye'
    """
    if len(headers) == 1:
        return Phrase("place.file_column", {"file": source, "column": headers[0]})
    return Phrase("place.file_columns", {"file": source, "columns": quoted(headers)})


def at_cell(source: str, line: int, column: str, patient: str = "") -> Phrase:
    """Return where a cell is: file and line, column, and whose it is where that is known.

    Examples
    --------
    >>> print(at_cell("t.csv", 4, "age"), at_cell("t.csv", 4, "age", "P03"), sep="; ")
    t.csv:4, column 'age'; t.csv:4, patient P03, column 'age'
    """
    at = {"file": source, "line": line, "column": column}
    return Phrase("place.cell", {**at, "patient": patient}) if patient else Phrase("place.file_line_column", at)


def at_lines(source: str, lines: Sequence[int], column: str = "") -> Phrase:
    """Return the place of some lines of a file, or of some cells of a column.

    Examples
    --------
    >>> print(at_lines("t.csv", [4]), at_lines("t.csv", range(2, 10), "age"), sep="; ")
    t.csv, line 4; t.csv, column 'age', lines 2, 3, 4, 5, 6 and 3 more
    """
    at = {"file": source, "lines": shortened(lines), "n": len(lines)}
    return Phrase("place.file_column_lines", {**at, "column": column}) if column else Phrase("place.file_lines", at)
