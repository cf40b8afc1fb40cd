"""A study: what is measured, when, in which unit, what counts as response, and what is expected.

Nothing outside this package knows a disease; a new one is a new TOML file that passes these models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from responder.errors import InvalidValueError
from responder.names import fold_name
from responder.names.roles import starts_treatment
from responder.study.criteria import Criteria
from responder.study.derive import Derivation
from responder.study.eligibility import EligibilityDesign
from responder.study.endpoint import Endpoint
from responder.study.hypothesis import Hypothesis
from responder.study.relations import Equivalent, Relation, Sanity, compiled, refuse_unknown
from responder.study.simulation import SimulatedDistribution, StudySimulation
from responder.study.text import Text
from responder.study.trait import Helper, Level, Timing, Trait
from responder.study.trial_design import TrialDesign
from responder.toml_file import StrictModel
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

    from responder.cohort.draft.from_frame import Response

__all__ = [
    "Endpoint",
    "Feature",
    "Helper",
    "Level",
    "SimulatedDistribution",
    "Study",
    "StudySimulation",
    "Text",
    "Trait",
]

Transform = Literal[
    "identity", "log", "log1p", "log_ratio", "difference", "levels", "level_count", "deficit", "only", "positive"
]


class Feature(StrictModel):
    """A number derived from one row's traits, without looking at other patients.

    Attributes
    ----------
    transform : str
        ``identity``; ``log`` (natural); ``log1p``; ``log_ratio`` (first over second; of four, the ratio of the first
        two over that of the last two); ``difference`` (first less second; of four, of the two ratios); ``levels``
        (one 0/1 column per level); ``level_count``; ``only`` (1 when no level outside `levels` is present);
        ``deficit`` (relative shortfall below the lower end of the reference range, 0 at or above it); ``positive`` (1
        above 0).
    of : tuple of str
        The traits that it is made from.
    construct_ : str
        Features that measure one construct share this name and are explained together.
    used_by : str
        ``models``, or ``hypotheses`` where it says in another way what the models see already: it is tested as part of
        a hypothesis and never reaches a model.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    transform: Transform
    of: tuple[str, ...] = Field(min_length=1, max_length=4)
    levels: tuple[str, ...] = ()
    construct_: str = Field(default="", alias="construct")
    used_by: Literal["models", "hypotheses"] = "models"
    label: Text

    @model_validator(mode="after")
    def _consistent(self) -> Feature:
        wanted = (2, 4) if self.transform in {"log_ratio", "difference"} else (1,)
        if len(self.of) not in wanted:
            raise InvalidValueError("feature_number_of_traits", name=self.name, transform=self.transform, n=wanted[0])
        if self.levels and self.transform not in {"levels", "level_count", "only"}:
            raise InvalidValueError("feature_cannot_choose_levels", name=self.name, transform=self.transform)
        return self


