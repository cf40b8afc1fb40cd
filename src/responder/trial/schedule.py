"""When a row was: weeks as people write them, and the scheduled visit that each belongs to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.checks.intake import REPEATED_VISIT
from responder.cohort.findings import Finding
from responder.cohort.headers import missing_column
from responder.cohort.places import at_cell, at_columns, at_lines
from responder.cohort.redcap import EVENTS
from responder.cohort.table import RawTable
from responder.cohort.trait_column import CELLS_SHOWN
from responder.names import fold_name
from responder.names.timing import baseline_rank
from responder.study.trial_design import TrialDesign
from responder.trial.rules import OUTSIDE_WINDOWS, UNREADABLE_WEEK, WINDOW_SHARED
from responder.words import Phrase

__all__ = ["NO_VISIT", "assign_visits", "find_week_column", "parse_week", "read_weeks"]


NO_VISIT = -1
FIRST_DAY_WEEKS = 1 / 7  # day 1 is commonly the day of the first dose
ROUNDING = 1e-9
_WEEK = re.compile(r"(?:weeks?|wks?|w|第)?[\s_.]*((?:(?<![a-z])[+-])?\d+(?:\.\d+)?)\s*(?:weeks?|wks?|w|周)?")
_IN_WORDS = frozenset({0, 2, 3})
"""Ranks of visits that are baseline by a word (baseline, enrolment, screening), not by a number."""


def parse_week(text: str) -> float:
    """Return the week that a cell names, ``nan`` where it names none.

    A hyphen between a word and a number may be a dash or a minus, so ``week-2`` names none.

    Examples
    --------
    >>> [parse_week(text) for text in ("12", "Week 4", "W8", "baseline", "第12周", "12.4 weeks", "week-2", "visit 3")]
    [12.0, 4.0, 8.0, 0.0, 12.0, 12.4, nan, nan]
    """
    word = text.strip().casefold()
    match = _WEEK.fullmatch(word)
    if match:
        return float(match.group(1))
    return 0.0 if baseline_rank(word) in _IN_WORDS else math.nan


def find_week_column(table: RawTable, design: TrialDesign, findings: list[Finding]) -> tuple[str, float] | None:
    """Return the header of the column of weeks and the weeks in one of its units (1, or 1/7 for days), or None."""
    weeks = (design.week_column, *design.week_aliases, *EVENTS)
    for names, unit in ((weeks, 1.0), (design.day_aliases, 1 / 7)):
        wanted = {fold_name(name) for name in names}
        for header in table.headers:
            if fold_name(header) in wanted:
                return header, unit
    names = (design.week_column, *design.week_aliases, *design.day_aliases)
    hint = Phrase("RSP113.weeks.fix", {"column": design.week_column})
    findings.append(missing_column(table.source, names, table.headers, Phrase("role.visits"), hint))
    return None


def read_weeks(table: RawTable, header: str, unit: float, findings: list[Finding]) -> FloatArray:
    """Return the week of each row, shape (rows,); a cell that names none is a finding."""
    weeks = np.array([parse_week(cell) * unit for cell in table.column(header)])
    unreadable = np.flatnonzero(np.isnan(weeks))
    places = [at_cell(table.source, table.lines[row], header) for row in unreadable[:CELLS_SHOWN]]
    findings += [UNREADABLE_WEEK.found("week", place) for place in places]
    if unreadable.size > CELLS_SHOWN:
        more = unreadable.size - CELLS_SHOWN
        findings.append(UNREADABLE_WEEK.found("more", at_columns(table.source, header), n=more))
    return weeks


def assign_visits(
    table: RawTable, ids: Sequence[str], weeks: FloatArray, design: TrialDesign, findings: list[Finding]
) -> IntArray:
    """Return the scheduled visit of each row, `NO_VISIT` outside every window.

    The baseline window ends with the day of the first dose: nothing later can pass for a baseline value.

    Parameters
    ----------
    table : RawTable
        The table, for messages.
    ids : sequence of str, length rows
        Patients.
    weeks : ndarray, shape (rows,)
        Week of each row since the first dose.
    design : TrialDesign
        Scheduled weeks and windows.
    findings : list of Finding
        To which rows outside all windows, twice at one time, and sharing a window are appended.
    """
    visits = np.full(len(weeks), NO_VISIT)
    visits[(weeks >= -design.baseline_window_weeks - ROUNDING) & (weeks <= FIRST_DAY_WEEKS + ROUNDING)] = 0
    for visit, week in enumerate(design.weeks[1:], start=1):
        visits[np.abs(weeks - week) <= design.window_weeks + ROUNDING] = visit
    outside = np.flatnonzero((visits == NO_VISIT) & ~np.isnan(weeks))
    if outside.size:
        findings.append(
            OUTSIDE_WINDOWS.found(
                "outside",
                at_lines(table.source, [table.lines[row] for row in outside]),
                count=outside.size,
                of=len(weeks),
                weeks=tuple(f"{week:g}" for week in design.weeks),
                around=design.window_weeks,
                before=design.baseline_window_weeks,
            )
        )
    _find_repeated(table, ids, weeks, visits, design, findings)
    return visits


def _find_repeated(
    table: RawTable,
    ids: Sequence[str],
    weeks: FloatArray,
    visits: IntArray,
    design: TrialDesign,
    findings: list[Finding],
) -> None:
    at: dict[tuple[str, int], list[int]] = {}
    for row, (patient, visit) in enumerate(zip(ids, visits.tolist(), strict=True)):
        if visit != NO_VISIT:
            at.setdefault((patient, visit), []).append(row)
    for (patient, visit), rows in at.items():
        if len(rows) == 1:
            continue
        place, week = at_lines(table.source, [table.lines[row] for row in rows]), design.weeks[visit]
        if len(set(weeks[rows].tolist())) < len(rows):
            findings.append(REPEATED_VISIT.found("week", place, patient=patient, week=week))
        else:
            findings.append(WINDOW_SHARED.found("shared", place, patient=patient, rows=len(rows), week=week))
