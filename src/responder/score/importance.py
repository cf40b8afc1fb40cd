"""What carries a locked model over the patients it was trained on: the explanation of a bundle without a profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from responder.models.shapley import MOST_MULTIPLICATIONS, least_multiplications
from responder.score._plain import Plain
from responder.score.attributions import attribution_values
from responder.score.bundle import Bundle
from responder.words import Spoken

__all__ = ["TraitImportance", "trait_importance"]

FEWEST_PATIENTS = 10


@dataclass(frozen=True)
class TraitImportance(Plain):
    """The contributions of one trait over the training patients, in logits.

    Attributes
    ----------
    name : str
        The trait, or traits joined by ``+`` where a feature is made of several.
    label : Phrase or Given
        In words.
    mean_absolute, lowest, highest : float
        Mean absolute, smallest and largest Shapley value.
    """

    name: str
    label: Spoken
    mean_absolute: float
    lowest: float
    highest: float


def trait_importance(bundle: Bundle) -> tuple[TraitImportance, ...]:
    """Return each trait's contributions over the training patients, the largest mean first.

    In sample: it tells what the locked model does with its own patients, not what would hold in others. Of a costly
    model some patients, evenly spaced, stand for all, and values are estimated (`responder.models.shapley`); there is
    nothing where even ten patients are too costly.
    """
    rows = bundle.background
    a_row = least_multiplications(bundle.pipeline.decision, 1, len(rows), len(rows.T))
    affordable = len(rows) if not a_row else min(len(rows), int(MOST_MULTIPLICATIONS / a_row))
    explained = np.linspace(0, len(rows) - 1, max(FEWEST_PATIENTS, affordable)).round().astype(int)
    chosen = rows if affordable == len(rows) else rows[explained]
    found, players = attribution_values(bundle, chosen, MOST_MULTIPLICATIONS)
    if found is None:
        return ()
    parts = [
        TraitImportance(
            player.name,
            player.label,
            float(abs(column).mean()),
            float(column.min()),
            float(column.max()),
        )
        for player, column in zip(players, found.values.T, strict=True)
    ]
    return tuple(sorted(parts, key=lambda part: -part.mean_absolute))
