"""Patients whose id stands only in the first row of their block, as people write visits one below the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from responder.cohort.checks.intake import FILLED_DOWN
from responder.cohort.places import at_columns
from responder.cohort.table import RawTable

__all__ = ["fill_down"]


def fill_down(table: RawTable) -> RawTable:
    """Return the table with ids filled down, where blank ids can mean nothing else.

    They can where another column is filled in every row and tells the rows of each block apart by words or numbers
    that come again in other blocks, as visits do. A patient whose id is merely missing stays without one.

    Examples
    --------
    >>> rows = (("P1", "week 0"), ("", "week 4"), ("P2", "week 0"), ("", "week 4"))
    >>> fill_down(RawTable("t.csv", ("id", "visit"), rows, (2, 3, 4, 5))).column("id")
    ('P1', 'P1', 'P2', 'P2')
    """
    ids = [row[0] for row in table.rows]
    if all(ids) or not ids[0] or sum(map(bool, ids)) < 2:
        return table
    starts = [i for i, name in enumerate(ids) if name]
    blocks = [range(start, end) for start, end in zip(starts, [*starts[1:], len(ids)], strict=True)]
    if sum(len(block) > 1 for block in blocks) * 2 < len(blocks):
        return table
    if not any(_tells_visits([row[i] for row in table.rows], blocks) for i in range(1, len(table.headers))):
        return table
    filled = [ids[block[0]] for block in blocks for _ in block]
    note = FILLED_DOWN.found("filled", at_columns(table.source, table.headers[0]), n=ids.count(""))
    rows = tuple((name, *row[1:]) for name, row in zip(filled, table.rows, strict=True))
    return replace(table, rows=rows, findings=(*table.findings, note))


def _tells_visits(cells: Sequence[str], blocks: Sequence[range]) -> bool:
    """Return whether a column is filled, differs within each block, and begins and goes on alike in most of them."""
    if not all(cells) or any(len({cells[i] for i in block}) < len(block) for block in blocks):
        return False
    for place in (0, 1):
        found = Counter(cells[block[place]] for block in blocks if len(block) > place)
        if 5 * found.most_common(1)[0][1] < 4 * found.total():
            return False
    return True
