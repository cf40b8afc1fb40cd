"""What each trait contributes to one probability: exact Shapley values with the training patients as background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from responder.arrays import FloatArray
from responder.features.spec import FeatureStep
from responder.models.shapley import (
    MOST_PLAYERS,
    ShapleyValues,
    all_multiplications,
    least_multiplications,
    shapley_values,
)
from responder.score._plain import Plain
from responder.score.bundle import Bundle
from responder.words import Given, Phrase, Spoken, languages

__all__ = ["Attribution", "Player", "attribution_values", "attributions", "player_label", "step_label"]

SEED_OF_SAMPLED_ORDERS = 0
MOST_MULTIPLICATIONS_A_PROFILE = 2e9
"""About half a second of one core, so that no profile holds the others up."""


@dataclass(frozen=True)
class Attribution(Plain):
    """The part of one or several traits in a logit.

    Attributes
    ----------
    name : str
        Trait, or traits joined by ``+`` where a feature is made of several.
    label : Phrase or Given
        In words.
    contribution : float
        Shapley value in logits, summed over the traits' features.
    standard_error : float or None
        Of an estimate over random orders of the traits; None where all coalitions were counted.
    """

    name: str
    label: Spoken
    contribution: float
    standard_error: float | None = None


@dataclass(frozen=True)
class Player:
    """What is attributed to together: the features that are made of the same traits."""

    name: str
    label: Spoken
    columns: tuple[int, ...]


def attribution_values(
    bundle: Bundle, features: FloatArray, most_multiplications: float
) -> tuple[ShapleyValues | None, tuple[Player, ...]]:
    """Return Shapley values of profiles by trait, with the training patients as background.

    Features made of the same traits are one player, so that the shares of a trait that is missing, or present in
    several features, stay together.

    Parameters
    ----------
    bundle : Bundle
    features : ndarray, shape (m, k)
        Standardised features of the profiles.
    most_multiplications : float
        Budget: beyond it values are estimated over random orders, and None where even that costs more.
    """
    fitted = bundle.pipeline.features
    by_traits: dict[tuple[str, ...], list[int]] = {}
    for column, traits in enumerate(fitted.spec.traits_of_features(fitted.indicators)):
        by_traits.setdefault(traits, []).append(column)
    players = tuple(
        Player("+".join(traits), player_label(bundle, traits, columns), tuple(columns))
        for traits, columns in by_traits.items()
    )
    decision, rows, behind = bundle.pipeline.decision, len(features), len(bundle.background)
    if least_multiplications(decision, rows, behind, len(players)) > most_multiplications:
        return None, players
    all_of_them = all_multiplications(decision, rows, behind, len(players))
    is_counted = len(players) <= MOST_PLAYERS and all_of_them <= most_multiplications
    found = shapley_values(
        decision,
        features,
        bundle.background,
        [player.columns for player in players],
        most_multiplications=most_multiplications,
        # it is worth loading a generator only where players are sampled
        rng=None if is_counted or not all_of_them else np.random.default_rng(SEED_OF_SAMPLED_ORDERS),
    )
    return found, players


def attributions(bundle: Bundle, features: FloatArray) -> tuple[float, tuple[Attribution, ...], bool]:
    """Return the base value, the attributions of one profile by trait, largest first, and whether they are exact.

    There are none, and they are not exact, where even an estimate would hold the answer up.
    """
    found, players = attribution_values(bundle, features, MOST_MULTIPLICATIONS_A_PROFILE)
    if found is None:
        return float(bundle.pipeline.decision.logit(bundle.background).mean()), (), False
    parts = [
        Attribution(player.name, player.label, value, None if found.exact else error)
        for player, value, error in zip(
            players, found.values[0].tolist(), found.standard_error[0].tolist(), strict=True
        )
    ]
    return found.base, tuple(sorted(parts, key=lambda part: -abs(part.contribution))), found.exact


def step_label(step: FeatureStep) -> Phrase | Given:
    """Return the label of a feature; its name where it has none."""
    return step.label if isinstance(step.label, Phrase | Given) else Given({"en": str(step.label) or step.name})


def _plain_label(step: FeatureStep) -> Spoken:
    """Return the label of what a feature measures, with its logarithm undone."""
    label = step.plain_label
    return label if isinstance(label, Spoken) else step_label(step)


def player_label(bundle: Bundle, traits: Sequence[str], columns: Sequence[int]) -> Spoken:
    """Return the label of a player: the trait's, or that of the one feature made of several traits."""
    steps = bundle.pipeline.features.spec.steps
    if len(traits) > 1 and columns[0] < len(steps):
        return _plain_label(steps[columns[0]])
    sheets = [bundle.sheet(name) for name in traits]
    return Given({language: " + ".join(s.label(language) for s in sheets) for language in languages()})
