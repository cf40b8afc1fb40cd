"""REDCap's checkboxes: one column a choice in the export, one set of levels in the table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from responder.cohort.checks.intake import MENDED, UNCLEAR_BOX, UNOPENED_FORM
from responder.cohort.findings import Finding
from responder.cohort.places import at_cell, at_lines
from responder.cohort.table import ColumnFacts, RawTable

__all__ = [
    "MISSING_CODES",
    "STATUS_WORDS",
    "Box",
    "checkbox_field",
    "find_boxes",
    "is_checkbox",
    "join_checkboxes",
    "level_word",
]

MISSING_CODES = frozenset(
    {
        "ni", "inv", "unk", "nask", "asku", "nav", "msk", "na", "navu", "np", "qs", "qi", "ti", "unc", "der", "pinf",
        "ninf", "ptr",
    }
)  # fmt: skip
"""REDCap's own list of codes for a missing value, in lower case."""

STATUS_WORDS = {
    "incomplete": 0,
    "unverified": 1,
    "complete": 2,
    "未完成": 0,
    "未核实": 1,
    "未验证": 1,
    "完成": 2,
    "已完成": 2,
}
"""Status of a form, as exports of labels write it."""

# Of these no choice of a project is ever called; the others (MSK, TI ...) may be abbreviations of its own.
_SURELY_MISSING = frozenset({"unk", "nask", "asku", "nav", "navu", "ni"})
_RAW = re.compile(r"^(?P<field>.+?)___(?P<code>-?\w+)$")
_CHOICE = r"choice|auswahl|choix|opci[oó]n|elecci[oó]n|scelta|keuze|escolha|选项|選項|選択肢"
_LABEL = re.compile(rf"^(?P<field>.+?) ?[(（](?:{_CHOICE})[=＝](?P<code>.+)[)）]$", re.IGNORECASE)
_LABEL_IN_R = re.compile(r"^(?P<field>.+?)\.+choice\.(?P<code>.+?)\.+$")  # what R makes of brackets and blanks
_TICKED = frozenset(
    {
        "checked", "yes", "true", "y", "t", "ja", "oui", "vrai", "coché", "cochée", "sí", "si", "verdadero", "marcado",
        "sì", "sim", "x", "✓", "✔", "☑", "是", "有", "已选", "已选中", "已勾选", "勾选", "はい",
    }
)  # fmt: skip
_NOT_TICKED = frozenset(
    {
        "unchecked", "not checked", "no", "false", "n", "f", "nein", "nicht angekreuzt", "non", "faux", "non coché",
        "non cochée", "décoché", "falso", "sin marcar", "no marcado", "desmarcado", "não", "☐", "否", "无", "未选",
        "未选中", "未勾选", "いいえ",
    }
)  # fmt: skip
_GAPS = frozenset({"", "na", "n/a", "nan", "null", ".", "<na>", *MISSING_CODES})
_NOTHING = frozenset(
    {
        "none",
        "none of the above",
        "none of these",
        "keine",
        "keines",
        "aucun",
        "aucune",
        "ninguno",
        "ninguna",
        "无",
        "以上均无",
        "なし",
    }
)
_SEPARATORS = re.compile(r"\s*[;|,+；，、]\s*")
_LINES_SHOWN = 8


@dataclass(frozen=True)
class Box:
    """One checkbox: its column, and the level that a tick means; `unknown` if it means that the set is not known."""

    index: int
    header: str
    code: str
    level: str
    unknown: bool = False


def is_checkbox(header: str) -> bool:
    """Return whether a header is a checkbox of a raw or a label export.

    Examples
    --------
    >>> [is_checkbox(h) for h in ("organs___ear", "organs____9", "Organs (choice=Ear)", "organs_ear")]
    [True, True, True, False]
    """
    return _match(header) is not None


def checkbox_field(header: str) -> str:
    """Return the field of a checkbox's header, or its label; empty for any other header."""
    match = _match(header)
    return match["field"] if match else ""


