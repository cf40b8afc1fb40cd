"""Read the whole column of a trait, as every door does: training, a trial, scoring a file, one profile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.names.coding import codes_in
from responder.study.encode import EncodeError, Reading, TraitCode
from responder.study.placing import ColumnSource
from responder.values import POINT, NumberStyle, TypedNumber, fold_unit, number_style, plain_text
from responder.words import Phrase

__all__ = ["CellProblem", "Cells", "ColumnReading", "read_column", "table_mark"]

Cells = Sequence[Any] | NDArray[Any]
GAPS = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "."})
"""Usual spellings of a gap, told apart fast; all others are told apart by `responder.values.is_gap`."""


@dataclass(frozen=True)
class CellProblem:
    """A cell that the trait cannot hold: its row, its column, what is wrong, and the cell."""

    row: int
    header: str
    error: EncodeError
    cell: Any


@dataclass
class ColumnReading:
    """What the columns of a trait say.

    Attributes
    ----------
    values : ndarray, shape (n, k)
        One column a column of the trait's code, ``nan`` where missing.
    headers : tuple of str
        The columns.
    problems : list of CellProblem
        Cells that the trait cannot hold, in order; their rows are ``nan``.
    gaps : dict of str to list of (int, str)
        Unusual word that was taken as a gap, to the rows and headers that have it.
    limits : list of int
        Rows whose number is a limit of detection.
    converted : dict of str to int
        Unit behind numbers, to how many were converted from it.
    blank_beside : list of int
        Rows that leave some of a set's yes/no columns blank and answer others.
    without_column : tuple of str
        Levels of a set that none of its yes/no columns is of.
    """

    values: FloatArray
    headers: tuple[str, ...]
    problems: list[CellProblem] = field(default_factory=list)
    gaps: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    limits: list[int] = field(default_factory=list)
    converted: dict[str, int] = field(default_factory=dict)
    blank_beside: list[int] = field(default_factory=list)
    without_column: tuple[str, ...] = ()


def table_mark(columns: Iterable[Cells]) -> str:
    """Return a comma where a column of a table proves decimal commas, else an empty string.

    Examples
    --------
    >>> table_mark([["1.5", "2"], ["1,5"]]), table_mark([["1,234"], ["ear, eye"]])
    (',', '')
    """
    for cells in columns:
        texts = [cell for cell in cells if isinstance(cell, str) and "," in cell]
        if texts and number_style(texts) == NumberStyle(","):
            return ","
    return ""


def read_column(
    code: TraitCode, sources: Sequence[ColumnSource], cells: Sequence[Cells], mark: str = ""
) -> ColumnReading:
    """Return the numbers of a trait, and everything worth telling of how they were read.

    Parameters
    ----------
    code : TraitCode
        How the trait is written.
    sources : sequence of ColumnSource
        Its column, or the yes/no columns of its levels; see `responder.study.placing`.
    cells : sequence of Cells
        The n cells of each source: texts of a table, or what profiles give.
    mark : str
        The decimal mark that other columns prove; see `table_mark`.

    Examples
    --------
    >>> dose = TraitCode("dose", "continuous", unit="mg/day", units={"g/day": 1000.0})
    >>> found = read_column(dose, [ColumnSource("dose")], [["2,5", "15 mg/day", "UNK", "<1", "many"]])
    >>> found.values[:, 0].tolist(), list(found.gaps), found.limits, [problem.row for problem in found.problems]
    ([2.5, 15.0, nan, 1.0, nan], ['UNK'], [3], [4])
    """
    if sources[0].level:
        return _levels_apart(code, sources, cells)
    (source,), (column,) = sources, cells
    if code.is_plain and (numbers := _plain_numbers(column)) is not None and _no_doubt(column, code, mark):
        factor = code.factor(source.unit) if source.unit else 1.0
        numbers = numbers * (1.0 if factor is None else factor)
        sound = not (np.abs(numbers) > 1e15).any()
        if sound and (code.kind != "count" or bool((np.isnan(numbers) | (numbers == np.floor(numbers))).all())):
            return ColumnReading(numbers[:, np.newaxis], (source.header,))
    style = POINT
    if code.is_numeric:
        style = number_style([cell for cell in column if isinstance(cell, str)], code.decimal_mark, mark)
    elif words := _words_of_codes(code, source.header):
        column = [words.get(str(cell).strip().removesuffix(".0"), cell) for cell in column]
    reading = _cell_by_cell(code, source, column, lambda cell: code.read(cell, style, source.unit))
    if code.is_numeric and fold_unit(code.unit) == "%":
        _doubt_fractions(reading, source.header, column)
    return reading


def _words_of_codes(code: TraitCode, header: str) -> dict[str, str]:
    """Return the words of the codes that a header explains (``0=yes, 1=no``), where the trait knows all of them."""
    words = dict(codes_in(header))
    try:
        known = words and all(not code.read(word).gap for word in words.values())
    except EncodeError:
        return {}
    return words if known else {}


def _doubt_fractions(reading: ColumnReading, header: str, cells: Cells) -> None:
    """Take bare numbers up to 1 beside percentages above 1 (``12%``, ``0.13``) for what they are: in doubt."""
    signed = np.array([isinstance(cell, str) and plain_text(cell).endswith("%") for cell in cells], dtype=bool)
    values = reading.values[:, 0]
    if not signed.any() or not (values[signed] > 1).any() or (values[~signed] > 1).any():
        return
    for row in np.flatnonzero(~signed & (values > 0) & (values <= 1)).tolist():
        error = EncodeError(Phrase("cell.fraction_or_percentage"), Phrase("cell.write_percent"))
        reading.problems.append(CellProblem(row, header, error, cells[row]))
        reading.values[row] = math.nan
    reading.problems.sort(key=lambda problem: problem.row)


def _no_doubt(column: Cells, code: TraitCode, mark: str) -> bool:
    """Return whether points are decimal: not where commas are elsewhere, or where all points may group thousands."""
    if code.decimal_mark or isinstance(column, np.ndarray):
        return True
    texts = [cell for cell in column if type(cell) is str]
    return not any(cell[-4:-3] == "." for cell in texts) or not number_style(texts, "", mark).doubt


def _cell_by_cell(code: TraitCode, source: ColumnSource, cells: Cells, read: Callable[[Any], Reading]) -> ColumnReading:
    """Read every different cell once."""
    nothing = (math.nan,) * len(code.columns)
    # texts and gaps come again and again; other cells, which may be lists, are each their own
    repeated = set(map(type, cells)) <= {str, type(None)}
    different = list(dict.fromkeys(cells)) if repeated else list(cells)
    readings: list[Reading | EncodeError] = []
    for cell in different:
        try:
            readings.append(read(cell))
        except EncodeError as error:
            readings.append(error)
    numbers = np.array([nothing if isinstance(r, EncodeError) else r.numbers for r in readings], dtype=float)
    place = {cell: at for at, cell in enumerate(different)} if repeated else {}
    places = [place[cell] for cell in cells] if repeated else list(range(len(cells)))
    values = numbers.reshape(-1, len(nothing))[places] if places else np.empty((0, len(nothing)))
    found = ColumnReading(values, (source.header,))
    if any(isinstance(r, EncodeError) or r.gap or r.limit or r.unit for r in readings):
        for row, at in enumerate(places):
            reading = readings[at]
            if isinstance(reading, EncodeError):
                found.problems.append(CellProblem(row, source.header, reading, cells[row]))
                continue
            if reading.gap:
                found.gaps.setdefault(reading.gap, []).append((row, source.header))
            if reading.limit:
                found.limits.append(row)
            if reading.unit:
                found.converted[reading.unit] = found.converted.get(reading.unit, 0) + 1
    return found


def _levels_apart(code: TraitCode, sources: Sequence[ColumnSource], columns: Sequence[Cells]) -> ColumnReading:
    """Read yes/no columns of levels as the set that they are: as in a list, what a row does not say is not there.

    A row in which all are blank is unknown.
    """
    answer = TraitCode(code.name, "binary", cells=code.cells)
    told = np.full((len(columns[0]), len(code.levels)), np.nan)
    headers, with_one = tuple(source.header for source in sources), {source.level for source in sources}
    whole = ColumnReading(told, headers, without_column=tuple(x for x in code.levels if x not in with_one))
    for source, cells in zip(sources, columns, strict=True):
        read = _cell_by_cell(answer, source, cells, answer.read)
        whole.problems += read.problems
        for word, places in read.gaps.items():
            whole.gaps.setdefault(word, []).extend(places)
        at = code.levels.index(source.level)
        told[:, at] = np.fmax(told[:, at], read.values[:, 0])
    blank = np.isnan(told)
    with_column = [at for at, level in enumerate(code.levels) if level not in whole.without_column]
    known = ~blank.all(axis=1)
    whole.blank_beside = np.flatnonzero(known & blank[:, with_column].any(axis=1)).tolist()
    told[blank & known[:, np.newaxis]] = 0.0
    for problem in whole.problems:
        told[problem.row] = np.nan
    whole.problems.sort(key=lambda problem: problem.row)
    return whole


def _plain_numbers(cells: Cells) -> FloatArray | None:
    """Return cells as numbers where every one is a plain finite number or an empty text, else None."""
    if isinstance(cells, np.ndarray):
        if cells.dtype.kind not in "fiu":
            return None
        numbers = cells.astype(float)
        return None if np.isinf(numbers).any() else numbers
    try:
        numbers = np.fromiter(map(float, cells), dtype=float, count=len(cells))
    except (TypeError, ValueError, OverflowError):  # gaps, perhaps
        try:
            numbers = np.array(
                [math.nan if cell is None or cell in GAPS else float(cell) for cell in cells], dtype=float
            )
        except (TypeError, ValueError, OverflowError):
            return None
    # float() reads more than a measurement may be: true, inf, nan by name, 1_000, other scripts' digits
    kinds = set(map(type, cells))
    if kinds & {str, TypedNumber}:
        text = "".join(cells if len(kinds) == 1 else [cell for cell in cells if isinstance(cell, str)])
        if "_" in text or not text.isascii():
            return None
    gaps = sum(cell is None or cell in GAPS or cell != cell for cell in cells) if np.isnan(numbers).any() else 0
    plain = kinds <= {str, TypedNumber, float, int, type(None)} and int(np.isnan(numbers).sum()) == gaps
    return numbers if plain and not np.isinf(numbers).any() else None
