"""What a model of some traits must carry with it, so that scoring computes what its training computed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from responder.study.carried import Carried
from responder.study.derive import Derivation
from responder.study.model import Study
from responder.study.relations import shared_cells
from responder.study.trait import Trait

__all__ = ["carried"]


def carried(study: Study, traits: Collection[str]) -> Carried:
    """Return what a model of some traits must carry to compute them as its training did."""
    rules: list[Derivation] = []
    for rule in study.derivations:
        kept = tuple(name for name in rule.computed if name in traits)
        if kept or (rule.kind == "sum" and rule.target in traits):
            rules.append(replace(rule, computed=kept))
    needed = [name for rule in rules for name in (rule.target, *rule.of) if name not in traits]
    sources: dict[str, Trait] = {**{t.name: t for t in study.traits}, **{h.name: h for h in study.helpers}}
    shared = {name: cells for name in traits if (cells := shared_cells(study.trait(name), study.helpers))}
    weights = {
        name: next(other for other in relation.of if other != name)
        for relation in study.relations
        for name in relation.of
        if any(h.name == name and h.in_column_of == relation.product for h in study.helpers)
    }
    codes = tuple(sources[name].code.compiled() for name in dict.fromkeys(needed))
    return Carried(codes, tuple(rules), shared, {n: w for n, w in weights.items() if n in needed})
