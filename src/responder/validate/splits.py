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
    "repeated_stratified_folds",
    "stratified_bootstrap",
]


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
