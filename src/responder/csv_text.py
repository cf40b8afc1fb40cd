"""Tables as CSV, in which no cell is a formula: a spreadsheet runs a text that starts as one (CWE-1236)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_rows", "csv_text", "harmless", "python_cells", "write_columns"]

_RUNS = re.compile(r"[=+\-@\t\r].", re.DOTALL)
_NUMBER = re.compile(r"[+-](?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?(?: ?%)?")


def harmless(cell: Any) -> Any:
    """Return a cell as it may stand in a CSV file: before a text that a spreadsheet would run stands an apostrophe.

    Numbers, written as text too, and a sign that stands alone are left as they are. A carriage return is written as a
    line feed: outside quotes it would end the row, and what follows it would begin a cell.

    Examples
    --------
    >>> [harmless(cell) for cell in ("=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "-0.5", "+1,5e3", "-", "P-1", -2.0)]
    ["'=cmd|' /C calc'!A0", "'@SUM(A1)", "'-2+3", '-0.5', '+1,5e3', '-', 'P-1', -2.0]
    """
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
    return text if not _RUNS.match(cell) or _NUMBER.fullmatch(cell) else f"'{text}"


def csv_text(frame: pd.DataFrame, *, index: bool = False, float_format: str | None = None) -> str:
    """Return a table as CSV, the same bytes on every system; see ``DataFrame.to_csv``."""
    shown = frame.rename(columns=harmless)
    for name, kind in frame.dtypes.items():
        if kind.kind not in "biufcM":  # neither numbers nor dates
            shown[harmless(name)] = frame[name].map(harmless)
    if index:
        shown.index = frame.index.map(harmless).rename(harmless(frame.index.name))
    return shown.to_csv(index=index, lineterminator="\n", float_format=float_format)


def csv_rows(rows: Iterable[Iterable[Any]]) -> str:
    r"""Return rows as CSV.

    Examples
    --------
    >>> csv_rows([("name", "n"), ("=1+1", -2)])
    "name,n\n'=1+1,-2\n"
    """
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(map(harmless, row) for row in rows)
    return buffer.getvalue()


def write_columns(file: IO[str], columns: Mapping[str, Any], *, headed: bool) -> None:
    """Append rows, given as columns, to a CSV file; ``nan`` becomes an empty cell.

    Parameters
    ----------
    file : text file
        Opened with ``newline=""``.
    columns : Mapping of str to sequence
        By name.
    headed : bool
        Whether the file has its header already.
    """
    writer = csv.writer(file)
    if not headed:
        writer.writerow(map(harmless, columns))
    writer.writerows(zip(*map(_texts, columns.values()), strict=True))


def python_cells(cells: Any) -> list[Any]:
    """Return cells as a list of Python values, a missing number as None."""
    plain: list[Any] = cells.tolist() if hasattr(cells, "tolist") else list(cells)
    return [None if cell != cell else cell for cell in plain]


def _texts(cells: Any) -> list[Any]:
    """Return cells as they are written, numbers that come again as text: most of the time goes into digits."""
    import numpy as np

    if not isinstance(cells, np.ndarray) or cells.dtype.kind != "f":
        return list(map(harmless, python_cells(cells)))
    # told apart by their bits, for 0.0 and -0.0 are written differently
    different, places = np.unique(cells.view(np.int64), return_inverse=True)
    if len(different) > len(cells) // 2:
        return python_cells(cells)
    texts = ["" if cell is None else repr(cell) for cell in python_cells(different.view(float))]
    return list(map(texts.__getitem__, places.tolist()))
