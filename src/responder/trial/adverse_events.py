"""Read adverse events: a column of their names, and yes/no columns of events of special interest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.cohort.cells import encode_column
from responder.cohort.checks.intake import OPTIONAL_MISSING
from responder.cohort.columns import place_traits
from responder.cohort.findings import Finding
from responder.cohort.headers import nearest_header
from responder.cohort.places import at_columns
from responder.cohort.table import RawTable
from responder.cohort.trait_column import TraitColumn
from responder.study.model import Trait
from responder.study.text import Text
from responder.study.trial_design import Safety
from responder.trial.rules import BEFORE_FIRST_DOSE, EVENTS_NOT_ASKED
from responder.trial.schedule import FIRST_DAY_WEEKS
from responder.trial.visits import EventCounts
from responder.values import is_gap, is_none

__all__ = ["EventColumns", "event_key", "read_events", "row_patients"]

_SEPARATOR = re.compile(r"[;|]")


def event_key(name: str) -> str:
    """Return the name of an event without the differences of spelling that carry no meaning.

    Examples
    --------
    >>> event_key("Injection-site reaction ")
    'injection_site_reaction'
    """
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def row_patients(ids: Sequence[str]) -> IntArray:
    """Return the number of each row's patient, in order of appearance, shape (rows,)."""
    index = {patient: i for i, patient in enumerate(dict.fromkeys(ids))}
    return np.array([index[patient] for patient in ids], dtype=np.int64)


@dataclass(frozen=True)
class EventColumns:
    """The columns of adverse events that a table has.

    Attributes
    ----------
    names : TraitColumn, optional
        The column of names.
    flags : tuple of TraitColumn
        The yes/no columns.
    """

    names: TraitColumn | None
    flags: tuple[TraitColumn, ...]

    @property
    def headers(self) -> dict[str, str]:
        """Headers by the name that the study gives the column."""
        found = (*self.flags, *([self.names] if self.names else []))
        return {column.trait.name: column.header for column in found}

    def counted(
        self, table: RawTable, ids: Sequence[str], weeks: FloatArray, findings: list[Finding]
    ) -> dict[str, EventCounts]:
        """Return how often each event was reported after the day of the first dose, a patient in order of appearance.

        Parameters
        ----------
        table : RawTable
            One row a patient and visit.
        ids : sequence of str, length rows
            Patient of each row.
        weeks : ndarray, shape (rows,)
            Week of each row.
        findings : list of Finding
            To which bad cells, rows without a record, and events before the first dose are appended.
        """
        after = weeks > FIRST_DAY_WEEKS
        who = row_patients(ids)
        n = int(who.max()) + 1
        counts = {}
        for column in self.flags:
            told = encode_column(table, column, ids, findings)[:, 0]
            _note_rows(table, column, after, ~np.isnan(told), told == 1.0, findings)
            counts[column.trait.name] = _count(who, n, told == 1.0, ~np.isnan(told), after)
        if self.names is not None:
            cells = table.column(self.names.header)
            asked = np.array([not is_gap(cell) for cell in cells])
            named = [_names(cell) for cell in cells]
            _note_rows(table, self.names, after, asked, np.array([bool(names) for names in named]), findings)
            for name in sorted({name for names in named for name in names} - counts.keys()):
                reported = np.array([name in names for names in named])
                if reported[after].any():
                    counts[name] = _count(who, n, reported, asked, after)
        return counts


def read_events(table: RawTable, safety: Safety, findings: list[Finding]) -> EventColumns:
    """Return the columns of adverse events that a table has; one that is not there is a note."""
    wanted = [_column(flag.column, flag.aliases, flag.label) for flag in safety.flags]
    names = _column(safety.events, safety.aliases, Text(en=safety.events)) if safety.events else None
    columns = [*wanted, *([names] if names else [])]
    found = place_traits(table, columns, columns, findings, ())
    for trait in columns:
        if trait.name in found:
            continue
        near = nearest_header((trait.name, *trait.aliases), table.headers)
        findings.append(OPTIONAL_MISSING.found("events", table.source, near, column=trait.name))
    flags = tuple(found[trait.name] for trait in wanted if trait.name in found)
    return EventColumns(found.get(names.name) if names else None, flags)


def _column(name: str, aliases: tuple[str, ...], label: Text) -> Trait:
    """Return a column of events as what intake looks for."""
    return Trait(name=name, kind="binary", group="safety", timing="on_treatment", aliases=aliases, label=label)


def _names(cell: str) -> frozenset[str]:
    if is_gap(cell) or is_none(cell):
        return frozenset()
    return frozenset(event_key(part) for part in _SEPARATOR.split(cell) if part.strip())


def _count(who: IntArray, n: int, reported: BoolArray, asked: BoolArray, after: BoolArray) -> EventCounts:
    return EventCounts(
        reported=np.bincount(who[reported & after], minlength=n),
        asked=np.bincount(who[asked & after], minlength=n),
    )


def _note_rows(
    table: RawTable,
    column: TraitColumn,
    after: BoolArray,
    asked: BoolArray,
    reported: BoolArray,
    findings: list[Finding],
) -> None:
    place = at_columns(table.source, *column.headers)
    silent, early = int((after & ~asked).sum()), int((reported & ~after).sum())
    if silent:
        findings.append(EVENTS_NOT_ASKED.found("silent", place, count=silent, of=int(after.sum())))
    if early:
        findings.append(BEFORE_FIRST_DOSE.found("early", place, rows=early))
