"""Tables for a paper: Table 1, models, their comparison, markers and hypotheses, as CSV, XLSX, DOCX or HTML."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from responder.csv_text import csv_rows
from responder.files import write_atomically
from responder.report import input_tables, result_tables
from responder.report.comparison_table import comparison_notes, comparison_table
from responder.report.html import environment
from responder.report.source import ReportInput
from responder.report.tables import ReportTable, file_name
from responder.words import Language, Voice, said_all
from responder.workbook import add_row, new_workbook, workbook_bytes

__all__ = ["TableFormat", "paper_tables", "write_paper_tables"]

TableFormat = Literal["csv", "xlsx", "docx", "html"]
_NUMBER = re.compile(r"[-\u2212]?\d+(?:\.(\d+))?")
_WIDEST_COLUMN = 60


class PaperTable(NamedTuple):
    """A table, the name of its file or sheet, and what stands below it."""

    name: str
    table: ReportTable
    notes: tuple[str, ...]


def paper_tables(source: ReportInput, words: Voice) -> tuple[PaperTable, ...]:
    """Return the tables that a run can have: baseline characteristics first, then what was found.

    Parameters
    ----------
    source : ReportInput
        The run.
    words : Voice
        Of the subject ``report``.
    """
    explained = bool(source.model()["importance"])
    wanted: dict[str, tuple[ReportTable | None, Sequence[str]]] = {
        "characteristics": (input_tables.characteristics_table(source, words), source.notes(words)),
        "models": (result_tables.model_table(source, words), source.sentences(source.model(), words)),
        "comparisons": (comparison_table(source, words), comparison_notes(source, words)),
        "markers": (result_tables.trait_table(source, words) if explained else None, ()),
        "hypotheses": (result_tables.hypotheses_table(source, words), ()),
        "hypothesis_parts": (result_tables.evidence_table(source, words), ()),
    }
    return tuple(
        PaperTable(name, table, tuple(notes))
        for name, (table, notes) in wanted.items()
        if table is not None and table.rows
    )


def write_paper_tables(
    source: ReportInput, folder: Path, formats: Sequence[TableFormat], language: Language = "en"
) -> list[Path]:
    """Write the tables of a run: a CSV each, one workbook, one document, or one page.

    Returns
    -------
    list of Path
        The files.
    """
    tables = paper_tables(source, Voice(language, "report"))
    whole: dict[TableFormat, Callable[[], str | bytes]] = {
        "xlsx": lambda: _workbook(tables),
        "docx": lambda: _document(tables, language),
        "html": lambda: _page(source, tables, language),
    }
    texts: dict[str, str | bytes] = {}
    for form in formats:
        if form == "csv":
            texts |= {file_name(f"table_{t.name}", "csv", language): _csv(t.table) for t in tables}
        else:
            texts[file_name("tables", form, language)] = whole[form]()
    for name, content in texts.items():
        write_atomically(folder / name, content)
    return [folder / name for name in texts]


def _csv(table: ReportTable) -> str:
    return "\ufeff" + csv_rows(
        [table.headers, *table.rows]
    )  # spreadsheets take a file without the mark for another encoding


def _page(source: ReportInput, tables: Sequence[PaperTable], language: Language) -> str:
    words = Voice(language, "report")
    page = environment().get_template("tables.html.j2")
    return page.render(w=words, title=source.title(words), tables=tables).lstrip()


def _workbook(tables: Sequence[PaperTable]) -> bytes:
    """Return a workbook with a sheet a table; a cell that is a number is one, shown to the same places."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = new_workbook()
    for name, table, notes in tables:
        sheet = book.create_sheet(name)
        add_row(sheet, [table.caption])
        add_row(sheet, table.headers)
        for row in table.rows:
            add_row(sheet, map(_value, row))
            for at, text in enumerate(row, 1):
                cell, number = sheet.cell(sheet.max_row, at), _NUMBER.fullmatch(text)
                if number and number[1]:
                    cell.number_format = "0." + "0" * len(number[1])
                cell.alignment = Alignment(wrap_text=True, vertical="top")
        for note in notes:
            add_row(sheet, [note])
        for cell in (*sheet[1], *sheet[2]):
            cell.font = Font(bold=True)
        for at in range(len(table.headers)):
            longest = max(len(row[at]) for row in (table.headers, *table.rows))
            sheet.column_dimensions[get_column_letter(at + 1)].width = min(longest + 2, _WIDEST_COLUMN)
        sheet.freeze_panes = "B3"
    return workbook_bytes(book)


def _value(text: str) -> str | float:
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    value = float(text.replace("\u2212", "-"))
    return value if number[1] else int(value)


def _document(tables: Sequence[PaperTable], language: Language) -> bytes:
    """Return a document with each table as papers have it: rules above, below and under the head, notes beneath."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.styles["Normal"].font.size = Pt(9)
    for name, table, notes in tables:
        document.add_paragraph().add_run(table.caption).bold = True
        grid: Any = document.add_table(rows=1, cols=len(table.headers))
        _rule(grid)
        lines = [table.headers, *table.rows]
        for at, row in enumerate(lines):
            cells = grid.rows[0].cells if at == 0 else grid.add_row().cells
            for column, text in enumerate(row):
                paragraph = cells[column].paragraphs[0]
                paragraph.add_run(text).bold = at == 0 or (at - 1) in table.strong
                if column in table.numeric:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if notes:
            document.add_paragraph().add_run(said_all(notes, language)).italic = True
        if name != tables[-1].name:
            document.add_paragraph()
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _rule(grid: Any) -> None:
    """Give a table three rules: above, below, and under its head."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    line = 'w:val="single" w:sz="8" w:space="0" w:color="auto"'
    grid._tbl.tblPr.append(  # noqa: SLF001
        parse_xml(f"<w:tblBorders {nsdecls('w')}><w:top {line}/><w:bottom {line}/></w:tblBorders>")
    )
    for cell in grid.rows[0].cells:
        cell._tc.get_or_add_tcPr().append(  # noqa: SLF001
            parse_xml(f"<w:tcBorders {nsdecls('w')}><w:bottom {line}/></w:tcBorders>")
        )
