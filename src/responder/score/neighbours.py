"""The training patients most like a profile, and the nearest one of whom the model says the opposite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.solver import expit
from responder.score._plain import Plain
from responder.score.attributions import step_label
from responder.score.bundle import Bundle
from responder.score.evaluate import evaluate
from responder.score.profile import PROFILE, encode_profile
from responder.words import Spoken

__all__ = ["Alike", "FeatureDifference", "LikePatient", "most_alike"]

SMALLEST_DIFFERENCE_SD = 0.05
MOST_DIFFERENCES = 4


@dataclass(frozen=True)
class FeatureDifference(Plain):
    """One feature in which two patients differ: the training patient less the profile, in training SD."""

    name: str
    label: Spoken
    by_sd: float


@dataclass(frozen=True)
class LikePatient:
    """One training patient beside a profile.

    Attributes
    ----------
    number : int
        Position in the training cohort, from 1.
    pseudonym : str
        Where the bundle keeps pseudonyms, else empty.
    distance : float
        Root mean square difference over features, in training SD.
    probability : float, optional
        What the model says of that patient, who was trained on; None where the bundle abstains.
    differences : tuple of FeatureDifference
        Largest first.
    """

    number: int
    pseudonym: str
    distance: float
    probability: float | None
    differences: tuple[FeatureDifference, ...]

    @property
    def name(self) -> str:
        """The pseudonym, or the number."""
        return self.pseudonym or f"#{self.number}"

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the patient as JSON types, words in a language."""
        return {**vars(self), "differences": [difference.to_json(language) for difference in self.differences]}


@dataclass(frozen=True)
class Alike:
    """The training patients most like a profile.

    Attributes
    ----------
    nearest : tuple of LikePatient
        Nearest first.
    other_side : LikePatient, optional
        The nearest one whose probability lies on the other side of the cohort's prevalence: what would have to differ
        for the model to say the opposite. None where the bundle abstains or there is nobody.
    """

    nearest: tuple[LikePatient, ...]
    other_side: LikePatient | None

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the patients as JSON types, words in a language."""
        return {
            "nearest": [patient.to_json(language) for patient in self.nearest],
            "other_side": None if self.other_side is None else self.other_side.to_json(language),
        }


def most_alike(
    bundle: Bundle,
    profile: Mapping[str, Any],
    *,
    count: int = 3,
    show_anyway: bool = False,
    where: str | Spoken = PROFILE,
) -> Alike:
    """Return the training patients most like a profile.

    Distances are those of the applicability check: over standardised features, gaps filled, missing indicators left
    out.

    Parameters
    ----------
    bundle : Bundle
        The model and what belongs to it.
    profile : Mapping
        Trait to value; see `responder.score.encode_profile`.
    count : int
        How many.
    show_anyway : bool
        Tell probabilities also where the bundle abstains.
    where : str or Phrase
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If the profile cannot be understood.
    """
    found = evaluate(bundle, encode_profile(bundle, profile, where).values, show_anyway=show_anyway)
    steps = len(bundle.pipeline.features.spec.steps)
    gaps = bundle.background[:, :steps] - found.measured[0, :steps]
    distance = np.sqrt((gaps**2).mean(axis=1))
    shown = not np.isnan(found.probability[0])
    trained = expit(bundle.pipeline.decision.logit(bundle.background)) if shown else np.full(len(gaps), np.nan)
    order = np.argsort(distance, kind="stable").tolist()

    def patient(index: int) -> LikePatient:
        return LikePatient(
            index + 1,
            bundle.pseudonyms[index] if bundle.pseudonyms else "",
            float(distance[index]),
            float(trained[index]) if shown else None,
            _differences(bundle, gaps[index]),
        )

    other = None
    if shown:
        prevalence = bundle.standing.prevalence
        above = bool(found.probability[0] >= prevalence)
        other = next((index for index in order if bool(trained[index] >= prevalence) is not above), None)
    return Alike(tuple(patient(index) for index in order[:count]), None if other is None else patient(other))


def _differences(bundle: Bundle, gaps: FloatArray) -> tuple[FeatureDifference, ...]:
    order = np.argsort(-np.abs(gaps), kind="stable")[:MOST_DIFFERENCES].tolist()
    steps = bundle.pipeline.features.spec.steps
    return tuple(
        FeatureDifference(steps[i].name, step_label(steps[i]), float(gaps[i]))
        for i in order
        if abs(gaps[i]) >= SMALLEST_DIFFERENCE_SD
    )
