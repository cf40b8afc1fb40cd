"""Plain-text tables that stay aligned where characters are two cells wide (Chinese)."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["clip", "display_width", "table", "wrap"]

GAP = "  "
OPENING, CLOSING = frozenset({"Ps", "Pi"}), frozenset({"Pe", "Pf", "Po"})
Cell = str | float | int | None


def display_width(text: str) -> int:
    """Return how many terminal cells a text takes.

    Examples
    --------
    >>> display_width("RPDAI"), display_width("RPDAI评分")
    (5, 9)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def clip(text: str, width: int) -> str:
    """Return the part of a text that fits into a number of terminal cells."""
    while display_width(text) > width:
        text = text[:-1]
    return text


def wrap(text: str, width: int) -> list[str]:
    """Return a text as lines that fit into a number of terminal cells, broken at spaces and between wide characters.

    Examples
    --------
    >>> wrap("which traits predict response", 16)
    ['which traits', 'predict response']
    >>> wrap("检查队列，逐项报告。", 8)
    ['检查队', '列，逐项', '报告。']
    """
    lines = [""]
    for piece in _pieces(" ".join(text.split())):
        if lines[-1] and display_width((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> list[str]:
    """Return the parts of a text between which a line may break; none ends in front of a closing mark."""
    pieces = [text[:1]]
    for before, after in itertools.pairwise(text):
        wide = display_width(before) > 1 or display_width(after) > 1
        holds = unicodedata.category(before) in OPENING or unicodedata.category(after) in CLOSING
        if after != " " and (before == " " or (wide and not holds)):
            pieces.append(after)
        else:
            pieces[-1] += after
    return pieces


def table(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return an aligned table; columns of numbers are right-aligned, an empty cell is blank.

    Parameters
    ----------
    headers : sequence of str
        Names of the columns.
    rows : iterable of sequences
        Cells; numbers are shown to four significant digits.

    Examples
    --------
    >>> print(table(["model", "auc"], [["ridge", 0.8125], ["gp", None]]))
    model     auc
    ridge  0.8125
    gp
    """
    content = [tuple(row) for row in rows]
    numeric = [
        all(isinstance(row[j], int | float | None) for row in content) and bool(content) for j in range(len(headers))
    ]
    lines = [tuple(headers), *(tuple(_text(cell) for cell in row) for row in content)]
    widths = [max(display_width(line[j]) for line in lines) for j in range(len(headers))]
    return "\n".join(
        GAP.join(_pad(cell, width, right) for cell, width, right in zip(line, widths, numeric, strict=True)).rstrip()
        for line in lines
    )


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - display_width(text))
    return space + text if right else text + space
