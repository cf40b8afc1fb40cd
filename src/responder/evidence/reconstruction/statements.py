"""The facts file: what was measured, and what was reported about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from responder.errors import ConfigError, InvalidValueError, did_you_mean
from responder.evidence.reconstruction.paired_p import TESTS, PairedTest
from responder.evidence.reconstruction.rounding import Convention, Interval, rounded
from responder.study.text import Text
from responder.toml_file import StrictModel, read_toml_model
from responder.words import Phrase

__all__ = ["Condition", "ReconstructionQuestion", "ReportedFact", "ReportedFacts", "Variable", "load_facts"]

Relation = Literal["==", "!=", "<", "<=", ">", ">="]
Statistic = Literal["median", "minimum", "maximum", "mean", "sd", "count", "every", "p_value"]

_NAME = r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)?"
_NUMBER = r"-?\d+(?:\.\d+)?"
_CONDITION = re.compile(rf"^\s*({_NAME})\s*(==|!=|<=|>=|<|>)\s*({_NAME}|{_NUMBER})\s*$")
_DIFFERENCE = re.compile(rf"^\s*({_NAME})\s*-\s*({_NAME})\s*$")
_MOST_STATES = 100_000
_MOST_ITEMS = 12


class Condition(StrictModel):
    """What is asked of one person, such as ``week12 <= baseline`` or ``baseline.airway == 1``."""

    left: str
    relation: Relation
    right: str

    @classmethod
    def read(cls, text: str) -> Condition:
        """Read a condition.

        Raises
        ------
        InvalidValueError
            If it is not ``name relation name`` or ``name relation number``.
        """
        match = _CONDITION.match(text)
        if match is None:
            raise InvalidValueError("facts_no_condition", text=text)
        return cls.model_validate(dict(zip(("left", "relation", "right"), match.groups(), strict=True)))

    @property
    def names(self) -> tuple[str, ...]:
        """The variables and items that it speaks of."""
        return (self.left,) if re.fullmatch(_NUMBER, self.right) else (self.left, self.right)


class Variable(StrictModel):
    """One number per person, and the values that it can take.

    Attributes
    ----------
    lowest, highest, step : Decimal
        An even grid; or
    values : tuple of Decimal
        the values one by one; or
    items : Mapping[str, int]
        items with weights, present or absent: the value is the sum of those present.
    unit : str
    """

    unit: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    step: Decimal = Field(default=Decimal(1), gt=0)
    values: tuple[Decimal, ...] = ()
    items: Mapping[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> Variable:
        grid = self.lowest is not None or self.highest is not None
        if grid + bool(self.values) + bool(self.items) != 1:
            raise InvalidValueError("facts_variable_kind")
        if self.values and len(set(self.values)) != len(self.values):
            raise InvalidValueError("facts_value_twice")
        if len(self.items) > _MOST_ITEMS:
            raise InvalidValueError("facts_items", most=_MOST_ITEMS)
        if grid:
            if self.lowest is None or self.highest is None or not self.lowest <= self.highest:
                raise InvalidValueError("facts_bounds")
            if (self.highest - self.lowest) % self.step:
                raise InvalidValueError("facts_step")
            if (self.highest - self.lowest) / self.step > _MOST_STATES:
                raise InvalidValueError("facts_values", most=_MOST_STATES)
        return self

    @property
    def states(self) -> tuple[Decimal, ...]:
        """The possible values in rising order; with items one per combination, the last item fastest."""
        if self.items:
            sums = [Decimal(0)]
            for weight in self.items.values():
                sums = [total + present * weight for total in sums for present in (0, 1)]
            return tuple(sums)
        if self.values:
            return tuple(sorted(self.values))
        assert self.lowest is not None
        assert self.highest is not None
        steps = int((self.highest - self.lowest) / self.step)
        return tuple(self.lowest + self.step * i for i in range(steps + 1))


class ReportedFact(StrictModel):
    """One reported fact.

    Attributes
    ----------
    id : str
        Stable name.
    statement : Text
        The fact in words.
    statistic : str
        ``median``, ``minimum``, ``maximum``, ``mean``, ``sd`` (divisor n - 1) of a variable; ``count`` of the
        people who meet a condition; ``every``: all meet it; ``p_value`` of paired tests.
    of : str
        A variable; a condition for ``count`` and ``every``; ``"before - after"`` for ``p_value``.
    value : Decimal
        As reported; written as text (``"2.70"``) it keeps its trailing zeros.
    relation : str
        ``==`` (default), or an inequality, for ``count`` and ``p_value`` (``P < 0.05``).
    decimals : int, optional
        Decimals to which it was rounded; those of `value` unless given.
    where : str
        A condition: the fact speaks only of the people who meet it, ...
    n : int, optional
        ... of whom there are this many.
    tests : tuple of str
        Tests that may be behind a P value when the report does not name one.
    """

    id: str = Field(pattern=r"^[A-Za-z]\w*$")
    statement: Text = Text(en="")
    statistic: Statistic
    of: str
    value: Decimal | None = None
    relation: Relation = "=="
    decimals: int | None = Field(default=None, ge=0, le=12)
    where: str = ""
    n: int | None = Field(default=None, ge=1)
    tests: tuple[PairedTest, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _keep_decimals(cls, content: object) -> object:
        """Read numbers by their shortest text, so that 0.011 is 11/1000 and not its nearest binary fraction."""
        if isinstance(content, dict) and isinstance(content.get("value"), int | float | str):
            try:
                return content | {"value": Decimal(str(content["value"]))}
            except InvalidOperation:
                raise InvalidValueError("facts_no_decimal", value=str(content["value"])) from None
        return content

    @model_validator(mode="after")
    def _consistent(self) -> ReportedFact:
        if (self.value is None) != (self.statistic == "every"):
            raise InvalidValueError("facts_value_or_every", id=self.id)
        if bool(self.where) != (self.n is not None):
            raise InvalidValueError("facts_where_n", id=self.id)
        if self.where and self.statistic in {"count", "every", "p_value"}:
            raise InvalidValueError("facts_where", id=self.id, statistic=self.statistic)
        if self.relation != "==" and self.statistic not in {"count", "p_value"}:
            raise InvalidValueError("facts_relation", id=self.id)
        if self.relation == "!=":
            raise InvalidValueError("facts_unequal", id=self.id)
        if self.tests and self.statistic != "p_value":
            raise InvalidValueError("facts_tests", id=self.id)
        if self.statistic == "count" and self.value is not None and (self.value % 1 or self.value < 0):
            raise InvalidValueError("facts_count", id=self.id)
        if self.statistic == "sd" and (self.n or 2) < 2:
            raise InvalidValueError("facts_sd", id=self.id)
        _ = self.names  # raises for a text that is not of the form asked
        return self

    @property
    def condition(self) -> Condition:
        """What ``count`` and ``every`` ask of one person."""
        return Condition.read(self.of)

    @property
    def difference(self) -> tuple[str, str]:
        """The two variables of a paired test."""
        match = _DIFFERENCE.match(self.of)
        if match is None:
            raise InvalidValueError("facts_no_difference", text=self.of)
        return match.group(1), match.group(2)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables and items that it speaks of."""
        if self.statistic in {"count", "every"}:
            return self.condition.names
        of = self.difference if self.statistic == "p_value" else (self.of,)
        return (*of, *(Condition.read(self.where).names if self.where else ()))

    @property
    def candidate_tests(self) -> tuple[PairedTest, ...]:
        """The tests that may be behind a P value."""
        return self.tests or TESTS[:1]

    def interval(self, convention: Convention) -> Interval:
        """Return the exact values that the reported one may stand for; a count is exact."""
        assert self.value is not None
        if self.relation == "==" and self.statistic != "count":
            exponent = self.value.as_tuple().exponent
            written = max(0, -exponent) if isinstance(exponent, int) else 0
            return rounded(self.value, written if self.decimals is None else self.decimals, convention)
        exact = rounded(self.value, 0, "truncate").low
        low = exact if self.relation in {"==", ">", ">="} else None
        high = exact if self.relation in {"==", "<", "<="} else None
        return Interval(low, high, self.relation != ">", self.relation != "<")


