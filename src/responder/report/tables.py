"""What a table of a report is: plain rows of text, so that a page and a card show the same ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from responder.words import MOST_LISTED, Voice, first_of, languages

__all__ = ["ReportTable", "cell", "estimate", "file_name", "p_value", "span"]


@dataclass(frozen=True)
class ReportTable:
    """A table of text.

    Attributes
    ----------
    caption : str
        What it shows.
    headers : tuple of str
        Names of the columns; the first column names the row.
    rows : tuple of tuples of str
        Cells.
    numeric : frozenset of int
        Columns that are aligned right.
    strong : frozenset of int
        Rows that stand out.
    wide : frozenset of int
        Columns that hold sentences.
    note : str
        What stands below it.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()
    wide: frozenset[int] = frozenset()
    note: str = ""

    def first_rows(self, file: str, words: Voice) -> ReportTable:
        """Return the table with no more rows than a person reads, and a note that `file` has all of them."""
        if len(self.rows) <= MOST_LISTED:
            return self
        note = words.of(first_of(MOST_LISTED, len(self.rows), file))
        return replace(self, rows=self.rows[:MOST_LISTED], note=note)


def cell(value: Any, words: Voice, decimals: int = 2) -> str:
    """Return a number as text with a real minus sign; a dash where there is none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return words("page.none")
    return f"{value:z.{decimals}f}".replace("-", "−")


def p_value(value: float | None, words: Voice) -> str:
    """Return a p value to three places, more where it would read 0.000."""
    if value is None:
        return words("page.none")
    return f"{value:.3f}" if value >= 0.0005 else f"{value:.1g}"


def span(lower: float | None, upper: float | None, words: Voice) -> str:
    """Return two limits as text; a dash where one is missing."""
    if lower is None or upper is None:
        return words("page.none")
    return words("span", lower=cell(lower, words), upper=cell(upper, words))


def estimate(value: float | None, lower: float | None, upper: float | None, words: Voice) -> str:
    """Return a number with its limits."""
    if value is None or lower is None or upper is None:
        return cell(value, words)
    return words("estimate", value=cell(value, words), lower=cell(lower, words), upper=cell(upper, words))


def file_name(stem: str, ending: str, language: str) -> str:
    """Return the name of a page: the first language is not named in it.

    Examples
    --------
    >>> file_name("report", "html", "en"), file_name("report", "html", "zh")
    ('report.html', 'report.zh.html')
    """
    return f"{stem}.{ending}" if language == languages()[0] else f"{stem}.{language}.{ending}"
