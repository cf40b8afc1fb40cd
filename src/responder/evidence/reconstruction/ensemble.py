"""All cohorts that fit facts: counted, listed in batches, or drawn with equal chance."""

from __future__ import annotations

import functools
import hashlib
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.errors import ConfigError, NotEstimableError
from responder.evidence.reconstruction.constraints import Cells, Constraints, compile_fact
from responder.evidence.reconstruction.diagram import CohortDiagram
from responder.evidence.reconstruction.layers import MOST_SUMS
from responder.evidence.reconstruction.rounding import Convention
from responder.evidence.reconstruction.statements import Condition, ReportedFact
from responder.words import Phrase

__all__ = ["Cohorts", "Ensemble", "bounded_ensemble"]

_BATCH = 1 << 16
_MOST_ALTERNATIVES = 20_000


@dataclass(frozen=True)
class Cohorts:
    """A batch of cohorts.

    Attributes
    ----------
    cells : Cells
        What each cell means.
    members : ndarray of int, shape (cohorts, n)
        The cell of each person; people are in no order.
    """

    cells: Cells
    members: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, name: str) -> FloatArray:
        """Return the values of a variable, or an item's 0 or 1, shape (cohorts, n)."""
        return np.asarray(self.cells.values(name)[self.members])

    def meets(self, condition: str) -> BoolArray:
        """Return which people meet a condition such as ``"week12 == 0"``, shape (cohorts, n)."""
        return np.asarray(self.cells.mask(Condition.read(condition))[self.members])

    def differences(self, before: str, after: str) -> IntArray:
        """Return before minus after in whole steps, shape (cohorts, n)."""
        return np.asarray(self.cells.differences(before, after)[self.members])


class Ensemble:
    """Every cohort that fits some facts (P values aside).

    Parameters
    ----------
    cells : Cells
        What one person can be.
    facts : sequence of ReportedFact
        Facts other than P values.
    convention : str
        How reported numbers were rounded.
    most_sums : int
        Largest number of partial sums to look at.

    Attributes
    ----------
    total : int
        Exact number of cohorts.
    identity : str
        Digest of the bounds: equal for two ensembles that are the same by construction.

    Raises
    ------
    ConfigError
        If medians of even groups leave too many pairs of middle values.
    NotEstimableError
        If the facts lead to more partial sums than can be held.
    """

    def __init__(
        self,
        cells: Cells,
        facts: Sequence[ReportedFact],
        convention: Convention,
        most_sums: int = MOST_SUMS,
    ) -> None:
        self.cells = cells
        alternatives = [compile_fact(fact, cells, convention) for fact in facts]
        number = functools.reduce(operator.mul, map(len, alternatives), 1)
        if number > _MOST_ALTERNATIVES:
            raise ConfigError("facts_middle_pairs", where=Phrase("place.even_medians"), number=number)
        self._diagrams: list[CohortDiagram] = []
        digest = hashlib.sha256()
        for choice in itertools.product(*alternatives):
            constraints = functools.reduce(operator.add, choice, Constraints())
            digest.update(_spelled(constraints))
            diagram = CohortDiagram(constraints, cells.size, cells.n, most_sums)
            most_sums -= diagram.sums
            if diagram.total:
                self._diagrams.append(diagram)
        self.identity = digest.hexdigest()
        self.total = sum(diagram.total for diagram in self._diagrams)

    def at(self, ranks: IntArray) -> Cohorts:
        """Return the cohorts of some ranks, numbers in rising order from 0 to ``total - 1``."""
        starts = np.cumsum([0, *(diagram.total for diagram in self._diagrams)])
        cut = np.searchsorted(ranks, starts)
        parts = [
            diagram.members(ranks[cut[i] : cut[i + 1]] - starts[i])
            for i, diagram in enumerate(self._diagrams)
            if cut[i + 1] > cut[i]
        ]
        return self._batch(parts)

    def batches(self, ranks: IntArray | None = None) -> Iterator[tuple[IntArray, Cohorts]]:
        """Yield (ranks, cohorts) of all cohorts, or of those of some ranks, in batches of bounded memory."""
        number = self.total if ranks is None else len(ranks)
        size = max(1, _BATCH * 9 // self.cells.n)
        for start in range(0, number, size):
            stop = min(number, start + size)
            some = np.arange(start, stop) if ranks is None else ranks[start:stop]
            yield some, self.at(some)

    def draw(self, rng: np.random.Generator, size: int) -> Cohorts:
        """Draw cohorts with replacement, each with the same chance, in no meaningful order."""
        shares = [diagram.total / self.total for diagram in self._diagrams]
        if not shares:
            return self._batch([])
        sizes = rng.multinomial(size, shares).tolist()
        return self._batch([d.draw(rng, k) for d, k in zip(self._diagrams, sizes, strict=True) if k])

    def _batch(self, parts: Iterable[NDArray[np.int32]]) -> Cohorts:
        nothing = np.zeros((0, self.cells.n), dtype=np.int32)
        return Cohorts(self.cells, np.concatenate([nothing, *parts]))


def bounded_ensemble(
    cells: Cells, facts: Iterable[ReportedFact], convention: Convention, most_sums: int = MOST_SUMS
) -> tuple[Ensemble, list[ReportedFact]]:
    """Return the ensemble bounded by as many facts as can be, and the facts that must be sifted out of it.

    A P value bounds nothing that can be counted.  Where the sums behind SDs, and then means, are too many to be
    told apart, they too are left to be sifted.

    Raises
    ------
    NotEstimableError
        If even without them there are too many partial sums.
    """
    every = list(facts)
    for left_out in ({"p_value"}, {"p_value", "sd"}, {"p_value", "sd", "mean"}):
        bounding = [fact for fact in every if fact.statistic not in left_out]
        try:
            ensemble = Ensemble(cells, bounding, convention, most_sums)
        except NotEstimableError:
            if "mean" in left_out:
                raise
        else:
            return ensemble, [fact for fact in every if fact.statistic in left_out]
    raise AssertionError("unreachable")


def _spelled(constraints: Constraints) -> bytes:
    counts = [(np.packbits(b.mask).tobytes(), b.low, b.high) for b in constraints.counts]
    moments = [
        (b.values.tobytes(), b.m, b.sum_low, b.sum_high, b.spread_low, b.spread_high) for b in constraints.moments
    ]
    return repr((counts, moments)).encode()
