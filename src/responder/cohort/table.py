"""A table as it was found: text cells under their headers, each row with its line in the file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from responder.cohort.checks.intake import DELIMITER, DUPLICATE_HEADER, EMPTY, FOOTER, MENDED, RAGGED
from responder.cohort.findings import Finding
from responder.names import fold_name
from responder.names.fold import BLANKS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ColumnFacts", "RawTable", "ReadOptions", "cell_text", "frame_records", "make_table"]

UNNAMED = "unnamed"
_SUMMARY_WORDS = frozenset(
    {
        "mean", "average", "avg", "median", "sd", "std", "stdev", "stddev", "standarddeviation", "se", "sem",
        "cv", "min", "max", "minimum", "maximum", "range", "iqr", "total", "sum", "count",
        "均值", "平均值", "标准差", "中位数", "合计",
    }
)  # fmt: skip


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
        Fold rows of patients and visits into one row a patient.
    where : Mapping[str, str]
        Keep the rows whose column has this value; applied before visits are folded.
    """

    encoding: str = ""
    sheet: str = ""
    dictionary: str = ""
    join: tuple[str, ...] = ()
    baseline_visit: str = ""
    fold_visits: bool = True
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnFacts:
    """What a file, or a data dictionary, declares of a column; everything may be absent.

    Attributes
    ----------
    label : str
        Name in words.
    kind : str
        A trait's kind (``binary``, ``ordinal``, ``continuous``, ``count``, ``set``), or ``text`` or ``date``.
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
    """

    source: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, ColumnFacts] = field(default_factory=dict)

    def column(self, header: str) -> tuple[str, ...]:
        """Return the cells of one column."""
        index = self.headers.index(header)
        return tuple(row[index] for row in self.rows)

    def keeping(self, wanted: Iterable[bool]) -> RawTable:
        """Return the table with only the rows marked true."""
        kept = [i for i, keep in enumerate(wanted) if keep]
        return replace(self, rows=tuple(self.rows[i] for i in kept), lines=tuple(self.lines[i] for i in kept))

    def frame(self) -> pd.DataFrame:
        """Return the cells as text, with the line of the file as index."""
        import pandas as pd

        index = pd.Index(self.lines, name="line")
        return pd.DataFrame(list(self.rows), columns=list(self.headers), index=index, dtype="str")


def cell_text(value: object) -> str:
    """Return a typed cell (of a workbook, Parquet or SAS file) as the text that a person would have typed."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else str(value).strip(BLANKS)


def frame_records(frame: pd.DataFrame) -> Iterator[tuple[int, list[str]]]:
    """Yield a typed table's header and rows as text, numbered as in a spreadsheet."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    yield 1, [str(name) for name in frame.columns]
    for line, row in enumerate(frame.itertuples(index=False, name=None), start=2):
        yield line, [cell_text(cell) for cell in row]


def make_table(source: str, records: Iterable[tuple[int, Sequence[str]]], findings: Iterable[Finding] = ()) -> RawTable:
    """Turn the records of a file, header first, into a table.

    Blank rows, trailing blank columns and summary rows (Mean, SD) at the foot are left out; a blank header
    above values becomes ``unnamed_<position>``.

    Parameters
    ----------
    source : str
        The file, for messages.
    records : iterable of (int, sequence of str)
        Line number and cells.
    findings : iterable of Finding
        What the reader saw before.

    Raises
    ------
    TableRefusedError
        If there is no header or no row, a single column, a row is ragged, or two columns share a name.
    """
    noted = list(findings)
    filled = [(line, [cell.strip(BLANKS) for cell in cells], cells) for line, cells in records]
    filled = [record for record in filled if any(record[1])]
    if not filled:
        raise EMPTY.refusal("the table is empty", source, "export it again, with a header and one row a patient")
    header_line, header, as_found = filled[0]
    if any(h != f for h, f in zip(header, as_found, strict=True)):
        noted.append(MENDED.found("blanks around column names were removed", f"{source}:{header_line}"))
    rows = [(line, cells) for line, cells, _ in filled[1:]]
    width = max((i for i, name in enumerate(header, start=1) if name), default=0)
    width = max([width, *(_width_within(cells, len(header)) for _, cells in rows)])
    if width < 2:
        hint = "export it again, with an id, the traits and the outcome of each patient"
        raise DELIMITER.refusal("the table has a single column", f"{source}:{header_line}", hint)
    header = _named(header[:width], f"{source}:{header_line}", noted)
    body = [(line, _fitted(cells, width, f"{source}:{line}")) for line, cells in rows]
    body = _without_summary(body, source, noted)
    if not body:
        raise EMPTY.refusal("the table has a header and no rows", source, "add one row a patient")
    return RawTable(
        source,
        tuple(header),
        tuple(cells for _, cells in body),
        tuple(line for line, _ in body),
        tuple(noted),
    )


def _width_within(cells: Sequence[str], most: int) -> int:
    return max((i for i, cell in enumerate(cells[:most], start=1) if cell), default=0)


def _fitted(cells: Sequence[str], width: int, where: str) -> tuple[str, ...]:
    """Return a row of exactly `width` cells; only blank cells may be surplus."""
    if len(cells) < width or any(cells[width:]):
        raise RAGGED.refusal(
            f"the row has {len(cells)} cells where the header has {width}",
            where,
            "a stray or missing delimiter, or an unquoted cell that contains it: mend that line",
        )
    return tuple(cells[:width])


def _named(header: list[str], where: str, noted: list[Finding]) -> list[str]:
    named = [name or f"{UNNAMED}_{i}" for i, name in enumerate(header, start=1)]
    blank = [name for name, original in zip(named, header, strict=True) if not original]
    if blank:
        noted.append(MENDED.found(f"columns without a name were called {', '.join(blank)}", where))
    seen: dict[str, str] = {}
    for name in named:
        twin = seen.setdefault(name.casefold(), name)
        if named.count(name) > 1 or twin != name:
            raise DUPLICATE_HEADER.refusal(
                f"two columns are called '{name}'",
                where,
                "rename or remove one, so that none is read by mistake",
            )
    return named


def _without_summary(
    body: list[tuple[int, tuple[str, ...]]], source: str, noted: list[Finding]
) -> list[tuple[int, tuple[str, ...]]]:
    kept = list(body)
    while kept and fold_name(kept[-1][1][0]).rstrip(".:") in _SUMMARY_WORDS:
        kept.pop()
    dropped = len(body) - len(kept)
    if dropped:
        rows = "row" if dropped == 1 else "rows"
        noted.append(
            FOOTER.found(
                f"{dropped} summary {rows} at the foot (such as mean or SD) left out",
                f"{source}:{body[len(kept)][0]}",
                "remove such rows before export",
            )
        )
    return kept
