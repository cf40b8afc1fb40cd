"""Find each trait's column in a table, by its name or an alias, and turn its cells into numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from responder.cohort.checks.intake import (
    AMBIGUOUS_COLUMN,
    BAD_CELL,
    ID_COLUMN,
    MISSING_COLUMN,
    NOT_USED,
    OPTIONAL_MISSING,
    WHERE,
)
from responder.cohort.findings import Finding
from responder.cohort.rule import TableRefusedError
from responder.cohort.table import UNNAMED, RawTable
from responder.names import fold_name
from responder.names.suggest import suggest
from responder.study.encode import EncodeError, fold_unit, is_missing
from responder.study.model import Study, Trait

__all__ = [
    "TraitColumn",
    "cell_place",
    "encode_column",
    "find_absent",
    "find_column",
    "find_header",
    "find_id_column",
    "find_unused",
    "free_headers",
    "keep_rows",
    "missing_column",
    "nearest_header",
]

CELLS_SHOWN = 5
COLUMNS_SHOWN = 12
_BRACKETS = re.compile(r"^(.*\S)\s*[\(\[]([^\(\)\[\]]+)[\)\]]$")


@dataclass(frozen=True)
class TraitColumn:
    """The column of a table that holds a trait; `unit` is set when the header names one in brackets."""

    trait: Trait
    header: str
    unit: str = ""


def find_column(table: RawTable, trait: Trait, findings: list[Finding]) -> TraitColumn | None:
    """Return the trait's column, or None; two candidates are a finding unless one has the exact name.

    Names are compared without case, blanks, underscores and hyphens. A unit in brackets behind the name
    (``Duration (months)``) is understood when the trait knows it.
    """
    names = {fold_name(name) for name in (trait.name, *trait.aliases)}
    units = {fold_unit(unit): unit for unit in (trait.unit, *trait.units) if unit}
    found = []
    for header in table.headers:
        if fold_name(header) in names:
            found.append(TraitColumn(trait, header))
        elif (match := _BRACKETS.match(header)) and fold_name(match.group(1)) in names:
            unit = units.get(fold_unit(match.group(2)))
            if unit is not None:
                found.append(TraitColumn(trait, header, unit))
    exact = [column for column in found if column.header == trait.name]
    if len(found) > 1 and not exact:
        headers = ", ".join(f"'{column.header}'" for column in found)
        findings.append(
            AMBIGUOUS_COLUMN.found(
                f"more than one column can be '{trait.name}': {headers}",
                table.source,
                f"rename the right one to '{trait.name}', or remove the others",
            )
        )
    candidates = exact or found
    return candidates[0] if candidates else None


def find_id_column(table: RawTable, study: Study, findings: list[Finding]) -> str | None:
    """Return the header of the patient ids: by name, by alias, or the first column if it has no name."""
    names = [study.id_column, *study.id_aliases]
    for name in names:
        for header in table.headers:
            if fold_name(header) == fold_name(name):
                return header
    if table.headers[0] == f"{UNNAMED}_1":
        findings.append(
            ID_COLUMN.found(
                "the first column has no name and is taken for the patient ids",
                table.source,
                f"call it '{study.id_column}'",
            )
        )
        return table.headers[0]
    findings.append(missing_column(table.source, names, free_headers(table, study), "of patient ids"))
    return None


def free_headers(table: RawTable, study: Study) -> tuple[str, ...]:
    """Return the headers that no trait of the study claims: those that a missing column may hide behind."""
    scratch: list[Finding] = []
    claimed = {column.header for trait in study.traits if (column := find_column(table, trait, scratch))}
    return tuple(header for header in table.headers if header not in claimed)


def find_header(table: RawTable, name: str, what: str) -> str:
    """Return the header that a person means by a name.

    Raises
    ------
    TableRefusedError
        If the table has no such column.
    """
    for header in table.headers:
        if fold_name(header) == fold_name(name):
            return header
    raise TableRefusedError(missing_column(table.source, [name], table.headers, what))


def keep_rows(table: RawTable, where: Mapping[str, str]) -> RawTable:
    """Return the rows that have the wanted value in each column of `where`.

    Raises
    ------
    TableRefusedError
        If there is no such column, or no such row.
    """
    for name, value in where.items():
        header = find_header(table, name, "to filter by")
        cells, wanted = table.column(header), str(value).strip().casefold()
        kept = table.keeping(cell.casefold() == wanted for cell in cells)
        if not kept.rows:
            raise WHERE.refusal(
                f"no row has '{value}' in the column '{header}'",
                table.source,
                suggest(str(value), set(cells)) or "check the value to filter by",
            )
        table = kept
    return table


def find_absent(table: RawTable, study: Study, absent: Iterable[Trait]) -> list[Finding]:
    """Return notes of traits that nobody asked for and the table has not; alone where a header comes near."""
    far, findings, free = [], [], free_headers(table, study)
    for trait in absent:
        near = nearest_header((trait.name, *trait.aliases), free)
        if near:
            message = f"the table has no column '{trait.name}'; left out"
            findings.append(OPTIONAL_MISSING.found(message, table.source, near))
        else:
            far.append(trait.name)
    if far:
        message = f"baseline traits of the study that the table has not: {', '.join(far)}"
        findings.append(OPTIONAL_MISSING.found(message, table.source))
    return findings


def find_unused(table: RawTable, study: Study, others: Iterable[str]) -> list[Finding]:
    """Return notes of the columns that nobody knows.

    Parameters
    ----------
    table : RawTable
        The table.
    study : Study
        Its traits and ``ignored`` columns are known.
    others : iterable of str
        Names of columns that are known besides.
    """
    silent = {fold_name(name) for name in (*study.ignored, *others)}
    unknown = [header for header in free_headers(table, study) if fold_name(header) not in silent]
    findings = []
    if unknown:
        shown = ", ".join(unknown[:COLUMNS_SHOWN])
        more = f" and {len(unknown) - COLUMNS_SHOWN} more" if len(unknown) > COLUMNS_SHOWN else ""
        findings.append(NOT_USED.found(f"columns unknown to the study are not used: {shown}{more}", table.source))
    return findings


def nearest_header(names: Iterable[str], headers: Sequence[str]) -> str:
    """Return ``"did you mean ...?"`` for the first name that a header comes near, or an empty string."""
    return next((hint for name in names if (hint := suggest(name, headers))), "")


def missing_column(source: str, names: Sequence[str], headers: Sequence[str], what: str) -> Finding:
    """Return the finding for a column that is needed and not there; `names` are its name and aliases."""
    return MISSING_COLUMN.found(
        f"the table has no column '{names[0]}' ({what})",
        source,
        nearest_header(names, headers)
        or f"add the column '{names[0]}', or give its present name as an alias in the study",
    )


def encode_column(
    table: RawTable, column: TraitColumn, ids: Sequence[str], findings: list[Finding]
) -> NDArray[np.float64]:
    """Return the numbers of a trait's column, shape (n, its encoded columns); a bad cell is a finding."""
    code = column.trait.code
    values = np.full((len(table.rows), len(code.columns)), np.nan)
    bad = 0
    for row, cell in enumerate(table.column(column.header)):
        content: object = cell
        if column.unit and not is_missing(cell) and cell[-1].isdigit():
            content = {"value": cell, "unit": column.unit}
        try:
            values[row] = code.encode(content)
        except EncodeError as error:
            bad += 1
            if bad <= CELLS_SHOWN:
                place = cell_place(table, row, ids, column.header)
                findings.append(BAD_CELL.found(f"the value of '{code.name}' {error.problem}", place, error.hint))
    if bad > CELLS_SHOWN:
        findings.append(
            BAD_CELL.found(
                f"{bad - CELLS_SHOWN} more values of '{code.name}' are not what the trait can hold",
                f"{table.source}, column '{column.header}'",
                "mend them in the same way",
            )
        )
    return values


def cell_place(table: RawTable, row: int, ids: Sequence[str], header: str) -> str:
    """Return where a cell is: file and line, patient, column."""
    return f"{table.source}:{table.lines[row]}, patient {ids[row]}, column '{header}'"
