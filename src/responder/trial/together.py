"""Whether those whose cells rose most are those whose disease fell most: changes from baseline, correlated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from responder.cohort.cohort import Provenance
from responder.study.text import Text
from responder.study.trial_design import ChangesTogether
from responder.trial.course import course_label
from responder.trial.signed_rank import holm
from responder.trial.spearman import Spearman, spearman
from responder.trial.summary import Row
from responder.trial.visits import Visits

__all__ = ["ChangeCorrelation", "correlate_changes"]


@dataclass(frozen=True)
class ChangeCorrelation(Row):
    """The correlation of a rise with a fall, over patients who have both.

    Attributes
    ----------
    rise, rise_label, rise_week
        The course whose value, as a multiple of that at baseline, is looked at, and the visit.
    fall, fall_label, fall_week
        The course whose baseline value less that at the visit is looked at; rho above 0: they go together.
    test : Spearman
        n, rho and p.
    p_holm : float
        p, adjusted by Holm's method for all correlations that the study declares.
    tests : int
        How many these are.
    """

    rise: str
    rise_label: Text
    rise_week: float
    fall: str
    fall_label: Text
    fall_week: float
    test: Spearman
    p_holm: float
    tests: int
    rests_on: tuple[Provenance, ...]


def correlate_changes(visits: Visits) -> tuple[ChangeCorrelation, ...]:
    """Return every correlation that the study declares and the table has."""
    by_name = {course.name: course for course in visits.design.courses if visits.has(course)}
    declared = [pair for pair in visits.design.together if pair.rise in by_name and pair.fall in by_name]
    rows = [_correlated(visits, pair) for pair in declared]
    adjusted = holm([row.test.p for row in rows])
    tested = int((~np.isnan(adjusted)).sum())
    return tuple(replace(row, p_holm=float(p), tests=tested) for row, p in zip(rows, adjusted, strict=True))


def _correlated(visits: Visits, pair: ChangesTogether) -> ChangeCorrelation:
    rise, fall = (next(c for c in visits.design.courses if c.name == name) for name in (pair.rise, pair.fall))
    rising, falling = visits.follow(rise), visits.follow(fall)
    at, by = visits.design.weeks.index(pair.rise_week), visits.design.weeks.index(pair.fall_week)
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = rising[:, at] / rising[:, 0]
    return ChangeCorrelation(
        rise=rise.name,
        rise_label=course_label(visits, rise),
        rise_week=pair.rise_week,
        fall=fall.name,
        fall_label=course_label(visits, fall),
        fall_week=pair.fall_week,
        test=spearman(np.where(np.isfinite(fold), fold, np.nan), falling[:, 0] - falling[:, by]),
        p_holm=float("nan"),
        tests=0,
        rests_on=visits.kinds([*rise.of, *fall.of]),
    )
