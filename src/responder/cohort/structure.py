"""Find the table in the records of a file: where its header is, what stands above, between and below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from responder.cohort.blocks import fill_down
from responder.cohort.checks.intake import DELIMITER, DUPLICATE_HEADER, EMPTY, MENDED, RAGGED, TABLE_BEGINS, UNITS_ROW
from responder.cohort.findings import Finding
from responder.cohort.foot import without_foot
from responder.cohort.table import UNNAMED, ColumnFacts, HowRead, RawTable, trimmed
from responder.cohort.units_row import column_units
from responder.names import fold_name, split_unit
from responder.names.fold import BLANKS

__all__ = ["Record", "make_table", "unique_headers"]

GROUP_SIGN = " | "
ROWS_ABOVE = 60
_LABEL_EXPORT = "Complete?"  # how REDCap's export of labels heads the status of every form
_GAP_WORDS = frozenset({"na", "n/a", "nan", "nd", "unk", "null", "none", "missing", ".", "-", "?", "#n/a"})


@dataclass(frozen=True)
class Record:
    """A row of a file.

    Attributes
    ----------
    line : int
        Line or spreadsheet row, from 1.
    cells : tuple of str
        Trimmed cells.
    """

    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        """How many cells are not blank."""
        return sum(1 for cell in self.cells if cell)

    @property
    def extent(self) -> int:
        """Position of the last cell that is not blank, from 1."""
        return next((i for i in range(len(self.cells), 0, -1) if self.cells[i - 1]), 0)

    def cell(self, index: int) -> str:
        """Return a cell, blank behind the row's end."""
        return self.cells[index] if index < len(self.cells) else ""


def make_table(
    source: str,
    records: Iterable[tuple[int, Sequence[str]]],
    findings: Iterable[Finding] = (),
    facts: Mapping[str, ColumnFacts] | None = None,
    *,
    typed: bool = False,
) -> RawTable:
    """Turn the records of a file into a table.

    Lines above the header, a header of two rows, a row of units, summary rows and footnotes at the foot, and ids that
    stand only in the first row of a block are recognised and named in findings. Blank rows and trailing blank columns
    are left out; a blank header above values becomes ``unnamed_<position>``.

    Parameters
    ----------
    source : str
        The file, for messages.
    records : iterable of (int, sequence of str)
        Line number and cells.
    findings : iterable of Finding
        What the reader saw before.
    facts : Mapping[str, ColumnFacts], optional
        What the file declares of its columns.
    typed : bool
        The file itself says what is header and what is row (Parquet, SAS, SPSS, Stata): nothing is recognised.

    Raises
    ------
    TableRefusedError
        If there is no header or no row, a single column, a row is ragged, or two columns share a name.

    Examples
    --------
    >>> above, patients = ["Run 3", "id,CRP,age", ",mg/L,years"], ["P1,3,40", "P2,9,51"]
    >>> rows = [row.split(",") for row in (*above, *patients, "Mean,6,45.5")]
    >>> table = make_table("t.csv", enumerate(rows, start=1))
    >>> table.headers, table.rows, table.lines
    (('id', 'CRP (mg/L)', 'age (years)'), (('P1', '3', '40'), ('P2', '9', '51')), (4, 5))
    """
    noted = list(findings)
    every = [(line, cells, tuple([trimmed(cell) for cell in cells])) for line, cells in records]
    as_found = [(line, cells) for line, cells, bare in every if any(bare)]
    filled = [Record(line, bare) for line, _, bare in every if any(bare)]
    if not filled:
        raise EMPTY.refusal("empty_table", source)
    at, header = (0, filled[0].cells) if typed else _header(filled, source, noted)
    place = f"{source}:{filled[at].line}"
    if any(cell != cell.strip(BLANKS) for cell in as_found[at][1]):
        noted.append(MENDED.found("blanks", place))
    rows = filled[at + 1 :]
    if not typed:
        rows = _without_repeats(rows, filled[at], source, noted)
        rows = without_foot(rows, len(header), source, noted)
    width = max((i for i, name in enumerate(header, start=1) if name), default=0)
    width = max([width, *(Record(0, row.cells[: len(header)]).extent for row in rows)])
    used = [i for i in range(width) if header[i] or any(row.cell(i) for row in rows)]
    if len(used) < 2:
        raise DELIMITER.refusal("table", place)
    named = list(unique_headers(header[:width], place, noted, used))
    known = dict(facts or {})
    if not typed and len(rows) > 1:
        units = column_units(named, [rows[0].cell(i) for i in used])
        if units:
            line = f"{source}:{rows[0].line}"
            named = _with_units(named, units, known, line, noted)
            rows = rows[1:]
    if not rows:
        raise EMPTY.refusal("header_only", source)
    body = [(row.line, _fitted(row.cells, width, used, f"{source}:{row.line}")) for row in rows]
    table = RawTable(
        source,
        tuple(named),
        tuple(cells for _, cells in body),
        tuple(line for line, _ in body),
        tuple(noted),
        known,
        how=HowRead(header_line=0 if typed else filled[at].line),
    )
    return table if typed else fill_down(table)


