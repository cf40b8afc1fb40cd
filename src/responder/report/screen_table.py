"""A screen of single markers, as the terminal and the report show it: those that carry most, and how many pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from responder.report.tables import ReportTable, cell, p_value
from responder.validate.permutation import STATISTIC_TOLERANCE
from responder.words import Phrase, Voice, first_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["screen_notes", "screen_table"]

MOST_MARKERS = 10


def screen_table(
    markers: pd.DataFrame, screen: Mapping[str, Any], label: Callable[[str], str], words: Voice
) -> ReportTable:
    """Return the first markers, one a row.

    Parameters
    ----------
    markers : DataFrame
        All markers (`responder.validate.screen.MarkerScreen.frame`).
    screen : Mapping
        Its summary (`MarkerScreen.to_json`).
    label : callable
        From a marker to its label.
    words : Voice
        In which language.
    """
    columns = ["marker", "auc", "patients", "p", "p_adjusted", *([] if screen["exact"] else ["error"])]
    rows = tuple(
        (
            label(str(one["marker"])),
            cell(one["auc"], words, 3),
            str(one["n"]),
            p_value(one["p"], words),
            p_value(one["p_adjusted"], words),
            *([] if screen["exact"] else [cell(one["standard_error"], words, 4)]),
        )
        for one in markers.head(MOST_MARKERS).to_dict("records")
    )
    key = "labelings_all" if screen["exact"] else "labelings_random"
    drawn = screen["labelings"] - (0 if screen["exact"] else 1)
    over = Phrase(f"screen.{key}", {"count": f"{drawn:,}", "possible": f"{screen['possible']:,}"})
    title = Phrase("screen.title", {"count": f"{len(markers):,}", "labelings": over})
    headers = tuple(words.of(Phrase(f"screen.{name}")) for name in columns)
    return ReportTable(words.of(title), headers, rows, frozenset(range(1, len(columns))))


def screen_notes(markers: pd.DataFrame, screen: Mapping[str, Any], alpha: float, words: Voice) -> list[str]:
    """Return how many of all markers pass after adjustment, and what must be known to read the table."""
    passing = int((markers["p_adjusted"] <= alpha + STATISTIC_TOLERANCE).sum())
    count = f"{len(markers):,}"
    values = {"count": count, "alpha": f"{alpha:g}", "passing": f"{passing:,}"}
    smallest = p_value(screen["smallest_attainable_p"], words)
    notes = [Phrase(f"screen.{'some' if passing else 'none'}", {**values, "smallest": smallest})]
    if len(markers) > MOST_MARKERS:
        notes.insert(0, first_of(MOST_MARKERS, len(markers), "screen.csv"))
    return [words.of(note) for note in (*notes, Phrase("screen.chosen"))]
