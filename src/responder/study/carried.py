"""What a bundle carries of the columns that its traits can be computed from: plain data, evaluated with NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from responder.study.derive import Derivation
from responder.study.encode import TraitCode
from responder.study.shared_cells import SharedCell

__all__ = ["Carried"]


@dataclass(frozen=True)
class Carried:
    """Columns besides a model's own traits, and what follows from them.

    Attributes
    ----------
    codes : tuple of TraitCode
        Helpers and other traits that a rule needs.
    rules : tuple of Derivation
        Those that give one of the model's traits, in the order in which they are applied.
    shared : Mapping[str, tuple of SharedCell]
        Trait to what may stand in cells of its column.
    by_weight : Mapping[str, str]
        Helper that gives a trait by weight to the helper that holds the weight.
    """

    codes: tuple[TraitCode, ...] = ()
    rules: tuple[Derivation, ...] = ()
    shared: Mapping[str, tuple[SharedCell, ...]] = field(default_factory=dict)
    by_weight: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "codes": [code.to_json() for code in self.codes],
            "rules": [rule.to_json() for rule in self.rules],
            "shared": {trait: [one.to_json() for one in cells] for trait, cells in self.shared.items()},
            "by_weight": dict(self.by_weight),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Carried:
        """Rebuild from `to_json`.

        Examples
        --------
        >>> carried = Carried(rules=(Derivation("sum", "dose", ("other_dose",), 1.25),))
        >>> Carried.from_json(carried.to_json()) == carried
        True
        """
        return cls(
            codes=tuple(map(TraitCode.from_json, content["codes"])),
            rules=tuple(map(Derivation.from_json, content["rules"])),
            shared={trait: tuple(map(SharedCell.from_json, cells)) for trait, cells in content["shared"].items()},
            by_weight=dict(content["by_weight"]),
        )

    def refuse_unknown(self, traits: set[str]) -> None:
        """Raise a ValueError where a rule or a shared cell names what neither the model nor this has, or no number."""
        own = {code.name for code in self.codes}
        known = own | traits
        if len(own) != len(self.codes) or own & traits or not all(code.is_numeric for code in self.codes):
            raise ValueError("columns that traits are computed from are not all different, or no numbers")
        for rule in self.rules:
            sound = rule.kind in ("product", "sum") and len(rule.of) == (2 if rule.kind == "product" else 1)
            if not sound or not 0 < rule.factor < float("inf") or not {rule.target, *rule.of, *rule.computed} <= known:
                raise ValueError("a rule computes a trait from what is not there")
        named = {one.name for cells in self.shared.values() for one in cells}
        if not set(self.shared) <= traits or not named <= known or not {*self.by_weight.values()} <= known:
            raise ValueError("a cell speaks of what is not there")
