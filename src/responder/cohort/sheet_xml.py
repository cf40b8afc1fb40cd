"""What a workbook's XML says of a sheet and its cells do not: hidden rows, percent formats, errors, formulas."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, Self
from xml.etree import ElementTree
from xml.parsers import expat

from responder.cohort.bounds import refuse_cells
from responder.cohort.checks.intake import UNREADABLE
from responder.values import TypedNumber

__all__ = ["SheetFacts", "percent_text", "sheet_facts"]

_PERCENT_FORMATS = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_ODS_CELLS = frozenset({"table-cell", "covered-table-cell"})
_MOST_COLUMNS = 16384
_MOST_NAMED = 200


@dataclass
class SheetFacts:
    """What the XML of a sheet says.

    Attributes
    ----------
    hidden_rows, hidden_columns : set of int
        Positions of those that hold values, from 1.
    percent : set of tuple of two int
        Row and column, from 1, of numbers that are shown as percent.
    errors : dict
        Row and column, from 1, to the error that the cell shows, such as ``#DIV/0!``.
    uncalculated : list of str
        Names of cells, such as ``C7``, whose formula has no result, at most some hundreds.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    percent: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: list[str] = field(default_factory=list)


def percent_text(cell: str) -> str:
    """Return a fraction as the percentage that its cell shows, with all its digits.

    Examples
    --------
    >>> percent_text("0.125"), percent_text("0.07"), percent_text("n/a")
    ('12.5 %', '7 %', 'n/a')
    """
    try:
        value = Decimal(cell) * 100
    except InvalidOperation:
        return cell
    plain = f"{value:f}"
    return TypedNumber(f"{plain.rstrip('0').rstrip('.') if '.' in plain else plain} %")


def sheet_facts(archive: zipfile.ZipFile, source: str) -> dict[str, SheetFacts]:
    """Return sheet name to what the XML of an XLSX or ODS says of it; refuse a sheet whose area no table needs.

    The cells themselves are read elsewhere, by a library that allots a sheet's whole area: a single cell in the
    last row and column of a sheet would take more memory than there is, and is found here before.

    Raises
    ------
    TableRefusedError
        If the area from the first cell to the last is too large, or the XML is damaged.
    """
    try:
        if "content.xml" in archive.namelist():
            return _ods(archive, source)
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        percent = _percent_styles(archive)
        return {name: _xlsx(archive, part, percent, source) for name, part in _parts(archive).items()}
    except (ElementTree.ParseError, expat.ExpatError, KeyError, ValueError, IndexError) as error:
        raise UNREADABLE.refusal("bad_workbook", source) from error


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


class _Handler:
    """Gets a file's elements in their order; no tree is built, so that memory stays bounded."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element, by its name without prefix."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take text within an element."""

    def scan(self, file: IO[bytes]) -> Self:
        """Take a whole file."""
        parser = expat.ParserCreate()
        local = _LocalNames()
        parser.StartElementHandler = lambda name, attributes: self.start(local[name], attributes)
        parser.EndElementHandler = lambda name: self.end(local[name])
        parser.CharacterDataHandler = self.text
        parser.EntityDeclHandler = _refuse_entity
        parser.buffer_text = True
        parser.ParseFile(file)
        return self


class _LocalNames(dict[str, str]):
    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(":")[2]
        return local


def _refuse_entity(*_: object) -> None:
    raise ValueError("a workbook declares no entities")