def unique_headers(
    header: Sequence[str], where: str, noted: list[Finding], used: Sequence[int] | None = None
) -> tuple[str, ...]:
    """Return a name for every column in use; append a finding on names that were made or numbered.

    Parameters
    ----------
    header : sequence of str
        Names as found; blank where a column has none.
    where : str
        Place of the header.
    noted : list of Finding
        Gets the findings.
    used : sequence of int, optional
        Positions of the columns that hold anything; all where left out.

    Raises
    ------
    TableRefusedError
        If two columns share a name, perhaps but for case.
    """
    at = range(len(header)) if used is None else used
    named = [header[i] or f"{UNNAMED}_{i + 1}" for i in at]
    blank = [name for name, i in zip(named, at, strict=True) if not header[i]]
    if blank:
        noted.append(MENDED.found("unnamed", where, names=tuple(blank)))
    if named.count(_LABEL_EXPORT) > 1:
        forms = [i for i, name in enumerate(named) if name == _LABEL_EXPORT]
        for number, index in enumerate(forms[1:], start=2):
            named[index] = f"{_LABEL_EXPORT}_{number}"
        noted.append(MENDED.found("numbered", where, n=len(forms), name=_LABEL_EXPORT))
    seen: dict[str, str] = {}
    for name in named:
        twin = seen.setdefault(name.casefold(), name)
        if named.count(name) > 1 or twin != name:
            raise DUPLICATE_HEADER.refusal("same", where, name=name)
    return tuple(named)


