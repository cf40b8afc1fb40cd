"""Read a table whatever its format: the registry of formats, told apart by content and not by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from responder.cohort.apart import read_apart
from responder.cohort.bounds import refuse_file
from responder.cohort.checks.intake import UNREADABLE
from responder.cohort.encoding import check_encoding
from responder.cohort.foreign import refuse_foreign
from responder.cohort.table import RawTable, ReadOptions
from responder.errors import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    TableSource = str | Path | pd.DataFrame | RawTable

__all__ = ["FORMATS", "TableFormat", "read_table", "table_path"]

START = 4096
_SAS7BDAT = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_JSON_STARTS = ("{", "[")
_JSON_NEXT = ('"', "{", "[", "}", "]")


@dataclass(frozen=True)
class TableFormat:
    """One file format.

    Attributes
    ----------
    name : str
        Its usual name.
    signatures : tuple of bytes
        What such a file starts with, one of them.
    module, function : str
        Where its reader is: called with the path, its name in messages and the options, returns a `RawTable`.
    recognise : callable, optional
        Where the start is no fixed signature: whether the first bytes are of this format.
    libraries : tuple of str
        What reads it, where that allots what a file claims: such a file is read by a process of its own.
    """

    name: str
    signatures: tuple[bytes, ...]
    module: str
    function: str
    recognise: Callable[[bytes], bool] | None = field(default=None, repr=False)
    libraries: tuple[str, ...] = ()

    def fits(self, start: bytes) -> bool:
        """Return whether a file that starts so is of this format."""
        return start.startswith(self.signatures) if self.recognise is None else self.recognise(start)

    @property
    def reader(self) -> Callable[[Path, str, ReadOptions], RawTable]:
        """The reader, imported when it is first needed."""
        reader: Callable[[Path, str, ReadOptions], RawTable]
        reader = getattr(importlib.import_module(self.module), self.function)
        return reader

    def read(self, path: Path, source: str, options: ReadOptions) -> RawTable:
        """Read a file of this format."""
        reader = self.reader
        if not self.libraries:
            return reader(path, source, options)
        for library in self.libraries:
            importlib.import_module(library)  # here, for all files that follow
        return read_apart(lambda: reader(path, source, options), source)


def _is_stata(start: bytes) -> bool:
    """Return whether a file is Stata's: since version 13 in tags, before with version, byte order and type."""
    old = len(start) > 4 and 102 <= start[0] <= 115 and start[1] in {1, 2} and start[2] == 1
    return old or start.startswith(b"<stata_dta>")


def _is_json(start: bytes) -> bool:
    text = start.decode("utf-8", errors="ignore").lstrip("\ufeff \t\r\n")
    return text.startswith(_JSON_STARTS) and text[1:].lstrip().startswith(_JSON_NEXT)


_CALAMINE, _PARQUET = ("python_calamine",), ("pyarrow.parquet",)
_READSTAT = ("pyreadstat", "narwhals", "pandas")  # which imports the others when it reads
_WORKBOOK = "responder.cohort.xlsx_file"
_STATISTICS = "responder.cohort.stat_file"
_FRAMES = "responder.cohort.data_frame"
FORMATS = (
    TableFormat("XLSX or ODS", (b"PK\x03\x04",), _WORKBOOK, "read_xlsx", libraries=_CALAMINE),
    TableFormat("XLS", (b"\xd0\xcf\x11\xe0",), _WORKBOOK, "read_xlsx", libraries=_CALAMINE),
    TableFormat("Parquet", (b"PAR1",), "responder.cohort.parquet_file", "read_parquet", libraries=_PARQUET),
    TableFormat("SAS XPT", (b"HEADER RECORD***",), _STATISTICS, "read_xpt", libraries=_READSTAT),
    TableFormat("SAS", (_SAS7BDAT,), _STATISTICS, "read_sas", libraries=_READSTAT),
    TableFormat("SPSS", (b"$FL2", b"$FL3"), _STATISTICS, "read_spss", libraries=_READSTAT),
    TableFormat("Stata", (), _STATISTICS, "read_stata", _is_stata, _READSTAT),
    TableFormat("JSON", (), "responder.cohort.json_file", "read_json", _is_json),
    TableFormat("delimited text", (b"",), "responder.cohort.csv_file", "read_csv"),
)


def table_path(path: str | Path) -> Path:
    """Return the file of a path that may name a sheet behind ``#``."""
    return _split(path)[0]


def _split(path: str | Path) -> tuple[Path, str]:
    """Return the file and the sheet of a path; names of files and of sheets may hold the sign too."""
    parts = str(path).split("#")
    for many in range(len(parts), 0, -1):
        whole = Path("#".join(parts[:many]))
        if whole.exists():
            return whole, "#".join(parts[many:])
    return Path(parts[0]), "#".join(parts[1:])


def read_table(path: TableSource, options: ReadOptions | None = None) -> RawTable:
    """Read a table: text of any usual delimiter and encoding, a workbook, Parquet, SAS, SPSS, Stata or JSON.

    Parameters
    ----------
    path : str, Path, DataFrame or RawTable
        The file; a sheet of a workbook is named behind ``#``, as in ``flow.xlsx#Baseline``. Or a table in memory, which
        is taken the same way from there.
    options : ReadOptions, optional
        What a person says of the file.

    Returns
    -------
    RawTable
        Text cells as they are written, what the file declares of its columns, and findings on what was mended.

    Raises
    ------
    TableRefusedError
        If the file cannot be read as one table.
    UsageError
        If the encoding that was named does not exist.
    """
    options = options or ReadOptions()
    if isinstance(path, str | Path):
        table, folder = _read_file(path, options)
    else:
        table, folder = (path if isinstance(path, RawTable) else _of_frame(path)), Path()
    from responder.cohort.described import describe_table
    from responder.cohort.headers import keep_rows
    from responder.cohort.join import join_table, parse_join
    from responder.cohort.redcap import tidy_redcap
    from responder.cohort.visits import keep_where

    table, where = keep_where(table, options.where)
    table = tidy_redcap(describe_table(table, options.dictionary), options)
    for spec in options.join:
        said = parse_join(spec, folder)
        table = join_table(table, read_table(said.file), said)
    return keep_rows(table, where)


def _of_frame(frame: pd.DataFrame) -> RawTable:
    table: RawTable = importlib.import_module(_FRAMES).table_of_frame(frame)  # a file may be read without pandas
    return table


def _read_file(path: str | Path, options: ReadOptions) -> tuple[RawTable, Path]:
    """Return the table of a file, and the folder that it is in."""
    if options.encoding:
        check_encoding(options.encoding)
    source, (path, sheet) = str(path), _split(path)
    options = replace(options, sheet=options.sheet or sheet)
    if not path.exists():
        near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else None
        raise UNREADABLE.refusal("no_file", source, near)
    if not path.is_file():
        raise UNREADABLE.refusal("folder", source)
    refuse_file(path, source)
    try:
        with path.open("rb") as file:
            start = file.read(START)
        refuse_foreign(path, source, start)
        table_format = next(f for f in FORMATS if f.fits(start))
        if options.sheet and table_format.module != _WORKBOOK:
            raise UNREADABLE.refusal("no_sheets", source, sheet=options.sheet)
        table = table_format.read(path, source, options)
        return replace(table, how=replace(table.how, format=table_format.name)), path.parent
    except OSError as error:
        raise UNREADABLE.refusal("cannot_open", source, why=error.strerror) from error
