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

__all__ = [
    "BaselineSubgroup",
    "ChangesTogether",
    "Course",
    "Dosing",
    "EventFlag",
    "PatientGroups",
    "Safety",
    "TrialDesign",
]


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

    @property
    def first(self) -> BaselineSubgroup:
        """The first of the two groups."""
        return BaselineSubgroup(name="first", trait=self.trait, only=self.only, label=self.label)


class BaselineSubgroup(StrictModel):
    """Patients who are alike at baseline; exactly one of the three rules says how.

    Attributes
    ----------
    trait : str
        What is looked at.
    has : tuple of str
        Levels of which a patient has at least one.
    only : tuple of str
        Levels of which a patient has at least one, and no other.
    above : float or None
        What a number must exceed; 0 of a dose means that it is taken.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    trait: str
    has: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    above: float | None = None
    label: Text

    @model_validator(mode="after")
    def _consistent(self) -> BaselineSubgroup:
        if bool(self.has) + bool(self.only) + (self.above is not None) != 1:
            raise InvalidValueError("subgroup_one_rule", name=self.name)
        return self

    def fits(self, traits: Mapping[str, Trait]) -> bool:
        """Return whether the study has such a baseline trait: a number, or one with these levels."""
        trait = traits.get(self.trait)
        if trait is None or trait.timing != "baseline":
            return False
        if self.above is not None:
            return trait.kind in {"continuous", "count", "binary", "ordinal"}
        levels = trait.code.levels if trait.kind == "set" else tuple(trait.code.level_values)
        return {*self.has, *self.only} <= set(levels) and (trait.kind == "set" or not self.only)


class ChangesTogether(StrictModel):
    """Whether the rise of one course goes with the fall of another, patient by patient.

    Attributes
    ----------
    rise, fall : str
        Names of courses: a rise is the value as a multiple of that at baseline, a fall the baseline value less it.
    rise_week, fall_week : float
        The scheduled visit at which each is read.
    """

    rise: str
    rise_week: float
    fall: str
    fall_week: float


class Dosing(StrictModel):
    """The doses of the treatment that is studied.

    Attributes
    ----------
    days : tuple of int
        Planned days of a dose; day 1 is that of the first.
    column : str
        Column with the number of doses received since the last visit.
    """

    days: tuple[int, ...] = Field(min_length=1)
    column: str = "doses_received"
    aliases: tuple[str, ...] = ()
    label: Text
    source: Text | str = ""


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
    subgroups: tuple[BaselineSubgroup, ...] = Field(default=(), alias="subgroup")
    together: tuple[ChangesTogether, ...] = ()
    dosing: Dosing | None = None
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
        for pair in self.together:
            for course_name, week in ((pair.rise, pair.rise_week), (pair.fall, pair.fall_week)):
                if course_name not in names or week not in self.weeks[1:]:
                    raise InvalidValueError("trial_together", name=course_name, week=week)
        groups = [subgroup.name for subgroup in self.subgroups]
        for name in groups:
            if groups.count(name) > 1:
                raise InvalidValueError("subgroup_twice", name=name)
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
        for subgroup in self.subgroups:
            if not subgroup.fits(traits):
                raise InvalidValueError("trial_subgroup", name=subgroup.name, trait=subgroup.trait)
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