def _header(rows: Sequence[Record], source: str, noted: list[Finding]) -> tuple[int, tuple[str, ...]]:
    """Return the position of the (last) header row, and the column names.

    The first row is the header unless a later one proves to be: it has a text in every column that the rows below
    use, no text comes again below it, and numbers stand below.
    """
    widest = sorted(row.filled for row in rows)[3 * (len(rows) - 1) // 4]
    for at, row in enumerate(rows[:ROWS_ABOVE]):
        above = rows[at - 1] if at else None
        joined = _joined(above, row) if above and _may_be_groups(above, row) else None
        whole = row.filled >= widest
        if not (whole or (joined and sum(map(bool, joined)) >= widest)):
            continue
        if at == 0 and _repeats(row):
            continue  # groups, named above each of their columns
        if at == 0 or (above and not joined and row.filled <= max(r.filled for r in rows[:at])):
            break
        if not _names_below(rows, at, joined or row.cells):
            break
        if above and joined:
            example = next(name for name in joined if GROUP_SIGN in name)
            noted.append(TABLE_BEGINS.found("two_rows", f"{source}:{above.line}", example=example))
        first = at - 1 if joined else at
        if first:
            noted.append(TABLE_BEGINS.found("later", f"{source}:{rows[0].line}", line=rows[first].line, n=first))
        return at, joined or row.cells
    return 0, rows[0].cells


def _without_repeats(rows: list[Record], header: Record, source: str, noted: list[Finding]) -> list[Record]:
    """Return the rows that are not the header once more, as a printed page begins with it."""
    again = [row.line for row in rows if row.cells == header.cells]
    if again:
        noted.append(MENDED.found("header_again", f"{source}:{again[0]}", n=len(again)))
    return [row for row in rows if row.cells != header.cells]


def _may_be_groups(above: Record, row: Record) -> bool:
    """Return whether the row above may name groups of columns: it spans them, and is blank where a group goes on."""
    if row.line - above.line > 1 or len(above.cells) < row.extent or above.filled < 2 or _numbers(above):
        return False
    gaps = [i for i in range(row.extent) if not above.cell(i) and row.cell(i)]
    alone = [i for i in range(above.extent) if above.cell(i) and not row.cell(i)]
    return (bool(gaps) and (bool(alone) or 2 * above.extent > row.extent)) or _repeats(above)


def _repeats(row: Record) -> bool:
    cells = [cell.casefold() for cell in row.cells if cell and cell != _LABEL_EXPORT]
    return len(set(cells)) < len(cells)


def _joined(above: Record, row: Record) -> tuple[str, ...]:
    names, group = [], ""
    for i in range(max(len(above.cells), len(row.cells))):
        group = above.cell(i) or group
        name = row.cell(i)
        if not name:
            names.append(above.cell(i))
        elif i == 0 and group:  # `Patient` above `ID`
            names.append(f"{group} {name}" if fold_name(group) != fold_name(name) else name)
        else:
            names.append(f"{group}{GROUP_SIGN}{name}" if group and fold_name(group) != fold_name(name) else name)
    return tuple(names)


def _names_below(rows: Sequence[Record], at: int, names: Sequence[str]) -> bool:
    """Return whether a row reads as the header of those below it, with the names that it and its groups make."""
    row, below = rows[at], rows[at + 1 :]
    cells = [cell.casefold() for cell in row.cells if cell]
    different = [name.casefold() for name in names if name]
    if len(below) < 2 or len(set(different)) < len(different) or _numbers(row) or _GAP_WORDS & set(cells):
        return False
    numbers = False
    for i in range(row.extent):
        column = [other.cell(i) for other in below if other.cell(i)]
        if row.cell(i) and row.cell(i).casefold() in {cell.casefold() for cell in column}:
            return False
        numbers = numbers or (bool(row.cell(i)) and 2 * sum(map(_is_number, column)) > len(column))
    return numbers


def _numbers(row: Record) -> bool:
    return any(_is_number(cell) for cell in row.cells)


def _is_number(cell: str) -> bool:
    return cell.lstrip("<>≤≥＜＞=~+-−(")[:1].isdigit() and sum(c.isalpha() for c in cell) * 2 <= len(cell)


def _with_units(
    named: list[str], units: Sequence[str], facts: dict[str, ColumnFacts], where: str, noted: list[Finding]
) -> list[str]:
    """Return the names with their units in brackets behind them."""
    renamed = []
    for name, unit in zip(named, [*units, *([""] * len(named))], strict=False):
        new = f"{name} ({unit})" if unit and not split_unit(name)[1] else name
        if unit:
            facts[new] = replace(facts.pop(name, ColumnFacts()), unit=unit)
        renamed.append(new)
    noted.append(UNITS_ROW.found("units", where))
    return renamed


def _fitted(cells: Sequence[str], width: int, used: Sequence[int], where: str) -> tuple[str, ...]:
    """Return the cells of a row in the columns in use; only blank cells may be surplus."""
    if len(cells) < width or any(cells[width:]):
        raise RAGGED.refusal("cells", where, cells=len(cells), width=width)
    return tuple(cells[:width]) if len(used) == width else tuple(cells[i] for i in used)
