"""Values that follow from others of the same patient: one of three from a product, doses of other drugs in one unit.

NumPy alone, so that a bundle can carry the rules and scoring computes what training computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from responder.arrays import BoolArray, FloatArray

__all__ = ["Derivation", "DerivationNote", "derive"]


@dataclass(frozen=True)
class Derivation:
    """How one value follows from others.

    Attributes
    ----------
    kind : str
        ``product``: ``target = factor * of[0] * of[1]``, solved for whichever of `computed` is missing; ``sum``:
        ``factor * of[0]`` is added to the target where it is known, a blank beside it counting as nothing.
    target : str
        The product, or what is added to.
    of : tuple of str
        Two factors, or one summand.
    factor : float
        Of the product, or of the summand.
    computed : tuple of str
        Names of a product that may be computed.

    Examples
    --------
    >>> rule = Derivation("product", "count", ("percent", "cd4"), 0.01, ("count", "percent", "cd4"))
    >>> Derivation.from_json(rule.to_json()) == rule
    True
    """

    kind: Literal["product", "sum"]
    target: str
    of: tuple[str, ...]
    factor: float = 1.0
    computed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the rule as JSON types."""
        return {**asdict(self), "of": list(self.of), "computed": list(self.computed)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Derivation:
        """Rebuild from `to_json`."""
        return cls(**{**content, "of": tuple(content["of"]), "computed": tuple(content["computed"])})


@dataclass(frozen=True)
class DerivationNote:
    """What was computed.

    Attributes
    ----------
    kind : str
        ``product`` (a missing value was computed) or ``sum`` (a dose was added).
    name : str
        The trait that got values.
    of : tuple of str
        What they were computed from.
    rows : ndarray of bool, shape (n,)
        The patients concerned.
    """

    kind: str
    name: str
    of: tuple[str, ...]
    rows: BoolArray


def derive(
    values: Mapping[str, FloatArray], rules: Iterable[Derivation]
) -> tuple[dict[str, FloatArray], list[DerivationNote]]:
    """Return the values with what follows from them, and notes of what was computed.

    Rules are applied in turn, and none of them changes a value that a product could have computed: what was measured
    stays. A trait of which nothing could be computed is not added.

    Parameters
    ----------
    values : Mapping[str, ndarray of shape (n,)]
        Trait or helper to its values, ``nan`` where missing; names that are left out are missing in everybody.
    rules : iterable of Derivation
        In the order in which they are applied.

    Examples
    --------
    >>> rules = [Derivation("product", "count", ("percent", "cd4"), 0.01, ("count", "percent", "cd4"))]
    >>> found, notes = derive({"percent": np.array([5.0, 4.0]), "cd4": np.array([400.0, np.nan])}, rules)
    >>> found["count"].tolist(), notes[0].name, notes[0].rows.tolist()
    ([20.0, nan], 'count', [True, False])
    """
    known = dict(values)
    size = max((array.shape[0] for array in known.values()), default=0)
    notes = []
    for rule in rules:
        names = rule.computed if rule.kind == "product" else (rule.target,)
        for name in names:
            before = known.get(name, np.full(size, np.nan))
            after = _solved(rule, name, before, known, size) if rule.kind == "product" else _added(rule, known, size)
            changed = ~np.isnan(after) & ((after != before) | np.isnan(before))
            if changed.any():
                known[name] = after
                sources = tuple(n for n in (rule.target, *rule.of) if n != name)
                notes.append(DerivationNote(rule.kind, name, sources, changed))
    return known, notes


def _solved(rule: Derivation, name: str, before: FloatArray, known: Mapping[str, FloatArray], size: int) -> FloatArray:
    product, first, second = (known.get(n, np.full(size, np.nan)) for n in (rule.target, *rule.of))
    with np.errstate(divide="ignore", invalid="ignore"):
        if name == rule.target:
            found = rule.factor * first * second
        else:
            found = product / (rule.factor * (second if name == rule.of[0] else first))
    return np.where(np.isnan(before) & np.isfinite(found), found, before)


def _added(rule: Derivation, known: Mapping[str, FloatArray], size: int) -> FloatArray:
    before, more = (known.get(n, np.full(size, np.nan)) for n in (rule.target, rule.of[0]))
    total = np.nan_to_num(before, nan=0.0) + rule.factor * np.nan_to_num(more, nan=0.0)
    return np.where(np.isnan(before) & np.isnan(more), np.nan, total)
