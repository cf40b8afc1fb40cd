"""What is followed from visit to visit, each visit tested against baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Provenance
from responder.study.text import Text
from responder.study.trial_design import Course
from responder.trial.signed_rank import SignedRank, holm, signed_rank
from responder.trial.summary import Row, TrialDistribution, distribution
from responder.trial.visits import POPULATIONS, Population, Visits

__all__ = ["ChangeTest", "VisitSummary", "course_label", "course_unit", "follow_courses", "followed_values"]


@dataclass(frozen=True)
class ChangeTest(Row):
    """The change from baseline to one visit, in those who have both values.

    Attributes
    ----------
    median_change : float
        Median of the differences, later minus baseline.
    pairs, changed : int
        Patients with both values, and those whose value changed: the signed-rank test drops the others.
    p_exact, p_asymptotic, p_continuity : float
        Two-sided signed-rank test: exact; normal approximation; the same with continuity correction.
    smallest_p : float
        The smallest exact p that so many changes can give.
    p_holm : float
        The exact p, adjusted for all tests of its family by Holm's method.
    tests_in_family : int
        How many tests that were.
    """

    median_change: float
    pairs: int
    changed: int
    p_exact: float
    p_asymptotic: float
    p_continuity: float
    smallest_p: float
    p_holm: float
    tests_in_family: int


@dataclass(frozen=True)
class VisitSummary(Row):
    """One course at one visit, in one population.

    Attributes
    ----------
    course, label, unit, family : str or Text
        What is followed, and with which others its tests are adjusted.
    week : float
        Scheduled week.
    values : TrialDistribution
        Of the values at this visit.
    of_takers : bool
        Whether only those are followed who take the dose at baseline.
    change : ChangeTest or None
        Against baseline; None at baseline.
    """

    course: str
    label: Text
    unit: str
    family: str
    population: Population
    week: float
    of_takers: bool
    values: TrialDistribution
    change: ChangeTest | None
    rests_on: tuple[Provenance, ...]


def course_label(visits: Visits, course: Course) -> Text:
    """Return the label of a course: its own, or that of its trait."""
    return course.label or visits.study.trait(course.of[0]).label


def course_unit(visits: Visits, course: Course) -> str:
    """Return the unit of a course; a ratio has none unless it is declared."""
    return course.unit or (visits.study.trait(course.of[0]).unit if len(course.of) == 1 else "")


def followed_values(visits: Visits, course: Course) -> FloatArray:
    """Return a course as it is followed, shape (n, visits): a dose only in those who take it at baseline."""
    values = visits.follow(course)
    return np.where(values[:, :1] > 0, values, np.nan) if _is_dose(visits, course) else values


def _is_dose(visits: Visits, course: Course) -> bool:
    return len(course.of) == 1 and course.of[0] in visits.design.doses


def follow_courses(visits: Visits) -> tuple[VisitSummary, ...]:
    """Return every course that the table has at every visit, in completers and in all enrolled.

    Within a population, the exact p of all visits and courses of one family are adjusted together.
    """
    rows: list[VisitSummary] = []
    for population in POPULATIONS:
        members = visits.members(population)
        found = [
            row
            for course in visits.design.courses
            if visits.has(course)
            for row in _follow(visits, course, population, followed_values(visits, course)[members])
        ]
        rows += _adjusted(found)
    return tuple(rows)


def _follow(visits: Visits, course: Course, population: Population, values: FloatArray) -> list[VisitSummary]:
    return [
        VisitSummary(
            course=course.name,
            label=course_label(visits, course),
            unit=course_unit(visits, course),
            family=course.family,
            population=population,
            week=week,
            of_takers=_is_dose(visits, course),
            values=distribution(values[:, visit]),
            change=_test(values[:, visit] - values[:, 0]) if visit else None,
            rests_on=visits.kinds(course.of),
        )
        for visit, week in enumerate(visits.design.weeks)
    ]


def _test(differences: FloatArray) -> ChangeTest:
    test: SignedRank = signed_rank(differences)
    return ChangeTest(
        median_change=distribution(differences).median,
        pairs=test.pairs,
        changed=test.changed,
        p_exact=test.p_exact,
        p_asymptotic=test.p_asymptotic,
        p_continuity=test.p_continuity,
        smallest_p=test.smallest_p,
        p_holm=float("nan"),
        tests_in_family=0,
    )


def _adjusted(rows: Sequence[VisitSummary]) -> list[VisitSummary]:
    adjusted = list(rows)
    for family in dict.fromkeys(row.family for row in rows):
        at = [i for i, row in enumerate(rows) if row.family == family and row.change is not None]
        changes = [change for i in at if (change := rows[i].change) is not None]
        for i, change, p in zip(at, changes, holm([change.p_exact for change in changes]), strict=True):
            tested = replace(change, p_holm=float(p), tests_in_family=sum(c.changed > 0 for c in changes))
            adjusted[i] = replace(rows[i], change=tested)
    return adjusted
