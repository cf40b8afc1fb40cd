"""Read a workbook: XLSX (strict Office Open XML too), XLSM, XLS or ODS."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from responder.cohort.bounds import refuse_cells, refuse_zip
from responder.cohort.checks.intake import EMPTY, EXTRA_SHEETS, HIDDEN, UNCALCULATED, UNREADABLE
from responder.cohort.findings import Finding
from responder.cohort.places import quoted, shortened
from responder.cohort.sheet_xml import SheetFacts, percent_text, sheet_facts
from responder.cohort.structure import make_table
from responder.cohort.table import RawTable, ReadOptions, cell_text, trimmed
from responder.errors import did_you_mean
from responder.names import fold_name
from responder.words import Phrase

__all__ = ["read_xlsx"]

_NAMES_A_VARIABLE = frozenset(
    {
        "variable", "variablename", "variables", "name", "field", "fieldname", "column", "columnname", "item", "code",
        "parameter", "merkmal", "spalte", "变量", "变量名", "变量名称", "字段", "字段名", "列名", "項目", "変数名",
        "變項",
    }
)  # fmt: skip
_DESCRIBES_IT = frozenset(
    {
        "label", "description", "type", "unit", "units", "values", "coding", "codes", "definition", "meaning", "format",
        "levels", "comment", "beschreibung", "einheit", "说明", "类型", "单位", "含义", "标签", "取值", "编码", "定义",
        "描述", "説明", "單位", "単位",
    }
)  # fmt: skip


_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?: %)?")


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: list[tuple[int, list[str]]]
    facts: SheetFacts
    visible: bool

    @property
    def filled(self) -> list[list[str]]:
        return [cells for _, cells in self.rows if any(cells)]

    def is_table(self) -> bool:
        """Return whether two rows hold two cells."""
        return sum(sum(map(bool, cells)) > 1 for cells in self.filled) > 1

    def has_numbers(self) -> bool:
        """Return whether a row below the first holds a number: pages of remarks hold none."""
        return any(_NUMBER.fullmatch(cell) for cells in self.filled[1:] for cell in cells)


def read_xlsx(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read one sheet of a workbook: the one that is named, else the first that holds a table of patients.

    python-calamine reads what openpyxl takes for a workbook without sheets (strict Office Open XML). What it does not
    tell (hidden rows, percent formats, errors, formulas without a result) is read from the XML beside.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages, such as ``flow.xlsx`` or ``flow.xlsx#Baseline``.
    options : ReadOptions
        The sheet, where a person named it.

    Raises
    ------
    TableRefusedError
        If the file is no workbook, is empty, has no such sheet, or formulas that were never calculated.
    """
    sheets = _sheets(path, source, options.sheet)
    filled = [sheet for sheet in sheets if sheet.filled]
    if not filled:
        raise EMPTY.refusal("empty_workbook", source)
    findings: list[Finding] = []
    sheet = filled[0] if options.sheet else _choose(filled, source, findings)
    facts, place = sheet.facts, Phrase("place.file_sheet", {"file": source, "sheet": sheet.name})
    if facts.uncalculated:
        raise UNCALCULATED.refusal("formulas", place, cells=shortened(facts.uncalculated, 6))
    for case, hidden in (("rows", facts.hidden_rows), ("columns", facts.hidden_columns)):
        if hidden:
            findings.append(HIDDEN.found(case, place, n=len(hidden)))
    table = make_table(source, sheet.rows, findings)
    return replace(table, how=replace(table.how, sheet=sheet.name))


def _sheets(path: Path, source: str, wanted: str) -> list[_Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    known: Mapping[str, SheetFacts] = {}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            refuse_zip(archive, source)
            known = sheet_facts(archive, source)
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if wanted and wanted not in names:
            near = did_you_mean(wanted, names)
            raise UNREADABLE.refusal("no_sheet", source, near, sheet=wanted, sheets=tuple(names))
        visible = {m.name for m in workbook.sheets_metadata if m.visible == SheetVisibleEnum.Visible}
        return [
            _Sheet(name, _cells(workbook, name, known.get(name, SheetFacts()), source), facts, name in visible)
            for name in ([wanted] if wanted else names)
            for facts in [known.get(name, SheetFacts())]
        ]
    except CalamineError as error:
        raise UNREADABLE.refusal("bad_workbook", source) from error


def _cells(workbook: Any, name: str, facts: SheetFacts, source: str) -> list[tuple[int, list[str]]]:
    sheet = workbook.get_sheet_by_name(name)
    refuse_cells(sheet.total_height, sheet.total_width, source)
    rows = [[trimmed(cell_text(cell)) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), error in facts.errors.items():
        _put(rows, row, column, error)
    for row, column in facts.percent:
        if row <= len(rows) and column <= len(rows[row - 1]):
            rows[row - 1][column - 1] = percent_text(rows[row - 1][column - 1])
    return list(enumerate(rows, start=1))


def _put(rows: list[list[str]], row: int, column: int, text: str) -> None:
    """Write a cell; rows and columns that hold nothing but errors are not among those that were read."""
    width = max([column, *map(len, rows[:1])])
    rows.extend([""] * width for _ in range(row - len(rows)))
    if len(rows[0]) < width:
        for cells in rows:
            cells.extend([""] * (width - len(cells)))
    rows[row - 1][column - 1] = text


def _choose(filled: Sequence[_Sheet], source: str, findings: list[Finding]) -> _Sheet:
    """Return the first sheet that holds a table, visible ones first; append a finding on the others."""
    described = [sheet for sheet in filled if _is_codebook(sheet)]
    others = [sheet for sheet in filled if sheet not in described] or filled
    chosen = max(others, key=lambda sheet: (sheet.is_table(), sheet.visible, sheet.has_numbers()))
    before = [sheet for sheet in described if sheet is not chosen and filled.index(sheet) < filled.index(chosen)]
    if before:
        codebook, place = before[0].name, f"{source}#{before[0].name}"
        findings.append(EXTRA_SHEETS.found("codebook", source, codebook=codebook, sheet=chosen.name, place=place))
    others = [sheet for sheet in filled if sheet is not chosen and sheet not in before]
    if others:
        listed, place = quoted([sheet.name for sheet in others], 5), f"{source}#{others[0].name}"
        findings.append(EXTRA_SHEETS.found("others", source, sheet=chosen.name, others=listed, place=place))
    return chosen


def _is_codebook(sheet: _Sheet) -> bool:
    """Return whether a sheet describes variables, one a row, and not patients."""
    for header in sheet.filled[:3]:
        names = {fold_name(cell) for cell in header if cell}
        if fold_name(header[0]) in _NAMES_A_VARIABLE and len(names & _DESCRIBES_IT) >= 1:
            return True
    return False
