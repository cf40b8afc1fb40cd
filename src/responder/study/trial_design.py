"""The design of a treated cohort: when it is seen, what is followed, and what is looked out for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from pydantic import Field, model_validator

from responder.errors import InvalidValueError
from responder.study.instruments import INSTRUMENTS
from responder.study.simulation import VisitSimulation
from responder.study.text import Text
from responder.study.trait import Trait
from responder.toml_file import StrictModel

__all__ = ["Course", "EventFlag", "PatientGroups", "Safety", "TrialDesign"]


class Course(StrictModel):
    """One quantity followed from visit to visit: a trait, or the ratio of two.

    Attributes
    ----------
    of : tuple of str
        One trait, or numerator and denominator.
    family : str
        The tests of one family are adjusted together and drawn side by side.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    of: tuple[str, ...] = Field(min_length=1, max_length=2)
    family: str
    label: Text | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Course:
        if len(self.of) == 2 and self.label is None:
            raise InvalidValueError("course_needs_label", name=self.name)
        return self


class PatientGroups(StrictModel):
    """Two groups that figures tell apart: those in whom no level but `only` is present at baseline, and the others."""

    trait: str
    only: tuple[str, ...] = Field(min_length=1)
    label: Text
    others: Text


class EventFlag(StrictModel):
    """A yes/no column that says whether an event of special interest was seen since the last visit."""

    column: str
    label: Text
    aliases: tuple[str, ...] = ()


class Safety(StrictModel):
    """Where adverse events are written.

    Attributes
    ----------
    events : str
        Column with the names of the events since the last visit, joined by ``;``, ``none`` where nothing happened.
    names : Mapping[str, Text]
        Labels of events; those not named here are shown as they are written.
    flags : tuple of EventFlag
        Events of special interest, shown even where nobody had one.
    """

    events: str = ""
    aliases: tuple[str, ...] = ()
    names: Mapping[str, Text] = Field(default_factory=dict)
    flags: tuple[EventFlag, ...] = ()


class TrialDesign(StrictModel):
    """The ``[trial]`` section of a study.

    Attributes
    ----------
    weeks : tuple of float
        Scheduled visits, the first being baseline; weeks count from the first dose.
    window_weeks : float
        How far from its week a visit on treatment may lie.
    baseline_window_weeks : float
        How long before the first dose a baseline visit may lie; it never lies after that day.
    doses : tuple of str
        Traits of which 0 means "not taken": summarised and followed in those who take it at baseline.
    """

    weeks: tuple[float, ...] = Field(min_length=2)
    window_weeks: float = Field(default=1.0, ge=0)
    baseline_window_weeks: float = Field(default=4.0, ge=0)
    week_column: str = "week"
    week_aliases: tuple[str, ...] = ()
    day_aliases: tuple[str, ...] = ("day", "study_day")
    doses: tuple[str, ...] = ()
    families: Mapping[str, Text]
    courses: tuple[Course, ...] = Field(alias="course", min_length=1)
    groups: PatientGroups | None = None
    safety: Safety = Safety()
    simulation: VisitSimulation | None = None
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> TrialDesign:
        gaps = [later - earlier for earlier, later in pairwise(self.weeks)]
        if self.weeks[0] != 0 or min(gaps) <= 0:
            raise InvalidValueError("trial_weeks")
        if 2 * self.window_weeks > min(gaps):
            raise InvalidValueError("trial_windows_overlap")
        names = [course.name for course in self.courses]
        for course in self.courses:
            if course.family not in self.families:
                raise InvalidValueError("course_family_unknown", name=course.name, family=course.family)
            if names.count(course.name) > 1:
                raise InvalidValueError("course_twice", name=course.name)
        return self

    def refuse_unknown(self, traits: Mapping[str, Trait]) -> None:
        """Refuse a section that names what is not a baseline trait, a number or a level."""
        numbers = {name for name, t in traits.items() if t.timing == "baseline" and t.kind in {"continuous", "count"}}
        for name in (*self.doses, *(of for course in self.courses for of in course.of)):
            if name not in numbers:
                raise InvalidValueError("trial_not_numeric", name=name)
        if self.groups is not None:
            trait = traits.get(self.groups.trait)
            if trait is None or trait.kind != "set" or not set(self.groups.only) <= set(trait.code.levels):
                raise InvalidValueError("trial_groups", name=self.groups.trait)
        if self.simulation is not None:
            self._refuse_simulation(self.simulation, traits, numbers)

    def _refuse_simulation(self, simulation: VisitSimulation, traits: Mapping[str, Trait], numbers: set[str]) -> None:
        trait = traits.get(simulation.trait)
        if trait is None or trait.kind != "set":
            raise InvalidValueError("trial_simulation_of_no_set", name=simulation.trait)
        items = {item for t in traits.values() if t.instrument for item in INSTRUMENTS[t.instrument].items}
        visits = len(self.weeks) - 1
        for case, names, known in (
            ("level", {part for pattern in simulation.patterns for part in pattern.split(";")}, set(trait.code.levels)),
            ("level", {*simulation.also, *simulation.items, *simulation.clearing_per_visit}, set(trait.code.levels)),
            ("item", {item for shares in simulation.items.values() for item in shares}, items),
            ("trait", {*simulation.course, *simulation.dose, *simulation.shares}, numbers),
            ("trait", {n for share in simulation.shares.values() for n in (share.part, share.rest)}, numbers),
        ):
            if names - known - {"none"}:
                raise InvalidValueError(f"trial_simulation_no_{case}", name=min(names - known - {"none"}))
        for name, fold in simulation.course.items():
            if len(fold.factor) != visits:
                raise InvalidValueError("trial_simulation_factors", name=name, n=visits)
