"""Count, list and draw the cohorts within bounds, without holding them in memory.

Cells that no bound tells apart form a class.  Classes are taken one after the other, and what the people placed so
far add up to is a node; equal sums are one node, so the graph stays small where the cohorts are many.  Counting
completions backwards gives the exact number of cohorts, and turns any rank below it into its cohort.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import IntArray
from responder.errors import NotEstimableError
from responder.evidence.reconstruction.constraints import Constraints
from responder.evidence.reconstruction.layers import MOST_SUMS, Layer, grow_layers

__all__ = ["CohortDiagram"]

Ints = IntArray
Exact = NDArray[Any]  # int64 where the numbers fit, else Python integers

_MOST_NUMBERED = 2**40


class CohortDiagram:
    """The cohorts of n people that meet some bounds.

    Parameters
    ----------
    constraints : Constraints
        Bounds on counts and moments over cells.
    cells : int
        Number of cells.
    n : int
        Number of people.
    most_sums : int
        Largest number of partial sums to look at.

    Attributes
    ----------
    total : int
        Exact number of cohorts (multisets of cells).
    sums : int
        Number of partial sums looked at.

    Raises
    ------
    NotEstimableError
        If the bounds lead to more partial sums than `most_sums`.

    Examples
    --------
    Three people who may each be any of two cells:

    >>> diagram = CohortDiagram(Constraints(), cells=2, n=3)
    >>> diagram.total
    4
    >>> diagram.members(np.arange(4)).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]]
    """

    def __init__(self, constraints: Constraints, cells: int, n: int, most_sums: int = MOST_SUMS) -> None:
        self.n = n
        self._classes, self._layers, self.sums = grow_layers(constraints, cells, n, most_sums)
        self._weights, self._completions = _count(self._layers, self._classes)
        self.total = int(self._completions[0][0]) if self._layers else 0

    def members(self, ranks: Ints) -> NDArray[np.int32]:
        """Return the cohorts of some ranks.

        Parameters
        ----------
        ranks : ndarray of int, shape (cohorts,)
            Numbers from 0 to ``total - 1``.

        Returns
        -------
        ndarray of int, shape (cohorts, n)
            The cell of each person; people are in no order.

        Raises
        ------
        NotEstimableError
            If there are too many cohorts to number (some 10^12).
        """
        if self.total > _MOST_NUMBERED:
            raise NotEstimableError("facts_no_ranks")
        rest = np.array(ranks, dtype=np.int64)
        node = np.zeros_like(rest)
        people = np.zeros((len(rest), len(self._layers)), dtype=np.int64)
        within = []
        for index, layer in enumerate(self._layers):
            weight = self._weights[index]
            cumulative = np.cumsum(weight)
            before_edge = cumulative - weight
            before_node = before_edge[_first_edges(layer)][node]
            edge = np.searchsorted(cumulative, before_node + rest, side="right")
            rest -= before_edge[edge] - before_node
            people[:, index], node = layer.people[edge], layer.child[edge]
            choice, rest = np.divmod(rest, self._completions[index + 1][node])
            within.append(choice)
        return self._assemble(people, lambda index, rows, k, _: _multisets(within[index][rows], k))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.int32]:
        """Draw cohorts, each with the same chance, with replacement; see `members`."""
        node = np.zeros(size, dtype=np.int64)
        people = np.zeros((size, len(self._layers)), dtype=np.int64)
        for index, layer in enumerate(self._layers):
            share = (self._weights[index] / self._completions[index][layer.parent]).astype(np.float64)
            cumulative = np.cumsum(share)
            first = _first_edges(layer)
            last = np.append(first[1:], len(share)) - 1
            start = (cumulative - share)[first][node]
            edge = np.searchsorted(cumulative, start + rng.random(size), side="right")
            edge = np.clip(edge, first[node], last[node])  # rounding may step over a node's edges
            people[:, index], node = layer.people[edge], layer.child[edge]
        return self._assemble(people, lambda index, rows, k, cells: _random_multisets(rng, cells, k, len(rows)))

    def _assemble(self, people: Ints, choose: Callable[[int, Ints, int, int], Ints]) -> NDArray[np.int32]:
        """Turn the number of people of each class into the cell of each person."""
        rows = len(people)
        representative = np.array([cells[0] for cells in self._classes], dtype=np.int32)
        result = np.repeat(np.tile(representative, rows), people.ravel()).reshape(rows, self.n)
        start = np.cumsum(people, axis=1) - people
        for index, cells in enumerate(self._classes):
            if len(cells) == 1:
                continue
            for k in np.unique(people[:, index]):
                if k == 0:
                    continue
                where = np.flatnonzero(people[:, index] == k)
                columns = start[where, index][:, None] + np.arange(k)
                result[where[:, None], columns] = cells[choose(index, where, int(k), len(cells))]
        return result


def _first_edges(layer: Layer) -> Ints:
    return np.flatnonzero(np.diff(layer.parent, prepend=-1))


def _count(layers: list[Layer], classes: list[Ints]) -> tuple[list[Exact], list[Exact]]:
    """Return the weight of each edge and the completions of each node: how many cohorts lead through it."""
    sizes = [len(cells) for cells in classes[: len(layers)]]  # no layers: no cohort
    weights, completions = _count_as(np.float64, layers, sizes)
    # Floating point is exact for whole numbers up to 2^53; ranks are found in running sums over a layer.
    if all(float(weight.sum()) < 2**52 for weight in weights):
        return [w.astype(np.int64) for w in weights], [c.astype(np.int64) for c in completions]
    return _count_as(object, layers, sizes)


def _count_as(kind: type, layers: list[Layer], sizes: list[int]) -> tuple[list[Exact], list[Exact]]:
    after: Exact = np.ones(1, dtype=kind)
    weights, completions = [], [after]
    for layer, cells in zip(reversed(layers), reversed(sizes), strict=True):
        ways: list[float] = [math.comb(k + cells - 1, k) for k in range(int(layer.people.max()) + 1)]
        if kind is np.float64:
            ways = [min(way, 1e300) for way in ways]
        weight: Exact = np.array(ways, dtype=kind)[layer.people] * after[layer.child]
        after = np.add.reduceat(weight, _first_edges(layer))
        weights.append(weight)
        completions.append(after)
    return weights[::-1], completions[::-1]


def _multisets(ranks: Ints, k: int) -> Ints:
    """Return the rank-th multiset of k whole numbers, one row per rank (combinatorial number system)."""
    numbers = np.empty((len(ranks), k), dtype=np.int64)
    rest = ranks.copy()
    for i in range(k, 0, -1):
        largest = int(rest.max(initial=0))
        table = [0] * i
        while table[-1] <= largest:
            table.append(math.comb(len(table), i))
        chosen = np.searchsorted(np.array(table, dtype=np.int64), rest, side="right") - 1
        rest -= np.array(table, dtype=np.int64)[chosen]
        numbers[:, i - 1] = chosen - (i - 1)
    return numbers


def _random_multisets(rng: np.random.Generator, cells: int, k: int, rows: int) -> Ints:
    """Draw multisets of k of the cells, each with the same chance: k places among cells + k - 1 (stars and bars)."""
    places = cells + k - 1
    if k * k > places:
        drawn = np.argpartition(rng.random((rows, places)), k - 1, axis=1)[:, :k]
    else:
        drawn = rng.integers(places, size=(rows, k))
        while True:
            ordered = np.sort(drawn, axis=1)
            twice = np.flatnonzero((np.diff(ordered, axis=1) == 0).any(axis=1))
            if twice.size == 0:
                break
            drawn[twice] = rng.integers(places, size=(twice.size, k))
    return np.sort(drawn, axis=1) - np.arange(k)
