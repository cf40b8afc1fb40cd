"""A treated cohort seen at scheduled visits: what was measured at each, who stayed, and what befell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.cohort.cohort import Provenance, illustration, not_observed
from responder.cohort.endpoint import evaluate_endpoint
from responder.cohort.findings import Findings
from responder.study.model import Endpoint, Study
from responder.study.trial_design import Course, TrialDesign
from responder.words import Phrase, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["POPULATIONS", "DosesReceived", "EventCounts", "Population", "Visits"]


Population = Literal["completers", "enrolled"]
POPULATIONS: tuple[Population, ...] = get_args(Population)
"""``completers`` were seen at the last scheduled visit; ``enrolled`` are all."""


@dataclass(frozen=True)
class EventCounts:
    """How often one adverse event was reported after the first dose.

    Attributes
    ----------
    reported : ndarray of int, shape (n,)
        Rows of each patient that report it.
    asked : ndarray of int, shape (n,)
        Rows of each patient in which events are recorded at all, none included.
    """

    reported: IntArray
    asked: IntArray


@dataclass(frozen=True)
class DosesReceived:
    """Doses of the treatment that each patient received.

    Attributes
    ----------
    total : ndarray, shape (n,)
        ``nan`` where a visit on treatment does not say, or there is no such visit.
    since_last : ndarray, shape (n, visits)
        At each visit, those since the visit before; ``nan`` where it was missed or does not say, and at baseline.
    """

    total: FloatArray
    since_last: FloatArray

    def keeping(self, who: BoolArray) -> DosesReceived:
        """Return the doses of some patients, marked true, shape (n,)."""
        return DosesReceived(self.total[who], self.since_last[who])


@dataclass(frozen=True)
class Visits:
    """A checked table of visits, one row per patient in every array.

    Attributes
    ----------
    study : Study
        With a ``[trial]`` section.
    ids : tuple of str
        Pseudonyms of the n patients.
    values : Mapping[str, ndarray of float, shape (n, visits)]
        Values in the study's units by encoded column (``rpdai``, ``organs=airway``); ``nan`` where not recorded.
    weeks : ndarray of float, shape (n, visits)
        When each visit was, in weeks since the first dose; ``nan`` where it was missed.
    events : Mapping[str, EventCounts]
        Adverse events by name, those of special interest first, whether or not anybody had one.
    doses : DosesReceived, optional
        Doses of the treatment; None where the table does not say.
    provenance : Mapping[str, Provenance]
        Of each trait and column of events that the table has.
    findings : Findings
        What intake saw.
    source : str
        The file, as the user named it.
    """

    study: Study
    ids: tuple[str, ...]
    values: Mapping[str, FloatArray]
    weeks: FloatArray
    events: Mapping[str, EventCounts] = field(default_factory=dict)
    doses: DosesReceived | None = None
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    source: str = ""

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.ids)

    @property
    def design(self) -> TrialDesign:
        """The study's ``[trial]`` section."""
        assert self.study.trial is not None
        return self.study.trial

    @property
    def last_visit(self) -> IntArray:
        """Last scheduled visit at which each patient was seen, shape (n,); -1 where none."""
        seen = ~np.isnan(self.weeks)
        return np.where(seen.any(axis=1), self.weeks.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1), -1)

    def members(self, population: Population) -> BoolArray:
        """Return who belongs to a population, shape (n,)."""
        if population == "enrolled":
            return np.ones(self.n, dtype=bool)
        return ~np.isnan(self.weeks[:, -1])

    def has(self, course: Course) -> bool:
        """Return whether the table has what a course is made of."""
        return all(name in self.values for name in course.of)

    def follow(self, course: Course) -> FloatArray:
        """Return a course of every patient, shape (n, visits): a value, or a ratio of two."""
        first = self.values[course.of[0]]
        if len(course.of) == 1:
            return first
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = first / self.values[course.of[1]]
        return np.where(np.isfinite(ratio), ratio, np.nan)

    def compared(self, endpoint: Endpoint) -> tuple[FloatArray, FloatArray | None] | None:
        """Return outcome and baseline values of an endpoint, each of shape (n,); None where the table has them not.

        The outcome is that of the visit scheduled for the endpoint's week, when it lies within the endpoint's window.
        """
        outcome = self.values.get(self._column(endpoint.column, endpoint.level))
        start = endpoint.compared_with
        baseline = self.values.get(self._column(start, endpoint.level)) if start else None
        if endpoint.week not in self.design.weeks or outcome is None or (endpoint.baseline and baseline is None):
            return None
        visit = self.design.weeks.index(endpoint.week)
        in_window = np.abs(self.weeks[:, visit] - endpoint.week) <= endpoint.window_weeks + 1e-9  # false of nan
        return np.where(in_window, outcome[:, visit], np.nan), None if baseline is None else baseline[:, 0]

    def not_applicable(self, endpoint: Endpoint) -> BoolArray:
        """Return to whom an endpoint does not apply though their baseline is known, shape (n,).

        No dose to reduce, no level to resolve, or the rule met before treatment.
        """
        compared = self.compared(endpoint)
        if compared is None or compared[1] is None:
            return np.zeros(self.n, dtype=bool)
        imputed = endpoint.model_copy(update={"withdrawal": "non_responder"})
        applies = ~np.isnan(evaluate_endpoint(imputed, np.full(self.n, np.nan), compared[1]))
        return ~applies & ~np.isnan(compared[1])

    def met_by_week(self, endpoint: Endpoint, week: float) -> FloatArray:
        """Return who met an endpoint's rule at a visit on treatment up to a scheduled week, shape (n,).

        1 where it was met at one of them, 0 where it was not met at the last of them, ``nan`` where that one cannot
        be told, or where the endpoint does not apply.
        """
        outcome = self.values[self._column(endpoint.column, endpoint.level)]
        start = endpoint.compared_with
        baseline = self.values[self._column(start, endpoint.level)][:, 0] if start else None
        as_seen = endpoint.model_copy(update={"withdrawal": "completers"})
        last = self.design.weeks.index(week)
        each = [evaluate_endpoint(as_seen, outcome[:, visit], baseline) for visit in range(1, last + 1)]
        return np.where(np.any([met == 1.0 for met in each], axis=0), 1.0, each[-1])

    def compared_traits(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Return the traits, as they are at every visit, that an endpoint compares."""
        names = (endpoint.column, endpoint.compared_with)
        return tuple(dict.fromkeys(self.study.trait(name).repeats or name for name in names if name))

    def kinds(self, names: Iterable[str]) -> tuple[Provenance, ...]:
        """Return what traits or columns rest on besides observation."""
        return not_observed(self.provenance[name] for name in names if name in self.provenance)

    @property
    def illustration(self) -> Phrase | None:
        """What the values rest on, such as reconstructed and simulated ones; None for observed data."""
        return illustration(self.provenance.values())

    def keeping(self, who: BoolArray) -> Visits:
        """Return the visits of some patients, marked true, shape (n,)."""
        return replace(
            self,
            ids=tuple(patient for patient, keep in zip(self.ids, who, strict=True) if keep),
            values={name: values[who] for name, values in self.values.items()},
            weeks=self.weeks[who],
            events={name: EventCounts(e.reported[who], e.asked[who]) for name, e in self.events.items()},
            doses=None if self.doses is None else self.doses.keeping(who),
        )

    def with_findings(self, findings: Findings) -> Visits:
        """Return the same visits with other findings."""
        return replace(self, findings=findings)

    def frame(self) -> pd.DataFrame:
        """Return one row per patient and visit that took place, with the values in the study's units."""
        import pandas as pd

        patients, visits = np.nonzero(~np.isnan(self.weeks))
        table = pd.DataFrame(
            {
                "patient_id": [self.ids[i] for i in patients],
                "visit_week": [self.design.weeks[v] for v in visits],
                "week": self.weeks[patients, visits],
            }
        )
        for name, values in self.values.items():
            table[name] = values[patients, visits]
        return table

    def to_json(self) -> dict[str, Any]:
        """Return what may be told about the visits without telling any patient's value."""
        seen = ~np.isnan(self.weeks)
        return {
            "study": self.study.id,
            "source": self.source,
            "enrolled": self.n,
            "completed": int(self.members("completers").sum()),
            "visits": [
                {"week": week, "seen": int(seen[:, visit].sum())} for visit, week in enumerate(self.design.weeks)
            ],
            "withdrawn": [
                {"patient_id": self.ids[i], "last_week": self.design.weeks[last] if last >= 0 else None}
                for i, last in enumerate(self.last_visit.tolist())
                if last < len(self.design.weeks) - 1
            ],
            "provenance": {name: str(kind) for name, kind in self.provenance.items()},
            "illustration": plain(self.illustration),
            **self.findings.to_json(),
        }

    def _column(self, trait: str, level: str) -> str:
        """Return the column of a trait at every visit: a trait that repeats another is that one, seen later."""
        name = self.study.trait(trait).repeats or trait
        return f"{name}={level}" if level else name