def level_word(code: str, label: str) -> str:
    """Return the level that a choice is called: its label, without what separates levels, else its code.

    Examples
    --------
    >>> level_word("1", "Ear, nose"), level_word("ear", ""), level_word("-9", "Unknown")
    ('Ear / nose', 'ear', 'Unknown')
    """
    return _SEPARATORS.sub(" / ", label.strip()).strip(" /") or code


def find_boxes(headers: Sequence[str], facts: Mapping[str, ColumnFacts]) -> dict[str, list[Box]]:
    """Return the boxes of each checkbox field, in the order of the columns.

    Parameters
    ----------
    headers : sequence of str
        All headers of the table.
    facts : Mapping[str, ColumnFacts]
        What a dictionary says, by field (or its label): its choices name the levels.
    """
    found: dict[str, list[tuple[int, str, str]]] = {}
    for index, header in enumerate(headers):
        match = _match(header)
        if match and match["field"] not in headers:
            found.setdefault(match["field"], []).append((index, header, match["code"]))
    return {field: _boxes(boxes, facts.get(field, ColumnFacts())) for field, boxes in found.items()}


def join_checkboxes(
    table: RawTable, forms: Mapping[str, Sequence[int]], status: Mapping[str, int], event: int = -1
) -> RawTable:
    """Return the table with one column of levels for each checkbox field.

    A set is the ticked levels joined by ``;``, ``none`` where none is ticked, and blank (unknown) where every box is
    blank, a box for a missing-data code is ticked, a box cannot be read, or its form was never filled in: the status
    is 0 (Incomplete) or blank, and no field of the form holds anything.

    Parameters
    ----------
    table : RawTable
        The export.
    forms : Mapping[str, sequence of int]
        Form to the columns of its fields.
    status : Mapping[str, int]
        Form to the column of its status.
    event : int
        The column of events; -1 where there is none. A form of which an event has no status is no part of it.
    """
    groups = find_boxes(table.headers, table.facts)
    if not groups:
        return table
    findings: list[Finding] = list(table.findings)
    form_of = {index: form for form, columns in forms.items() for index in columns}
    all_boxes = {box.index for boxes in groups.values() for box in boxes}
    texts = [index for index in range(len(table.headers)) if index not in all_boxes]
    columns: dict[int, list[str]] = {}
    for field, boxes in groups.items():
        form = form_of.get(boxes[0].index, "")
        beside = [i for i in forms.get(form, ()) if i in texts]
        siblings = [box for group in groups.values() for box in group if form_of.get(box.index, "") == form]
        at = status.get(form, -1)
        parts = {row[event] for row in table.rows if row[at]} if min(at, event) >= 0 else set()
        cells, unclear, unopened = [], [], []
        for row, line in zip(table.rows, table.lines, strict=True):
            cell, unread = _set(row, boxes)
            unclear += [(line, box.header) for box in unread]
            if cell == "none" and at >= 0 and _never_opened(row, at, beside, siblings):
                cell = ""
                if event < 0 or row[event] in parts:
                    unopened.append(line)
            cells.append(cell)
        columns[boxes[0].index] = cells
        findings += [*_unclear(table.source, field, unclear), *_unopened(table.source, field, form, unopened)]
    names = {boxes[0].index: field for field, boxes in groups.items()}
    kept = [i for i in range(len(table.headers)) if i in names or i not in all_boxes]
    rows = tuple(tuple(columns[i][at] if i in names else row[i] for i in kept) for at, row in enumerate(table.rows))
    findings.append(MENDED.found("checkboxes", table.source, names=tuple(groups)))
    facts = dict(table.facts)
    for field, boxes in groups.items():
        known = facts.get(field, ColumnFacts())
        levels = known.levels or tuple((box.code, box.level) for box in boxes if not box.unknown)
        levels = tuple(level for level in levels if level[1].casefold() not in _NOTHING)
        facts[field] = replace(known, kind="set", levels=levels)
    headers = tuple(names.get(i, table.headers[i]) for i in kept)
    return replace(table, headers=headers, rows=rows, findings=tuple(findings), facts=facts)


