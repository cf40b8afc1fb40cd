"""The null distribution of a sum of scores over all placements of the responders, within strata where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from responder.arrays import FloatArray, IntArray

__all__ = ["Part", "placement_p"]

MOST_ADDITIONS = 4e8
TOLERANCE = 1e-9

Part = tuple[IntArray, int]
"""The scores of one stratum, and how many of its patients respond."""


def placement_p(parts: Sequence[Part], observed: float) -> tuple[float, float, bool]:
    """Return how rare a sum at least as far from its expectation is, when responders are placed at random.

    Parameters
    ----------
    parts : sequence of (ndarray of int, int)
        Scores of each stratum, and its responders; they are placed within strata only.
    observed : float
        Sum of the responders' scores.

    Returns
    -------
    p : float
        Two-sided, by distance from expectation.
    smallest_attainable_p : float
        Of the most extreme placement.
    exact : bool
        Whether all placements were counted, rather than approximated by the normal distribution with the permutation
        variance: that is done where the count would take too long.

    References
    ----------
    Mehta, Patel and Tsiatis 1984, Biometrics 40:819 (the recursion within a stratum); strata are convolved.

    Examples
    --------
    >>> p, smallest, exact = placement_p([(np.array([-2, 0, 2]), 1), (np.array([-1, 1]), 1)], 3.0)
    >>> round(p, 4), round(smallest, 4), exact
    (0.3333, 0.3333, True)
    """
    expected = sum(r * float(score.mean()) for score, r in parts)
    distance = abs(observed - expected)
    if _cost(parts) > MOST_ADDITIONS:
        return *_normal(parts, distance), False
    distances, share = _distribution(parts, expected)
    p = float(share[distances >= distance - TOLERANCE].sum())
    smallest = float(share[distances >= distances[share > 0].max() - TOLERANCE].sum())
    return min(p, 1.0), min(smallest, 1.0), True


def _step(score: IntArray) -> int:
    """Return the largest number that divides all differences of the scores."""
    return max(1, int(np.gcd.reduce(score - score.min())))


def _sums(score: IntArray, responders: int) -> int:
    """Return how many different sums a stratum may have at most."""
    ordered = np.sort(score)
    reach = int(ordered[len(score) - responders :].sum() - ordered[:responders].sum())
    return reach // _step(score) + 1


def _cost(parts: Sequence[Part]) -> float:
    """Return the additions that `_distribution` would need."""
    step = int(np.gcd.reduce([_step(score) for score, _ in parts]))
    cost, reached = 0.0, 1.0
    for score, responders in parts:
        sums = _sums(score, responders)
        cost += float(len(score)) * responders * sums + sums * reached
        reached += sums * (_step(score) // step)
    return cost


def _distribution(parts: Sequence[Part], expected: float) -> tuple[FloatArray, FloatArray]:
    """Return distances of all possible sums from expectation, and the share of placements of each."""
    step = int(np.gcd.reduce([_step(score) for score, _ in parts]))
    share, lowest = np.ones(1), 0
    for score, responders in parts:
        own, ordered = _step(score), np.sort(score)
        steps = (score - score.min()) // own
        ways = np.zeros((responders + 1, int(np.sort(steps)[len(steps) - responders :].sum()) + 1))
        ways[0, 0] = 1.0
        for s in steps.tolist():
            # one more responder of score s: the right-hand side is copied before it is added
            ways[1:, s:] += ways[:-1, : ways.shape[1] - s].copy()
        first = int((ordered[:responders] - ordered[0]).sum()) // own
        share = _joined(share, ways[responders, first:] / ways[responders].sum(), own // step)
        lowest += int(ordered[:responders].sum())
    return np.abs(lowest + step * np.arange(len(share)) - expected), share


def _joined(share: FloatArray, own: FloatArray, stride: int) -> FloatArray:
    """Return the convolution of a distribution with one whose sums lie `stride` steps apart."""
    joined = np.zeros(len(share) + stride * (len(own) - 1))
    for at in np.flatnonzero(own):
        joined[at * stride : at * stride + len(share)] += own[at] * share
    return joined


def _normal(parts: Sequence[Part], distance: float) -> tuple[float, float]:
    """Return p by the normal approximation with the permutation variance, and that of the most extreme placement."""
    from scipy.special import ndtr

    variance = sum(r * (len(s) - r) / max(1, len(s) - 1) * float(s.var()) for s, r in parts)
    tops = [np.sort(s)[len(s) - r :].sum() - r * s.mean() for s, r in parts]
    bottoms = [r * s.mean() - np.sort(s)[:r].sum() for s, r in parts]
    extreme = max(float(sum(tops)), float(sum(bottoms)))
    if variance <= 0:
        return 1.0, 1.0
    return 2.0 * float(ndtr(-distance / sqrt(variance))), 2.0 * float(ndtr(-extreme / sqrt(variance)))
