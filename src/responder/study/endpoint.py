"""What counts as response: one outcome trait, and the rule that its value is held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import PrivateAttr, model_validator

from responder.errors import InvalidValueError
from responder.study.text import Text
from responder.study.trait import Trait
from responder.toml_file import StrictModel

__all__ = ["Endpoint", "EndpointPart", "Operator"]

Operator = Literal["==", "<=", ">=", "<", ">"]
_YES_NO = {"no": 0.0, "yes": 1.0}


class EndpointPart(StrictModel):
    """What must hold besides the endpoint's own rule: a number of another outcome trait, or its change.

    Attributes
    ----------
    column, measure, baseline, operator, threshold
        As in `Endpoint`.
    """

    column: str
    measure: Literal["value", "change", "percent_change"] = "value"
    baseline: str = ""
    operator: Operator
    threshold: float


class Endpoint(StrictModel):
    """What counts as response.

    Attributes
    ----------
    column : str
        The outcome trait that is compared.
    measure : str
        ``value``; ``change`` or ``percent_change`` from `baseline`; ``resolution``: presence (1 or 0) of `level` of
        a set-valued trait, in those who had it at `baseline`.
    baseline : str
        The baseline trait that the others than ``value`` start from.
    operator, threshold
        The rule, for a number.
    levels : tuple of str
        The rule, for a binary or ordinal outcome: the levels that count as response (``yes`` or ``no`` where the
        trait names none), in place of operator and threshold.
    applies_unless_met_at : str
        The baseline trait of the same measure: who meets the rule there before treatment cannot reach it by
        treatment, so that the endpoint does not apply.
    also : tuple of EndpointPart
        What else must hold for a response, each of its own outcome trait; see `parts`.
    week, window_weeks : float
        The visit that counts, and how far from it.
    withdrawal : str
        ``completers``: patients without the outcome are left out; ``non_responder``: they count as non-response.
    coupled : tuple of str
        Baseline traits that are part of the endpoint's own score.
    """

    name: str
    label: Text
    column: str
    measure: Literal["value", "change", "percent_change", "resolution"] = "value"
    baseline: str = ""
    level: str = ""
    operator: Operator | None = None
    threshold: float | None = None
    levels: tuple[str, ...] = ()
    applies_unless_met_at: str = ""
    also: tuple[EndpointPart, ...] = ()
    week: float | None = None
    window_weeks: float = 0.0
    withdrawal: Literal["completers", "non_responder"] = "completers"
    coupled: tuple[str, ...] = ()
    source: Text = Text(en="")
    _numbers: tuple[float, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _consistent(self) -> Endpoint:
        if (self.measure != "value") != bool(self.baseline):
            raise InvalidValueError("endpoint_baseline", name=self.name)
        if (self.measure == "resolution") != bool(self.level):
            raise InvalidValueError("endpoint_level", name=self.name)
        if (self.operator is None) != (self.threshold is None) or (self.operator is None) != bool(self.levels):
            raise InvalidValueError("endpoint_rule", name=self.name)
        if self.measure != "value" and (self.levels or self.applies_unless_met_at):
            key = "levels" if self.levels else "applies_unless_met_at"
            raise InvalidValueError("endpoint_only_value", name=self.name, key=key)
        return self

    @property
    def parts(self) -> tuple[Endpoint, ...]:
        """The endpoint's own rule and everything else that must hold, each as an endpoint of one trait."""
        own = self.model_copy(update={"also": ()})
        kept = {"name": self.name, "label": self.label, "week": self.week, "withdrawal": self.withdrawal}
        return (own, *(Endpoint(**kept, **condition.model_dump()) for condition in self.also))

    @property
    def compared_with(self) -> str:
        """The baseline trait that the rule looks at, whatever for; empty where it looks at none."""
        return self.baseline or self.applies_unless_met_at

    @property
    def level_numbers(self) -> tuple[float, ...]:
        """The numbers of `levels`, once the study has been read."""
        return self._numbers

    def met_by(self, number: float) -> bool:
        """Return whether one number of what the rule looks at is a response."""
        if self.threshold is None:
            return number in self._numbers
        return {
            "==": number == self.threshold,
            "<=": number <= self.threshold,
            ">=": number >= self.threshold,
            "<": number < self.threshold,
            ">": number > self.threshold,
        }[self.operator or "=="]

    def refuse_unknown(self, traits: Mapping[str, Trait]) -> None:
        """Take the numbers of the levels named; refuse an endpoint that names what is not there."""
        for part in self.parts[1:]:
            part.refuse_unknown(traits)
        for name in filter(None, (self.column, self.baseline, self.applies_unless_met_at, *self.coupled)):
            if name not in traits:
                raise InvalidValueError("endpoint_unknown_trait", name=self.name, trait=name)
        column = traits[self.column]
        if column.timing == "baseline":
            raise InvalidValueError("endpoint_at_baseline", name=self.name, trait=self.column)
        for name in filter(None, (self.column, self.baseline)):
            trait = traits[name]
            if (trait.kind == "set") != bool(self.level) or (self.level and self.level not in trait.code.levels):
                raise InvalidValueError("endpoint_needs_level", name=self.name, trait=name)
        if self.measure == "resolution" and self.met_by(0.0) == self.met_by(1.0):
            raise InvalidValueError("endpoint_tells_nothing", name=self.name)
        if self.applies_unless_met_at:
            first = traits[self.applies_unless_met_at]
            if (first.timing, first.kind, first.unit) != ("baseline", column.kind, column.unit):
                raise InvalidValueError("endpoint_applies_unless", name=self.name, trait=self.column, other=first.name)
        self._take_levels(column)

    def _take_levels(self, column: Trait) -> None:
        if not self.levels:
            return
        if column.kind not in {"binary", "ordinal"}:
            raise InvalidValueError("endpoint_levels_of_number", name=self.name, trait=column.name)
        known = column.code.level_values or _YES_NO
        for level in self.levels:
            if level not in known:
                raise InvalidValueError("endpoint_unknown_level", name=self.name, level=level, trait=column.name)
        if set(known) <= set(self.levels):
            raise InvalidValueError("endpoint_every_level", name=self.name, trait=column.name)
        # the model is frozen for those who read it; what a level's number is, only the study knows
        self._numbers = tuple(known[level] for level in self.levels)
