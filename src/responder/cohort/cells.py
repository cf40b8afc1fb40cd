"""Turn a trait's cells into numbers by `responder.study.column`, and tell what was odd about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.checks.cells import AT_LIMIT, CONVERTED, DECIMAL_MARK, GAP_WORDS, LEVELS_APART, MIXED_MARKS
from responder.cohort.checks.intake import BAD_CELL
from responder.cohort.columns import CELLS_SHOWN, TraitColumn, cell_place
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable
from responder.study.column import ColumnReading, Problem, read_column, table_mark
from responder.values import rank_word

__all__ = ["columns_mark", "encode_column"]

FloatArray = NDArray[np.float64]
_CODE = re.compile(r"[A-Z]{1,6}")
_MARKS = frozenset({"mark", "mixed"})
_LIMITS = {
    "limit": "they count as the limit itself",
    "half": "lower ones count as half of the limit",
    "missing": "they count as missing",
}


def columns_mark(table: RawTable, columns: Iterable[TraitColumn]) -> str:
    """Return the decimal mark that the numbers of a table prove, to raise a doubt about those that prove none."""
    numeric = [column for column in columns if column.trait.code.is_numeric]
    return table_mark([table.column(column.header) for column in numeric])


def encode_column(
    table: RawTable, column: TraitColumn, ids: Sequence[str], findings: list[Finding], mark: str = ""
) -> FloatArray:
    """Return the numbers of a trait, shape (n, its encoded columns); what was odd about its cells is a finding."""
    code = column.trait.code
    cells = [table.column(source.header) for source in column.sources]
    reading = read_column(code, column.sources, cells, mark)
    findings += _problems(table, column, ids, reading.problems)
    findings += _notes(table, column, reading)
    return reading.values


def _problems(table: RawTable, column: TraitColumn, ids: Sequence[str], problems: list[Problem]) -> list[Finding]:
    name = column.trait.name
    findings = []
    undecided = [problem.row for problem in problems if problem.error.about == "mark"]
    mixed = [problem.row for problem in problems if problem.error.about == "mixed"]
    place = f"{table.source}, column '{column.header}'"
    if undecided:
        findings.append(
            DECIMAL_MARK.found(
                f"a mark in the numbers of '{name}' may be one of decimals or of thousands",
                f"{place}, {_lines(table, undecided)}",
                'say in the study which it is: decimal_mark = "," or "." of the trait',
            )
        )
    if mixed:
        findings.append(
            MIXED_MARKS.found(
                f"the numbers of '{name}' have decimal points and decimal commas",
                f"{place}, {_lines(table, mixed)}",
                "write all of them with a decimal point",
            )
        )
    bad = [problem for problem in problems if problem.error.about not in _MARKS]
    for problem in bad[:CELLS_SHOWN]:
        place = cell_place(table, problem.row, ids, problem.header)
        hint = "; ".join(filter(None, [problem.error.hint, _declaration(problem)]))
        findings.append(BAD_CELL.found(f"the value of '{name}' {problem.error.problem}", place, hint))
    if len(bad) > CELLS_SHOWN:
        findings.append(
            BAD_CELL.found(
                f"{len(bad) - CELLS_SHOWN} more values of '{name}' are not what the trait can hold",
                place,
                "mend them in the same way",
            )
        )
    return findings


def _declaration(problem: Problem) -> str:
    """Return how the study declares a code such as ND. Numbers and free text are a patient's and never told."""
    word = str(problem.cell).strip()
    if not (_CODE.fullmatch(word) or rank_word(word) is not None):
        return ""
    return f'or say in the study what it means: cells = {{ "{word}" = "missing" }}'


def _notes(table: RawTable, column: TraitColumn, reading: ColumnReading) -> list[Finding]:
    code = column.trait.code
    place = f"{table.source}, column '{column.header}'"
    findings = []
    if reading.gaps:
        words = "; ".join(
            f"'{word}' in {_lines(table, [row for row, _ in places])}" for word, places in reading.gaps.items()
        )
        findings.append(
            GAP_WORDS.found(
                f"words in '{code.name}' are taken as gaps: {words}",
                place,
                "if one of them means something else, say so under 'cells' of the trait in the study",
            )
        )
    if reading.limits:
        n, lines = len(reading.limits), _lines(table, reading.limits)
        findings.append(
            AT_LIMIT.found(
                f"{n} of {len(table.rows)} values of '{code.name}' lie at a limit of detection ({lines}): "
                f"{_LIMITS[code.limits]}",
                place,
                "the study says what they count as: limits = 'limit', 'half' or 'missing'",
            )
        )
    for unit, count in reading.converted.items():
        findings.append(
            CONVERTED.found(f"{count} values of '{code.name}' were converted from {unit} to {code.unit}", place)
        )
    if reading.blank_beside or reading.without_column:
        missing = ", ".join(reading.without_column) or "none"
        findings.append(
            LEVELS_APART.found(
                f"'{code.name}' is read from yes/no columns; rows with an answer beside a blank cell: "
                f"{len(reading.blank_beside)}; levels without a column: {missing}",
                place,
                "in such a row what is not said counts as no; where that is not so, give one column that lists them",
            )
        )
    return findings


def _lines(table: RawTable, rows: Sequence[int]) -> str:
    shown = ", ".join(str(table.lines[row]) for row in rows[:CELLS_SHOWN])
    more = f" and {len(rows) - CELLS_SHOWN} more" if len(rows) > CELLS_SHOWN else ""
    return f"{'line' if len(rows) == 1 else 'lines'} {shown}{more}"
