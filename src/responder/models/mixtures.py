"""Logits of all mixtures of a profile with a background row.

A mixture takes some players' features from the profile and the rest from the background row. Any decision can be asked
for the logit of each mixture; where its form is known, the mixtures share most of the work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.models.borrowed_decision import BorrowedDecision, averaged_logit
from responder.models.decision import Decision, KernelDecision, LaplaceDecision, moderate
from responder.models.low_rank import LowRank

__all__ = [
    "coalition_masks",
    "mixed_logits",
    "multiplications_alone",
    "multiplications_of_kind",
    "multiplications_per_mixture",
]


MixedLogits = Callable[[range, slice], FloatArray]
Halves = tuple[FloatArray, FloatArray]
ALONE = 1000
ALONE_A_FEATURE = 70.0
"""Multiplications, where every feature of a mixture is put together anew."""


def coalition_masks(players: int) -> BoolArray:
    """Return all coalitions, shape (2^players, players): row s holds player g where bit g of s is set.

    Examples
    --------
    >>> coalition_masks(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (np.arange(2**players)[:, None] >> np.arange(players) & 1).astype(bool)


class _Workspace:
    """Arrays that are worked in again and again: to ask the system for them each time takes as long as the work."""

    def __init__(self) -> None:
        self._kept: dict[str, FloatArray] = {}

    def __call__(self, name: str, *shape: int) -> FloatArray:
        size = prod(shape)
        if name not in self._kept or self._kept[name].size < size:
            self._kept[name] = np.empty(size)
        return self._kept[name][:size].reshape(shape)


def mixed_logits(
    decision: Decision, profiles: FloatArray, behind: FloatArray, member: FloatArray
) -> tuple[MixedLogits, int]:
    """Return a function to the logits of all mixtures, and how many numbers it works on for each of them.

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
        From c coalitions and q profiles to logits of shape (c, q, n); c is a power of two, and the first coalition's
        number a multiple of it. They stand until the next call.
    int
        Numbers a mixture.
    """
    if isinstance(decision, LaplaceDecision) and not isinstance(decision.covariance, LowRank):
        return partial(_laplace, decision, decision.covariance, profiles, behind, member, _Workspace()), 1
    if isinstance(decision, BorrowedDecision):
        found = [mixed_logits(part, profiles, behind, member)[0] for part in decision.parts]
        return partial(_borrowed, decision.weights, found), 4 * len(found)
    if isinstance(decision, KernelDecision):
        joined = _joint_affinities(decision, profiles, member)
        absent = _joint_affinities(decision, behind, member)
        nobody = decision.signal_variance * _affinities(decision, behind, member.sum(axis=1) == 0)
        return partial(_kernel, decision, joined, (absent[0] * nobody, absent[1]), _Workspace()), len(decision.rows)
    return partial(_any, decision, profiles, behind, member), 4 * profiles.shape[1]


def multiplications_per_mixture(decision: Decision) -> int:
    """Return the nominal cost of one mixture, from which the effort of an explanation is known beforehand."""
    if isinstance(decision, LaplaceDecision):
        own = decision.covariance
        return own.factor.size if isinstance(own, LowRank) else multiplications_of_kind("bayes", 0)
    if isinstance(decision, BorrowedDecision):
        return sum(map(multiplications_per_mixture, decision.parts)) + 100
    if isinstance(decision, KernelDecision):
        return multiplications_of_kind("gp", len(decision.rows))
    return ALONE


def multiplications_of_kind(kind: str, rows: int) -> int:
    """Return the same before there is a decision: of a kind of model on so many rows, 0 where it has a closed form."""
    return {"bayes": 60, "borrow": 220, "gp": (rows + 4) * rows}.get(kind, 0)


def multiplications_alone(of_a_mixture: float, features: int) -> float:
    """Return the nominal cost of a mixture that shares no work with others, as along a random order of many players."""
    return max(float(of_a_mixture), ALONE_A_FEATURE * features)


def _chosen(coalitions: range, member: FloatArray) -> BoolArray:
    """Return which features have joined, shape (c, k)."""
    return np.asarray((np.asarray(coalitions)[:, None] >> np.arange(member.shape[1]) & 1) @ member.T > 0)


def _any(
    decision: Decision, profiles: FloatArray, behind: FloatArray, member: FloatArray, coalitions: range, which: slice
) -> FloatArray:
    chosen = _chosen(coalitions, member)[:, None, None]
    mixed = np.where(chosen, profiles[which, None], behind)
    return decision.logit(mixed.reshape(-1, profiles.shape[1])).reshape(mixed.shape[:3])


def _laplace(
    decision: LaplaceDecision,
    whole: FloatArray,
    profiles: FloatArray,
    behind: FloatArray,
    member: FloatArray,
    work: _Workspace,
    coalitions: range,
    which: slice,
) -> FloatArray:
    """Use that the mean adds up over the two rows of a mixture, and the variance but for one product of the two."""
    joined = _chosen(coalitions, member).astype(float)
    absent = 1.0 - joined
    ours, slopes, covariance = profiles[which], decision.coefficients[1:], whole[1:, 1:]
    shape = len(joined), len(ours), len(behind)
    mean, variance = work("mean", *shape), work("variance", *shape)
    both = 2.0 * ((joined[:, None] * ours) @ covariance) * absent[:, None]
    np.matmul(both.reshape(-1, len(member)), behind.T, out=variance.reshape(-1, len(behind)))
    variance += _own_variance(whole, ours, joined)[:, :, None]
    variance += (_own_variance(whole, behind, absent) + whole[0, 0])[:, None]
    theirs = decision.coefficients[0] + absent * slopes @ behind.T
    np.add((joined * slopes @ ours.T)[:, :, None], theirs[:, None], out=mean)
    return moderate(mean, variance, out=variance)


def _borrowed(weights: FloatArray, parts: list[MixedLogits], coalitions: range, which: slice) -> FloatArray:
    """Average the probabilities of the components, each of whose mixtures share their work."""
    logits = np.stack([part(coalitions, which) for part in parts])
    return averaged_logit(logits, weights[:, None, None, None])


def _own_variance(covariance: FloatArray, rows: FloatArray, chosen: FloatArray) -> FloatArray:
    """Return what the chosen features of a row add to the variance without those of the other, shape (c, rows)."""
    products = rows[:, :, None] * covariance[1:, 1:] * rows[:, None]
    at = np.arange(rows.shape[1])
    products[:, at, at] += 2.0 * covariance[0, 1:] * rows
    pairs = (chosen[:, :, None] * chosen[:, None]).reshape(len(chosen), -1)
    return np.asarray(pairs @ products.reshape(len(rows), -1).T)


def _kernel(
    decision: KernelDecision, joined: Halves, absent: Halves, work: _Workspace, coalitions: range, which: slice
) -> FloatArray:
    """Use that the radial kernel is a product over players, so over the two rows of a mixture."""
    everybody = len(absent[0]) * len(absent[1])
    others = range(everybody - coalitions.stop, everybody - coalitions.start)
    left = _products((joined[0][:, which], joined[1][:, which]), coalitions, work, "joined")
    right = _products(absent, others, work, "absent")[::-1]
    shape = *left.shape[:2], *right.shape[1:]
    kernel, product = work("kernel", *shape), work("product", *shape)
    np.multiply(left[:, :, None], right[:, None], out=kernel)
    kernel += decision.offset_variance
    flat = kernel.reshape(-1, shape[3])
    explained = np.einsum("ij,ij->i", np.matmul(flat, decision.reduction, out=product.reshape(flat.shape)), flat)
    own = decision.signal_variance + decision.offset_variance
    return moderate(flat @ decision.dual, own - explained).reshape(shape[:3])


def _products(halves: Halves, coalitions: range, work: _Workspace, name: str) -> FloatArray:
    """Return the factors of coalitions, shape (c, rows, trained): c is a power of two, and divides the first number."""
    first, second = halves
    size = len(first)
    at = coalitions.start % size
    upper = second[coalitions.start // size : -(-coalitions.stop // size), None]
    lower = first[at : at + len(coalitions)]
    out = work(name, len(upper), *lower.shape)
    return np.multiply(upper, lower, out=out).reshape(-1, *lower.shape[1:])


def _joint_affinities(decision: KernelDecision, rows: FloatArray, member: FloatArray) -> Halves:
    """Return the factors of the kernel by coalitions of the first and of the second half of the players.

    Each of shape (coalitions, rows, trained).
    """
    halves = np.array_split(member, [member.shape[1] // 2], axis=1)
    first, second = (_affinities(decision, rows, _chosen(range(2 ** half.shape[1]), half)) for half in halves)
    return first, second


def _affinities(decision: KernelDecision, rows: FloatArray, columns: BoolArray) -> FloatArray:
    """Return the factor that some columns, shape (..., k), give to the kernel, shape (..., rows, trained)."""
    squared = (rows.T[:, :, None] - decision.rows.T[:, None]) ** 2
    return np.exp(np.tensordot(columns.astype(float), squared, axes=1) / (-2.0 * decision.length**2))
