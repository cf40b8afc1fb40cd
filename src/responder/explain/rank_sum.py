"""The exact rank-sum test of one score, ties and strata included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.explain.placements import placement_p
from responder.validate.midranks import doubled_midranks
from responder.validate.result import Result

__all__ = ["RankSum", "expected_ranks", "rank_sum_test"]


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


def expected_ranks(values: FloatArray, direction: str) -> IntArray:
    """Return the doubled midranks of known values, signed so that what is expected in responders is higher.

    A missing value counts as a middle rank, 0.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One feature; ``nan`` where missing.
    direction : str
        ``higher`` or ``lower`` values are expected in responders.

    Examples
    --------
    >>> expected_ranks(np.array([3.0, np.nan, 7.0, 1.0]), "lower").tolist()
    [0, 0, -2, 2]
    """
    known, ranks = ~np.isnan(values), np.zeros(len(values), dtype=np.int64)
    ranks[known] = doubled_midranks(values[known])
    return ranks if direction == "higher" else -ranks


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
    Wilcoxon 1945, Biometrics Bull 1:80; for the null distribution see `responder.explain.placements`.

    Examples
    --------
    >>> test = rank_sum_test(doubled_midranks(np.arange(9.0)), np.array([0, 0, 0, 1, 1, 1, 1, 1, 1]))
    >>> test.auc, round(test.p * 84)
    (1.0, 2)
    """
    score, outcome = np.asarray(score), np.asarray(outcome)
    names = np.asarray(strata if len(strata) else [""] * len(outcome))
    parts = [(score[names == s], int(outcome[names == s].sum())) for s in dict.fromkeys(names.tolist())]
    p, smallest, exact = placement_p(parts, float(score[outcome == 1].sum()))
    pairs = np.sign(score[outcome == 1][:, None] - score[outcome == 0][None])
    auc = float((pairs.mean() + 1.0) / 2.0)
    return RankSum(auc, p, smallest, exact, len(score), int(outcome.sum()))
