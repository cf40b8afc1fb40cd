"""What may be tuned of a model, between which bounds, and in which order candidates are tried."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.base import FeatureTable, Model
from responder.models.registry import build_model
from responder.words import Phrase

__all__ = ["SPACES", "Parameter", "Space"]

SIGNIFICANT_DIGITS = 2


@dataclass(frozen=True)
class Parameter:
    """One number that is tuned, on a logarithmic scale.

    Attributes
    ----------
    name : str
        As the model's setting.
    strongest, weakest : float
        Bounds: where the model shrinks most, and least.
    integer : bool
        Whether only whole numbers are tried.
    """

    name: str
    strongest: float
    weakest: float
    integer: bool = False

    @property
    def low(self) -> float:
        """The smaller bound."""
        return min(self.strongest, self.weakest)

    @property
    def high(self) -> float:
        """The larger bound."""
        return max(self.strongest, self.weakest)

    def levels(self, count: int) -> tuple[float, ...]:
        """Return `count` values evenly spaced in the logarithm, strongest shrinkage first; the middle for one."""
        if count == 1:
            spaced = np.sqrt([self.strongest * self.weakest])
        else:
            spaced = np.geomspace(self.strongest, self.weakest, count)
        rounded = (float(f"{value:.{SIGNIFICANT_DIGITS}g}") for value in spaced)
        return tuple(dict.fromkeys(float(round(value)) if self.integer else value for value in rounded))

    def number(self, value: float) -> float:
        """Return a value as the model's setting takes it."""
        return int(value) if self.integer else float(value)

    @property
    def most_levels(self) -> float:
        """How many different values there are."""
        return self.high - self.low + 1 if self.integer else np.inf


@dataclass(frozen=True)
class Space:
    """What is tuned of one kind of model.

    Attributes
    ----------
    kind : str
        Kind of the registry.
    parameters : tuple of Parameter
        What is tuned.
    in_name : bool
        Whether the registry takes the one parameter as the argument of the name (``ridge:0.1``), not as a setting.
    """

    kind: str
    parameters: tuple[Parameter, ...]
    in_name: bool = False

    @property
    def id(self) -> str:
        """How results name the tuned model."""
        return f"{self.kind}:tuned"

    @property
    def title(self) -> Phrase:
        """How people name the tuned model."""
        return Phrase(f"model.tuned.{self.kind}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(p.name for p in self.parameters)

    def model(self, setting: FloatArray, table: FeatureTable, fixed: Mapping[str, Any]) -> Model:
        """Return the model with one setting, shape (parameters,), beside the fixed ones."""
        if self.in_name:
            return build_model(f"{self.kind}:{float(setting[0])!r}", table, fixed)
        chosen = {p.name: p.number(value) for p, value in zip(self.parameters, setting, strict=True)}
        return build_model(self.kind, table, {**fixed, **chosen})

    def grid(self, most: int) -> FloatArray:
        """Return at most `most` settings, shape (candidates, parameters), the most shrunken first.

        Examples
        --------
        >>> SPACES["ridge"].grid(8)[:, 0].tolist()
        [0.0032, 0.01, 0.032, 0.1, 0.32, 1.0, 3.2, 10.0]
        >>> SPACES["lightgbm"].grid(8).shape
        (8, 3)
        """
        counts = [1] * len(self.parameters)
        while True:
            for at in sorted(range(len(counts)), key=lambda i: (counts[i], i)):
                others = int(np.prod(counts)) // counts[at]
                if counts[at] + 1 <= self.parameters[at].most_levels and others * (counts[at] + 1) <= most:
                    counts[at] += 1
                    break
            else:
                break
        levels = [p.levels(count) for p, count in zip(self.parameters, counts, strict=True)]  # noqa: V201 (the loop ends by its break)
        return np.array(list(itertools.product(*levels)))


SPACES: Mapping[str, Space] = {
    space.kind: space
    for space in (
        Space("ridge", (Parameter("c", 0.0032, 10.0),), in_name=True),
        Space("logf", (Parameter("m", 100.0, 1.0),), in_name=True),
        Space("gp", (Parameter("length", 10.0, 1.0), Parameter("signal_variance", 0.5, 8.0))),
        Space(
            "lightgbm",
            (
                Parameter("rounds", 10, 80, integer=True),
                Parameter("learning_rate", 0.02, 0.2),
                Parameter("num_leaves", 2, 4, integer=True),
            ),
        ),
    )
}
