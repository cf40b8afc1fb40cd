"""The exact rank-sum test of one score, ties and strata included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.validate.result import Result

__all__ = ["RankSum", "doubled_midranks", "rank_sum_test"]


MOST_ADDITIONS = 4e8
TOLERANCE = 1e-9


@dataclass(frozen=True)
class RankSum(Result):
    """Result of the test.

    Attributes
    ----------
    auc : float
        Share of responder / non-responder pairs in which the responder scores higher, ties counted half.
    p : float
        Two-sided: share of labelings whose rank sum is at least as far from its expectation.
    smallest_attainable_p : float
        Smallest p that any labeling of these scores could have.
    exact : bool
        Whether the null distribution is exact, rather than its normal approximation.
    n, responders : int
        Patients with a score, and responders among them.
    """

    auc: float
    p: float
    smallest_attainable_p: float
    exact: bool
    n: int
    responders: int


def doubled_midranks(values: FloatArray) -> IntArray:
    """Return twice the midrank of each value less n + 1, which sums to 0: -(n - 1) lowest, n - 1 highest.

    Examples
    --------
    >>> doubled_midranks(np.array([3.0, 7.0, 7.0, 1.0])).tolist()
    [-1, 2, 2, -3]
    """
    return np.asarray(np.sign(values[:, None] - values[None]).sum(axis=1), dtype=np.int64)


def rank_sum_test(score: IntArray, outcome: NDArray[Any], strata: Sequence[str] = ()) -> RankSum:
    """Test whether responders score differently, by all placements of the responders within strata.

    Parameters
    ----------
    score : ndarray of int, shape (n,)
        Ranks or sums of ranks, from `doubled_midranks`; ties as they are.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome, both classes.
    strata : sequence of str, optional
        Stratum of each patient; responders are placed within strata only.

    Returns
    -------
    RankSum
        For a 0/1 feature this is Fisher's test with two sides by distance from expectation.

    References
    ----------
    Wilcoxon 1945, Biometrics Bull 1:80; exact distribution under ties by the recursion of Mehta, Patel and Tsiatis
    1984, Biometrics 40:819.

    Examples
    --------
    >>> test = rank_sum_test(doubled_midranks(np.arange(9.0)), np.array([0, 0, 0, 1, 1, 1, 1, 1, 1]))
    >>> test.auc, round(test.p * 84)
    (1.0, 2)
    """
    score, outcome = np.asarray(score), np.asarray(outcome)
    names = np.asarray(strata if len(strata) else [""] * len(outcome))
    parts = [(score[names == s], int(outcome[names == s].sum())) for s in dict.fromkeys(names.tolist())]
    expected = sum(r * part.mean() for part, r in parts)
    observed = abs(float(score[outcome == 1].sum()) - expected)
    exact = sum(_additions(part, r) for part, r in parts) <= MOST_ADDITIONS
    if exact:
        distance, share = _distribution(parts, expected)
        p = float(share[distance >= observed - TOLERANCE].sum())
        smallest = float(share[distance >= distance[share > 0].max() - TOLERANCE].sum())
    else:
        p, smallest = _normal(parts, observed)
    pairs = np.sign(score[outcome == 1][:, None] - score[outcome == 0][None])
    auc = float((pairs.mean() + 1.0) / 2.0)
    return RankSum(auc, min(p, 1.0), min(smallest, 1.0), exact, len(score), int(outcome.sum()))


def _additions(score: IntArray, responders: int) -> float:
    return float(len(score)) * responders * max(1, int(np.ptp(score)) * responders // _step(score))


def _step(score: IntArray) -> int:
    """Return the largest number that divides all differences of the scores."""
    return max(1, int(np.gcd.reduce(score - score.min())))


def _distribution(parts: Sequence[tuple[IntArray, int]], expected: float) -> tuple[FloatArray, FloatArray]:
    """Return distances of all possible sums from expectation, and the share of labelings of each."""
    step = int(np.gcd.reduce([_step(score) for score, _ in parts]))
    share, lowest = np.ones(1), 0
    for score, responders in parts:
        steps = (score - score.min()) // step
        ways = np.zeros((responders + 1, int(np.sort(steps)[len(steps) - responders :].sum()) + 1))
        ways[0, 0] = 1.0
        for s in steps.tolist():
            # one more responder of score s: the right-hand side is copied before it is added
            ways[1:, s:] += ways[:-1, : ways.shape[1] - s].copy()
        share = np.convolve(share, ways[responders] / ways[responders].sum())
        lowest += int(score.min()) * responders
    return np.abs(lowest + step * np.arange(len(share)) - expected), share


def _normal(parts: Sequence[tuple[IntArray, int]], observed: float) -> tuple[float, float]:
    """Return p by the normal approximation with the permutation variance, and that of the most extreme labeling."""
    from scipy.special import ndtr

    variance = sum(r * (len(s) - r) / max(1, len(s) - 1) * float(s.var()) for s, r in parts)
    tops = [np.sort(s)[len(s) - r :].sum() - r * s.mean() for s, r in parts]
    bottoms = [r * s.mean() - np.sort(s)[:r].sum() for s, r in parts]
    extreme = max(float(sum(tops)), float(sum(bottoms)))
    if variance <= 0:
        return 1.0, 1.0
    return 2.0 * float(ndtr(-observed / sqrt(variance))), 2.0 * float(ndtr(-extreme / sqrt(variance)))
