"""Which cells and columns a finding is about, so that it can be shown beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from responder.cohort.findings import Finding
from responder.words import Phrase

__all__ = ["Mark", "marks_of"]

_LINE = re.compile(r"(.*):(\d+)")


@dataclass(frozen=True)
class Mark:
    """A finding with its number in a list, and the place that it names.

    Attributes
    ----------
    number : int
        From 1.
    finding : Finding
        What was found.
    lines : tuple of int
        Lines of the table; none where it is about whole columns or the file.
    columns : tuple of str
        Headers; none where it is about whole lines or the file.
    """

    number: int
    finding: Finding
    lines: tuple[int, ...]
    columns: tuple[str, ...]


def marks_of(findings: Iterable[Finding], source: str, headers: Sequence[str]) -> tuple[Mark, ...]:
    """Return findings numbered, each with the lines and columns of a table that it names.

    Lines and columns of another file, such as a joined one, are not the table's.

    Examples
    --------
    >>> from responder.cohort.findings import Severity
    >>> where = Phrase("place.file_line_column", {"file": "t.csv", "line": 4, "column": "age"})
    >>> found = [Finding("RSP117", Severity.REFUSED, "no age", where), Finding("RSP108", Severity.NOTE, "?", "t.csv:1")]
    >>> [(mark.number, mark.lines, mark.columns) for mark in marks_of(found, "t.csv", ["id", "age"])]
    [(1, (4,), ('age',)), (2, (1,), ())]
    """
    known = frozenset(headers)
    marks = []
    for number, finding in enumerate(findings, start=1):
        files, lines, columns = _place(finding.where)
        here = not files or source in files
        at = tuple(dict.fromkeys(columns)) if here else ()
        marks.append(Mark(number, finding, tuple(lines) if here else (), tuple(name for name in at if name in known)))
    return tuple(marks)


def _place(where: Any) -> tuple[set[str], list[int], list[str]]:
    files: set[str] = set()
    lines: list[int] = []
    columns: list[str] = []
    for name, value in _named(where):
        if name == "file" and (split := _LINE.fullmatch(str(value))):
            files.add(split[1])
            lines.append(int(split[2]))
        elif name == "file":
            files.add(str(value))
        elif name in {"line", "lines"} and isinstance(value, int):
            lines.append(value)
        elif name in {"column", "columns"} and isinstance(value, str):
            columns.append(value)
    return files, lines, columns


def _named(where: Any, name: str = "file") -> Iterator[tuple[str, Any]]:
    """Yield what a place names, each with its role; how many more there are is no place."""
    if isinstance(where, Phrase):
        quoted = where.code == "list.quoted"
        values: Mapping[str, Any] = {} if where.code == "list.more" else where.values
        for inner, value in values.items():
            yield from _named(value, name if quoted else inner)
    elif isinstance(where, list | tuple):
        for item in where:
            yield from _named(item, name)
    else:
        yield name, where
