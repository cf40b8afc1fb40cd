"""Facts as arithmetic: a person is one of finitely many cells, a cohort is how many people are in each.

Every fact but a P value then bounds a count (how many people are in some cells) or a moment (the sum, or the
spread, of a value over people).  The median of an even number of people is one of several such bounds at a time,
so a fact compiles to alternatives that exclude each other.
"""

from __future__ import annotations

import itertools
import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.errors import ConfigError
from responder.evidence.reconstruction.rounding import Convention, Interval
from responder.evidence.reconstruction.statements import Condition, ReportedFact, ReportedFacts, Variable
from responder.words import Phrase

__all__ = ["Cells", "Constraints", "CountBound", "MomentBound", "compile_fact"]

Ints = IntArray
Mask = BoolArray

_MOST_CELLS = 1_000_000
_LARGEST_INTEGER = 2**62
_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class CountBound:
    """Of the people in `mask` there are at least `low` and at most `high` (``None``: any number)."""

    mask: Mask
    low: int
    high: int | None


@dataclass(frozen=True)
class MomentBound:
    """Bounds on the sum S of `values` over people, and on m * sum(values^2) - S^2 for the m who count.

    `values` are whole numbers of 0 or more, and 0 in cells that do not count.
    """

    values: Ints
    m: int
    sum_low: int = 0
    sum_high: int | None = None
    spread_low: int = 0
    spread_high: int | None = None


@dataclass(frozen=True)
class Constraints:
    """Bounds that hold together."""

    counts: tuple[CountBound, ...] = ()
    moments: tuple[MomentBound, ...] = ()

    def __add__(self, other: Constraints) -> Constraints:
        return Constraints(self.counts + other.counts, self.moments + other.moments)


class Cells:
    """All that one person can be: one value a variable (and one state an item).

    Parameters
    ----------
    facts : ReportedFacts
        For its variables.

    Raises
    ------
    ConfigError
        If there are more than a million combinations.
    """

    def __init__(self, facts: ReportedFacts) -> None:
        self.variables = dict(facts.variables)
        self.n = facts.n
        states = [len(variable.states) for variable in self.variables.values()]
        self.size = math.prod(states)
        if self.size > _MOST_CELLS:
            raise ConfigError("facts_combinations", where=facts.title, size=self.size, most=_MOST_CELLS)
        self._state = dict(zip(self.variables, np.indices(states).reshape(len(states), -1), strict=True))

    @cached_property
    def scales(self) -> dict[str, tuple[int, int]]:
        """For each variable (factor, smallest): value * factor - smallest is a whole number of 0 or more."""
        scales = {}
        for name, variable in self.variables.items():
            fractions = [Fraction(value) for value in variable.states]
            factor = math.lcm(*(fraction.denominator for fraction in fractions))
            scales[name] = (factor, min(int(fraction * factor) for fraction in fractions))
        return scales

    def values(self, name: str) -> FloatArray:
        """Return a variable's value, or an item's 0 or 1, in each cell."""
        variable, _, item = name.partition(".")
        if item:
            return self._item(self.variables[variable], item)[self._state[variable]]
        return np.array([float(value) for value in self.variables[variable].states])[self._state[variable]]

    def whole(self, name: str) -> Ints:
        """Return ``value * factor - smallest`` of a variable in each cell."""
        factor, smallest = self.scales[name]
        states = [int(value * factor) - smallest for value in self.variables[name].states]
        return np.array(states, dtype=np.int64)[self._state[name]]

    def differences(self, before: str, after: str) -> Ints:
        """Return before minus after in each cell, in the same whole steps."""
        factor = math.lcm(self.scales[before][0], self.scales[after][0])
        pair = []
        for name in (before, after):
            states = [int(value * factor) for value in self.variables[name].states]
            pair.append(np.array(states, dtype=np.int64)[self._state[name]])
        return np.asarray(pair[0] - pair[1])

    def mask(self, condition: Condition) -> Mask:
        """Return the cells of the people who meet a condition."""
        left = self.values(condition.left)
        right = float(condition.right) if len(condition.names) == 1 else self.values(condition.right)
        return np.asarray(_COMPARE[condition.relation](left, right))

    @staticmethod
    def _item(variable: Variable, item: str) -> FloatArray:
        position = len(variable.items) - 1 - list(variable.items).index(item)
        return ((np.arange(len(variable.states)) >> position) & 1).astype(np.float64)


