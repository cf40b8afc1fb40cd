"""Logits of all mixtures of a profile with a background row.

A mixture takes some players' features from the profile and the rest from the background row. Any decision can be asked
for the logit of each mixture; where its form is known, the mixtures share most of the work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from responder.models.decision import Decision, KernelDecision, LaplaceDecision, moderate

__all__ = ["coalition_masks", "mixed_logits", "multiplications_per_mixture"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NUMBERS_AT_ONCE = 64_000  # half a megabyte: what is worked on stays in cache


def coalition_masks(players: int) -> NDArray[np.bool_]:
    """Return all coalitions, shape (2^players, players): row s holds player g where bit g of s is set.

    Examples
    --------
    >>> coalition_masks(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (np.arange(2**players)[:, None] >> np.arange(players) & 1).astype(bool)


def mixed_logits(
    decision: Decision, profiles: FloatArray, behind: FloatArray, member: FloatArray
) -> tuple[Callable[[IntArray, IntArray], FloatArray], int]:
    """Return a function to the logits of all mixtures, and for how many pairs it should be asked at once.

    Parameters
    ----------
    decision : Decision
        From features to a logit.
    profiles : ndarray, shape (m, k)
        Rows that players who joined take their features from.
    behind : ndarray, shape (n, k)
        Rows that all others take them from.
    member : ndarray of 0/1, shape (k, g)
        Which player each feature belongs to; the features of nobody do not differ between the rows.

    Returns
    -------
    callable
        From q profiles and q background rows, by position, to logits of shape (2^g, q).
    int
        Pairs at once that keep its memory bounded.
    """
    mixed: Callable[[IntArray, IntArray], FloatArray]
    if isinstance(decision, LaplaceDecision):
        width, mixed = 1, partial(_laplace, decision, profiles, behind, member)
    elif isinstance(decision, KernelDecision):
        width = len(decision.rows)
        columns = (member.T > 0)[:, None, None, :]
        joined, absent = _affinities(decision, profiles, columns), _affinities(decision, behind, columns)
        nobody = _affinities(decision, behind, member.sum(axis=1) == 0)
        mixed = partial(_kernel, decision, joined, absent, nobody)
    else:
        width, mixed = 4 * profiles.shape[1], partial(_any, decision, profiles, behind, member)
    return mixed, max(1, NUMBERS_AT_ONCE // (2 ** member.shape[1] * width))


def multiplications_per_mixture(decision: Decision) -> int:
    """Return the nominal cost of one mixture, from which the effort of an explanation is known beforehand."""
    if isinstance(decision, LaplaceDecision):
        return 60
    if isinstance(decision, KernelDecision):
        return (len(decision.rows) + 4) * len(decision.rows)
    return 1000


def _any(
    decision: Decision, profiles: FloatArray, behind: FloatArray, member: FloatArray, at: IntArray, by: IntArray
) -> FloatArray:
    chosen = coalition_masks(member.shape[1]) @ member.T > 0
    mixed = np.where(chosen[:, None, :], profiles[at], behind[by])
    return decision.logit(mixed.reshape(-1, profiles.shape[1])).reshape(mixed.shape[:2])


def _laplace(
    decision: LaplaceDecision, profiles: FloatArray, behind: FloatArray, member: FloatArray, at: IntArray, by: IntArray
) -> FloatArray:
    """Use that mean and variance are polynomials in who has joined: each one that joins doubles what is known."""
    players = member.shape[1]
    change = profiles[at] - behind[by]
    start = np.column_stack([np.ones(len(by)), behind[by]])
    pull = start @ decision.covariance
    squares = change[:, :, None] * decision.covariance[1:, 1:] * change[:, None, :]
    products = np.matmul(member.T, np.matmul(squares, member)).transpose(1, 2, 0)
    shift = ((change * decision.coefficients[1:]) @ member).T
    alone = 2.0 * ((pull[:, 1:] * change) @ member).T + products[np.arange(players), np.arange(players)]
    mean, variance, together = np.empty((3, 2**players, len(at)))
    mean[0], variance[0] = start @ decision.coefficients, (pull * start).sum(axis=1)
    for g in range(players):
        known, joined = slice(0, 2**g), slice(2**g, 2 ** (g + 1))
        np.add(mean[known], shift[g], out=mean[joined])
        together[0] = alone[g]
        for h in range(g):
            np.add(together[: 2**h], 2.0 * products[g, h], out=together[2**h : 2 ** (h + 1)])
        np.add(variance[known], together[known], out=variance[joined])
    return moderate(mean, variance)


def _kernel(
    decision: KernelDecision,
    joined: FloatArray,
    absent: FloatArray,
    nobody: FloatArray,
    at: IntArray,
    by: IntArray,
) -> FloatArray:
    """Use that the radial kernel is a product over players: each one that joins doubles what is known."""
    players, _, trained = joined.shape
    kernel = np.empty((2**players, len(at), trained))
    kernel[0] = decision.signal_variance * nobody[by]
    for g in range(players):
        known = kernel[: 2**g]
        np.multiply(known, joined[g, at], out=kernel[2**g : 2 ** (g + 1)])
        known *= absent[g, by]
    kernel += decision.offset_variance
    # products of few rows: starting threads for one would cost more than the product
    kernel = kernel.reshape(-1, min(2**players, 64), trained)
    explained = np.einsum("bij,bij->bi", np.matmul(kernel, decision.reduction), kernel)
    own = decision.signal_variance + decision.offset_variance
    return moderate(kernel @ decision.dual, own - explained).reshape(2**players, -1)


def _affinities(decision: KernelDecision, rows: FloatArray, columns: NDArray[np.bool_]) -> FloatArray:
    """Return the factor that some columns, shape (..., 1, 1, k), give to the kernel, shape (..., rows, trained)."""
    squared = (rows[:, None, :] - decision.rows[None]) ** 2
    return np.asarray(np.exp((squared * columns).sum(axis=-1) / (-2.0 * decision.length**2)))
