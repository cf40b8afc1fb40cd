"""P values of paired tests for many cohorts at once, one row per cohort."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.evidence.reconstruction.rows import unique_rows

__all__ = ["TESTS", "PairedTest", "paired_p_values"]

PairedTest = Literal["signed_rank_asymptotic", "signed_rank_continuity", "signed_rank_exact", "paired_t", "sign_exact"]
TESTS: tuple[PairedTest, ...] = get_args(PairedTest)

Ints = IntArray
Floats = FloatArray


def paired_p_values(differences: NDArray[np.integer], tests: Sequence[PairedTest]) -> Floats:
    """Return the two-sided P values of each row of paired differences.

    Parameters
    ----------
    differences : ndarray of int, shape (cohorts, n)
        Before minus after, in whole steps.
    tests : sequence of str
        Wilcoxon's signed-rank test with zeros dropped and mid-ranks: ``signed_rank_asymptotic`` (normal,
        tie-corrected variance), ``signed_rank_continuity`` (the same with continuity correction),
        ``signed_rank_exact`` (all sign patterns of the mid-ranks at hand); ``paired_t``; ``sign_exact``.

    Returns
    -------
    ndarray of float, shape (len(tests), cohorts)
        ``nan`` where a test does not exist (no difference, or no spread for ``paired_t``).

    Examples
    --------
    >>> before_minus_after = np.array([[9, 9, 9, 9, 9, 23, 9, 0, 0]])
    >>> paired_p_values(before_minus_after, ["signed_rank_asymptotic", "signed_rank_exact"]).round(4)
    array([[0.0114],
           [0.0156]])
    """
    differences = np.asarray(differences)
    signed = _SignedRanks(differences) if any(test.startswith("signed_rank") for test in tests) else None
    rows = []
    for test in tests:
        if test == "paired_t":
            rows.append(_paired_t(differences))
        elif test == "sign_exact":
            rows.append(_sign(differences))
        else:
            assert signed is not None
            rows.append(signed.exact() if test == "signed_rank_exact" else signed.normal(test))
    return np.array(rows).reshape(len(tests), len(differences))


class _SignedRanks:
    """What every signed-rank test needs: twice the mid-ranks, and their signed sum.

    Comparing all pairs of people is faster than sorting the rows of the small cohorts met here.
    """

    def __init__(self, differences: NDArray[np.integer]) -> None:
        size = np.ascontiguousarray(np.abs(differences).T)  # one row per person: the loops run along memory
        nonzero = size > 0
        below = np.zeros(size.shape, dtype=np.int16)
        tied = nonzero.astype(np.int16)
        for i in range(len(size)):
            for j in range(i + 1, len(size)):
                both = nonzero[i] & nonzero[j]
                equal = both & (size[i] == size[j])
                smaller = both & (size[j] < size[i])
                below[i] += smaller
                below[j] += both ^ equal ^ smaller
                tied[i] += equal
                tied[j] += equal
        self.double_ranks = np.where(nonzero, 2 * below + tied + 1, 0).astype(np.int64)
        self.m = nonzero.sum(axis=0)
        self.ties = (tied.astype(np.int64) ** 2 - 1).sum(axis=0, where=nonzero)  # t^3 - t over groups of ties
        self.excess = np.abs((self.double_ranks * np.sign(differences).T).sum(axis=0))  # 4 |W+ - m (m+1) / 4|

    def normal(self, test: PairedTest) -> Floats:
        from scipy.special import ndtr

        correction = 0.5 if test == "signed_rank_continuity" else 0.0
        variance = self.m * (self.m + 1) * (2 * self.m + 1) / 24 - self.ties / 48
        with np.errstate(invalid="ignore", divide="ignore"):
            z = np.maximum(self.excess / 4 - correction, 0) / np.sqrt(variance)
            return np.asarray(np.where(self.m > 0, 2 * ndtr(-z), np.nan))

    def exact(self) -> Floats:
        """Weigh, for each set of mid-ranks that occurs, the sign patterns at least as far from balance."""
        sets, which = unique_rows(np.sort(self.double_ranks, axis=0).T)
        order = np.argsort(which, kind="stable")
        cohorts_of_set = np.split(order, np.searchsorted(which[order], np.arange(1, len(sets))))
        result = np.full(len(which), np.nan)
        for ranks, cohorts in zip(sets, cohorts_of_set, strict=True):
            if ranks.any():
                result[cohorts] = _null_tail(tuple(ranks[ranks > 0].tolist()))[self.excess[cohorts]]
        return result


@lru_cache(maxsize=4096)
def _null_tail(double_ranks: tuple[int, ...]) -> Floats:
    """Return the chance, over all sign patterns, that the signed sum is at least 0, 1, ... away from 0."""
    total = sum(double_ranks)
    chance = np.zeros(2 * total + 1)  # of each signed sum, from -total to total
    chance[total] = 1.0
    for rank in double_ranks:
        chance = (np.roll(chance, rank) + np.roll(chance, -rank)) / 2
    distance = np.abs(np.arange(-total, total + 1))
    return np.bincount(distance, weights=chance)[::-1].cumsum()[::-1]


def _paired_t(differences: NDArray[np.integer]) -> Floats:
    from scipy.special import stdtr

    n = differences.shape[1]
    total = differences.sum(axis=1, dtype=np.int64)
    spread = n * (differences.astype(np.int64) ** 2).sum(axis=1) - total**2  # n (n - 1) times the variance
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(total) * np.sqrt((n - 1) / spread)
        return np.asarray(np.where(spread > 0, 2 * stdtr(n - 1, -t), np.nan))


def _sign(differences: NDArray[np.integer]) -> Floats:
    from scipy.special import bdtr

    rises, falls = (differences > 0).sum(axis=1), (differences < 0).sum(axis=1)
    m = rises + falls
    tail = bdtr(np.minimum(rises, falls).astype(np.float64), np.maximum(m, 1), 0.5)
    return np.where(m > 0, np.minimum(1.0, 2 * tail), np.nan)