class ReconstructionQuestion(StrictModel):
    """A result whose range over all consistent cohorts is asked: Fisher's P of a trait against a response."""

    id: str = Field(pattern=r"^[A-Za-z]\w*$")
    statement: Text = Text(en="")
    trait: str
    response: str

    @property
    def names(self) -> tuple[str, ...]:
        """The variables and items that it speaks of."""
        return Condition.read(self.trait).names + Condition.read(self.response).names


class ReportedFacts(StrictModel):
    """What was measured in n people and what was reported about it.

    Examples
    --------
    >>> facts = ReportedFacts.model_validate({
    ...     "schema": "responder/facts/1", "title": "Ages", "n": 3,
    ...     "variables": {"age": {"lowest": 18, "highest": 70}},
    ...     "fact": [{"id": "mean_age", "statistic": "mean", "of": "age", "value": "39.3"}]})
    >>> facts.facts[0].interval("half_up").high_closed
    False
    """

    schema_id: Literal["responder/facts/1"] = Field(alias="schema")
    title: Text
    source: str = ""
    n: int = Field(ge=1, le=10_000)
    rounding: Convention = "half_up"
    variables: Mapping[str, Variable] = Field(min_length=1)
    facts: tuple[ReportedFact, ...] = Field(alias="fact", min_length=1)
    questions: tuple[ReconstructionQuestion, ...] = Field(default=(), alias="question")

    @model_validator(mode="after")
    def _consistent(self) -> ReportedFacts:
        known = [*self.variables]
        known += [f"{name}.{item}" for name, variable in self.variables.items() for item in variable.items]
        seen: set[str] = set()
        entries: tuple[ReportedFact | ReconstructionQuestion, ...] = (*self.facts, *self.questions)
        for entry in entries:
            if entry.id in seen:
                raise InvalidValueError("facts_twice", id=entry.id)
            seen.add(entry.id)
            for name in entry.names:
                if name not in known:
                    near = did_you_mean(name, known) or Phrase("error.facts_unknown_variable.known", {"names": known})
                    raise InvalidValueError("facts_unknown_variable", id=entry.id, name=name, near=near)
        return self

    def keeping(self, ids: frozenset[str]) -> ReportedFacts:
        """Return the same with only some of the facts (none is allowed here)."""
        return self.model_copy(update={"facts": tuple(fact for fact in self.facts if fact.id in ids)})


def load_facts(path: Path) -> ReportedFacts:
    """Read a facts file.

    Raises
    ------
    ConfigError
        If the file cannot be read, says something that is not understood, or reports a value that its variable
        cannot come near: a slip of the file, not a finding about the report.
    """
    facts = read_toml_model(path, ReportedFacts)
    for fact in facts.facts:
        if fact.statistic in {"median", "minimum", "maximum", "mean"} and fact.of in facts.variables:
            states, interval = facts.variables[fact.of].states, fact.interval(facts.rounding)
            low, high = interval.low, interval.high
            if (high is not None and high < min(states)) or (low is not None and low > max(states)):
                raise ConfigError(
                    "facts_out_of_range",
                    where=str(path),
                    id=fact.id,
                    value=str(fact.value),
                    variable=fact.of,
                    low=str(min(states)),
                    high=str(max(states)),
                )
    return facts
