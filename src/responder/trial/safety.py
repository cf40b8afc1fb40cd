"""Adverse events after the first dose; where nobody had one, how often they may still happen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from responder.cohort.cohort import Provenance
from responder.study.text import Text
from responder.trial.summary import Row
from responder.trial.visits import POPULATIONS, Population, Visits
from responder.validate.proportions import clopper_pearson, rule_of_three, zero_events_upper

__all__ = ["EventSummary", "summarise_events"]

LEVEL = 0.95


@dataclass(frozen=True)
class EventSummary(Row):
    """One adverse event in one population.

    Attributes
    ----------
    special : bool
        Whether the study asks for this event at every visit, so that its absence was looked for.
    patients, n : int
        Patients who had it, of those asked at least once after the first dose.
    reports, asked : int
        Visits that report it, of visits in which events are recorded.
    estimate, lower, upper : float
        Share of patients with its exact (Clopper-Pearson) interval, two-sided.
    rule_of_three, upper_one_sided : float
        Where nobody had it: 3/n, and the exact one-sided bound; else ``nan``.
    """

    event: str
    label: Text
    special: bool
    population: Population
    patients: int
    n: int
    reports: int
    asked: int
    estimate: float
    lower: float
    upper: float
    rule_of_three: float
    upper_one_sided: float
    level: float
    rests_on: tuple[Provenance, ...]


def summarise_events(visits: Visits) -> tuple[EventSummary, ...]:
    """Return every event in completers and in all enrolled: those of special interest, then the commonest first."""
    rows = [_summary(visits, name, population) for population in POPULATIONS for name in visits.events]
    return tuple(
        sorted(
            (row for row in rows if row is not None),
            key=lambda row: (POPULATIONS.index(row.population), -row.patients, -row.reports, row.event),
        )
    )


def _summary(visits: Visits, name: str, population: Population) -> EventSummary | None:
    safety, counts, members = visits.design.safety, visits.events[name], visits.members(population)
    asked, reported = counts.asked[members], counts.reported[members]
    n, patients = int((asked > 0).sum()), int((reported > 0).sum())
    if not n:
        return None
    flags = {flag.column: flag.label for flag in safety.flags}
    interval = clopper_pearson(patients, n, LEVEL)
    nothing = float("nan")
    return EventSummary(
        event=name,
        label=flags.get(name) or safety.names.get(name) or Text(en=name.replace("_", " ")),
        special=name in flags,
        population=population,
        patients=patients,
        n=n,
        reports=int(np.sum(reported)),
        asked=int(np.sum(asked)),
        estimate=interval.estimate,
        lower=interval.lower,
        upper=interval.upper,
        rule_of_three=nothing if patients else rule_of_three(n),
        upper_one_sided=nothing if patients else zero_events_upper(n, LEVEL),
        level=LEVEL,
        rests_on=visits.kinds([name if name in flags else safety.events]),
    )
