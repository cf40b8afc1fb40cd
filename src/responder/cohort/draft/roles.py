"""Which column identifies the patients, which are of no use, and which may say who responded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from responder.cohort.checks.intake import MISSING_COLUMN
from responder.cohort.table import UNNAMED, RawTable
from responder.names import fold_name
from responder.names.roles import fold_id_name, id_names
from responder.study.questions import Answers, Question

__all__ = ["MADE_IDS", "find_ids", "is_running_number", "is_serial_date"]

MADE_IDS = ""
"""The id column of a table that has none but people's names: pseudonyms are made from the order of the rows."""

ID_COLUMN_KEY = "id_column"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_UNNAMED = re.compile(rf"{UNNAMED}_?\d+|unnamed:?\d+|index|rownames?|row|x|")
_SERIAL_DATES = range(20_000, 65_000)  # 1954 to 2077
_DATE_NAMES = re.compile(r"date|datum|serial|fecha|jour|日期|时间|day", re.IGNORECASE)


def find_ids(table: RawTable, personal: Mapping[str, str], answers: Answers) -> str | Question:
    """Return the column of ids, or the question which it is.

    A name of the vocabulary decides; else the only column that tells all rows apart and is no measurement. Columns
    that name a person are never ids. Where nothing else identifies the patients, pseudonyms are made (`MADE_IDS`).

    Raises
    ------
    TableRefusedError
        If no column identifies the patients, and none names them.
    """
    free = [header for header in table.headers if header not in personal]
    running = {h for h in free if _UNNAMED.fullmatch(fold_name(h)) and is_running_number(table.column(h))}
    for name in id_names():
        for header in free:
            if fold_id_name(header) == name and header not in running and any(table.column(header)):
                return header
    candidates = [h for h in free if h not in running and _tells_apart(table.column(h))]
    words = [h for h in candidates if not all(_NUMBER.fullmatch(cell) for cell in table.column(h))]
    counted = [h for h in candidates if is_running_number(table.column(h))]
    rising = [h for h in candidates if _rises(table.column(h))]
    found = words or counted or rising
    if len(found) == 1 and found[0] in {*words, *counted}:
        return found[0]
    if found:
        return answers.settle(Question(ID_COLUMN_KEY, "id_column", {}, tuple(found)))
    if personal or running:
        return MADE_IDS
    raise MISSING_COLUMN.refusal("no_ids", table.source)


def is_running_number(cells: Sequence[str]) -> bool:
    """Return whether cells count the rows, from 0 or 1.

    Examples
    --------
    >>> is_running_number(["0", "1", "2", "3"]), is_running_number(["3", "1", "2"])
    (True, False)
    """
    if len(cells) < 3 or not all(re.fullmatch(r"\d+(?:\.0)?", cell) for cell in cells):
        return False
    numbers = [int(float(cell)) for cell in cells]
    return numbers[0] in {0, 1} and all(b - a == 1 for a, b in pairwise(numbers))


def is_serial_date(header: str, cells: Sequence[str]) -> bool:
    """Return whether numbers under a name of a date are days counted by a spreadsheet.

    Examples
    --------
    >>> is_serial_date("first_dose_serial", ["45209", "45212"]), is_serial_date("ferritin", ["45209", "45212"])
    (True, False)
    """
    if not _DATE_NAMES.search(header):
        return False
    known = [cell for cell in cells if cell]
    whole = [int(cell) for cell in known if re.fullmatch(r"\d{5}", cell)]
    return bool(known) and len(whole) == len(known) and all(n in _SERIAL_DATES for n in whole)


def _rises(cells: Sequence[str]) -> bool:
    """Return whether whole numbers rise from row to row, as numbers of patients do, and sorted measurements."""
    numbers = [int(cell) for cell in cells if cell.isdigit()]
    return len(numbers) == len(cells) > 2 and all(a < b for a, b in pairwise(numbers))


def _tells_apart(cells: Sequence[str]) -> bool:
    return all(cells) and len(set(cells)) == len(cells)
