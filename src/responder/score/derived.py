"""What a study computes from other columns, carried in the bundle: a patient is scored on what training computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.study.column import Cells
from responder.study.derive import Derivation
from responder.study.encode import EncodeError, TraitCode
from responder.study.placing import Placement, Source
from responder.study.shared_cells import SharedCell, claim
from responder.values import fold_unit

if TYPE_CHECKING:
    from responder.study.model import Study

__all__ = ["Derived"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Derived:
    """Rules across columns, and what they need besides the traits of the model.

    Attributes
    ----------
    codes : tuple of TraitCode
        Columns that are read only to compute others: a weight, doses of other drugs, traits that the model has not.
    rules : tuple of Derivation
        In the order in which they are applied.
    shared : Mapping[str, tuple of SharedCell]
        Trait to the quantities that may stand in its column.
    """

    codes: tuple[TraitCode, ...] = ()
    rules: tuple[Derivation, ...] = ()
    shared: Mapping[str, tuple[SharedCell, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Study, traits: Sequence[str]) -> Derived:
        """Take what a study computes, for a model of some of its traits."""
        from responder.study.relations import shared_cells

        named = {name for rule in study.derivations for name in (rule.target, *rule.of)}
        others = [trait for trait in study.baseline_traits if trait.name in named and trait.name not in traits]
        shared = {trait.name: shared_cells(trait, study.helpers) for trait in study.baseline_traits}
        return cls(
            tuple(column.code.compiled() for column in (*others, *study.helpers)),
            study.derivations,
            {name: cells for name, cells in shared.items() if cells},
        )

    def in_column_of(self, placed: Placement) -> dict[str, Source]:
        """Return the quantities that a whole column is of, as ``dose (mg/kg)`` is of the dose by weight."""
        found = {}
        for trait, columns in placed.foreign_units.items():
            for header, unit in columns:
                for cell in self.shared.get(trait, ()):
                    if cell.name != trait and fold_unit(unit) in map(fold_unit, cell.units):
                        found[cell.name] = Source(header, unit)
        return found

    def split(self, trait: str, cells: Cells) -> dict[str, list[Any]]:
        """Return the cells of a trait's column by the quantity that each speaks of, blank for all others."""
        shared = self.shared.get(trait, ())
        claimed = [claim(cell, shared) if isinstance(cell, str) else ("", cell) for cell in cells]
        parts = {name for name, _ in claimed} - {"", trait}
        own = {trait: [rest if name in {"", trait} else "" for name, rest in claimed]}
        return own | {part: [rest if name == part else "" for name, rest in claimed] for part in parts}

    def without_partner(self, found: Mapping[str, FloatArray], n: int) -> list[tuple[int, str, EncodeError]]:
        """Return the rows whose dose is given by weight, and that have no weight: row, trait, what is wrong."""
        nothing = np.full(n, np.nan)
        wrong = []
        for rule in self.rules:
            within = {cell.name for cell in self.shared.get(rule.target, ())} - {rule.target}
            for name in within.intersection(rule.of) if rule.kind == "product" else ():
                other = next(one for one in rule.of if one != name)
                lacking = ~np.isnan(found.get(name, nothing)) & np.isnan(found.get(other, nothing))
                error = EncodeError(f"cannot be told without '{other}'", f"give '{other}' too")
                wrong += [(row, rule.target, error) for row in np.flatnonzero(lacking).tolist()]
        return wrong

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "codes": [code.to_json() for code in self.codes],
            "rules": [rule.to_json() for rule in self.rules],
            "shared": {name: [cell.to_json() for cell in cells] for name, cells in self.shared.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Derived:
        """Rebuild from `to_json`."""
        return cls(
            tuple(TraitCode.from_json(code) for code in content["codes"]),
            tuple(Derivation.from_json(rule) for rule in content["rules"]),
            {name: tuple(SharedCell.from_json(cell) for cell in cells) for name, cells in content["shared"].items()},
        )
