"""Spearman's rank correlation with an exact permutation test, ties included."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod, sqrt

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.trial.signed_rank import midranks
from responder.trial.summary import Row

__all__ = ["Spearman", "spearman"]

MOST_ADDITIONS = 1e8
DRAWS, SEED = 99_999, 2025


@dataclass(frozen=True)
class Spearman(Row):
    """Spearman's correlation of two measurements.

    Attributes
    ----------
    n : int
        Patients who have both.
    rho : float
        Pearson's correlation of the mid-ranks; ``nan`` where one measurement is the same in all.
    p : float
        Two-sided: share of the pairings of the ranks whose rho is at least as far from 0.
    smallest_p : float
        The smallest p that any pairing of these ranks could have; ``nan`` unless all were counted.
    exact : bool
        Whether all pairings were counted.
    draws, seed : int
        Where they were not: how many random ones, and the seed; 0 otherwise.
    """

    n: int
    rho: float
    p: float
    smallest_p: float
    exact: bool
    draws: int = 0
    seed: int = 0


def spearman(x: FloatArray, y: FloatArray, *, most_additions: float = MOST_ADDITIONS) -> Spearman:
    """Test whether two measurements rise together.

    All n! pairings are counted without listing them: a pairing is built patient by patient, and all that matters of it
    so far is how many of each tied rank are used up, and the sum. Nine patients without ties have 512 such states, not
    362,880 pairings. Where even these are too many, `DRAWS` random pairings stand for all, the observed one among them.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Measurements; ``nan`` where missing.
    most_additions : float
        Additions up to which the test is exact.

    References
    ----------
    Spearman 1904, Am J Psychol 15:72; p of random pairings: Phipson and Smyth 2010, Stat Appl Genet Mol Biol 9:39.

    Examples
    --------
    >>> test = spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]))
    >>> round(test.rho, 6), round(test.p * 24)
    (0.8, 8)
    """
    both = ~np.isnan(x) & ~np.isnan(y)
    first, second = _ranks(np.asarray(x)[both]), _ranks(np.asarray(y)[both])
    n, nothing = int(both.sum()), float("nan")
    spread = float(first @ first) * float(second @ second)
    if not spread:
        return Spearman(n, nothing, nothing, nothing, exact=True)
    rho, observed = float(first @ second) / sqrt(spread), abs(int(first @ second))
    pairs = sorted(((first, second), (second, first)), key=lambda pair: _states(pair[1]))
    fixed, placed = pairs[0]
    width = 2 * int(np.sort(np.abs(fixed)) @ np.sort(np.abs(placed))) + 1
    if _states(placed) * len(set(placed.tolist())) * width > most_additions:
        rng = np.random.default_rng(SEED)
        sums = np.array([abs(int(first @ rng.permutation(second))) for _ in range(DRAWS)])
        return Spearman(n, rho, (1 + int((sums >= observed).sum())) / (1 + DRAWS), nothing, False, DRAWS, SEED)
    counts = _distribution(fixed, placed, width)
    distance = np.abs(np.arange(width) - width // 2)
    share = counts / counts.sum()
    smallest = float(share[distance == distance[counts > 0].max()].sum())
    return Spearman(n, rho, float(min(1.0, share[distance >= observed].sum())), smallest, exact=True)


def _ranks(values: FloatArray) -> IntArray:
    """Return twice the mid-ranks less n + 1: whole numbers about 0."""
    scale = max(1.0, float(np.abs(values).max(initial=0.0)))
    ranks = midranks(values, scale) if len(values) else values
    return np.rint(2 * ranks).astype(np.int64) - (len(values) + 1)


def _states(ranks: IntArray) -> int:
    """Return in how many ways a part of the ranks can be used up."""
    return prod(int(count) + 1 for count in np.unique(ranks, return_counts=True)[1])


def _distribution(fixed: IntArray, placed: IntArray, width: int) -> FloatArray:
    """Return how many arrangements of the placed ranks give each sum of products, 0 in the middle; shape (width,)."""
    values, counts = np.unique(placed, return_counts=True)
    left: dict[tuple[int, ...], FloatArray] = {tuple(counts.tolist()): np.zeros(width)}
    left[tuple(counts.tolist())][width // 2] = 1.0
    for rank in fixed.tolist():
        after: dict[tuple[int, ...], FloatArray] = {}
        for state, ways in left.items():
            for k, value in enumerate(values.tolist()):
                if state[k]:
                    used = (*state[:k], state[k] - 1, *state[k + 1 :])
                    shift = rank * value
                    target = after.setdefault(used, np.zeros(width))
                    # no sum of a part lies beyond the largest of the whole, so that nothing is shifted out
                    if shift >= 0:
                        target[shift:] += ways[: width - shift]
                    else:
                        target[:shift] += ways[-shift:]
        left = after
    return next(iter(left.values()))
