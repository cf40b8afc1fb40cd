"""A study: what is measured, when, in which unit, what counts as response, and what is expected.

Nothing outside this package knows a disease; a new one is a new TOML file that passes these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from responder.errors import did_you_mean
from responder.names import fold_name
from responder.names.roles import starts_treatment
from responder.study.derive import Derivation
from responder.study.encode import TraitCode
from responder.study.endpoint import Endpoint
from responder.study.instruments import INSTRUMENTS
from responder.study.relations import Equivalent, Relation, Sanity, compiled, refuse_unknown
from responder.study.simulation import Distribution, Simulation
from responder.study.text import Text
from responder.study.trial_design import TrialDesign
from responder.toml_file import StrictModel
from responder.values import fold_unit

__all__ = [
    "Distribution",
    "Endpoint",
    "Expectation",
    "Feature",
    "Helper",
    "Hypothesis",
    "Level",
    "Simulation",
    "Study",
    "Text",
    "Trait",
]

Kind = Literal["binary", "ordinal", "continuous", "count", "set"]
Timing = Literal["baseline", "on_treatment", "outcome", "ignored"]
Transform = Literal["identity", "log", "log1p", "log_ratio", "levels", "level_count", "deficit", "only"]
Direction = Literal["higher", "lower"]
MISSING = "missing"


class Level(StrictModel):
    """One level of a binary, ordinal or set-valued trait."""

    name: str
    value: float | None = None
    label: Text | None = None
    aliases: tuple[str, ...] = ()


class Trait(StrictModel):
    """One thing measured: a column of the table.

    Attributes
    ----------
    timing : str
        ``baseline`` may reach a model; ``on_treatment`` and ``outcome`` never do; ``ignored`` is not looked at.
    units : Mapping[str, float]
        Other units met in exports, and the factor that brings them to `unit`.
    measuring_error_fraction : float, optional
        Relative measuring error (one SD), where the laboratory or a source states it.
    repeats : str
        The baseline trait that this one is, measured again later; in a table of visits it is that trait's column.
    known_before_treatment : bool
        A person made sure that it was, although its name says a later time or an outcome, or it separates the outcome
        classes beyond all luck.
    event : str
        The visit at which it was measured, where the file tells visits apart.
    instrument : str
        The index whose items give the value, such as ``rpdai``; see `responder.study.INSTRUMENTS`.
    cell_words : tuple of str
        Words that may stand beside the number in a cell and name what it is, such as a drug.
    cells : Mapping[str, float or str]
        Odd words of its column, and what each means: a number, the name of a level, or ``missing``.
    limits : str
        What a value at a limit of detection (``<1.5``) counts as: ``limit``, ``half`` of a lower one, ``missing``.
    decimal_mark : str
        The decimal mark of its column where the numbers do not prove it.
    gate : str
        Path and statistic of its column in a FlowJo table, such as ``CD4+/CD25hi FoxP3+ | Freq. of Parent``.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    kind: Kind
    group: str
    timing: Timing = "baseline"
    unit: str = ""
    label: Text
    plausible: tuple[float, float] | None = None
    reference: tuple[float, float] | None = None
    reference_source: Text = Text(en="")
    levels: tuple[Level, ...] = ()
    aliases: tuple[str, ...] = ()
    units: Mapping[str, float] = Field(default_factory=dict)
    measuring_error_fraction: float | None = Field(default=None, gt=0, lt=1)
    repeats: str = ""
    known_before_treatment: bool = False
    event: str = ""
    instrument: str = ""
    cell_words: tuple[str, ...] = ()
    cells: Mapping[str, float | str] = Field(default_factory=dict)
    limits: Literal["limit", "half", "missing"] = "limit"
    decimal_mark: Literal["", ".", ","] = ""
    gate: str = Field(default="", pattern=r"^$|\|")
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Trait:
        for name in ("plausible", "reference"):
            bounds = getattr(self, name)
            if bounds is not None and not bounds[0] < bounds[1]:
                raise ValueError(f"{name} range of '{self.name}' must rise")
        if self.kind in {"ordinal", "set"} and len(self.levels) < 2:
            raise ValueError(f"'{self.name}' is {self.kind} and needs at least two levels")
        if self.kind == "binary" and self.levels and len(self.levels) != 2:
            raise ValueError(f"'{self.name}' is binary and needs exactly two levels, or none for yes/no")
        if self.kind in {"continuous", "count"} and self.levels:
            raise ValueError(f"'{self.name}' is {self.kind} and cannot have levels")
        if self.repeats and self.timing == "baseline":
            raise ValueError(f"'{self.name}' repeats '{self.repeats}' and cannot be a baseline trait itself")
        self._refuse_one_spelling_of_two_levels()
        if self.instrument and self.instrument not in INSTRUMENTS:
            near = did_you_mean(self.instrument, INSTRUMENTS) or f"known: {', '.join(INSTRUMENTS)}"
            raise ValueError(f"'{self.name}' names the unknown instrument '{self.instrument}' ({near})")
        factors = {fold_unit(self.unit): 1.0} if self.unit else {}
        for unit, factor in self.units.items():
            if factors.setdefault(fold_unit(unit), factor) != factor:
                raise ValueError(f"'{self.name}' gives two factors for one unit, '{unit}'")
        for word, meaning in self.cells.items():
            if not self._can_mean(meaning):
                raise ValueError(f"'{self.name}' says of the cell '{word}' what it cannot hold")
        return self

    def _can_mean(self, meaning: float | str) -> bool:
        if meaning == MISSING or isinstance(meaning, str):
            return meaning == MISSING or meaning in {level.name for level in self.levels}
        if self.kind == "set":
            return meaning == 0
        values = {float(i) if level.value is None else level.value for i, level in enumerate(self.levels)}
        return self.kind in {"continuous", "count"} or meaning in (values or {0.0, 1.0})

    def _refuse_one_spelling_of_two_levels(self) -> None:
        owners: dict[str, str] = {}
        for level in self.levels:
            labels = (level.label.en, level.label.zh) if level.label is not None else ()
            for spelling in (level.name, *level.aliases, *filter(None, labels)):
                owner = owners.setdefault(fold_name(spelling), level.name)
                if owner != level.name:
                    raise ValueError(
                        f"'{spelling}' is a spelling of two levels of '{self.name}': {owner}, {level.name}"
                    )

    @cached_property
    def code(self) -> TraitCode:
        """How the trait is written as numbers."""
        spellings: dict[str, str] = {}
        values: dict[str, float] = {}
        for index, level in enumerate(self.levels):
            values[level.name] = float(index) if level.value is None else level.value
            for spelling in (level.name, level.name.replace("_", " "), *level.aliases):
                spellings[spelling.casefold()] = level.name
            if level.label is not None:
                for spelling in (level.label.en, level.label.zh):
                    if spelling:
                        spellings[spelling.casefold()] = level.name
        if self.kind in {"binary", "ordinal"}:
            for name, value in values.items():
                spellings.setdefault(f"{value:g}", name)
        named = {word: meaning for word, meaning in self.cells.items() if isinstance(meaning, str)}
        spellings |= {word.casefold(): level for word, level in named.items() if level != MISSING}
        odd = {word: None for word, meaning in named.items() if meaning == MISSING}
        return TraitCode(
            name=self.name,
            kind=self.kind,
            unit=self.unit,
            levels=tuple(level.name for level in self.levels),
            spellings=spellings,
            level_values={} if self.kind == "set" else values,
            units=dict(self.units),
            plausible=self.plausible,
            reference=self.reference,
            labels={"en": self.label.en, "zh": self.label.zh},
            group=self.group,
            aliases=self.aliases,
            cells=odd | {word: float(number) for word, number in self.cells.items() if not isinstance(number, str)},
            limits=self.limits,
            decimal_mark=self.decimal_mark,
            gate=self.gate,
        )


