"""Find a column by the name that a person gives, and keep the rows that have a value in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from responder.cohort.checks.intake import MISSING_COLUMN, WHERE
from responder.cohort.findings import Finding
from responder.cohort.rule import TableRefusedError
from responder.cohort.table import RawTable
from responder.names import fold_name
from responder.names.suggest import suggest
from responder.words import Phrase

__all__ = ["find_header", "keep_rows", "missing_column", "nearest_header"]


def find_header(table: RawTable, name: str, role: Phrase) -> str:
    """Return the header that a person means by a name.

    Raises
    ------
    TableRefusedError
        If the table has no such column.
    """
    for header in table.headers:
        if fold_name(header) == fold_name(name):
            return header
    raise TableRefusedError(missing_column(table.source, [name], table.headers, role))


def keep_rows(table: RawTable, where: Mapping[str, str]) -> RawTable:
    """Return the rows that have the wanted value in each column of `where`.

    Raises
    ------
    TableRefusedError
        If there is no such column, or no such row.
    """
    for name, value in where.items():
        header = find_header(table, name, Phrase("role.filter"))
        cells, wanted = table.column(header), str(value).strip().casefold()
        kept = table.keeping(cell.casefold() == wanted for cell in cells)
        if not kept.rows:
            raise WHERE.refusal("none", table.source, suggest(str(value), set(cells)), value=str(value), column=header)
        table = kept
    return table


def nearest_header(names: Iterable[str], headers: Sequence[str]) -> Phrase | None:
    """Return the question whether a header was meant, for the first name that one comes near; else None."""
    return next((hint for name in names if (hint := suggest(name, headers))), None)


def missing_column(
    source: str, names: Sequence[str], headers: Sequence[str], role: Phrase, hint: Phrase | None = None
) -> Finding:
    """Return the finding for a column that is needed and not there; `names` are its name and aliases."""
    near = nearest_header(names, headers) or hint
    return MISSING_COLUMN.found("column", source, near, column=names[0], role=role)
