"""Read a table whatever its format: the registry of formats, told apart by content and not by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from responder.cohort.checks.intake import UNREADABLE
from responder.cohort.table import RawTable, ReadOptions
from responder.errors import did_you_mean

__all__ = ["FORMATS", "TableFormat", "read_table", "table_path"]

MAX_FILE_BYTES = 50_000_000
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".tab")


@dataclass(frozen=True)
class TableFormat:
    """One file format.

    Attributes
    ----------
    name : str
        Its usual name.
    signature : bytes
        What such a file starts with; empty for text.
    module, function : str
        Where its reader is: called with the path and its name in messages, returns a `RawTable`.
    """

    name: str
    signature: bytes
    module: str
    function: str

    @property
    def reader(self) -> Callable[[Path, str], RawTable]:
        """The reader, imported when it is first needed."""
        function: Callable[[Path, str], RawTable] = getattr(importlib.import_module(self.module), self.function)
        return function


FORMATS = (
    TableFormat("XLSX", b"PK\x03\x04", "responder.cohort.xlsx_file", "read_xlsx"),
    TableFormat("XLS", b"\xd0\xcf\x11\xe0", "responder.cohort.xlsx_file", "read_xlsx"),
    TableFormat("Parquet", b"PAR1", "responder.cohort.parquet_file", "read_parquet"),
    TableFormat("SAS XPT", b"HEADER RECORD***", "responder.cohort.xpt_file", "read_xpt"),
    TableFormat("delimited text", b"", "responder.cohort.csv_file", "read_csv"),
)


def table_path(path: str | Path) -> Path:
    """Return the file of a path that may name a sheet behind ``#``."""
    whole = Path(path)
    return whole if whole.exists() else Path(str(path).partition("#")[0])


def read_table(path: str | Path, options: ReadOptions | None = None) -> RawTable:
    """Read a table: CSV (any usual delimiter and encoding), XLSX, XLS, Parquet, SAS XPT, or a REDCap export.

    Parameters
    ----------
    path : str or Path
        The file; a sheet of a workbook is named behind ``#``, as in ``flow.xlsx#Baseline``.
    options : ReadOptions, optional
        What a person says of the file.

    Returns
    -------
    RawTable
        Text cells, and findings on what was mended.

    Raises
    ------
    TableRefusedError
        If the file cannot be read as one table.
    """
    source, path = str(path), table_path(path)
    if not path.exists():
        near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise UNREADABLE.refusal("there is no such file", source, near or "check the path")
    if not path.is_file():
        raise UNREADABLE.refusal("this is a folder, not a file", source, "name the table in it")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UNREADABLE.refusal(
            f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB",
            source,
            "keep the columns of the study only",
        )
    try:
        with path.open("rb") as file:
            start = file.read(16)
        table_format = next(f for f in FORMATS if start.startswith(f.signature))
        table = table_format.reader(path, source)
    except OSError as error:
        raise UNREADABLE.refusal(
            f"the file cannot be opened ({error.strerror})", source, "check its permissions"
        ) from error
    from responder.cohort.described import describe_table
    from responder.cohort.join import join_table
    from responder.cohort.redcap import tidy_redcap
    from responder.cohort.visits import keep_where

    options = options or ReadOptions()
    table = describe_table(keep_where(table, options.where), options.dictionary)
    table = tidy_redcap(table, options)
    for spec in options.join:
        table = join_table(table, spec, path.parent)
    return table