def _match(header: str) -> re.Match[str] | None:
    return _RAW.match(header) or _LABEL.match(header) or _LABEL_IN_R.match(header)


def _boxes(found: Sequence[tuple[int, str, str]], facts: ColumnFacts) -> list[Box]:
    codes = [_plain_code(code) for _, _, code in found]
    by_code = {_plain_code(code): level_word(code, label) for code, label in facts.levels}
    by_label = {label.casefold(): level_word(code, label) for code, label in facts.levels}
    declared = {word.casefold() for word in facts.missing}
    gaps = {code for code in codes if code in MISSING_CODES and code not in by_code}
    if not facts.levels and not gaps & _SURELY_MISSING and len(gaps) < 2:
        gaps = set()
    boxes = []
    for (index, header, written), code in zip(found, codes, strict=True):
        level = by_code.get(code) or by_label.get(written.casefold()) or level_word(_minus(written), _minus(written))
        boxes.append(
            Box(
                index,
                header,
                _minus(written),
                level,
                code in gaps or written.casefold() in declared or code in declared,
            )
        )
    return boxes


def _plain_code(code: str) -> str:
    return _minus(code).casefold()


def _minus(code: str) -> str:
    """Return a code as the project wrote it: in a header, ``_9`` stands for ``-9``."""
    return f"-{code[1:]}" if re.fullmatch(r"_\d+", code) else code


def _tick(cell: str, box: Box) -> float:
    """Return 1.0 for a ticked box, 0.0 for one that is not, ``nan`` for a gap, infinity for what is none of these."""
    word = cell.strip().casefold()
    if word in _GAPS:
        return math.nan
    if word in _TICKED or word in _NOT_TICKED:
        return float(word in _TICKED)
    if re.fullmatch(r"[01](?:[.,]0+)?", word):
        return float(word[0])
    return 1.0 if word in {box.code.casefold(), box.level.casefold()} else math.inf


def _set(row: Sequence[str], boxes: Sequence[Box]) -> tuple[str, list[Box]]:
    """Return the cell of a set, and the boxes that could not be read."""
    ticks = [(box, _tick(row[box.index], box)) for box in boxes]
    unread = [box for box, tick in ticks if math.isinf(tick)]
    coded = any(row[box.index].casefold() in MISSING_CODES - {"na"} for box in boxes)
    if unread or coded or any(box.unknown and tick == 1.0 for box, tick in ticks):
        return "", unread
    levels = [box.level for box, tick in ticks if tick == 1.0]
    if len(levels) == 1 and levels[0].casefold() in _NOTHING:
        return "none", []
    if levels:
        return ";".join(levels), []
    return ("none" if any(tick == 0.0 for box, tick in ticks if not box.unknown) else ""), []


def _never_opened(row: Sequence[str], status: int, beside: Iterable[int], boxes: Iterable[Box]) -> bool:
    if _status(row[status]) > 0 or any(row[i] for i in beside):
        return False
    return not any(_tick(row[box.index], box) == 1.0 for box in boxes)


def _status(cell: str) -> int:
    word = cell.strip().casefold()
    if word in STATUS_WORDS:
        return STATUS_WORDS[word]
    return int(float(word)) if re.fullmatch(r"[012](?:\.0+)?", word) else 0


def _unclear(source: str, field: str, cells: Sequence[tuple[int, str]]) -> list[Finding]:
    found = [
        UNCLEAR_BOX.found("box", at_cell(source, line, header), field=field) for line, header in cells[:_LINES_SHOWN]
    ]
    if len(cells) > _LINES_SHOWN:
        found.append(UNCLEAR_BOX.found("more", source, field=field, n=len(cells) - _LINES_SHOWN))
    return found


def _unopened(source: str, field: str, form: str, lines: Sequence[int]) -> list[Finding]:
    if not lines:
        return []
    return [UNOPENED_FORM.found("form", at_lines(source, lines), field=field, n=len(lines), form=form)]
