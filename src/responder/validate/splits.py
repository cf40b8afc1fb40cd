"""Who is left out: training sets of leave-one-out, leave-pair-out, k-fold and the bootstrap, as weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray

__all__ = [
    "all_pairs",
    "leave_one_out",
    "leave_out",
    "opposite_pairs",
    "pairs_at",
    "repeated_stratified_folds",
    "sampled_opposite_pairs",
    "stratified_bootstrap",
]

MOST_LISTED = 5_000_000
"""Pairs that are listed to draw from."""
DRAWN_AT_ONCE = 20_000


def leave_out(n: int, left_out: IntArray) -> FloatArray:
    """Return training weights, shape (M, n), with the patients of each row of `left_out` (M, a) at 0."""
    train = np.ones((left_out.shape[0], n))
    np.put_along_axis(train, left_out, 0.0, axis=1)
    return train


def leave_one_out(n: int) -> tuple[FloatArray, IntArray]:
    """Return training weights (n, n) and the patient left out of each set (n, 1)."""
    ask = np.arange(n)[:, None]
    return leave_out(n, ask), ask


def all_pairs(n: int) -> IntArray:
    """Return all n (n - 1) / 2 unordered pairs, shape (P, 2)."""
    return np.column_stack(np.triu_indices(n, 1))


def opposite_pairs(outcome: NDArray[Any]) -> IntArray:
    """Return all (responder, non-responder) pairs, shape (n1 n0, 2), responders varying slowest."""
    positive, negative = np.flatnonzero(outcome == 1), np.flatnonzero(outcome == 0)
    return np.column_stack([np.repeat(positive, len(negative)), np.tile(negative, len(positive))])


def sampled_opposite_pairs(outcome: NDArray[Any], count: int, rng: np.random.Generator) -> IntArray:
    """Return a sample of the pairs of `opposite_pairs`, in their order; all where there are no more.

    Of two samples from generators in the same state the smaller is part of the larger, so that models can be compared.

    Parameters
    ----------
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    count : int
        Pairs asked for.
    rng : numpy.random.Generator
        Source of the draws.

    Examples
    --------
    >>> sampled_opposite_pairs(np.array([1, 1, 0, 0]), 9, np.random.default_rng(0)).tolist()
    [[0, 2], [0, 3], [1, 2], [1, 3]]
    """
    positive, negative = np.flatnonzero(outcome == 1), np.flatnonzero(outcome == 0)
    possible = len(positive) * len(negative)
    if possible <= MOST_LISTED:
        chosen = rng.permutation(possible)[:count]
    else:
        # too many to be listed: drawn one after another, those drawn before left out
        drawn = np.empty(0, dtype=np.int64)
        while len(drawn) < count:
            drawn = np.append(drawn, rng.integers(possible, size=DRAWN_AT_ONCE))
            _, first = np.unique(drawn, return_index=True)
            drawn = drawn[np.sort(first)]
        chosen = drawn[:count]
    chosen = np.sort(chosen)
    return np.column_stack([positive[chosen // len(negative)], negative[chosen % len(negative)]])


def pairs_at(n: int, positions: IntArray) -> IntArray:
    """Return the pairs that stand at some positions of `all_pairs`, without listing all.

    Examples
    --------
    >>> pairs_at(5, np.array([0, 3, 4, 9])).tolist()
    [[0, 1], [0, 4], [1, 2], [3, 4]]
    """
    firsts = np.arange(n)
    # pairs that stand before those whose first is i
    before = firsts * (2 * n - firsts - 1) // 2
    first = np.searchsorted(before, positions, side="right") - 1
    return np.column_stack([first, positions - before[first] + first + 1])


def stratified_bootstrap(outcome: NDArray[Any], draws: int, rng: np.random.Generator) -> FloatArray:
    """Return how often each patient is in each bootstrap sample, shape (draws, n), drawn within each outcome class.

    Examples
    --------
    >>> counts = stratified_bootstrap(np.array([1, 1, 0, 0, 0]), 3, np.random.default_rng(0))
    >>> counts[:, :2].sum(axis=1).tolist()
    [2.0, 2.0, 2.0]
    """
    counts = np.zeros((draws, len(outcome)))
    for value in (0, 1):
        members = np.flatnonzero(outcome == value)
        if members.size:
            picks = rng.integers(members.size, size=(draws, members.size))
            drawn = np.zeros((draws, members.size))
            np.add.at(drawn, (np.arange(draws)[:, None], picks), 1.0)
            counts[:, members] = drawn
    return counts


def repeated_stratified_folds(
    outcome: NDArray[Any], folds: int, repeats: int, rng: np.random.Generator
) -> tuple[FloatArray, list[IntArray]]:
    """Return training weights (folds x repeats, n) and the patients left out of each, both classes spread evenly."""
    train, asked = [], []
    for _ in range(repeats):
        fold_of = np.empty(len(outcome), dtype=np.int64)
        for value in (0, 1):
            members = rng.permutation(np.flatnonzero(outcome == value))
            fold_of[members] = np.arange(members.size) % folds
        for fold in range(folds):
            train.append((fold_of != fold).astype(float))
            asked.append(np.flatnonzero(fold_of == fold))
    return np.array(train), asked
