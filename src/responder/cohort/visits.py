"""Fold a table of patients and visits into one row a patient; no later value can pass for a baseline one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from responder.cohort.checks.intake import FOLDED_VISITS, REPEATED_VISIT
from responder.cohort.table import RawTable
from responder.names import fold_name

__all__ = ["find_visit_column", "fold_repeated", "fold_visits"]

_VISIT_COLUMNS = (
    "redcapeventname", "visit", "visitname", "timepoint", "event", "avisit", "week", "day", "month",
    "visitweek", "studyweek", "studyday", "访视",
)  # fmt: skip
# The visit at which treatment starts; where two of them hold a field, it is plain for the first named here.
_BASELINE = (
    re.compile(r"baseline.*|pre_?(?:treatment|dose|vaccination)"),
    re.compile(r"(?:week|wk|w|day|d|month|m|visit|v)_?0+|day_?1|d_?1|基线"),
    re.compile(r"enrol.*|inclusion"),
    re.compile(r"screening.*"),
)


@dataclass
class _Patient:
    line: int
    cells: dict[str, str] = field(default_factory=dict)
    visits: set[str] = field(default_factory=set)


def find_visit_column(table: RawTable) -> str | None:
    """Return the header of the column that names the visit, or None."""
    for header in table.headers:
        if fold_name(header) in _VISIT_COLUMNS:
            return header
    return None


def fold_repeated(table: RawTable, id_header: str) -> RawTable:
    """Fold visits where ids repeat and a column names the visit; else return the table as it is."""
    visit_header = find_visit_column(table)
    if visit_header is None or len(set(table.column(id_header))) == len(table.rows):
        return table
    return fold_visits(table, id_header, visit_header)


def fold_visits(table: RawTable, id_header: str, visit_header: str, arms: Mapping[str, str] | None = None) -> RawTable:
    """Return one row a patient.

    A column keeps its name for the visit at which treatment starts (baseline, week 0, day 0 or 1, enrolment,
    screening) and gets the visit as ending at every other, unless its name says so already: ``rpdai`` at week
    12 becomes ``rpdai_week_12``.

    Parameters
    ----------
    table : RawTable
        One row a patient and visit.
    id_header, visit_header : str
        The columns of patient ids and of visits.
    arms : Mapping[str, str], optional
        Visit as written to the visit without its arm; visits of two arms are then one.

    Raises
    ------
    TableRefusedError
        If a patient has two rows for one visit.
    """
    id_at, visit_at = table.headers.index(id_header), table.headers.index(visit_header)
    fields = [i for i in range(len(table.headers)) if i not in {id_at, visit_at}]
    visits = [_visit_name((arms or {}).get(row[visit_at], row[visit_at]), visit_header) for row in table.rows]
    names = _names(table, visits, fields)
    patients: dict[str, _Patient] = {}
    for row, line, visit in zip(table.rows, table.lines, visits, strict=True):
        patient = patients.setdefault(row[id_at], _Patient(line))
        if visit in patient.visits:
            raise REPEATED_VISIT.refusal(
                f"patient {row[id_at]} has two rows for the visit '{row[visit_at]}'",
                f"{table.source}:{line}",
                "keep one row a patient and visit",
            )
        patient.visits.add(visit)
        patient.cells.update({names[i, visit]: row[i] for i in fields if row[i]})
    headers = list(dict.fromkeys(names.values()))
    note = FOLDED_VISITS.found(
        f"{len(table.rows)} rows of {len(set(visits))} visits became one row a patient ({len(patients)})",
        f"{table.source}, column '{visit_header}'",
        "columns of later visits have the visit's name as ending",
    )
    return RawTable(
        table.source,
        (id_header, *headers),
        tuple((name, *(p.cells.get(h, "") for h in headers)) for name, p in patients.items()),
        tuple(p.line for p in patients.values()),
        (*table.findings, note),
    )


def _visit_name(visit: str, header: str) -> str:
    """Return a visit as part of a column name: ``Week 12`` and 12 under ``week`` are both ``week_12``."""
    if re.fullmatch(r"-?\d+(\.0+)?", visit):
        number = int(float(visit))
        return f"{fold_name(header)}_{'minus_' if number < 0 else ''}{abs(number)}"
    return re.sub(r"\W+", "_", visit.strip().casefold()).strip("_") or "no_visit"


def _names(table: RawTable, visits: Sequence[str], fields: Sequence[int]) -> dict[tuple[int, str], str]:
    """Return the new column name of each column at each visit where it has values."""
    filled: dict[int, dict[str, None]] = {i: {} for i in fields}
    for row, visit in zip(table.rows, visits, strict=True):
        for i in fields:
            if row[i]:
                filled[i][visit] = None
    names = {}
    for i in fields:
        header = table.headers[i]
        start = min(filled[i], key=_baseline_rank, default="")
        for visit in filled[i]:
            starts = visit == start and _baseline_rank(visit) < len(_BASELINE)
            says_so = fold_name(header).endswith(fold_name(visit))
            names[i, visit] = header if starts or says_so else f"{header}_{visit}"
    return names


def _baseline_rank(visit: str) -> int:
    return next((rank for rank, form in enumerate(_BASELINE) if form.fullmatch(visit)), len(_BASELINE))
