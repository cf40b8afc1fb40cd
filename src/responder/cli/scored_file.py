"""Write a scored table part by part, as CSV, XLSX or Parquet; the file appears whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from responder.csv_text import python_cells, write_columns
from responder.errors import UsageError
from responder.workbook import add_row, new_workbook

__all__ = ["ScoredFile"]

MOST_WORKBOOK_ROWS = 1_048_575


class _Writer(Protocol):
    def write(self, columns: Mapping[str, Any]) -> None: ...

    def close(self) -> None: ...


class ScoredFile:
    """A scored table being written; use it as a context.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.xlsx`` or ``.parquet``.
    text : collection of str, optional
        Columns of text; those of scores by default.

    Raises
    ------
    UsageError
        If the ending is another one.
    """

    def __init__(self, path: Path, text: Collection[str] | None = None) -> None:
        makers: dict[str, Callable[[Path], _Writer]] = {
            ".csv": _Csv,
            ".xlsx": _Workbook,
            ".parquet": lambda path: _Parquet(path, text),
        }
        ending = path.suffix.casefold()
        if ending not in makers:
            raise UsageError("scored_ending", where=f"--out {path}")
        if path.is_dir():
            raise UsageError("scored_is_folder", where=f"--out {path}")
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
        self._temporary = Path(self._folder.name) / path.name
        self._writer: _Writer = makers[ending](self._temporary)

    def write(self, columns: Mapping[str, Any]) -> None:
        """Append rows, given as columns; ``nan`` becomes an empty cell."""
        self._writer.write(columns)

    def __enter__(self) -> ScoredFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
            if kind is None:
                self._temporary.replace(self.path)
        finally:
            self._folder.cleanup()


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._headed = False

    def write(self, columns: Mapping[str, Any]) -> None:
        write_columns(self._file, columns, headed=self._headed)
        self._headed = True

    def close(self) -> None:
        self._file.close()


class _Workbook:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = new_workbook(write_only=True)
        self._sheet = self._book.create_sheet("scores")
        self._rows = 0

    def write(self, columns: Mapping[str, Any]) -> None:
        if not self._rows:
            add_row(self._sheet, columns)
        for row in zip(*map(python_cells, columns.values()), strict=True):
            self._rows += 1
            add_row(self._sheet, row)
        if self._rows > MOST_WORKBOOK_ROWS:
            raise UsageError("workbook_full", where="--out")

    def close(self) -> None:
        self._book.save(self._path)


class _Parquet:
    def __init__(self, path: Path, text: Collection[str] | None) -> None:
        from responder.score.table import TEXT_COLUMNS

        self._path = path
        self._text = TEXT_COLUMNS if text is None else text
        self._writer: Any = None

    def write(self, columns: Mapping[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {name: pa.string() if name in self._text else pa.float64() for name in columns}
        part = pa.table({name: pa.array(python_cells(cells), types[name]) for name, cells in columns.items()})
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, part.schema)
        self._writer.write_table(part)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
