"""Turn a trait's cells into numbers by `responder.study.column`, and tell what was odd about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.cell_notes import cell_notes, named_lines
from responder.cohort.checks.cells import DECIMAL_MARK, MIXED_MARKS
from responder.cohort.checks.intake import BAD_CELL
from responder.cohort.columns import CELLS_SHOWN, TraitColumn, cell_place
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable
from responder.study.column import Problem, read_column, table_mark
from responder.values import rank_word

__all__ = ["columns_mark", "encode_column"]

FloatArray = NDArray[np.float64]
_CODE = re.compile(r"[A-Z]{1,6}")
_MARKS = frozenset({"mark", "mixed"})


def columns_mark(table: RawTable, columns: Iterable[TraitColumn]) -> str:
    """Return the decimal mark that separator or numbers of a table suggest: a doubt about those that prove none."""
    numeric = [column for column in columns if column.trait.code.is_numeric]
    return table.mark or table_mark([table.column(column.header) for column in numeric])


def encode_column(
    table: RawTable, column: TraitColumn, ids: Sequence[str], findings: list[Finding], mark: str = ""
) -> FloatArray:
    """Return the numbers of a trait, shape (n, its encoded columns); what was odd about its cells is a finding."""
    code = column.trait.code
    cells = [table.column(source.header) for source in column.sources]
    reading = read_column(code, column.sources, cells, mark)
    findings += _problems(table, column, ids, reading.problems)
    findings += cell_notes(code, reading, table.source, table.lines)
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
                f"{place}, {named_lines(table.lines, undecided)}",
                'say in the study which it is: decimal_mark = "," or "." of the trait',
            )
        )
    if mixed:
        findings.append(
            MIXED_MARKS.found(
                f"the numbers of '{name}' have decimal points and decimal commas",
                f"{place}, {named_lines(table.lines, mixed)}",
                "write all of them with a decimal point",
            )
        )
    bad = [problem for problem in problems if problem.error.about not in _MARKS]
    for problem in bad[:CELLS_SHOWN]:
        place = cell_place(table, problem.row, ids, problem.header)
        hint = "; ".join(filter(None, [str(problem.error.hint), _declaration(problem)]))
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
