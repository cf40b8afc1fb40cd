"""What carries a locked model over the patients it was trained on: the explanation of a bundle without a profile."""

from __future__ import annotations

from dataclasses import dataclass

from responder.score._plain import Plain
from responder.score.bundle import Bundle
from responder.score.scorer import attribution_values
from responder.words import Spoken

__all__ = ["TraitImportance", "trait_importance"]


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

    In sample: it tells what the locked model does with its own patients, not what would hold in others.
    """
    found, players = attribution_values(bundle, bundle.background)
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