class Helper(Trait):
    """A column that is read only to compute a trait, such as a weight; never offered to a model.

    Attributes
    ----------
    in_column_of : str
        The baseline trait in whose column it may stand as well: cells with one of its `cell_words`, or in one of its
        units that the trait does not know, are its own.
    """

    kind: Kind = "continuous"
    group: str = ""
    in_column_of: str = ""


class Feature(StrictModel):
    """A number derived from one row's traits, without looking at other patients.

    Attributes
    ----------
    transform : str
        ``identity``; ``log`` (natural); ``log1p``; ``log_ratio`` (first over second); ``levels`` (one 0/1 column a
        level); ``level_count``; ``only`` (1 when no level outside `levels` is present); ``deficit`` (relative
        shortfall below the lower end of the reference range, 0 at or above it).
    of : tuple of str
        The traits that it is made from.
    construct_ : str
        Features that measure one construct share this name and are explained together.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    transform: Transform
    of: tuple[str, ...] = Field(min_length=1, max_length=2)
    levels: tuple[str, ...] = ()
    construct_: str = Field(default="", alias="construct")
    label: Text

    @model_validator(mode="after")
    def _consistent(self) -> Feature:
        wanted = 2 if self.transform == "log_ratio" else 1
        if len(self.of) != wanted:
            raise ValueError(f"'{self.name}' ({self.transform}) must be made of {wanted} trait(s)")
        if self.levels and self.transform not in {"levels", "level_count", "only"}:
            raise ValueError(f"'{self.name}' ({self.transform}) cannot choose levels")
        return self


class Expectation(StrictModel):
    """One feature and the direction in which it is expected to go with response."""

    feature: str
    direction: Direction


class Hypothesis(StrictModel):
    """What somebody expects, to be tested and never assumed.

    Attributes
    ----------
    testable : str
        ``baseline``; ``on_treatment`` (never from baseline traits); ``across_diseases``.
    prior_log_odds_per_sd : float
        Strength that the Bayesian model takes from the hypothesis; 0 keeps its prior sign-neutral.
    """

    id: str
    statement: Text
    expects: tuple[Expectation, ...] = ()
    testable: Literal["baseline", "on_treatment", "across_diseases"] = "baseline"
    prior_log_odds_per_sd: float = Field(default=0.0, ge=0.0, le=5.0)
    source: Text
    note: str = ""


class Study(StrictModel):
    """A study, read from TOML.

    Attributes
    ----------
    baseline_visit : str
        The visit or event that is the start of treatment, where no name of a visit says so by itself.

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
    traits: tuple[Trait, ...] = Field(alias="trait", min_length=1)
    features: tuple[Feature, ...] = Field(default=(), alias="feature")
    helpers: tuple[Helper, ...] = Field(default=(), alias="helper")
    relations: tuple[Relation, ...] = Field(default=(), alias="relation")
    equivalents: tuple[Equivalent, ...] = Field(default=(), alias="equivalent")
    sanity: tuple[Sanity, ...] = ()
    endpoints: tuple[Endpoint, ...] = Field(alias="endpoint", min_length=1)
    hypotheses: tuple[Hypothesis, ...] = Field(default=(), alias="hypothesis")
    simulation: Simulation | None = None
    trial: TrialDesign | None = None

    @model_validator(mode="before")
    @classmethod
    def _time_the_untimed(cls, content: Any) -> Any:
        """Say of traits that do not say it when they were measured: as an outcome, or at the visit of their event."""
        if not isinstance(content, Mapping):
            return content
        endpoints, traits = content.get("endpoint", ()), content.get("trait", ())
        if not isinstance(endpoints, list | tuple) or not isinstance(traits, list | tuple):
            return content
        read = {endpoint.get("column") for endpoint in endpoints if isinstance(endpoint, Mapping)}
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
        _refuse_twice("trait", names)
        _refuse_twice("trait or helper", [*names, *(helper.name for helper in self.helpers)])
        _refuse_twice("feature", [f.name for f in self.features])
        _refuse_twice("endpoint", [e.name for e in self.endpoints])
        _refuse_twice("hypothesis", [h.id for h in self.hypotheses])
        _refuse_twice("rule across columns", [*(r.id for r in self.relations), *(s.id for s in self.sanity)])
        self._refuse_collisions()
        for trait in self.traits:
            self._refuse_other_event(trait)
            if self.groups and trait.group not in self.groups:
                raise ValueError(f"trait '{trait.name}' is in group '{trait.group}', which [groups] does not name")
        for feature in self.features:
            for name in feature.of:
                if name not in names:
                    raise ValueError(f"feature '{feature.name}' is made of '{name}', which is no trait")
                if self.trait(name).timing != "baseline":
                    raise ValueError(f"feature '{feature.name}' uses '{name}', which is not known at baseline")
            self._refuse_undefined(feature)
            unknown = set(feature.levels) - set(self.trait(feature.of[0]).code.levels)
            if unknown:
                raise ValueError(f"feature '{feature.name}' names unknown level '{min(unknown)}'")
        for endpoint in self.endpoints:
            endpoint.refuse_unknown(self._by_name)
        for trait in self.traits:
            if trait.repeats:
                first = self._by_name.get(trait.repeats)
                if first is None or first.timing != "baseline" or first.kind != trait.kind or first.unit != trait.unit:
                    raise ValueError(
                        f"trait '{trait.name}' must repeat a baseline trait of its own kind and unit, "
                        f"not '{trait.repeats}'"
                    )
        helpers = {helper.name: helper for helper in self.helpers}
        refuse_unknown(self._by_name, helpers, self.relations, self.equivalents, self.sanity)
        if self.trial is not None:
            self.trial.refuse_unknown(self._by_name)
        return self

    def _refuse_collisions(self) -> None:
        """Refuse a column name that could be two things, by the rule of names that finds columns."""
        owners: dict[str, str] = {}
        for trait in (*self.traits, *self.helpers):
            for spelling in (trait.name, *trait.aliases):
                owner = owners.setdefault(fold_name(spelling), trait.name)
                if owner != trait.name:
                    raise ValueError(
                        f"column name or alias '{spelling}' of '{trait.name}' is also one of '{owner}': case, blanks, "
                        "underscores and hyphens do not tell names apart"
                    )
        for what, names in (("id column", (self.id_column, *self.id_aliases)), ("ignored column", self.ignored)):
            for name in names:
                if fold_name(name) in owners:
                    raise ValueError(f"{what} '{name}' is also a name of the trait '{owners[fold_name(name)]}'")

    def _refuse_undefined(self, feature: Feature) -> None:
        """Refuse a logarithm of what may be 0, a deficit without a reference range, levels of what has none."""
        for trait in (self.trait(name) for name in feature.of):
            if feature.transform in {"log", "log_ratio"} and (trait.plausible is None or trait.plausible[0] <= 0):
                raise ValueError(
                    f"feature '{feature.name}' takes a logarithm of '{trait.name}', whose plausible range must "
                    "start above 0 (use log1p where 0 is a real value)"
                )
            if feature.transform == "deficit" and (trait.reference is None or trait.reference[0] <= 0):
                raise ValueError(f"feature '{feature.name}' needs a reference range of '{trait.name}' above 0")
            if (feature.transform in {"levels", "level_count", "only"}) != (trait.kind == "set"):
                raise ValueError(
                    f"feature '{feature.name}': '{feature.transform}' does not go with kind '{trait.kind}'"
                )

    def _refuse_other_event(self, trait: Trait) -> None:
        """Refuse a baseline trait of another visit than the one at which treatment starts."""
        if not trait.event or trait.timing != "baseline" or trait.known_before_treatment:
            return
        declared = self.baseline_visit
        if not starts_treatment(trait.event, declared):
            wanted = f"the baseline visit '{declared}'" if declared else "a visit known to be baseline"
            raise ValueError(f"baseline trait '{trait.name}' has the event '{trait.event}', which is not {wanted}")

    @property
    def names(self) -> frozenset[str]:
        """The names of all traits."""
        return frozenset(self._by_name)

    @property
    def endpoint(self) -> Endpoint:
        """The primary endpoint: the first one."""
        return self.endpoints[0]

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
    def baseline_traits(self) -> tuple[Trait, ...]:
        """The traits that may reach a model."""
        return tuple(t for t in self.traits if t.timing == "baseline")


def _refuse_twice(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what} '{name}' is given twice")
