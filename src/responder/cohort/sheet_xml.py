"""What a workbook's XML says of a sheet and its cells do not: hidden rows, percent formats, errors, formulas."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO
from xml.etree import ElementTree

from responder.cohort.bounds import refuse_cells
from responder.cohort.checks.intake import UNREADABLE

__all__ = ["SheetFacts", "percent_text", "sheet_facts"]

_PERCENT_FORMATS = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_CELL = re.compile(r"([A-Z]{1,3})(\d+)")
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
    return f"{plain.rstrip('0').rstrip('.') if '.' in plain else plain} %"


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
    except (ElementTree.ParseError, KeyError, ValueError, IndexError) as error:
        raise UNREADABLE.refusal("the file is not a workbook that can be read", source, "save it again") from error


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _events(file: IO[bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield (event, element), and forget each element that lies behind: memory stays bounded."""
    path: list[ElementTree.Element] = []
    for event, element in ElementTree.iterparse(file, events=("start", "end")):  # noqa: S314 - as above
        if event == "start":
            path.append(element)
            yield event, element
        else:
            path.pop()
            yield event, element
            if _tag(element) in {"row", "table-row", "table", "sst", "col"} and path:
                path[-1].remove(element)


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


def _xlsx(archive: zipfile.ZipFile, part: str, percent: set[str], source: str) -> SheetFacts:
    facts, hidden_rows, hidden_columns = SheetFacts(), set[int](), set[int]()
    columns: set[int] = set()
    row = column = last_row = 0
    with archive.open(part) as file:
        for event, element in _events(file):
            tag = _tag(element)
            if event == "start" and tag == "row":
                row, column = int(element.attrib.get("r", row + 1)), 0
                if element.attrib.get("hidden") in {"1", "true"}:
                    hidden_rows.add(row)
            elif event == "start" and tag == "col" and element.attrib.get("hidden") in {"1", "true"}:
                first, last = int(element.attrib["min"]), int(element.attrib["max"])
                hidden_columns.update(range(first, min(last, 16384) + 1))
            elif event == "end" and tag == "c":
                named = _CELL.fullmatch(element.attrib.get("r", ""))
                column = _column(named[1]) if named else column + 1
                children = {_tag(child): child for child in element}
                value = (children["v"].text or "") if "v" in children else ""
                kind = element.attrib.get("t", "n")
                if "f" in children and not value and kind not in {"str", "inlineStr"}:
                    if len(facts.uncalculated) < _MOST_NAMED:
                        facts.uncalculated.append(element.attrib.get("r", f"row {row}"))
                    continue
                if not value and "is" not in children:
                    continue
                last_row = max(last_row, row)
                columns.add(column)
                if row in hidden_rows:
                    facts.hidden_rows.add(row)
                if kind == "e":
                    facts.errors[row, column] = value
                elif kind == "n" and element.attrib.get("s") in percent:
                    facts.percent.add((row, column))
    refuse_cells(last_row, max(columns, default=0), source)
    facts.hidden_columns = hidden_columns & columns
    return facts


def _ods(archive: zipfile.ZipFile, source: str) -> dict[str, SheetFacts]:
    found: dict[str, SheetFacts] = {}
    facts, row, column, repeats, last, hidden = SheetFacts(), 0, 0, 1, (0, 0), False
    hidden_columns: set[int] = set()
    at = 0
    with archive.open("content.xml") as file:
        for event, element in _events(file):
            tag = _tag(element)
            if event == "start" and tag == "table":
                facts, row, last, hidden_columns, at = SheetFacts(), 0, (0, 0), set(), 0
                found[_attribute(element, "name")] = facts
            elif event == "start" and tag == "table-column":
                many = min(int(_attribute(element, "number-columns-repeated") or 1), 16384)
                if _attribute(element, "visibility") in {"collapse", "filter"}:
                    hidden_columns.update(range(at + 1, at + many + 1))
                at += many
            elif event == "start" and tag == "table-row":
                repeats = int(_attribute(element, "number-rows-repeated") or 1)
                hidden = _attribute(element, "visibility") in {"collapse", "filter"}
                column = 0
            elif event == "end" and tag in {"table-cell", "covered-table-cell"}:
                many = int(_attribute(element, "number-columns-repeated") or 1)
                if _attribute(element, "value-type") or len(element):
                    last = (max(last[0], row + repeats), max(last[1], column + many))
                    refuse_cells(*last, source)
                    if hidden:
                        facts.hidden_rows.update(range(row + 1, row + repeats + 1))
                    facts.hidden_columns |= hidden_columns & set(range(column + 1, column + many + 1))
                    if _attribute(element, "value-type") == "percentage":
                        cells = range(column + 1, column + many + 1)
                        facts.percent.update((r, c) for r in range(row + 1, row + repeats + 1) for c in cells)
                column += many
            elif event == "end" and tag == "table-row":
                row += repeats
    return found
