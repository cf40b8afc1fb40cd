"""Turn a trait's cells into numbers by `responder.study.column`, and tell what was odd about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from responder.arrays import FloatArray
from responder.cohort.cell_notes import cell_notes
from responder.cohort.checks.cells import DECIMAL_MARK, MIXED_MARKS
from responder.cohort.checks.intake import BAD_CELL
from responder.cohort.findings import Finding
from responder.cohort.places import at_columns, at_lines
from responder.cohort.table import RawTable
from responder.cohort.trait_column import CELLS_SHOWN, TraitColumn, cell_place
from responder.study.column import CellProblem, read_column, table_mark
from responder.values import rank_word
from responder.words import Phrase, Spoken

__all__ = ["columns_mark", "encode_column"]

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


def _problems(table: RawTable, column: TraitColumn, ids: Sequence[str], problems: list[CellProblem]) -> list[Finding]:
    name = column.trait.name
    findings = []
    for about, rule, case in (("mark", DECIMAL_MARK, "doubt"), ("mixed", MIXED_MARKS, "both")):
        if lines := [table.lines[problem.row] for problem in problems if problem.error.about == about]:
            findings.append(rule.found(case, at_lines(table.source, lines, column.header), trait=name))
    bad = [problem for problem in problems if problem.error.about not in _MARKS]
    for problem in bad[:CELLS_SHOWN]:
        place = cell_place(table, problem.row, ids, problem.header)
        findings.append(BAD_CELL.found("value", place, _hint(problem), trait=name, problem=problem.error.problem))
    if len(bad) > CELLS_SHOWN:
        column_place = at_columns(table.source, *column.headers)
        findings.append(BAD_CELL.found("more", column_place, trait=name, n=len(bad) - CELLS_SHOWN))
    return findings


def _hint(problem: CellProblem) -> str | Spoken:
    """Return what is allowed, and how the study declares a code such as ND; numbers and free text are never told."""
    word, allowed = str(problem.cell).strip(), problem.error.hint
    if not (_CODE.fullmatch(word) or rank_word(word) is not None):
        return allowed
    declare = Phrase("RSP117.declare.fix", {"word": word})
    return Phrase("RSP117.either.fix", {"allowed": allowed, "declare": declare}) if allowed else declare