def compile_fact(fact: ReportedFact, cells: Cells, convention: Convention) -> list[Constraints]:
    """Return the alternatives, excluding each other, in which a fact other than a P value holds.

    Parameters
    ----------
    fact : ReportedFact
    cells : Cells
    convention : str
        How reported numbers were rounded.

    Returns
    -------
    list of Constraints
        Empty when the fact can hold in no cohort.
    """
    everyone = np.ones(cells.size, dtype=bool)
    if fact.statistic == "every":
        return [Constraints((CountBound(~cells.mask(fact.condition), 0, 0),))]
    if fact.statistic == "count":
        low, high = fact.interval(convention).integers()
        return [Constraints((CountBound(cells.mask(fact.condition), low, high),))]
    group = cells.mask(Condition.read(fact.where)) if fact.where else everyone
    m = fact.n or cells.n
    size = Constraints((CountBound(group, m, m),))
    interval = fact.interval(convention)
    if fact.statistic in {"mean", "sd"}:
        return [size + _moment(fact, interval, cells, group, m)]
    values = cells.values(fact.of)
    states = [value for value in cells.variables[fact.of].states if Fraction(value) in interval]
    if fact.statistic == "median" and m % 2 == 0:
        return [size + pair for pair in _even_median(cells, fact.of, interval, group, m)]
    if not states:
        return []
    below, within = group & (values < float(min(states))), group & (values <= float(max(states)))
    if fact.statistic == "minimum":
        return [size + Constraints((CountBound(below, 0, 0), CountBound(within, 1, None)))]
    if fact.statistic == "maximum":
        outside = CountBound(group & ~within, 0, 0)
        return [size + Constraints((outside, CountBound(group & ~below, 1, None)))]
    half = (m - 1) // 2
    return [size + Constraints((CountBound(below, 0, half), CountBound(within, half + 1, None)))]


def _even_median(cells: Cells, name: str, interval: Interval, group: Mask, m: int) -> list[Constraints]:
    """One alternative for each pair of middle values whose mean rounds to the reported median."""
    values, states = cells.values(name), sorted(set(cells.variables[name].states))
    half = m // 2
    alternatives = []
    for low, high in itertools.combinations_with_replacement(states, 2):
        if (Fraction(low) + Fraction(high)) / 2 not in interval:
            continue
        under, up_to = group & (values < float(low)), group & (values <= float(low))
        if low == high:
            bounds: tuple[CountBound, ...] = (
                CountBound(under, 0, half - 1),
                CountBound(up_to, half + 1, None),
            )
        else:
            bounds = (
                CountBound(under, 0, half - 1),
                CountBound(up_to, half, half),
                CountBound(group & (values > float(low)) & (values < float(high)), 0, 0),
                CountBound(group & (values == float(high)), 1, None),
            )
        alternatives.append(Constraints(bounds))
    return alternatives


def _moment(fact: ReportedFact, interval: Interval, cells: Cells, group: Mask, m: int) -> Constraints:
    """Bound a sum or a spread; shifting values to start at 0 moves the mean and leaves the SD."""
    factor, smallest = cells.scales[fact.of]
    values = np.where(group, cells.whole(fact.of), 0)
    if m * m * int(values.max(initial=0)) ** 2 > _LARGEST_INTEGER:
        raise ConfigError("facts_squares", where=Phrase("place.reported_fact", {"fact": fact.id}), fact=fact.id)
    if fact.statistic == "mean":
        low, high = interval.scaled(m * factor, -m * smallest).integers()
        return Constraints(moments=(MomentBound(values, m, sum_low=low, sum_high=high),))
    low, high = interval.squared().scaled(m * (m - 1) * factor**2).integers()
    return Constraints(moments=(MomentBound(values, m, spread_low=low, spread_high=high),))
