"""Doses of the treatment that is studied: planned against received, where a column of the table says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.cohort.cells import encode_column
from responder.cohort.cohort import Provenance
from responder.cohort.columns import place_traits
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable
from responder.cohort.trait_column import TraitColumn
from responder.study.text import Text
from responder.study.trait import Trait
from responder.study.trial_design import Dosing, TrialDesign
from responder.trial.adverse_events import row_patients
from responder.trial.outcomes import responses
from responder.trial.schedule import FIRST_DAY_WEEKS, ROUNDING
from responder.trial.summary import Row, TrialDistribution, distribution
from responder.trial.visits import POPULATIONS, DosesReceived, Population, Visits

__all__ = [
    "DoseCount",
    "DoseSummary",
    "VisitDoses",
    "dose_column",
    "doses_by_visit",
    "doses_received",
    "summarise_doses",
]


DoseGroup = Literal["enrolled", "responder", "non_responder"]


@dataclass(frozen=True)
class DoseCount(Row):
    """Doses received, of those planned.

    Attributes
    ----------
    patients : int
        Patients whose doses are recorded.
    complete : int
        Patients who received all doses planned.
    received, planned : int
        Doses, over the patients whose doses are recorded.
    values : TrialDistribution
        Of the doses that a patient received.
    """

    patients: int
    complete: int
    received: int
    planned: int
    values: TrialDistribution


@dataclass(frozen=True)
class DoseSummary(Row):
    """Doses received, of those planned until each patient was last seen.

    Attributes
    ----------
    unknown : int
        Patients whose doses are not recorded at every visit on treatment.
    counted : DoseCount
        Over the others.
    """

    label: Text
    population: Population
    unknown: int
    counted: DoseCount
    rests_on: tuple[Provenance, ...]


@dataclass(frozen=True)
class VisitDoses(Row):
    """Doses received since the visit before, of those planned in this time.

    Attributes
    ----------
    group : str
        ``enrolled``: all; ``responder`` or ``non_responder`` by the study's first endpoint, as far as it is told.
    week : float
        Of the scheduled visit.
    counted : DoseCount
        Over the patients who came to the visit.
    """

    group: DoseGroup
    week: float
    counted: DoseCount
    rests_on: tuple[Provenance, ...]


def dose_column(table: RawTable, dosing: Dosing, findings: list[Finding]) -> TraitColumn | None:
    """Return the column of doses received since the last visit; None where the table has none."""
    column = Trait(
        name=dosing.column, kind="count", group="safety", timing="on_treatment", aliases=dosing.aliases,
        label=dosing.label,
    )  # fmt: skip
    return place_traits(table, [column], [column], findings, ()).get(column.name)


def doses_received(
    table: RawTable,
    column: TraitColumn,
    ids: Sequence[str],
    weeks: FloatArray,
    design: TrialDesign,
    findings: list[Finding],
) -> DosesReceived:
    """Return the doses that each patient received, in order of appearance.

    A row between two scheduled visits counts at the later one, a row after the last visit at that one.
    """
    told = encode_column(table, column, ids, findings)[:, 0]
    after = weeks > FIRST_DAY_WEEKS
    who, counts = row_patients(ids), told[after]
    latest = np.array(design.weeks) + design.window_weeks + ROUNDING
    visit = np.clip(np.searchsorted(latest, weeks), 1, len(latest) - 1)
    n = int(who.max()) + 1
    return DosesReceived(
        total=_summed((who[after],), counts, (n,)),
        since_last=_summed((who[after], visit[after]), counts, (n, len(latest))),
    )


def _summed(places: tuple[IntArray, ...], counts: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return sums by place; ``nan`` where a count is, and where none is."""
    sums, rows = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, places, counts)
    np.add.at(rows, places, 1)
    return np.where(rows > 0, sums, np.nan)


def summarise_doses(visits: Visits) -> tuple[DoseSummary, ...]:
    """Return doses received of doses planned, in completers and in all enrolled; empty where no column says so."""
    if visits.design.dosing is None or visits.doses is None:
        return ()
    on_treatment = np.nan_to_num(visits.weeks[:, 1:], nan=-1.0)
    planned = _planned_by(visits, on_treatment.max(axis=1, initial=-1.0))
    received, summaries = visits.doses.total, []
    for population in POPULATIONS:
        members = visits.members(population)
        counted = _counted(received, planned, members)
        unknown = int(members.sum()) - counted.patients
        summaries.append(DoseSummary(visits.design.dosing.label, population, unknown, counted, _kinds(visits)))
    return tuple(summaries)


def doses_by_visit(visits: Visits) -> tuple[VisitDoses, ...]:
    """Return doses received since the visit before: of all enrolled, then of responders and of the others.

    Responders and the others are left out where one of the groups is empty, or the response cannot be told.
    """
    if visits.design.dosing is None or visits.doses is None:
        return ()
    seen = np.nan_to_num(visits.weeks[:, 1:], nan=-1.0)
    planned = _planned_by(visits, np.maximum.accumulate(seen, axis=1))
    since_last = np.diff(planned, axis=1, prepend=0)
    rows = []
    for group, members in _groups(visits).items():
        for at, week in enumerate(visits.design.weeks[1:]):
            here = members & (seen[:, at] >= 0)
            counted = _counted(visits.doses.since_last[:, at + 1], since_last[:, at], here)
            rows.append(VisitDoses(group, week, counted, _kinds(visits)))
    return tuple(rows)


def _planned_by(visits: Visits, weeks: FloatArray) -> IntArray:
    """Return the doses planned up to some weeks, of the shape of these."""
    assert visits.design.dosing is not None
    starts = (np.array(visits.design.dosing.days) - 1) / 7
    return np.searchsorted(np.sort(starts), weeks, side="right")


def _counted(received: FloatArray, planned: IntArray, members: BoolArray) -> DoseCount:
    known = members & ~np.isnan(received)
    return DoseCount(
        patients=int(known.sum()),
        complete=int((received[known] >= planned[known]).sum()),
        received=int(received[known].sum()),
        planned=int(planned[known].sum()),
        values=distribution(received[known]),
    )


def _groups(visits: Visits) -> dict[DoseGroup, BoolArray]:
    groups: dict[DoseGroup, BoolArray] = {"enrolled": np.ones(visits.n, dtype=bool)}
    if visits.compared(visits.study.endpoint) is not None:
        response = responses(visits, visits.study.endpoint)
        if (response == 1).any() and (response == 0).any():
            groups |= {"responder": response == 1, "non_responder": response == 0}
    return groups


def _kinds(visits: Visits) -> tuple[Provenance, ...]:
    assert visits.design.dosing is not None
    return visits.kinds([visits.design.dosing.column])
