"""Read a workbook: XLSX (strict Office Open XML too), XLSM or XLS."""

from __future__ import annotations

import zipfile
from pathlib import Path

from responder.cohort.checks.intake import EMPTY, EXTRA_SHEETS, UNREADABLE
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable, cell_text, make_table
from responder.errors import did_you_mean

__all__ = ["read_xlsx"]

MAX_UNPACKED_BYTES = 400_000_000


def read_xlsx(path: Path, source: str) -> RawTable:
    """Read one sheet of a workbook: the one named behind ``#`` in `source`, else the first that is not empty.

    python-calamine reads what openpyxl takes for a workbook without sheets (strict Office Open XML).

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages, such as ``flow.xlsx`` or ``flow.xlsx#Baseline``.

    Raises
    ------
    TableRefusedError
        If the file is no workbook, is empty, or has no such sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse_if_huge(path, source)
    _, _, wanted = source.partition("#")
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if wanted and wanted not in names:
            hint = did_you_mean(wanted, names) or "sheets: " + ", ".join(names)
            raise UNREADABLE.refusal(f"the workbook has no sheet '{wanted}'", source, hint)
        sheets = {name: _cells(workbook, name) for name in ([wanted] if wanted else names)}
    except CalamineError as error:
        raise UNREADABLE.refusal("the file is not a workbook that can be read", source, "save it again") from error
    filled = [name for name, rows in sheets.items() if any(any(cells) for _, cells in rows)]
    if not filled:
        raise EMPTY.refusal("the workbook is empty", source, "export it again, with a header and one row a patient")
    findings: list[Finding] = []
    if len(filled) > 1:
        others = ", ".join(f"'{name}'" for name in filled[1:6])
        findings.append(
            EXTRA_SHEETS.found(
                f"the first sheet, '{filled[0]}', was read and others were not: {others}",
                source,
                f"to read another, write its name behind the file's: {source}#{filled[1]}",
            )
        )
    return make_table(source, sheets[filled[0]], findings)


def _cells(workbook: object, name: str) -> list[tuple[int, list[str]]]:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)  # type: ignore[attr-defined]
    return [(line, [cell_text(cell) for cell in row]) for line, row in enumerate(rows, start=1)]


def _refuse_if_huge(path: Path, source: str) -> None:
    """Refuse a workbook that unpacks to more than a table of patients ever needs."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > MAX_UNPACKED_BYTES:
        raise UNREADABLE.refusal(
            f"the workbook unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB",
            source,
            "keep one sheet",
        )
