"""Workbooks in which no cell is a formula: openpyxl takes a text that starts with ``=`` for one."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["add_row", "new_workbook", "workbook_bytes"]


def new_workbook(*, write_only: bool = False) -> Workbook:
    """Return a workbook without sheets.

    Parameters
    ----------
    write_only : bool
        Rows are written as they are added and cannot be changed afterwards: for many of them.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=write_only)
    for sheet in book.worksheets:
        book.remove(sheet)
    return book


def add_row(sheet: Any, cells: Iterable[Any]) -> None:
    """Append a row to a sheet; text is text, whatever it starts with."""
    from openpyxl.cell import WriteOnlyCell

    def as_text(value: str) -> Any:
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell

    sheet.append([as_text(value) if isinstance(value, str) else value for value in cells])


def workbook_bytes(book: Workbook) -> bytes:
    """Return a workbook as the content of its file."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
