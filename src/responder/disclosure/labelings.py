"""Find the outcomes that satisfy linear equations: all labelings in turn, by halves, or by linear algebra."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.disclosure.equations import FITTED, Equations

__all__ = ["LabelAttack", "find_labelings"]

MOST_TRIED = 200_000
NUMBERS_AT_ONCE = 100_000
CLOSE = 1e-9
"""How close two halves must come: looser, and millions would by chance."""
MOST_BY_HALVES = 40
"""Patients: two halves of 2^20 labelings each are sorted in a second."""


@dataclass(frozen=True)
class LabelAttack:
    """What an attack on the outcomes found.

    Attributes
    ----------
    source : str
        Part of the bundle whose equations were used.
    method : str
        ``all`` labelings were tried, ``halves`` were matched, ``linear`` equations were solved, or ``none`` of these
        was possible.
    tried : int
        LabelAttack that the method covers.
    fitting : int
        Of these, how many satisfy the equations.
    residual, next_residual : float, optional
        By how much the best labeling misses them, and the best of all others, where all were tried.
    outcome : ndarray of int, shape (n,), optional
        Outcomes on which all labelings that fit agree, -1 where they differ; None where none fits.
    """

    source: str
    method: str
    tried: int
    fitting: int
    residual: float | None = None
    next_residual: float | None = None
    outcome: IntArray | None = None

    @property
    def known(self) -> int:
        """Patients whose outcome is known."""
        return 0 if self.outcome is None else int((self.outcome >= 0).sum())


def find_labelings(equations: Equations, responders: int, rng: np.random.Generator) -> LabelAttack:
    """Return the labelings with so many responders that satisfy the equations.

    Parameters
    ----------
    equations : Equations
    responders : int
    rng : numpy.random.Generator
        Source of the direction onto which equations are projected when halves are matched.

    Examples
    --------
    >>> all_of_them = Equations("decision", np.eye(3), np.array([0.0, 1.0, 0.0]))
    >>> find_labelings(all_of_them, 1, np.random.default_rng(0)).outcome.tolist()
    [0, 1, 0]
    """
    n = equations.matrix.shape[1]
    matrix = np.vstack([equations.matrix, np.ones(n)])
    target = np.append(equations.target, responders)
    if comb(n, responders) <= MOST_TRIED:
        return _all(equations, matrix, target, responders)
    if np.linalg.matrix_rank(matrix, tol=1e-6) == n:
        found = np.rint(np.linalg.lstsq(matrix, target)[0])
        residual = float(np.abs(matrix @ found - target).max())
        fits = residual <= equations.tolerance and set(found.tolist()) <= {0.0, 1.0}
        outcome = found.astype(int) if fits else None
        return LabelAttack(equations.source, "linear", comb(n, responders), int(fits), residual, outcome=outcome)
    if n <= MOST_BY_HALVES and len(equations.target) and equations.tolerance <= FITTED:
        return _halves(equations, matrix, target, rng)
    return LabelAttack(equations.source, "none", 0, 0)


def _all(equations: Equations, matrix: FloatArray, target: FloatArray, responders: int) -> LabelAttack:
    n = matrix.shape[1]
    chosen = np.array(list(combinations(range(n), responders))).reshape(-1, responders)
    labels = np.zeros((len(chosen), n))
    np.put_along_axis(labels, chosen, 1.0, axis=1)
    # in parts that fit into the cache: of a wide table there are thousands of equations
    each = max(1, NUMBERS_AT_ONCE // len(matrix))
    parts = (labels[start : start + each] for start in range(0, len(labels), each))
    residual = np.concatenate([np.abs(part @ matrix.T - target).max(axis=1) for part in parts])
    order = np.argsort(residual, kind="stable")
    fits = labels[residual <= equations.tolerance]
    best = float(residual[order[0]])
    after = float(residual[order[1]]) if len(order) > 1 else None
    return LabelAttack(equations.source, "all", len(labels), len(fits), best, after, _agreed(fits))


def _agreed(labels: FloatArray) -> IntArray | None:
    """Return the outcomes on which labelings agree, -1 where they differ."""
    if not len(labels):
        return None
    return np.where((labels == labels[0]).all(axis=0), labels[0], -1).astype(int)


def _halves(equations: Equations, matrix: FloatArray, target: FloatArray, rng: np.random.Generator) -> LabelAttack:
    """Match labelings of one half of the patients with those of the other (Horowitz and Sahni 1974)."""
    n = matrix.shape[1]
    direction = rng.standard_normal(len(target)) / np.sqrt(len(target))
    weights, wanted = direction @ matrix, float(direction @ target)
    cut = n // 2
    left, right = _sums(weights[:cut]), _sums(weights[cut:])
    order = np.argsort(right)
    tolerance = CLOSE
    first = np.searchsorted(right[order], wanted - left - tolerance, side="left")
    last = np.searchsorted(right[order], wanted - left + tolerance, side="right")
    count = last - first
    starts = np.repeat(np.flatnonzero(count), count[count > 0])
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count[count > 0]) - count[count > 0], count[count > 0])
    ends = order[np.repeat(first[count > 0], count[count > 0]) + within]
    fitting, best = [], float("inf")
    for start in range(0, len(starts), MOST_TRIED):
        part = slice(start, start + MOST_TRIED)
        labels = np.concatenate([_bits(starts[part], cut), _bits(ends[part], n - cut)], axis=1)
        residual = np.abs(labels @ matrix.T - target).max(axis=1)
        fitting.append(labels[residual <= equations.tolerance])
        best = min(best, float(residual.min()))
    fits = np.concatenate(fitting) if fitting else np.empty((0, n))
    return LabelAttack(equations.source, "halves", 2**n, len(fits), best if fitting else None, outcome=_agreed(fits))


def _sums(weights: FloatArray) -> FloatArray:
    """Return the sum of every subset; bit i of its place says whether weight i is in it."""
    sums = np.zeros(1)
    for weight in weights:
        sums = np.concatenate([sums, sums + weight])
    return sums


def _bits(places: IntArray, width: int) -> FloatArray:
    return np.asarray((places[:, None] >> np.arange(width)) & 1, dtype=float)
