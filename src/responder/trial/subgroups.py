"""Subgroups of patients by their baseline, and the courses of those who responded and those who did not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from responder.arrays import FloatArray
from responder.study.text import Text
from responder.study.trial_design import BaselineSubgroup
from responder.trial.course import VisitSummary, follow_courses
from responder.trial.outcomes import EndpointOutcome, endpoint_outcomes, responses
from responder.trial.safety import EventSummary, summarise_events
from responder.trial.summary import Row, rows_frame
from responder.trial.visits import Population, Visits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResponseCourse", "SubgroupOutcome", "belongs", "courses_by_response", "subgroup_outcomes"]


@dataclass(frozen=True)
class _InSubgroup(Row):
    """A row of a subgroup's results."""

    subgroup: str
    subgroup_label: Text
    row: Row


@dataclass(frozen=True)
class SubgroupOutcome:
    """What became of the patients who are alike at baseline.

    Attributes
    ----------
    subgroup : BaselineSubgroup
        As the study declares it.
    enrolled, completed : int
        Its patients.
    unknown : int
        Patients of whom the table does not tell whether they belong to it; they are left out.
    endpoints, safety : tuple
        As of all patients.
    """

    subgroup: BaselineSubgroup
    enrolled: int
    completed: int
    unknown: int
    endpoints: tuple[EndpointOutcome, ...]
    safety: tuple[EventSummary, ...]

    def endpoint(self, name: str, population: Population = "completers") -> EndpointOutcome:
        """Return one endpoint in one population; StopIteration where there is none."""
        return next(row for row in self.endpoints if (row.endpoint, row.population) == (name, population))

    def event(self, name: str, population: Population = "completers") -> EventSummary:
        """Return one adverse event in one population; StopIteration where there is none."""
        return next(row for row in self.safety if (row.event, row.population) == (name, population))

    def frame(self) -> pd.DataFrame:
        """Return endpoints, then adverse events, with the subgroup's name."""
        name, label = self.subgroup.name, self.subgroup.label
        return rows_frame([_InSubgroup(name, label, row) for row in (*self.endpoints, *self.safety)])

    def to_json(self) -> dict[str, Any]:
        """Return the subgroup as JSON types."""
        return {
            "subgroup": self.subgroup.name,
            "label": self.subgroup.label.by_language,
            "enrolled": self.enrolled,
            "completed": self.completed,
            "unknown": self.unknown,
            "endpoints": [row.to_json() for row in self.endpoints],
            "safety": [row.to_json() for row in self.safety],
        }


@dataclass(frozen=True)
class ResponseCourse(Row):
    """One course at one visit in responders or the others; without a test, since the groups were made afterwards.

    Attributes
    ----------
    response : str
        ``responder`` or ``non_responder`` by the study's first endpoint.
    """

    response: Literal["responder", "non_responder"]
    course: VisitSummary


def belongs(visits: Visits, subgroup: BaselineSubgroup) -> FloatArray:
    """Return 1 for patients who belong to a subgroup by their baseline, 0 for the others, ``nan`` where it is not told.

    Raises
    ------
    KeyError
        If the table has not the trait.
    """
    trait = visits.study.trait(subgroup.trait)
    if subgroup.above is not None or trait.kind != "set":
        values = visits.values[trait.name][:, 0]
        if subgroup.above is not None:
            inside = values > subgroup.above
        else:
            inside = np.isin(values, [trait.code.level_values[level] for level in subgroup.has])
        return np.where(np.isnan(values), np.nan, inside.astype(float))
    levels = trait.code.levels
    table = np.column_stack([visits.values[f"{trait.name}={level}"][:, 0] for level in levels])
    named = np.array([level in {*subgroup.has, *subgroup.only} for level in levels])
    inside, others = (table[:, named] == 1).any(axis=1), (table[:, ~named] == 1).any(axis=1)
    told = inside & ~others if subgroup.only else inside
    return np.where(np.isnan(table).any(axis=1), np.nan, told.astype(float))


def subgroup_outcomes(visits: Visits) -> tuple[SubgroupOutcome, ...]:
    """Return endpoints and adverse events in every subgroup that the study declares and the table can tell."""
    outcomes = []
    for subgroup in visits.design.subgroups:
        if visits.study.trait(subgroup.trait).code.columns[0] not in visits.values:
            continue
        member = belongs(visits, subgroup)
        own = visits.keeping(member == 1)
        outcomes.append(
            SubgroupOutcome(
                subgroup=subgroup,
                enrolled=own.n,
                completed=int(own.members("completers").sum()),
                unknown=int(np.isnan(member).sum()),
                endpoints=endpoint_outcomes(own),
                safety=summarise_events(own),
            )
        )
    return tuple(outcomes)


def courses_by_response(visits: Visits) -> tuple[ResponseCourse, ...]:
    """Return every course at every visit in responders and in the others; empty where one of them is empty."""
    endpoint = visits.study.endpoint
    if visits.compared(endpoint) is None:
        return ()
    response = responses(visits, endpoint)
    groups: tuple[tuple[Literal["responder", "non_responder"], float], ...] = (("responder", 1), ("non_responder", 0))
    if not all((response == value).any() for _, value in groups):
        return ()
    return tuple(
        ResponseCourse(name, replace(row, change=None))
        for name, value in groups
        for row in follow_courses(visits.keeping(response == value))
        if row.population == "enrolled"
    )
