"""The layered graph behind a `CohortDiagram`: one layer a class of cells, one node for each distinct partial sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from responder.arrays import BoolArray, IntArray
from responder.errors import NotEstimableError
from responder.evidence.reconstruction.constraints import Constraints, CountBound, MomentBound
from responder.evidence.reconstruction.rows import unique_rows

__all__ = ["MOST_SUMS", "Layer", "grow_layers"]

Ints = IntArray

MOST_SUMS = 4_000_000
_EXPANDED_AT_A_TIME = 1 << 18
_UNBOUNDED = 2**62


@dataclass(frozen=True)
class Layer:
    """Edges out of one layer's nodes, in the order of `parent`: how many people join the class, and where it leads."""

    parent: Ints
    people: Ints
    child: Ints


def grow_layers(
    constraints: Constraints, cells: int, n: int, most_sums: int = MOST_SUMS
) -> tuple[list[Ints], list[Layer], int]:
    """Return the classes of cells, and the layers whose every path is a cohort within the bounds.

    Parameters
    ----------
    constraints : Constraints
    cells : int
        Number of cells.
    n : int
        Number of people.
    most_sums : int
        Largest number of partial sums to look at.

    Returns
    -------
    classes : list of ndarray of int
        Cells of each class, in the order of the layers.
    layers : list of Layer
        Empty when no cohort is within the bounds.
    sums : int
        Number of partial sums looked at.

    Raises
    ------
    NotEstimableError
        If that number would be larger than `most_sums`.
    """
    classes, bounds = _classes(constraints, cells)
    states = np.zeros((1, bounds.width), dtype=np.int64)
    states[0, 0] = n
    layers: list[Layer] = []
    sums = 0
    for step in range(len(classes)):
        fewest, most = bounds.joining(states, step)
        sums += int((most - fewest + 1).sum())
        if sums > most_sums:
            raise NotEstimableError("facts_partial_sums")
        pieces = []
        for parent, people in _expanded(fewest, most):
            after = bounds.joined(states, parent, people, step)
            possible = bounds.possible(after, step)
            pieces.append((parent[possible], people[possible], bounds.settled(after[possible], step)))
        if not any(len(parent) for parent, _, _ in pieces):
            return classes, [], sums
        parent, people, after = (np.concatenate(column) for column in zip(*pieces, strict=True))
        states, child = unique_rows(after)
        layers.append(Layer(parent, people, child))
    return classes, _alive(layers), sums


