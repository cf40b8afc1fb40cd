"""Doses of the treatment that is studied: planned against received, where a column of the table says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cells import encode_column
from responder.cohort.cohort import Provenance
from responder.cohort.columns import TraitColumn, place_traits
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable
from responder.study.text import Text
from responder.study.trait import Trait
from responder.study.trial_design import Dosing
from responder.trial.schedule import FIRST_DAY_WEEKS
from responder.trial.summary import Row, TrialDistribution, distribution
from responder.trial.visits import POPULATIONS, Population, Visits

__all__ = ["DoseSummary", "dose_column", "doses_received", "summarise_doses"]


@dataclass(frozen=True)
class DoseSummary(Row):
    """Doses received, of those planned until each patient was last seen.

    Attributes
    ----------
    patients, unknown : int
        Patients whose doses are recorded at every visit on treatment, and the others.
    complete : int
        Patients who received all doses planned.
    received, planned : int
        Doses, over the patients whose doses are recorded.
    values : TrialDistribution
        Of the doses that a patient received.
    """

    label: Text
    population: Population
    patients: int
    unknown: int
    complete: int
    received: int
    planned: int
    values: TrialDistribution
    rests_on: tuple[Provenance, ...]


def dose_column(table: RawTable, dosing: Dosing, findings: list[Finding]) -> TraitColumn | None:
    """Return the column of doses received since the last visit; None where the table has none."""
    column = Trait(
        name=dosing.column, kind="count", group="safety", timing="on_treatment", aliases=dosing.aliases,
        label=dosing.label,
    )  # fmt: skip
    return place_traits(table, [column], [column], findings, ()).get(column.name)


def doses_received(
    table: RawTable, column: TraitColumn, ids: Sequence[str], weeks: FloatArray, findings: list[Finding]
) -> FloatArray:
    """Return the doses that each patient received, in order of appearance, shape (n,).

    ``nan`` where a visit after the day of the first dose does not say, or there is no such visit.
    """
    told = encode_column(table, column, ids, findings)[:, 0]
    after = weeks > FIRST_DAY_WEEKS
    by_patient = {patient: [] for patient in ids}  # type: dict[str, list[float]]
    for patient, count, counts in zip(ids, told.tolist(), after, strict=True):
        if counts:
            by_patient[patient].append(count)
    return np.array([sum(counts) if counts else np.nan for counts in by_patient.values()], dtype=float)


def summarise_doses(visits: Visits) -> tuple[DoseSummary, ...]:
    """Return doses received of doses planned, in completers and in all enrolled; empty where no column says so."""
    dosing = visits.design.dosing
    if dosing is None or visits.doses is None:
        return ()
    last = np.nan_to_num(np.nanmax(np.where(np.isnan(visits.weeks), -1.0, visits.weeks), axis=1), nan=-1.0)
    starts = (np.array(dosing.days) - 1) / 7
    planned = (starts[None, :] <= last[:, None]).sum(axis=1)
    rows = []
    for population in POPULATIONS:
        known = visits.members(population) & ~np.isnan(visits.doses)
        received = visits.doses[known]
        rows.append(
            DoseSummary(
                label=dosing.label,
                population=population,
                patients=int(known.sum()),
                unknown=int(visits.members(population).sum() - known.sum()),
                complete=int((received >= planned[known]).sum()),
                received=int(received.sum()),
                planned=int(planned[known].sum()),
                values=distribution(received),
                rests_on=visits.kinds([dosing.column]),
            )
        )
    return tuple(rows)
