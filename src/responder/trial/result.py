"""The results section of a treated cohort, as one frozen result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from responder.trial.baseline import BaselineCount, BaselineNumber, baseline_table
from responder.trial.course import VisitSummary, follow_courses
from responder.trial.doses import DoseSummary, VisitDoses, doses_by_visit, summarise_doses
from responder.trial.outcomes import EndpointOutcome, endpoint_outcomes
from responder.trial.safety import EventSummary, summarise_events
from responder.trial.subgroups import ResponseCourse, SubgroupOutcome, courses_by_response, subgroup_outcomes
from responder.trial.summary import Row, rows_frame
from responder.trial.together import ChangeCorrelation, correlate_changes
from responder.trial.visits import Population, Visits
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrialResult", "analyse_trial"]


@dataclass(frozen=True)
class TrialResult:
    """What a table of visits says.

    Attributes
    ----------
    visits : Visits
        The checked table.
    baseline : tuple of BaselineCount and BaselineNumber
        Who the patients were.
    endpoints : tuple of EndpointOutcome
        Who responded, under both rules for early withdrawal.
    courses : tuple of VisitSummary
        What was followed, each visit against baseline.
    safety : tuple of EventSummary
        Adverse events after the first dose.
    doses : tuple of DoseSummary
        Doses received, of those planned; empty where the table does not say.
    doses_by_visit : tuple of VisitDoses
        The same since the visit before, in all enrolled, in those who responded and those who did not.
    subgroups : tuple of SubgroupOutcome
        Endpoints and adverse events in patients alike at baseline.
    together : tuple of ChangeCorrelation
        Whether changes from baseline go together.
    by_response : tuple of ResponseCourse
        What was followed, in those who responded and those who did not.
    """

    visits: Visits
    baseline: tuple[BaselineCount | BaselineNumber, ...]
    endpoints: tuple[EndpointOutcome, ...]
    courses: tuple[VisitSummary, ...]
    safety: tuple[EventSummary, ...]
    doses: tuple[DoseSummary, ...]
    doses_by_visit: tuple[VisitDoses, ...]
    subgroups: tuple[SubgroupOutcome, ...]
    together: tuple[ChangeCorrelation, ...]
    by_response: tuple[ResponseCourse, ...]

    @property
    def illustration(self) -> Phrase | None:
        """What the values rest on besides observation; None for observed data."""
        return self.visits.illustration

    def endpoint(self, name: str, population: Population = "completers") -> EndpointOutcome:
        """Return one endpoint in one population; StopIteration where there is none."""
        return next(row for row in self.endpoints if (row.endpoint, row.population) == (name, population))

    def at_week(self, course: str, week: float, population: Population = "completers") -> VisitSummary:
        """Return one course at one visit; StopIteration where there is none."""
        wanted = (course, week, population)
        return next(row for row in self.courses if (row.course, row.week, row.population) == wanted)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the tables, by the names of their files; ``subgroups`` holds endpoints and adverse events."""
        import pandas as pd

        parts: dict[str, tuple[Row, ...]] = {
            "baseline": self.baseline, "endpoints": self.endpoints, "courses": self.courses, "safety": self.safety,
            "doses": self.doses, "doses_by_visit": self.doses_by_visit, "together": self.together,
            "by_response": self.by_response,
        }  # fmt: skip
        subgroups = pd.concat([pd.DataFrame(), *(group.frame() for group in self.subgroups)], ignore_index=True)
        return {name: rows_frame(rows) for name, rows in parts.items()} | {"subgroups": subgroups}

    def frame(self) -> pd.DataFrame:
        """Return the endpoints."""
        return rows_frame(self.endpoints)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON types, without any patient's value."""
        return {
            **self.visits.to_json(),
            "baseline": [row.to_json() for row in self.baseline],
            "endpoints": [row.to_json() for row in self.endpoints],
            "courses": [row.to_json() for row in self.courses],
            "safety": [row.to_json() for row in self.safety],
            "doses": [row.to_json() for row in self.doses],
            "doses_by_visit": [row.to_json() for row in self.doses_by_visit],
            "subgroups": [group.to_json() for group in self.subgroups],
            "together": [row.to_json() for row in self.together],
            "by_response": [row.to_json() for row in self.by_response],
        }


def analyse_trial(visits: Visits) -> TrialResult:
    r"""Return the results section of a treated cohort.

    Parameters
    ----------
    visits : Visits
        From `read_visits`, or simulated.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from responder.study import load_study
    >>> from responder.trial.intake import read_visits
    >>> lines = ["patient_id,week,rpdai", "P1,0,9", "P1,12,0", "P2,0,14", "P2,4,9", "P3,0,9", "P3,12,9"]
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "visits.csv"
    >>> _ = path.write_text("\n".join(lines))
    >>> result = analyse_trial(read_visits(path, load_study("rp-ld-il2")))
    >>> [(row.population, row.responders, row.n) for row in result.endpoints[:2]]
    [('completers', 1, 2), ('enrolled', 1, 3)]
    """
    return TrialResult(
        visits=visits,
        baseline=baseline_table(visits),
        endpoints=endpoint_outcomes(visits),
        courses=follow_courses(visits),
        safety=summarise_events(visits),
        doses=summarise_doses(visits),
        doses_by_visit=doses_by_visit(visits),
        subgroups=subgroup_outcomes(visits),
        together=correlate_changes(visits),
        by_response=courses_by_response(visits),
    )
