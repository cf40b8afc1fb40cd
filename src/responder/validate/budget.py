"""How much of the permutation test a budget buys, computed from nominal costs and never from a clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import IntArray
from responder.validate.permutation import count_labelings
from responder.validate.refit import Pipeline
from responder.validate.splits import pairs_at

__all__ = ["FEWEST_PAIRS", "PairPlan", "PermutationPlan", "plan_pairs", "plan_permutation"]

FEWEST_PAIRS = 200
FEWEST_LABELINGS = 100
MOST_TOURNAMENT_PAIRS = 20_000


@dataclass(frozen=True)
class PairPlan:
    """What leave-pair-out of one model will do.

    Attributes
    ----------
    pairs : int
        Pairs of a responder and a non-responder that are scored; fewer than there are: a seeded sample.
    tournament : bool
        Whether all other pairs are played too, for the ROC curve.
    rebalanced_draws : int
        Draws of rebalanced leave-one-out.
    fits : int
        Refits of all this.
    """

    pairs: int
    tournament: bool
    rebalanced_draws: int
    fits: int


def plan_pairs(
    pipeline: Pipeline,
    outcome: NDArray[Any],
    *,
    most_pairs: int,
    tournament: bool,
    rebalanced_draws: int,
    budget_seconds: float,
) -> PairPlan:
    """Plan leave-pair-out, its tournament and rebalanced leave-one-out, each within a budget.

    Parameters
    ----------
    pipeline : Pipeline
        Its nominal cost a fit is what counts.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    most_pairs, rebalanced_draws : int
        Asked for.
    tournament : bool
        Whether a curve is asked for; none is drawn of the baseline, or of sampled pairs.
    budget_seconds : float
        Nominal computing time of each part.
    """
    n, n1 = len(outcome), int(outcome.sum())
    opposite, every = n1 * (n - n1), n * (n - 1) // 2
    affordable = int(budget_seconds / pipeline.seconds_per_fit())
    pairs = min(opposite, most_pairs, max(FEWEST_PAIRS, affordable))
    plays = not pipeline.model.is_baseline
    curve = tournament and plays and pairs == opposite and every <= min(MOST_TOURNAMENT_PAIRS, affordable)
    rebalances = plays and pipeline.model.batched
    draws = min(rebalanced_draws, affordable // max(1, n)) if rebalances else 0
    return PairPlan(pairs, curve, draws, (every if curve else pairs) + draws * n)


@dataclass(frozen=True)
class PermutationPlan:
    """What the permutation test of one model will do.

    Attributes
    ----------
    labelings : int
        Labelings that are scored, the observed one included.
    exact : bool
        Whether these are all.
    pairs : int
        Unordered pairs that the statistic looks at.
    all_pairs : int
        Pairs that there are.
    fits : int
        Upper bound on the refits.
    seconds : float
        Nominal computing time.
    is_cut : bool
        Whether the budget left out labelings or pairs.
    """

    labelings: int
    exact: bool
    pairs: int
    all_pairs: int
    fits: int
    seconds: float
    is_cut: bool

    def choose_pairs(self, n: int, rng: np.random.Generator) -> IntArray | None:
        """Return the fixed set of pairs, drawn without looking at any label; None for all."""
        if self.pairs >= self.all_pairs:
            return None
        return pairs_at(n, np.sort(rng.choice(self.all_pairs, size=self.pairs, replace=False)))


def plan_permutation(
    pipeline: Pipeline,
    outcome: NDArray[Any],
    *,
    most_exact: int,
    draws: int,
    budget_seconds: float,
    strata: Sequence[str] = (),
    fewest_pairs: int = FEWEST_PAIRS,
) -> PermutationPlan:
    """Plan the test: all labelings and pairs where the budget allows, else fewer pairs, then fewer labelings.

    Parameters
    ----------
    pipeline : Pipeline
        Its nominal cost a fit is what counts.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    most_exact, draws : int
        See `draw_labelings`.
    budget_seconds : float
        Nominal computing time that may be spent.
    strata : sequence of str, optional
        See `draw_labelings`.
    fewest_pairs : int
        Pairs that are looked at whatever they cost.
    """
    n, n1 = len(outcome), int(outcome.sum())
    possible = count_labelings(outcome, strata)
    cost = pipeline.seconds_per_fit()
    every_pair = n * (n - 1) // 2
    enumerated = possible <= most_exact
    wanted = labelings = possible if enumerated else draws + 1
    # labelings that agree on the training rows share their fit
    distinct = math.comb(n - 2, n1 - 1) if n >= 2 and n1 >= 1 else 0
    separated = 2.0 * n1 * (n - n1) / (n * (n - 1)) if n > 1 else 0.0

    def fits(count: int, pairs: int) -> int:
        return math.ceil(pairs * min(count * separated, distinct))

    pairs = every_pair
    if fits(labelings, pairs) * cost > budget_seconds:
        affordable = int(budget_seconds / cost / max(1.0, min(labelings * separated, distinct)))
        pairs = min(every_pair, max(fewest_pairs, affordable))
    if fits(labelings, pairs) * cost > budget_seconds:
        labelings = min(labelings, max(FEWEST_LABELINGS, int(budget_seconds / cost / (pairs * separated))))
    exact = enumerated and labelings == possible
    needed = fits(labelings, pairs)
    is_cut = pairs < every_pair or labelings < wanted
    return PermutationPlan(labelings, exact, pairs, every_pair, needed, needed * cost, is_cut)
