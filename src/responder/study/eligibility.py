"""The ``[eligibility]`` section of a study: who may enter it, who has the disease, who went through it as planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field, model_validator

from responder.errors import InvalidValueError
from responder.study.criteria import Criteria, CriteriaSet, Criterion, CriterionTest, Use
from responder.study.derive import Derivation
from responder.study.text import Text
from responder.study.trait import Trait
from responder.toml_file import StrictModel

__all__ = ["EligibilityColumn", "EligibilityCriteria", "EligibilityDesign", "EligibilityRule", "EligibilityTest"]


class EligibilityColumn(Trait):
    """A column that criteria read and no model does."""

    group: str = ""


class EligibilityTest(StrictModel):
    """What is asked of one trait, helper or column.

    Attributes
    ----------
    column : str
        Its name.
    at_least, above, at_most, below : float, optional
        Limits of a number.
    levels : tuple of str
        Levels that meet it; ``yes`` or ``no`` where it has none of its own.
    """

    column: str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    levels: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, content: Any) -> Any:
        return {"column": content} if isinstance(content, str) else content

    @property
    def limits(self) -> dict[str, Any]:
        """The limits as `CriterionTest` has them."""
        low = self.at_least if self.above is None else self.above
        high = self.at_most if self.below is None else self.below
        return {"low": low, "high": high, "low_open": self.above is not None, "high_open": self.below is not None}


class EligibilityRule(StrictModel):
    """One criterion.

    Attributes
    ----------
    same_as : str
        Id of another set of criteria, of one rule, that must be met.
    tests : Mapping[str, tuple of EligibilityTest]
        Part to its tests. A test that is only the name of a column has the rule's `levels`.
    levels : tuple of str
        See `tests`.
    ways : tuple of Mapping[str, int]
        Alternatives, each with how many tests of a part suffice; without any, all tests must be met.
    """

    id: str
    label: Text
    same_as: str = ""
    tests: Mapping[str, tuple[EligibilityTest, ...]] = Field(default_factory=dict)
    levels: tuple[str, ...] = ()
    ways: tuple[Mapping[str, int], ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> EligibilityRule:
        if bool(self.same_as) == bool(self.tests):
            raise InvalidValueError("eligibility_rule_without_tests", name=self.id)
        for way in self.ways:
            if not way or not all(part in self.tests and 1 <= n <= len(self.tests[part]) for part, n in way.items()):
                raise InvalidValueError("eligibility_rule_ways", name=self.id)
        return self


class EligibilityCriteria(StrictModel):
    """Criteria of one source; see `responder.study.criteria.CriteriaSet`."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    label: Text
    use: Use
    source: Text
    rules: tuple[EligibilityRule, ...] = Field(alias="rule", min_length=1)


class EligibilityDesign(StrictModel):
    """The ``[eligibility]`` section of a study.

    Attributes
    ----------
    columns : tuple of EligibilityColumn
        What the criteria ask for besides traits and helpers. ``like`` takes kind and levels of another column.
    criteria : tuple of EligibilityCriteria
    """

    columns: tuple[EligibilityColumn, ...] = Field(default=(), alias="column")
    criteria: tuple[EligibilityCriteria, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _with_levels(cls, content: Any) -> Any:
        """Give a column that is like another one its kind and levels."""
        if not isinstance(content, Mapping) or not isinstance(content.get("column"), list):
            return content
        columns = [column for column in content["column"] if isinstance(column, Mapping)]
        first = {column.get("name"): column for column in columns}
        completed = []
        for column in columns:
            kept = {key: value for key, value in column.items() if key != "like"}
            model = first.get(column.get("like"), {})
            if "like" in column and "levels" not in model:
                raise InvalidValueError("eligibility_like_nothing", name=column.get("name"), other=column["like"])
            completed.append({**{key: model[key] for key in ("kind", "levels") if key in model}, **kept})
        return {**content, "column": completed}

    @model_validator(mode="after")
    def _consistent(self) -> EligibilityDesign:
        ids = [group.id for group in self.criteria]
        for name in ids:
            if ids.count(name) > 1:
                raise InvalidValueError("eligibility_criteria_twice", name=name)
        for group in self.criteria:
            for rule in group.rules:
                if rule.same_as and [len(g.rules) for g in self.criteria if g.id == rule.same_as] != [1]:
                    raise InvalidValueError("eligibility_same_as_nothing", name=rule.id, other=rule.same_as)
        return self

    def compiled(self, known: Mapping[str, Trait], products: tuple[Derivation, ...]) -> Criteria:
        """Return the criteria as plain data.

        Parameters
        ----------
        known : Mapping[str, Trait]
            Traits and helpers of the study by name.
        products : tuple of Derivation
            Of the study: what a test needs may be computed by them.

        Raises
        ------
        InvalidValueError
            If a test reads what the study does not have, or asks of it what it cannot hold.
        """
        columns = {**known, **{column.name: column for column in self.columns}}
        own = {group.id: group.rules[0] for group in self.criteria}
        sets = []
        for group in self.criteria:
            criteria = []
            for rule in group.rules:
                found = own[rule.same_as] if rule.same_as else rule
                criteria.append(replace(_criterion(found, columns), id=rule.id, label=rule.label.by_language))
            sets.append(
                CriteriaSet(
                    group.id, group.label.by_language, group.use, tuple(criteria), source=group.source.by_language
                )
            )
        read = {test.name for group in sets for criterion in group.criteria for test in criterion.tests}
        used = tuple(
            replace(rule, computed=tuple(name for name in (rule.target, *rule.of) if name in read))
            for rule in products
            if rule.kind == "product" and read.intersection((rule.target, *rule.of))
        )
        needed = dict.fromkeys([*(n for n in columns if n in read), *(n for r in used for n in (r.target, *r.of))])
        return Criteria(tuple(columns[name].code for name in needed), used, tuple(sets))


def _criterion(rule: EligibilityRule, columns: Mapping[str, Trait]) -> Criterion:
    tests = tuple(_test(rule, part, test, columns) for part, of in rule.tests.items() for test in of)
    every = {part: len(of) for part, of in rule.tests.items()}
    return Criterion(rule.id, rule.label.by_language, tests, tuple(map(dict, rule.ways)) or (every,))


def _test(rule: EligibilityRule, part: str, test: EligibilityTest, columns: Mapping[str, Trait]) -> CriterionTest:
    trait = columns.get(test.column)
    if trait is None:
        raise InvalidValueError("eligibility_unknown_column", name=rule.id, column=test.column)
    levels, limits = test.levels or rule.levels, test.limits
    limited = limits["low"] is not None or limits["high"] is not None
    if trait.code.is_numeric != limited or (limited and test.levels):
        raise InvalidValueError("eligibility_test_of_another_kind", name=rule.id, column=test.column, kind=trait.kind)
    plain = CriterionTest(trait.name, trait.name, trait.label.by_language, part)
    if trait.code.is_numeric:
        return replace(plain, **limits)
    values = {level.name: trait.code.level_values.get(level.name, 1.0) for level in trait.levels}
    values = values or {"no": 0.0, "yes": 1.0}
    if not levels or not set(levels) <= set(values) or (trait.kind == "set" and len(levels) > 1):
        raise InvalidValueError("eligibility_unknown_level", name=rule.id, column=test.column, levels=list(values))
    if trait.kind == "set":
        label = next(level.shown for level in trait.levels if level.name == levels[0])
        return replace(plain, column=f"{trait.name}={levels[0]}", label=label.by_language, values=(1.0,))
    return replace(plain, values=tuple(values[level] for level in levels))