class Study(StrictModel):
    """A study, read from TOML.

    Attributes
    ----------
    baseline_visit : str
        The visit or event that is the start of treatment, where no name of a visit says so by itself.
    known_at_week : float
        The week on treatment at which all that its features look at is known: 0, before treatment, in every study but
        that of a landmark analysis (`responder.study.landmark`).

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> study.endpoint.name
    'complete_rpdai_response'
    """

    schema_: Literal["responder/study/1"] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: Text
    intervention: Text
    population: Text
    id_column: str = "patient_id"
    id_aliases: tuple[str, ...] = ()
    groups: Mapping[str, Text] = Field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    baseline_visit: str = ""
    known_at_week: float = Field(default=0.0, ge=0.0)
    traits: tuple[Trait, ...] = Field(alias="trait", min_length=1)
    features: tuple[Feature, ...] = Field(default=(), alias="feature")
    helpers: tuple[Helper, ...] = Field(default=(), alias="helper")
    relations: tuple[Relation, ...] = Field(default=(), alias="relation")
    equivalents: tuple[Equivalent, ...] = Field(default=(), alias="equivalent")
    sanity: tuple[Sanity, ...] = ()
    endpoints: tuple[Endpoint, ...] = Field(alias="endpoint", min_length=1)
    hypotheses: tuple[Hypothesis, ...] = Field(default=(), alias="hypothesis")
    simulation: StudySimulation | None = None
    trial: TrialDesign | None = None
    eligibility: EligibilityDesign | None = None

    def __repr__(self) -> str:
        return f"Study({self.id!r}, traits={[trait.name for trait in self.traits]})"

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        outcome: str,
        baseline: Sequence[str] | None = None,
        *,
        response: Response | None = None,
        ids: str | None = None,
        title: str = "",
        units: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> Study:
        """Return the study that a data frame is of: kinds and levels are read from its cells, times never assumed.

        The rules are those of ``responder study init``; what they would ask, an argument answers.

        Parameters
        ----------
        frame : DataFrame
            One row a patient.
        outcome : str
            The column that says who responded.
        baseline : sequence of str, optional
            Columns known before treatment, which models may use. By default all others whose names do not say that they
            are later; where that leaves a doubt, it is asked.
        response : str, float or sequence of str, optional
            What counts as response: a value or several of the outcome, or a rule such as ``"<= 0"``. Not needed where
            the outcome is yes or no under a name such as ``complete_response``.
        ids : str, optional
            The column of the patients' ids. By default one named like it, else the index, else pseudonyms are made.
        title : str
            Of the study.
        units, labels : Mapping[str, str], optional
            Column to its unit, or to its name in words.
        answers : Mapping[str, str], optional
            Key of an open question to its answer, as the error names it.

        Returns
        -------
        Study
            Its traits are named after the columns.

        Raises
        ------
        OpenQuestionsError
            If something is left open; the hint names the argument that answers it.
        ConfigError
            If a column does not exist, or cannot be a baseline trait.
        DataRefusedError
            If the frame is no table of patients.

        Examples
        --------
        >>> import pandas as pd
        >>> df = pd.DataFrame({"crp": [3.0, 40.0, 8.0, 22.0], "ear": [1, 0, 1, 1], "state": ["CR", "PD", "CR", "PR"]})
        >>> study = Study.from_frame(df, outcome="state", baseline=["crp", "ear"], response=["CR", "PR"])
        >>> [(trait.name, trait.kind, trait.timing) for trait in study.traits]
        [('crp', 'continuous', 'baseline'), ('ear', 'binary', 'baseline'), ('state', 'ordinal', 'outcome')]
        """
        from responder.cohort.draft.from_frame import study_of_frame  # the door reads studies, so it is below

        return study_of_frame(
            frame,
            outcome,
            baseline,
            response=response,
            ids=ids,
            title=title,
            units=units,
            labels=labels,
            answers=answers,
        )

    @model_validator(mode="before")
    @classmethod
    def _time_the_untimed(cls, content: Any) -> Any:
        """Say of traits that do not say it when they were measured: as an outcome, or at the visit of their event."""
        if not isinstance(content, Mapping):
            return content
        endpoints, traits = content.get("endpoint", ()), content.get("trait", ())
        if not isinstance(endpoints, list | tuple) or not isinstance(traits, list | tuple):
            return content
        rules = [rule for e in endpoints if isinstance(e, Mapping) for rule in (e, *e.get("also", ()))]
        read = {rule.get("column") for rule in rules if isinstance(rule, Mapping)}
        declared = content.get("baseline_visit", "")

        def timed(trait: Any) -> Any:
            if not isinstance(trait, Mapping) or "timing" in trait:
                return trait
            if trait.get("name") in read:
                return {**trait, "timing": "outcome"}
            event = trait.get("event", "")
            is_later = isinstance(event, str) and bool(event) and not starts_treatment(event, str(declared))
            return {**trait, "timing": "on_treatment"} if is_later else trait

        return {**content, "trait": [timed(trait) for trait in traits]}

    @model_validator(mode="after")
    def _consistent(self) -> Study:
        names = [t.name for t in self.traits]
        _refuse_twice("trait", [*names, *(column.name for column in self.columns_beside)])
        _refuse_twice("feature", [f.name for f in self.features])
        _refuse_twice("endpoint", [e.name for e in self.endpoints])
        _refuse_twice("hypothesis", [h.id for h in self.hypotheses])
        _refuse_twice("rule", [*(r.id for r in self.relations), *(s.id for s in self.sanity)])
        self._refuse_collisions()
        for trait in self.traits:
            self._refuse_other_event(trait)
            if self.groups and trait.group not in self.groups:
                raise InvalidValueError("trait_group_unknown", name=trait.name, group=trait.group)
        for feature in self.features:
            for name in feature.of:
                if name not in names:
                    raise InvalidValueError("feature_of_unknown_trait", name=feature.name, trait=name)
                if self.trait(name).timing not in self._known_timings:
                    raise InvalidValueError("feature_of_later_trait", name=feature.name, trait=name)
            self._refuse_undefined(feature)
            unknown = set(feature.levels) - set(self.trait(feature.of[0]).code.levels)
            if unknown:
                raise InvalidValueError("feature_unknown_level", name=feature.name, level=min(unknown))
        self._refuse_unknown_parts()
        for endpoint in self.endpoints:
            endpoint.refuse_unknown(self._by_name)
        for trait in self.traits:
            if trait.repeats:
                first = self._by_name.get(trait.repeats)
                if first is None or first.timing != "baseline" or first.kind != trait.kind or first.unit != trait.unit:
                    raise InvalidValueError("trait_repeats_another_kind", name=trait.name, other=trait.repeats)
        helpers = {helper.name: helper for helper in self.helpers}
        refuse_unknown(self._by_name, helpers, self.relations, self.equivalents, self.sanity)
        if self.trial is not None:
            self.trial.refuse_unknown(self._by_name)
            for endpoint in self.endpoints:
                if endpoint.also:
                    raise InvalidValueError("endpoint_also_by_visit", name=endpoint.name)
        self.criteria.refuse_unknown()
        return self

    def _refuse_collisions(self) -> None:
        """Refuse a column name that could be two things, by the rule of names that finds columns."""
        owners: dict[str, str] = {}
        for trait in (*self.traits, *self.columns_beside):
            for spelling in (trait.name, *trait.aliases):
                owner = owners.setdefault(fold_name(spelling), trait.name)
                if owner != trait.name:
                    raise InvalidValueError("trait_names_alike", name=trait.name, word=spelling, other=owner)
        for case, names in (("id", (self.id_column, *self.id_aliases)), ("ignored", self.ignored)):
            for name in names:
                if fold_name(name) in owners:
                    raise InvalidValueError(f"study_{case}_column_is_trait", word=name, name=owners[fold_name(name)])

    def _refuse_undefined(self, feature: Feature) -> None:
        """Refuse a logarithm of what may be 0, a deficit without a reference range, levels of what has none."""
        for trait in (self.trait(name) for name in feature.of):
            if feature.transform in {"log", "log_ratio"} and (trait.plausible is None or trait.plausible[0] <= 0):
                raise InvalidValueError("feature_logarithm_of_zero", name=feature.name, trait=trait.name)
            if feature.transform == "deficit" and (trait.reference is None or trait.reference[0] <= 0):
                raise InvalidValueError("feature_needs_reference", name=feature.name, trait=trait.name)
            if (feature.transform in {"levels", "level_count", "only"}) != (trait.kind == "set"):
                raise InvalidValueError(
                    "feature_wrong_kind",
                    name=feature.name,
                    transform=feature.transform,
                    trait=trait.name,
                    kind=trait.kind,
                )

    def _refuse_unknown_parts(self) -> None:
        """Refuse a part of a hypothesis that names nothing: it would be said to be untested in every cohort."""
        known = {column for trait in self.baseline_traits for column in trait.code.columns}
        for feature in self.features:
            levels = feature.levels or self.trait(feature.of[0]).code.levels
            split = feature.transform == "levels"
            known |= {f"{feature.name}={level}" for level in levels} if split else {feature.name}
        for hypothesis in self.hypotheses:
            for part in hypothesis.part:
                if part.feature not in known:
                    raise InvalidValueError("hypothesis_unknown_part", name=hypothesis.id, part=part.feature)

    def _refuse_other_event(self, trait: Trait) -> None:
        """Refuse a baseline trait of another visit than the one at which treatment starts."""
        if not trait.event or trait.timing != "baseline" or trait.known_before_treatment:
            return
        declared = self.baseline_visit
        if not starts_treatment(trait.event, declared):
            case = "trait_not_at_declared_baseline" if declared else "trait_not_at_baseline"
            raise InvalidValueError(case, name=trait.name, event=trait.event, visit=declared)

    @property
    def names(self) -> frozenset[str]:
        """The names of all traits."""
        return frozenset(self._by_name)

    @property
    def endpoint(self) -> Endpoint:
        """The primary endpoint: the first one."""
        return self.endpoints[0]

    @property
    def columns_beside(self) -> tuple[Trait, ...]:
        """Columns that are no traits: helpers, and what criteria ask for."""
        return (*self.helpers, *(self.eligibility.columns if self.eligibility is not None else ()))

    @cached_property
    def criteria(self) -> Criteria:
        """Who may enter the study, has the disease, went through it as planned; empty where nothing is declared."""
        if self.eligibility is None:
            return Criteria()
        known = {trait.name: trait for trait in (*self.traits, *self.helpers)}
        return self.eligibility.compiled(known, self.derivations)

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """What follows from other columns, as plain data, in the order in which it is computed."""
        return compiled(self.relations, self.equivalents, {helper.name for helper in self.helpers})

    @cached_property
    def _by_name(self) -> dict[str, Trait]:
        return {t.name: t for t in self.traits}

    def trait(self, name: str) -> Trait:
        """Return a trait by name.

        Raises
        ------
        KeyError
            If the study has no such trait.
        """
        return self._by_name[name]

    @property
    def known_only(self) -> Phrase | None:
        """What every output of a landmark analysis is labelled with; None for what is known before treatment."""
        return Phrase("landmark.known_only", {"week": self.known_at_week}) if self.known_at_week else None

    @property
    def _known_timings(self) -> tuple[Timing, ...]:
        """When what a feature looks at may have been measured."""
        return ("baseline", "on_treatment") if self.known_at_week else ("baseline",)

    def tests(self, hypothesis: Hypothesis) -> bool:
        """Return whether what a hypothesis is about is known when the features are."""
        return hypothesis.testable in self._known_timings[-1:]

    @property
    def asked_traits(self) -> tuple[Trait, ...]:
        """The traits that a table is asked for: all but those that are always computed from others."""
        computed = {relation.gives for relation in self.relations}
        return tuple(trait for trait in self.traits if trait.name not in computed)

    @property
    def baseline_traits(self) -> tuple[Trait, ...]:
        """The traits that may reach a model."""
        return tuple(t for t in self.traits if t.timing == "baseline")


def _refuse_twice(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InvalidValueError(f"study_{what}_twice", name=name)
