"""Exact Shapley values of a fitted decision on the logit scale, with NumPy alone.

The game is interventional: a coalition's worth is the mean logit of the profile with the features outside the coalition
taken from each background row in turn. The whole background is used, never a sample of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np

from responder.arrays import FloatArray
from responder.models.decision import ConstantDecision, Decision, LinearDecision, TreeDecision
from responder.models.mixtures import coalition_masks, mixed_logits, multiplications_alone, multiplications_per_mixture
from responder.models.paths import summed
from responder.models.tree_shapley import tree_shapley

__all__ = [
    "MOST_MULTIPLICATIONS",
    "MOST_PLAYERS",
    "MULTIPLICATIONS_A_SUM",
    "ShapleyValues",
    "all_multiplications",
    "least_multiplications",
    "multiplications_of_sample",
    "shapley_values",
]

Groups = Sequence[Sequence[int]]

MOST_PLAYERS = 12
"""Players (features, or groups of them) up to which all 2^p coalitions are enumerated."""

MOST_MULTIPLICATIONS = 5e10
"""Multiplications up to which they are enumerated; some ten seconds of one core."""

NUMBERS_AT_ONCE = 32_000  # a quarter of a megabyte: what is worked on stays in cache
ADDITIVITY_TOLERANCE = 1e-8
MULTIPLICATIONS_A_SUM = 200
"""What takes as long as a running sum and its place in an order: memory is waited for, not arithmetic."""
MOST_ORDERS = 512
MOST_EXPONENT = 1000
"""Of 2 as a float: of more players all coalitions are beyond any budget anyway."""
FEWEST_REPLICATES = 2


@dataclass(frozen=True)
class ShapleyValues:
    """Shapley values of m profiles for g players.

    Attributes
    ----------
    values : ndarray, shape (m, g)
        In logits; with `base` they add up to `logit`.
    base : float
        Mean logit of the background.
    logit : ndarray, shape (m,)
        Of the profiles.
    standard_error : ndarray, shape (m, g)
        Monte Carlo standard error; 0 where the values are exact.
    exact : bool
        Whether all coalitions were counted, rather than sampled orders of the players.
    """

    values: FloatArray
    base: float
    logit: FloatArray
    standard_error: FloatArray
    exact: bool


def shapley_values(
    decision: Decision,
    rows: FloatArray,
    background: FloatArray,
    groups: Groups | None = None,
    *,
    weight: FloatArray | None = None,
    most_players: int = MOST_PLAYERS,
    most_multiplications: float = MOST_MULTIPLICATIONS,
    rng: np.random.Generator | None = None,
) -> ShapleyValues:
    """Attribute the logit of profiles to their features, or to groups of features that enter together.

    Linear decisions and trees have closed forms, exact for any number of features. Everything else is enumerated up to
    `most_players` players within `most_multiplications`; beyond, the values are estimated over random orders of the
    players. A player is left out of the count where its features are the same in all rows and all of the background:
    its value is exactly 0.

    Parameters
    ----------
    decision : Decision
        From standardised features to a logit.
    rows : ndarray, shape (m, k)
        Profiles to explain, standardised.
    background : ndarray, shape (n, k)
        Rows that stand for "feature not known", standardised.
    groups : sequence of sequences of int, optional
        Columns of each player, each column in exactly one; every feature on its own by default.
    weight : ndarray, shape (n,), optional
        Weight of each background row, such as counts of a bootstrap sample.
    most_players : int
        Largest number of players that is enumerated.
    most_multiplications : float
        Largest nominal cost that is spent on enumeration, and about what an estimate spends.
    rng : numpy.random.Generator, optional
        Source of the random orders. Without it, up to `most_players` players are enumerated whatever the cost.

    Raises
    ------
    ValueError
        If the groups do not part the columns, or random orders are needed and `rng` is not given.

    References
    ----------
    Strumbelj and Kononenko 2014, Knowl Inf Syst 41:647 (interventional values, sampled orders); Lundberg et al. 2020,
    Nat Mach Intell 2:56 (trees); Lundberg and Lee 2017, corollary 1 (linear).

    Examples
    --------
    >>> found = shapley_values(LinearDecision(0.5, np.array([2.0, -1.0])), np.array([[1.0, 3.0]]), np.zeros((4, 2)))
    >>> found.base, found.values.tolist()
    (0.5, [[2.0, -3.0]])
    """
    given = np.ones(background.shape[0]) if weight is None else np.asarray(weight, dtype=float)
    used, share = background[given > 0], given[given > 0] / given.sum()
    columns = rows.shape[1]
    players = [[j] for j in range(columns)] if groups is None else [list(group) for group in groups]
    if sorted(j for player in players for j in player) != list(range(columns)):
        raise ValueError(f"groups must hold each of the {columns} columns exactly once")
    moves = (rows != used[0]).any(axis=0) | (used != used[0]).any(axis=0)
    logit, behind = np.split(decision.logit(np.concatenate([rows, used])), [len(rows)])
    base = float(share @ behind)
    if groups is None and isinstance(decision, LinearDecision):
        # thousands of features need no table of who is in which group
        values = np.where(moves, decision.coefficients * (rows - share @ used), 0.0)
        return _adding_up(ShapleyValues(values, base, logit, np.zeros_like(values), exact=True))
    member = np.zeros((columns, len(players)))
    for g, player in enumerate(players):
        member[player, g] = 1.0
    active = np.flatnonzero(moves @ member)
    values = np.zeros((rows.shape[0], len(players)))
    error = np.zeros_like(values)
    exact = True
    if isinstance(decision, LinearDecision):
        values[:, active] = (decision.coefficients * (rows - share @ used)) @ member[:, active]
    elif isinstance(decision, TreeDecision):
        values = tree_shapley(decision, rows, used, share, member)
    elif not isinstance(decision, ConstantDecision) and active.size:
        game = decision, rows, used, share, member[:, active]
        pairs = len(rows) * len(used)
        an_order = 2 * (active.size + 1) * _multiplications_alone(decision, active.size, columns) * pairs
        counted = all_multiplications(decision, len(rows), len(used), active.size)
        # what costs less than the roughest estimate is counted whatever it costs
        exact = active.size <= most_players and (
            rng is None or counted <= max(most_multiplications, FEWEST_REPLICATES * an_order)
        )
        if exact:
            values[:, active] = _enumerated(*game)
        elif rng is None:
            raise ValueError(f"{active.size} players are too many to enumerate; estimating needs a generator")
        else:
            affordable = int(most_multiplications / an_order)
            most = -(-MOST_ORDERS // (2 * len(used)))
            replicates = max(FEWEST_REPLICATES, min(affordable, most))
            values[:, active], error[:, active] = _estimated(*game, replicates, rng)
    return _adding_up(ShapleyValues(values, base, logit, error, exact))


def _adding_up(found: ShapleyValues) -> ShapleyValues:
    gap = np.abs(found.base + found.values.sum(axis=1) - found.logit)
    # rounding grows with what is added
    size = 1.0 + np.abs(found.logit) + abs(found.base) + np.abs(found.values).sum(axis=1)
    assert (gap <= ADDITIVITY_TOLERANCE * size).all(), "Shapley values must add up"
    return found


def all_multiplications(decision: Decision, rows: int, background: int, players: int) -> float:
    """Return the nominal cost of enumerating all coalitions; 0 for a decision that has a closed form."""
    if isinstance(decision, ConstantDecision | LinearDecision | TreeDecision):
        return 0.0
    return float(multiplications_per_mixture(decision)) * rows * background * 2.0 ** min(players, MOST_EXPONENT)


def least_multiplications(decision: Decision, rows: int, background: int, players: int) -> float:
    """Return about the least that `shapley_values` can spend, in multiplications: effort is planned beforehand."""
    if isinstance(decision, ConstantDecision | LinearDecision | TreeDecision):
        return 0.0
    a_mixture, alone = multiplications_per_mixture(decision), _multiplications_alone(decision, players, players)
    return multiplications_of_sample(a_mixture, alone, players) * rows * background


def multiplications_of_sample(a_mixture: float, alone: float, players: int) -> float:
    """Return about the least that one profile and one background row cost.

    Parameters
    ----------
    a_mixture, alone : float
        Multiplications of a mixture among all others, and of one along an order in which players join.
    players : int
        How many.
    """
    sampled = 2 * FEWEST_REPLICATES * (players + 1)
    return alone * sampled if players > MOST_PLAYERS else a_mixture * min(sampled, 1 << players)


def _multiplications_alone(decision: Decision, players: int, features: int) -> float:
    """Return the nominal cost of one mixture along an order in which players join."""
    by_sums = summed(decision, players)
    if by_sums is None:
        return multiplications_alone(multiplications_per_mixture(decision), features)
    return float(MULTIPLICATIONS_A_SUM * by_sums.width)


@lru_cache(maxsize=MOST_PLAYERS)
def _shapley_weights(players: int) -> FloatArray:
    """Return the matrix, shape (g, 2^g), that turns worths of coalitions into Shapley values."""
    masks = coalition_masks(players)
    size = masks.sum(axis=1)
    joined = np.array([0.0, *(1.0 / (players * comb(players - 1, s - 1)) for s in range(1, players + 1))])
    missed = np.array([*(1.0 / (players * comb(players - 1, s)) for s in range(players)), 0.0])
    weights = np.ascontiguousarray(np.where(masks, joined[size][:, None], -missed[size][:, None]).T)
    weights.setflags(write=False)
    return weights


def _enumerated(
    decision: Decision, rows: FloatArray, background: FloatArray, share: FloatArray, member: FloatArray
) -> FloatArray:
    """Return the values, shape (m, g), from all 2^g coalitions.

    Where the profiles are the background, a mixture of i before j is the mixture of j before i of those who did not
    join: half of the coalitions then tell of all.
    """
    m, n = len(rows), len(background)
    weights = _shapley_weights(member.shape[1])
    mixed, width = mixed_logits(decision, rows, background, member)
    mirrored = np.array_equal(rows, background)
    worth = np.zeros((weights.shape[1], m))
    asked = len(worth) // 2 if mirrored else len(worth)
    affordable = max(1, NUMBERS_AT_ONCE // (n * width))
    at_once = min(asked, 2 ** (affordable.bit_length() - 1))
    profiles = max(1, affordable // at_once)
    for start in range(0, asked, at_once):
        coalitions = range(start, start + at_once)
        here, others = slice(start, start + at_once), slice(len(worth) - start - at_once, len(worth) - start)
        for first in range(0, m, profiles):
            which = slice(first, first + profiles)
            found = mixed(coalitions, which)
            worth[here, which] += found @ share
            if mirrored:
                worth[others] += (share[which] @ found)[::-1]
    return (weights @ worth).T


def _estimated(
    decision: Decision,
    rows: FloatArray,
    background: FloatArray,
    share: FloatArray,
    member: FloatArray,
    replicates: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Return estimates and their standard errors, shape (m, g).

    Each profile meets each background row in `replicates` random orders of the players and their reverses, so the
    background is no source of error; the spread within a background row is.
    """
    n, k = background.shape
    players = member.shape[1]
    # a feature of nobody is the same in all rows, so it may go with any player
    player_of = member.argmax(axis=1)
    gain, spread = np.empty((2, len(rows) * n, players))
    profile, behind = np.divmod(np.arange(len(gain)), n)
    by_sums = summed(decision, players)
    width = k if by_sums is None else by_sums.width
    at_once = max(1, NUMBERS_AT_ONCE // (2 * replicates * (players + 1) * width))
    for start in range(0, len(gain), at_once):
        here = slice(start, start + at_once)
        pairs = len(profile[here])
        place = rng.permuted(np.broadcast_to(np.arange(players), (pairs, replicates, players)), axis=2)
        places = np.stack([place, players - 1 - place], axis=2)
        ours, theirs = rows[profile[here]], background[behind[here]]
        if by_sums is None:
            # before step s, the players placed below s have joined
            joined = places[..., None, player_of] < np.arange(players + 1)[:, None]
            mixed = np.where(joined, ours[:, None, None, None], theirs[:, None, None, None])
            worth = decision.logit(mixed.reshape(-1, k)).reshape(joined.shape[:-1])
        else:
            orders = np.argsort(places, axis=-1).reshape(pairs, -1, players)
            along = [by_sums.along(*pair[:2], player_of, pair[2]) for pair in zip(ours, theirs, orders, strict=True)]
            worth = np.reshape(along, (*places.shape[:-1], players + 1))
        gains = np.take_along_axis(np.diff(worth, axis=-1), places, axis=-1).mean(axis=2)
        gain[here], spread[here] = gains.mean(axis=1), gains.var(axis=1, ddof=1) / replicates
    shape = len(rows), n, players
    values = (gain.reshape(shape) * share[:, None]).sum(axis=1)
    return values, np.sqrt((spread.reshape(shape) * share[:, None] ** 2).sum(axis=1))
