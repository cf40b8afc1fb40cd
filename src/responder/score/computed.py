"""Traits of a profile that are computed from its other columns, as they were in training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from responder.arrays import FloatArray
from responder.score.bundle import Bundle
from responder.study.column import Cells, read_column
from responder.study.derive import derive
from responder.study.encode import EncodeError, TraitCode
from responder.study.placing import ColumnSource
from responder.study.shared_cells import claim
from responder.words import Phrase

__all__ = ["ComputedColumns"]


class ComputedColumns:
    """What the columns besides a model's own say of one table; see `responder.study.carried.Carried`.

    Parameters
    ----------
    bundle : Bundle
        With what it carries.
    n : int
        Rows.
    errors : dict of int to dict of str to EncodeError
        Row to what is wrong in it, by trait; added to.
    """

    def __init__(self, bundle: Bundle, n: int, errors: dict[int, dict[str, EncodeError]]) -> None:
        self.carried, self.n, self.errors = bundle.carried, n, errors
        self.codes = {code.name: code for code in bundle.carried.codes}
        weights = bundle.carried.by_weight
        self.helpers = {*weights, *weights.values(), *(r.of[0] for r in bundle.carried.rules if r.kind == "sum")}
        self.values: dict[str, FloatArray] = {}

    def own_cells(self, code: TraitCode, cells: Cells, mark: str) -> Cells:
        """Return the cells that are a trait's own; keep what the others say."""
        shared = self.carried.shared.get(code.name, ())
        if not shared or isinstance(cells, np.ndarray):
            return cells
        claimed = [claim(cell, shared) if isinstance(cell, str) else ("", cell) for cell in cells]
        if not any(name for name, _ in claimed):
            return cells
        for name in {name for name, _ in claimed} - {"", code.name}:
            self.read(name, ColumnSource(code.name), [rest if of == name else None for of, rest in claimed], mark)
        return [rest if of in {"", code.name} else None for of, rest in claimed]

    def read(self, name: str, source: ColumnSource, cells: Cells, mark: str) -> None:
        """Read a column that is no trait of the model; what was read of it before stays beside it."""
        code = self.codes[name]
        found = read_column(code, [source], [cells], mark)
        numbers = found.values[:, 0]
        low, high = code.bounds
        outside = (numbers < low) | (numbers > high)
        if name in self.helpers:
            for problem in found.problems:
                self.errors.setdefault(problem.row, {}).setdefault(name, problem.error)
            wrong = EncodeError(Phrase("error.profile_implausible.what"), Phrase("error.profile_implausible.fix"))
            for row in np.flatnonzero(outside).tolist():
                self.errors.setdefault(row, {}).setdefault(name, wrong)
        # a trait that the model does not use is left aside, as in training
        numbers = np.where(outside, np.nan, numbers)
        before = self.values.get(name)
        self.values[name] = numbers if before is None else np.where(np.isnan(numbers), before, numbers)

    def complete(self, traits: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return the numbers of the model's traits, shape (n,) each, with what follows from the other columns."""
        if not self.carried.rules:
            return dict(traits)
        found, _ = derive({**traits, **self.values}, self.carried.rules)
        nothing = np.full(self.n, np.nan)
        for name, weight in self.carried.by_weight.items():
            lacking = ~np.isnan(found.get(name, nothing)) & np.isnan(found.get(weight, nothing))
            for row in np.flatnonzero(lacking).tolist():
                wrong = EncodeError(
                    Phrase("error.profile_no_weight.what"), Phrase("error.profile_no_weight.fix", {"trait": weight})
                )
                self.errors.setdefault(row, {}).setdefault(weight, wrong)
        return {name: values for name, values in found.items() if name not in self.values}
