"""A table as it was found: text cells under their headers, each row with its line in the file."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from responder.cohort.findings import Finding
from responder.names.fold import BLANKS
from responder.values import TypedNumber

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNNAMED", "ColumnFacts", "HowRead", "RawTable", "ReadOptions", "cell_text", "trimmed"]

UNNAMED = "unnamed"
"""What a column without a name is called, with its position behind."""


@dataclass(frozen=True)
class ReadOptions:
    """What a person says of a file that the file does not say itself.

    Attributes
    ----------
    encoding : str
        Of a text file; found out where empty.
    sheet : str
        Of a workbook; the first that holds a table where empty.
    dictionary : str
        REDCap data dictionary (CSV) that describes the columns.
    join : tuple of str
        Further tables brought to this one by the patients' ids: ``FILE``, ``FILE:KEY`` or ``FILE:KEY=PATTERN``.
    baseline_visit : str
        Name of the event or visit that is baseline; recognised by its name where empty.
    fold_visits : bool
        Fold rows of patients and visits into one row per patient.
    where : Mapping[str, str]
        Keep the rows whose column has this value; applied before visits are folded.
    pseudonyms : bool
        Put pseudonyms in the place of the patients' ids.
    """

    encoding: str = ""
    sheet: str = ""
    dictionary: str = ""
    join: tuple[str, ...] = ()
    baseline_visit: str = ""
    fold_visits: bool = True
    where: Mapping[str, str] = field(default_factory=dict)
    pseudonyms: bool = False


@dataclass(frozen=True)
class ColumnFacts:
    """What a file, or a data dictionary, declares of a column; everything may be absent.

    Attributes
    ----------
    label : str
        Name in words.
    kind : str
        A trait's kind (``binary``, ``ordinal``, ``continuous``, ``count``, ``set``), or ``text``, ``date``,
        ``nominal`` (levels that may have an order or none), or ``group`` (of the project and no trait: centre, arm).
    unit : str
        Unit of its numbers.
    levels : tuple of (str, str)
        Code as it stands in the cells, and its label.
    plausible : tuple of two float or None
        Lowest and highest allowed value.
    missing : tuple of str
        Codes that stand for a gap.
    identifier : bool
        Whether it is declared to identify a person.
    asked_if : str
        Branching logic: in whom it is asked at all.
    visit : str
        The visit that the column was folded from.
    measure : str
        Header of the column before visits were folded.
    timing : str
        ``baseline``, ``on_treatment`` or ``outcome``, where a dictionary that this program wrote says so.
    form : str
        The form of a REDCap project that it is a field of.
    once : bool
        One value a patient, whatever the visit: folding never gives it a visit.
    """

    label: str = ""
    kind: str = ""
    unit: str = ""
    levels: tuple[tuple[str, str], ...] = ()
    plausible: tuple[float | None, float | None] = (None, None)
    missing: tuple[str, ...] = ()
    identifier: bool = False
    asked_if: str = ""
    visit: str = ""
    measure: str = ""
    timing: str = ""
    form: str = ""
    once: bool = False


@dataclass(frozen=True)
class HowRead:
    """How a file was read, as far as its format has it.

    Attributes
    ----------
    format : str
        Name of the format; empty of a table in memory.
    sheet : str
        Of a workbook.
    encoding : str
        Name of the codec of a text.
    delimiter : str
        The sign between the columns of a text.
    header_line : int
        Line (or spreadsheet row) of the names of the columns, from 1; 0 where the format keeps them apart.
    """

    format: str = ""
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 0


@dataclass(frozen=True)
class RawTable:
    """A table of text.

    Attributes
    ----------
    source : str
        The file, as the user named it.
    headers : tuple of str
        Column names, trimmed, all different.
    rows : tuple of tuple of str
        Trimmed cells; an empty cell is an empty string.
    lines : tuple of int
        Line (or spreadsheet row) of each row in the file, from 1.
    findings : tuple of Finding
        What reading saw and mended.
    facts : Mapping[str, ColumnFacts]
        Header to what the file or a data dictionary declares of the column.
    mark : str
        A comma where semicolons between the columns suggest that decimals have one, else empty.
    how : HowRead
        How the file was read.
    """

    source: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, ColumnFacts] = field(default_factory=dict)
    mark: str = ""
    how: HowRead = HowRead()

    def column(self, header: str) -> tuple[str, ...]:
        """Return the cells of one column."""
        return self.columns[header]

    @cached_property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the cells of every column, by header."""
        cells = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.headers)
        return dict(zip(self.headers, cells, strict=True))

    def keeping(self, wanted: Iterable[bool]) -> RawTable:
        """Return the table with only the rows marked true."""
        kept = [i for i, keep in enumerate(wanted) if keep]
        return replace(self, rows=tuple(self.rows[i] for i in kept), lines=tuple(self.lines[i] for i in kept))

    def frame(self) -> pd.DataFrame:
        """Return the cells as text, with the line of the file as index."""
        import pandas as pd

        index = pd.Index(self.lines, name="line")
        return pd.DataFrame(list(self.rows), columns=list(self.headers), index=index, dtype="str")


def trimmed(cell: str) -> str:
    """Return a cell without blanks around it; a typed number stays known as one."""
    return cell if isinstance(cell, TypedNumber) else cell.strip(BLANKS)


def cell_text(value: object) -> str:
    """Return a typed cell (of a workbook, Parquet or SAS file) as the text that a person would have typed.

    A number with decimals stays known as one (`responder.values.TypedNumber`).
    """
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else TypedNumber(repr(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time.min and value.tzinfo is None:
        value = value.date()  # a workbook and SAS keep dates as midnights
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else str(value).strip(BLANKS)
