"""What would change the answer: each trait within its measuring error, each missing trait over what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.score.bundle import Bundle
from responder.score.evaluate import evaluate, probability
from responder.score.profile import PROFILE, encode_profile
from responder.words import Spoken

__all__ = ["NOTHING_TO_CHANGE", "Sensitivity", "TraitSensitivity", "changes_of", "what_would_change"]

GRID = 33
ERROR_SDS = 1.96


@dataclass(frozen=True)
class TraitSensitivity:
    """How far one trait could move the answer.

    Attributes
    ----------
    name : str
        The trait.
    why : str
        ``measuring_error`` (repeated 95% of the time within it) or ``missing`` (whatever a training patient had).
    low, high : float, optional
        Values tried, for a trait that is a number.
    lower, upper : float
        Smallest and largest probability over them.
    """

    name: str
    why: str
    low: float | None
    high: float | None
    lower: float
    upper: float

    @property
    def width(self) -> float:
        """How far the probability could move."""
        return self.upper - self.lower

    def to_json(self) -> dict[str, Any]:
        """Return the sensitivity as JSON types."""
        return {**vars(self), "width": self.width}


@dataclass(frozen=True)
class Sensitivity:
    """How far each trait could move a probability.

    Attributes
    ----------
    probability : float, optional
        As the profile stands; None where the bundle abstains, and then nothing is tried.
    traits : tuple of TraitSensitivity
        Widest first.
    not_declared : tuple of str
        Traits given whose measuring error the study does not declare.
    """

    probability: float | None
    traits: tuple[TraitSensitivity, ...]
    not_declared: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the sensitivity as JSON types."""
        return {
            "probability": self.probability,
            "traits": [trait.to_json() for trait in self.traits],
            "not_declared": list(self.not_declared),
        }


NOTHING_TO_CHANGE = Sensitivity(None, (), ())


def what_would_change(
    bundle: Bundle, profile: Mapping[str, Any], *, show_anyway: bool = False, where: str | Spoken = PROFILE
) -> Sensitivity:
    """Say what would change the answer for one profile, one trait at a time.

    Parameters
    ----------
    bundle : Bundle
        The model and what belongs to it.
    profile : Mapping
        Trait to value; see `responder.score.encode_profile`.
    show_anyway : bool
        Answer also where the bundle abstains.
    where : str or Phrase
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If the profile cannot be understood.
    """
    values = encode_profile(bundle, profile, where).values
    held_back = np.isnan(evaluate(bundle, values, show_anyway=show_anyway).probability[0])
    return NOTHING_TO_CHANGE if held_back else changes_of(bundle, values)


def changes_of(bundle: Bundle, values: FloatArray) -> Sensitivity:
    """Return what would change the answer for one encoded profile, shape (1, columns), that is answered."""
    parts, undeclared = [], []
    for index, sheet in enumerate(bundle.traits):
        given = float(values[0, bundle.part(index)][0])
        missing = bool(np.isnan(given))
        tried = _seen(bundle, index) if missing else _within_error(bundle, index, given)
        if tried is None:
            if not missing and sheet.code.kind in {"continuous", "count"}:
                undeclared.append(sheet.name)
            continue
        variants = np.repeat(values, len(tried), axis=0)
        variants[:, bundle.part(index)] = tried
        p = probability(bundle, variants)
        number = sheet.code.kind in {"continuous", "count"}
        low, high = (float(tried.min()), float(tried.max())) if number else (None, None)
        why = "missing" if missing else "measuring_error"
        parts.append(TraitSensitivity(sheet.name, why, low, high, float(p.min()), float(p.max())))
    parts.sort(key=lambda part: -part.width)
    return Sensitivity(float(probability(bundle, values)[0]), tuple(parts), tuple(undeclared))


def _within_error(bundle: Bundle, index: int, value: float) -> FloatArray | None:
    """Return values within 1.96 SD of measuring error, shape (grid, 1), kept plausible; None where none is declared."""
    sheet = bundle.traits[index]
    if sheet.measuring_error_fraction is None:
        return None
    half = ERROR_SDS * sheet.measuring_error_fraction * abs(value)
    low, high = sheet.code.plausible or (-np.inf, np.inf)
    return np.clip(np.linspace(value - half, value + half, GRID), low, high)[:, None]


def _seen(bundle: Bundle, index: int) -> FloatArray | None:
    """Return what training patients had of a trait, shape (m, width): a grid over the range, or every pattern."""
    trait = bundle.applicability.traits[index]
    if trait.patterns:
        return np.array(trait.patterns)
    if trait.low is None or trait.high is None:
        return None
    return np.linspace(trait.low, trait.high, GRID)[:, None]
