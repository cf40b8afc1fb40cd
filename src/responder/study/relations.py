"""What a study says across columns: which values follow from others, and which cannot stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from responder.errors import InvalidValueError
from responder.study.derive import Derivation
from responder.study.instruments import INSTRUMENTS
from responder.study.shared_cells import SharedCell
from responder.study.text import Text
from responder.study.trait import Helper, Trait
from responder.toml_file import StrictModel

__all__ = ["Equivalent", "Relation", "Sanity", "compiled", "refuse_unknown", "shared_cells"]

_NUMBERS = {"continuous", "count"}


class Relation(StrictModel):
    """One number that is the product of two others.

    Attributes
    ----------
    product : str
        ``factor * of[0] * of[1]``. Whichever of the three is missing in a patient is computed, helpers excepted.
    within_fraction : float, optional
        How far the product may lie from its trait where all three were measured, relative to the larger; not held
        against each other where it is left out.
    severity : str
        Of a product that lies further away.
    gives : str
        The only one of the three that may be computed, from the other two as they stand when doses of other drugs have
        been added; any of them, before that, where it is left out.
    """

    id: str
    product: str
    of: tuple[str, str]
    gives: str = ""
    factor: float = Field(default=1.0, gt=0)
    within_fraction: float | None = Field(default=None, gt=0, lt=1)
    severity: Literal["refused", "caution"] = "caution"
    source: Text = Text(en="")

    @property
    def names(self) -> tuple[str, ...]:
        """The three, the product first."""
        return (self.product, *self.of)


class Equivalent(StrictModel):
    """Doses of other drugs that count towards a trait.

    Attributes
    ----------
    of : str
        The trait, a dose of one drug.
    factors : Mapping[str, float]
        Helper that holds another drug's dose, and what one unit of it counts as.
    """

    of: str
    factors: Mapping[str, float] = Field(min_length=1)
    source: Text


class Sanity(StrictModel):
    """What must hold between columns in every patient.

    Attributes
    ----------
    kind : str
        ``at_most``: ``of[0] <= of[1] + offset``; ``sum_at_most``: the sum of `of` is at most `whole`;
        ``score_at_least``: `whole`, an instrument's score, is at least what the levels of the set ``of[0]`` are worth.
    of : tuple of str
        Traits.
    whole : str
        The trait that a sum must not exceed, or the score.
    items : Mapping[str, tuple of str]
        ``score_at_least``: level to the items of the instrument that can be behind it; the smallest weight counts, and
        a level that is not named counts nothing.
    within_fraction : float
        How far beyond it may go, relative to what it must not exceed.
    severity : str
        ``refused`` for what cannot be; ``caution`` for what may be an error, or another definition.
    """

    id: str
    kind: Literal["at_most", "sum_at_most", "score_at_least"]
    of: tuple[str, ...] = Field(min_length=1)
    whole: str = ""
    items: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    offset: float = 0.0
    within_fraction: float = Field(default=0.0, ge=0, lt=1)
    severity: Literal["refused", "caution"]
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Sanity:
        wanted = {"at_most": 2, "score_at_least": 1}.get(self.kind, len(self.of))
        if len(self.of) != wanted or (self.kind == "at_most") == bool(self.whole):
            raise InvalidValueError("sanity_traits", name=self.id, kind=self.kind)
        if (self.kind == "score_at_least") != bool(self.items):
            raise InvalidValueError("sanity_items", name=self.id)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Every trait that it looks at."""
        return (*self.of, self.whole) if self.whole else self.of

    def worth(self, score: Trait) -> dict[str, float]:
        """Return the smallest weight of each level's items in the instrument of a score."""
        weights = INSTRUMENTS[score.instrument].weights
        return {level: min(weights[item] for item in items) for level, items in self.items.items()}


def compiled(relations: tuple[Relation, ...], equivalents: tuple[Equivalent, ...], helpers: set[str]) -> tuple[
    Derivation, ...
]:  # fmt: skip
    """Return the rules as plain data: products first, so that a dose by weight is known before others are added."""
    products = [
        Derivation("product", r.product, r.of, r.factor, tuple(name for name in r.names if name not in helpers))
        for r in relations
        if not r.gives
    ]
    given = [Derivation("product", r.product, r.of, r.factor, (r.gives,)) for r in relations if r.gives]
    sums = [Derivation("sum", e.of, (drug,), factor) for e in equivalents for drug, factor in e.factors.items()]
    return (*products, *sums, *given)


def shared_cells(trait: Trait, helpers: tuple[Helper, ...]) -> tuple[SharedCell, ...]:
    """Return what may stand in the column of a trait besides it, the trait's own words included; often nothing."""
    own = trait.repeats or trait.name
    within = [helper for helper in helpers if helper.in_column_of == own]
    if not within:
        return ()
    taken = {trait.unit, *trait.units}
    others = [
        SharedCell(h.name, h.cell_words, tuple(unit for unit in (h.unit, *h.units) if unit not in taken))
        for h in within
    ]
    return (SharedCell(trait.name, trait.cell_words), *others)


def refuse_unknown(
    traits: Mapping[str, Trait],
    helpers: Mapping[str, Helper],
    relations: tuple[Relation, ...],
    equivalents: tuple[Equivalent, ...],
    sanity: tuple[Sanity, ...],
) -> None:
    """Refuse a rule across columns that names what is not there, or what it cannot be made of."""
    baseline = {name: t for name, t in traits.items() if t.timing == "baseline"}
    known: dict[str, Trait] = {**baseline, **helpers}
    for helper in helpers.values():
        if helper.kind != "continuous" or (helper.in_column_of and helper.in_column_of not in baseline):
            raise InvalidValueError("helper_kind", name=helper.name)
    for relation in relations:
        for name in relation.names:
            if name not in known or known[name].kind != "continuous":
                raise InvalidValueError("relation_trait", name=relation.id, trait=name)
        odd = relation.gives and (relation.gives not in relation.names or relation.gives in helpers)
        if relation.product in helpers or len(set(relation.names)) != 3 or odd:
            raise InvalidValueError("relation_of_two", name=relation.id)
    for equivalent in equivalents:
        if equivalent.of not in baseline or baseline[equivalent.of].kind != "continuous":
            raise InvalidValueError("equivalent_trait", trait=equivalent.of)
        for name, factor in equivalent.factors.items():
            if name not in helpers or factor <= 0:
                raise InvalidValueError("equivalent_helper", trait=equivalent.of, name=name)
    for rule in sanity:
        _refuse_sanity(rule, baseline)


def _refuse_sanity(rule: Sanity, baseline: Mapping[str, Trait]) -> None:
    for name in rule.names:
        if name not in baseline:
            raise InvalidValueError("sanity_unknown_trait", name=rule.id, trait=name)
    sets = {rule.of[0]} if rule.kind == "score_at_least" else set()
    for name in rule.names:
        if baseline[name].kind not in ({"set"} if name in sets else _NUMBERS):
            raise InvalidValueError("sanity_kind", name=rule.id, trait=name, kind=baseline[name].kind)
    if sets:
        score, levels = baseline[rule.whole], baseline[rule.of[0]].code.levels
        weights = INSTRUMENTS[score.instrument].weights if score.instrument else {}
        for level, items in rule.items.items():
            if level not in levels or not items or not set(items) <= set(weights):
                raise InvalidValueError("sanity_level", name=rule.id, level=level)