def _whole(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(part))  # noqa: S314 - as above


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    relations = {_attribute(e, "Id"): _attribute(e, "Target") for e in _whole(archive, "xl/_rels/workbook.xml.rels")}
    parts = {}
    for sheet in _whole(archive, "xl/workbook.xml").iter():
        if _tag(sheet) == "sheet":
            identity = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
            target = relations.get(identity, "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            if part in archive.namelist():
                parts[sheet.attrib["name"]] = part
    return parts


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    """Return the numbers of cell styles that show percentages."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = _whole(archive, "xl/styles.xml")
    percent = set(_PERCENT_FORMATS)
    for element in root.iter():
        if _tag(element) == "numFmt" and "%" in _QUOTED.sub("", element.attrib.get("formatCode", "")):
            percent.add(int(element.attrib["numFmtId"]))
    cells = next((e for e in root if _tag(e) == "cellXfs"), None)
    styles = [] if cells is None else [int(e.attrib.get("numFmtId", "0")) for e in cells]
    return {str(i) for i, number in enumerate(styles) if number in percent}


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


class _XlsxSheet(_Handler):
    def __init__(self, percent: set[str]) -> None:
        self.facts, self.percent = SheetFacts(), percent
        self.hidden_rows, self.hidden_columns = set[int](), set[int]()
        self.columns: set[int] = set()
        self.row = self.column = self.last_row = 0
        self.cell: dict[str, str] = {}
        self.value: list[str] = []
        self.formula = self.inline = self.in_value = False
        self.letters: dict[str, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self.cell, self.value = attributes, []
            self.formula = self.inline = self.in_value = False
        elif tag == "v":
            self.in_value = True
        elif tag == "f":
            self.formula = True
        elif tag == "is":
            self.inline = True
        elif tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            if attributes.get("hidden") in {"1", "true"}:
                self.hidden_rows.add(self.row)
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes["min"]), int(attributes["max"])
            self.hidden_columns.update(range(first, min(last, _MOST_COLUMNS) + 1))

    def text(self, text: str) -> None:
        if self.in_value:
            self.value.append(text)

    def end(self, tag: str) -> None:
        if tag == "v":
            self.in_value = False
        elif tag == "c":
            self._take()

    def _take(self) -> None:
        """Take a cell that is complete."""
        name, kind, facts = self.cell.get("r", ""), self.cell.get("t", "n"), self.facts
        letters = name.rstrip("0123456789")
        if letters and letters not in self.letters:
            self.letters[letters] = _column(letters)
        self.column = self.letters[letters] if letters else self.column + 1
        if not self.value and not self.inline:
            if self.formula and kind not in {"str", "inlineStr"} and len(facts.uncalculated) < _MOST_NAMED:
                facts.uncalculated.append(name or f"row {self.row}")
            return
        self.last_row = max(self.last_row, self.row)
        self.columns.add(self.column)
        if self.row in self.hidden_rows:
            facts.hidden_rows.add(self.row)
        if kind == "e":
            facts.errors[self.row, self.column] = "".join(self.value)
        elif kind == "n" and self.cell.get("s") in self.percent:
            facts.percent.add((self.row, self.column))


def _xlsx(archive: zipfile.ZipFile, part: str, percent: set[str], source: str) -> SheetFacts:
    with archive.open(part) as file:
        sheet = _XlsxSheet(percent).scan(file)
    refuse_cells(sheet.last_row, max(sheet.columns, default=0), source)
    sheet.facts.hidden_columns = sheet.hidden_columns & sheet.columns
    return sheet.facts


class _OdsSheets(_Handler):
    def __init__(self, source: str) -> None:
        self.source, self.found = source, dict[str, SheetFacts]()
        self.facts, self.hidden_columns = SheetFacts(), set[int]()
        self.row = self.column = self.columns_declared = self.depth = 0
        self.rows_alike = self.cells_alike = 1
        self.hidden = self.filled = self.percent = False
        self.last = (0, 0)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        known = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if tag == "table":
            self.facts, self.hidden_columns = SheetFacts(), set()
            self.row = self.columns_declared = 0
            self.last = (0, 0)
            self.found[known.get("name", "")] = self.facts
        elif tag == "table-column":
            many = min(int(known.get("number-columns-repeated", 1)), _MOST_COLUMNS)
            if known.get("visibility") in {"collapse", "filter"}:
                first = self.columns_declared + 1
                self.hidden_columns.update(range(first, first + many))
            self.columns_declared += many
        elif tag == "table-row":
            self.rows_alike, self.column = int(known.get("number-rows-repeated", 1)), 0
            self.hidden = known.get("visibility") in {"collapse", "filter"}
        elif tag in _ODS_CELLS:
            self.cells_alike = int(known.get("number-columns-repeated", 1))
            self.filled, self.percent = "value-type" in known, known.get("value-type") == "percentage"
        elif tag == "p":
            self.filled = True

    def end(self, tag: str) -> None:
        if tag == "table-row":
            self.row += self.rows_alike
        elif tag in _ODS_CELLS:
            if self.filled:
                self._take()
            self.column += self.cells_alike
            self.filled = False

    def _take(self) -> None:
        self.last = (max(self.last[0], self.row + self.rows_alike), max(self.last[1], self.column + self.cells_alike))
        refuse_cells(*self.last, self.source)
        rows = range(self.row + 1, self.row + self.rows_alike + 1)
        columns = range(self.column + 1, self.column + self.cells_alike + 1)
        if self.hidden:
            self.facts.hidden_rows.update(rows)
        self.facts.hidden_columns |= self.hidden_columns.intersection(columns)
        if self.percent:
            self.facts.percent.update((row, column) for row in rows for column in columns)


def _ods(archive: zipfile.ZipFile, source: str) -> dict[str, SheetFacts]:
    with archive.open("content.xml") as file:
        return _OdsSheets(source).scan(file).found
