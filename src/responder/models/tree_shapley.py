"""Interventional Shapley values of tree ensembles in closed form, for any number of features.

A leaf is a box. For one profile and one background row, a coalition reaches the leaf when it holds every player whose
features only the profile has inside the box (a of them) and none of those that only the background row has inside (b of
them). That game has known Shapley values: (a - 1)! b! / (a + b)! for each of the first, -a! (b - 1)! / (a + b)! for
each of the second, times the leaf's value (Lundberg et al. 2020, doi 10.1038/s42256-019-0138-9, supplement).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.decision import TreeDecision

__all__ = ["tree_shapley"]

NUMBERS_AT_ONCE = 500_000


def tree_shapley(
    decision: TreeDecision, rows: FloatArray, background: FloatArray, share: FloatArray, member: FloatArray
) -> FloatArray:
    """Return the Shapley values of each row, shape (m, g).

    Parameters
    ----------
    decision : TreeDecision
        The trees.
    rows : ndarray, shape (m, k)
        Profiles to explain.
    background : ndarray, shape (n, k)
        Background rows.
    share : ndarray, shape (n,)
        Their weights, adding up to 1.
    member : ndarray of 0/1, shape (k, g)
        Which player each feature belongs to.
    """
    low, high, value = _boxes(decision, rows.shape[1])
    values = np.zeros((len(rows), member.shape[1]))
    if not value.size:
        return values
    theirs = _inside(background, low, high, member)
    first, second = _leaf_weights(member.shape[1])
    at_once = max(1, NUMBERS_AT_ONCE // (len(value) * max(len(background), member.shape[1])))
    for start in range(0, len(rows), at_once):
        ours = _inside(rows[start : start + at_once], low, high, member)
        both = np.rint(np.matmul(ours, theirs.transpose(0, 2, 1))).astype(np.int64)
        only_ours = ours.sum(axis=2).astype(np.int64)[:, :, None] - both
        only_theirs = theirs.sum(axis=2).astype(np.int64)[:, None, :] - both
        reachable = only_ours + only_theirs + both == member.shape[1]
        scale = reachable * value[:, None, None] * share
        needed = np.matmul(scale * first[only_ours, only_theirs], 1.0 - theirs)
        barred = np.matmul(scale * second[only_ours, only_theirs], theirs)
        values[start : start + at_once] = (ours * needed - (1.0 - ours) * barred).sum(axis=0)
    return values


def _leaf_weights(players: int) -> tuple[FloatArray, FloatArray]:
    """Return (a - 1)! b! / (a + b)!, 0 where a is 0, and its mirror for b; shape (players + 1, players + 1) each."""
    first = np.zeros((players + 1, players + 1))
    for a in range(1, players + 1):
        for b in range(players + 1 - a):
            first[a, b] = 1.0 / (a * comb(a + b, a))
    return first, first.T.copy()


def _inside(rows: FloatArray, low: FloatArray, high: FloatArray, member: FloatArray) -> FloatArray:
    """Return 1 where all features of a player lie within a leaf's box, shape (leaves, rows, g)."""
    outside = (rows[None] <= low[:, None, :]) | (rows[None] > high[:, None, :])
    return np.asarray(np.matmul(outside.astype(float), member) == 0, dtype=float)


def _boxes(decision: TreeDecision, columns: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the box (low, high] of each leaf, shapes (leaves, k), and its value; trees of one leaf have none."""
    low: list[FloatArray] = []
    high: list[FloatArray] = []
    value: list[float] = []

    def visit(tree: Mapping[str, Any], node: int, lower: FloatArray, upper: FloatArray) -> None:
        if node < 0:
            low.append(lower)
            high.append(upper)
            value.append(tree["value"][-1 - node])
            return
        feature, threshold = tree["feature"][node], tree["threshold"][node]
        left, right = upper.copy(), lower.copy()
        left[feature] = min(left[feature], threshold)
        right[feature] = max(right[feature], threshold)
        visit(tree, tree["left"][node], lower, left)
        visit(tree, tree["right"][node], right, upper)

    for tree in decision.trees:
        if tree["feature"]:
            visit(tree, 0, np.full(columns, -np.inf), np.full(columns, np.inf))
    return np.array(low), np.array(high), np.array(value)
