"""The smallest set of facts that no cohort can meet together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.evidence.reconstruction.constraints import Cells
from responder.evidence.reconstruction.ensemble import Cohorts, bounded_ensemble
from responder.evidence.reconstruction.membership import tests_met
from responder.evidence.reconstruction.rounding import Convention
from responder.evidence.reconstruction.sift import Sieve
from responder.evidence.reconstruction.statements import ReportedFact, ReportedFacts

__all__ = ["Conflict", "smallest_conflict"]

_WITNESSES = 64


@dataclass(frozen=True)
class Conflict:
    """Facts that contradict each other.

    Attributes
    ----------
    facts : tuple of str
        Their ids.
    smallest : bool
        Whether no smaller set contradicts itself; ``False`` if a smaller one was too large to be looked through
        and none of the cohorts drawn from it fits.
    """

    facts: tuple[str, ...]
    smallest: bool

    def to_json(self) -> dict[str, Any]:
        """Return the conflict as JSON types."""
        return {"facts": list(self.facts), "smallest": self.smallest}


def smallest_conflict(facts: ReportedFacts, sieve: Sieve) -> Conflict | None:
    """Find the smallest conflicting set of facts, smaller sets first.

    A cohort that meets many facts shows at once that none of their subsets conflicts, so few of the sets are
    ever solved.

    Parameters
    ----------
    facts : ReportedFacts
    sieve : Sieve
        How far to look.

    Returns
    -------
    Conflict or None
        ``None`` when the facts do not conflict, or when it cannot be told.
    """
    cells, convention = Cells(facts), facts.rounding
    met_together: list[frozenset[str]] = []
    undecided = False
    for size in range(1, len(facts.facts) + 1):
        for subset in itertools.combinations(facts.facts, size):
            ids = tuple(fact.id for fact in subset)
            if any(met.issuperset(ids) for met in met_together):
                continue
            ensemble, others = bounded_ensemble(cells, subset, convention)
            found = sieve.sift(ensemble, others, [convention])[convention]
            if found.tally.count == 0 and found.tally.exhaustive:
                return Conflict(ids, not undecided)
            witnesses = found.first(_WITNESSES, sieve.rng)
            undecided = undecided or len(witnesses) == 0
            met_together = _with(met_together, _met(witnesses, facts.facts, convention))
    return None


def _with(known: list[frozenset[str]], new: set[frozenset[str]]) -> list[frozenset[str]]:
    """Keep the sets that are contained in no other."""
    every = new.union(known)
    return [one for one in every if not any(one < other for other in every)]


def _met(cohorts: Cohorts, facts: Sequence[ReportedFact], convention: Convention) -> set[frozenset[str]]:
    """Return, for each cohort, the facts that it meets."""
    rows = [tests_met(cohorts, fact, [convention])[convention].any(axis=0) for fact in facts]
    return {
        frozenset(fact.id for fact, met in zip(facts, column, strict=True) if met) for column in np.stack(rows, axis=1)
    }