def _expanded(fewest: Ints, most: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield (node, number of people) for every number between two limits, some at a time."""
    number = most - fewest + 1
    piece_starts = np.arange(0, int(number.sum()), _EXPANDED_AT_A_TIME)
    cut = [*np.searchsorted(np.cumsum(number), piece_starts, "right").tolist(), len(number)]
    for start, stop in pairwise(cut):
        part = number[start:stop]
        node = np.repeat(np.arange(start, stop), part)
        yield node, fewest[node] + np.arange(len(node)) - np.repeat(np.cumsum(part) - part, part)


def _alive(layers: list[Layer]) -> list[Layer]:
    """Drop nodes that lead nowhere, so that every node has an edge."""
    alive = np.zeros(1, dtype=np.int64)
    kept = []
    for layer in reversed(layers):
        number = np.full(int(layer.child.max()) + 1, -1, dtype=np.int64)
        number[alive[alive < len(number)]] = np.flatnonzero(alive < len(number))
        child = number[layer.child]
        parent, people, child = (column[child >= 0] for column in (layer.parent, layer.people, child))
        alive, renumbered = np.unique(parent, return_inverse=True)
        kept.append(Layer(renumbered.astype(np.int64), people, child))
    return kept[::-1]


@dataclass(frozen=True)
class _Bounds:
    """All bounds over classes.

    A node's state is (people left, people counted by each count bound, sum of each moment, sum of its squares).
    Class j adds ``counts[j]`` and ``values[j]`` to it for each person.  ``later_*[j]`` tell of the classes after j.
    """

    counts: Ints
    low: Ints
    high: Ints
    values: Ints
    m: Ints
    sum_low: Ints
    sum_high: Ints
    spread_low: Ints
    spread_high: Ints

    @property
    def width(self) -> int:
        return 1 + len(self.low) + 2 * len(self.m)

    @property
    def spread_free(self) -> BoolArray:
        """Which moments have no bound on their spread."""
        return np.asarray((self.spread_low == 0) & (self.spread_high == _UNBOUNDED))

    def _later(self, step: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Return whether any and whether all later classes count, and the least and largest later value."""
        counts, values = self.counts[step + 1 :], self.values[step + 1 :]
        if len(counts) == 0:
            nothing = np.zeros(len(self.m), dtype=np.int64)
            return np.zeros_like(self.low), np.zeros_like(self.low), nothing, nothing
        return counts.max(axis=0), counts.min(axis=0), values.min(axis=0), values.max(axis=0)

    def _split(self, states: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        counts, moments = len(self.low), len(self.m)
        left, used = states[:, :1], states[:, 1 : 1 + counts]
        return left, used, states[:, 1 + counts : 1 + counts + moments], states[:, 1 + counts + moments :]

    def joining(self, states: Ints, step: int) -> tuple[Ints, Ints]:
        """Return the fewest and the most people who may join class `step` (most = fewest - 1: none can)."""
        left, used, sums, _ = self._split(states)
        any_later, _, least, largest = self._later(step)
        fewest, most = np.zeros(len(states), dtype=np.int64), left[:, 0].copy()
        if step == len(self.counts) - 1:
            fewest = most.copy()
        for c in np.flatnonzero(self.counts[step]):
            most = np.minimum(most, self.high[c] - used[:, c])
            if not any_later[c]:
                fewest = np.maximum(fewest, self.low[c] - used[:, c])
        for i, value in enumerate(self.values[step]):
            # sum + k * value + (left - k) * later value must be able to reach the bounds of the sum
            for later, bound, sign in ((largest[i], self.sum_low[i], 1), (least[i], self.sum_high[i], -1)):
                if bound in (0, _UNBOUNDED) or value == later:
                    continue
                need = sign * (bound - sums[:, i] - left[:, 0] * later)  # <= k * slope
                slope = int(sign * (value - later))
                if slope > 0:
                    fewest = np.maximum(fewest, -(-need // slope))
                else:
                    most = np.minimum(most, need // slope)
        return fewest, np.maximum(most, fewest - 1)

    def joined(self, states: Ints, parent: Ints, people: Ints, step: int) -> Ints:
        """Return the states after some people joined class `step`."""
        value = self.values[step]
        gain = np.concatenate([[-1], self.counts[step], value, value**2])
        return np.asarray(states[parent] + people[:, None] * gain)

    def possible(self, states: Ints, step: int) -> BoolArray:
        """Return which states may still end within all bounds (all that do, and few that do not)."""
        left, used, sums, squares = self._split(states)
        any_later, all_later, least, largest = self._later(step)
        # a bound that no class touches from here on was decided, and its sums forgotten, before
        touched, _, _, most_from_here = self._later(step - 1)
        decided, moment_decided = (step > 0) & (touched == 0), (step > 0) & (most_from_here == 0)
        fits = (used + left * any_later >= self.low) & (used + left * all_later <= self.high) | decided
        low = np.maximum(sums + left * least, self.sum_low)
        high = np.minimum(sums + left * largest, self.sum_high)
        # sums of squares of what is still to come, given the range of its sum: Cauchy below, the chord above
        to_come_low, to_come_high = low - sums, high - sums
        fewest = -(-(to_come_low**2) // np.maximum(left, 1))
        most = (least + largest) * to_come_high - left * least * largest
        spread_most = self.m * (squares + most) - low**2
        spread_least = self.m * (squares + fewest) - high**2
        spread_fits = (spread_most >= self.spread_low) & (spread_least <= self.spread_high)
        within = (low <= high) & (spread_fits | self.spread_free) | moment_decided
        return np.asarray(fits.all(axis=1) & within.all(axis=1))

    def settled(self, states: Ints, step: int) -> Ints:
        """Forget what no longer matters, so that more states are equal."""
        states = states.copy()
        _, used, sums, squares = self._split(states)
        any_later, _, _, largest = self._later(step)
        enough = np.where(self.high == _UNBOUNDED, self.low, self.high)
        np.minimum(used, enough, out=used)
        used[:, any_later == 0] = 0
        sums[:, largest == 0] = 0
        squares[:, (largest == 0) | self.spread_free] = 0
        return states


def _classes(constraints: Constraints, cells: int) -> tuple[list[Ints], _Bounds]:
    """Group the cells that are allowed by which bounds they touch."""
    counts, moments = _merged(constraints, cells)
    allowed = np.ones(cells, dtype=bool)
    for bound in counts:
        if bound.high == 0:
            allowed &= ~bound.mask
    counts = [b for b in counts if b.high != 0 or b.low > 0]
    left = np.flatnonzero(allowed)
    columns = [bound.mask[left].astype(np.int64) for bound in counts] + [m.values[left] for m in moments]
    table = np.stack(columns, axis=1) if columns else np.zeros((len(left), 1), dtype=np.int64)
    classes: list[Ints] = []
    if len(left):
        distinct, number = unique_rows(table)
        order = np.argsort(number, kind="stable")
        classes = np.split(left[order], np.searchsorted(number[order], np.arange(1, len(distinct))))
    else:
        distinct = np.zeros((0, table.shape[1]), dtype=np.int64)

    def column(values: list[int | None]) -> Ints:
        return np.array([_UNBOUNDED if value is None else value for value in values], dtype=np.int64)

    bounds = _Bounds(
        counts=distinct[:, : len(counts)],
        low=column([b.low for b in counts]),
        high=column([b.high for b in counts]),
        values=distinct[:, len(counts) : len(counts) + len(moments)],
        m=column([b.m for b in moments]),
        sum_low=column([b.sum_low for b in moments]),
        sum_high=column([b.sum_high for b in moments]),
        spread_low=column([b.spread_low for b in moments]),
        spread_high=column([b.spread_high for b in moments]),
    )
    return classes, bounds


def _merged(constraints: Constraints, cells: int) -> tuple[list[CountBound], list[MomentBound]]:
    """Intersect bounds on the same people or values."""

    def least(one: int | None, other: int | None) -> int | None:
        return other if one is None else one if other is None else min(one, other)

    counts: dict[bytes, CountBound] = {}
    for bound in constraints.counts:
        old = counts.get(bound.mask.tobytes(), bound)
        new = CountBound(bound.mask, max(old.low, bound.low), least(old.high, bound.high))
        counts[bound.mask.tobytes()] = new
    moments: dict[tuple[bytes, int], MomentBound] = {}
    for moment in constraints.moments:
        key = (moment.values.tobytes(), moment.m)
        same = moments.get(key, moment)
        moments[key] = MomentBound(
            moment.values,
            moment.m,
            max(same.sum_low, moment.sum_low),
            least(same.sum_high, moment.sum_high),
            max(same.spread_low, moment.spread_low),
            least(same.spread_high, moment.spread_high),
        )
    return list(counts.values()), list(moments.values())
