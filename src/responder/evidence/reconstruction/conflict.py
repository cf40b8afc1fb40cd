"""The smallest set of facts that no cohort can meet together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.evidence.reconstruction.constraints import Cells, Constraints, compile_fact
from responder.evidence.reconstruction.ensemble import Cohorts, Ensemble
from responder.evidence.reconstruction.paired_p import paired_p_values
from responder.evidence.reconstruction.rounding import Convention
from responder.evidence.reconstruction.sift import inside, sift
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
        Whether no smaller set contradicts itself; ``False`` if a smaller one with a P value was too large to
        be searched through.
    """

    facts: tuple[str, ...]
    smallest: bool

    def to_json(self) -> dict[str, Any]:
        """Return the conflict as JSON types."""
        return {"facts": list(self.facts), "smallest": self.smallest}


def smallest_conflict(
    facts: ReportedFacts,
    *,
    most_listed: int,
    draws: int,
    rng: np.random.Generator,
) -> Conflict | None:
    """Find the smallest conflicting set of facts, smaller sets first.

    A cohort that meets many facts shows at once that none of their subsets conflicts, so few of the sets are
    ever solved.

    Parameters
    ----------
    facts : ReportedFacts
    most_listed, draws : int
        See `reconstruct`.
    rng : numpy.random.Generator

    Returns
    -------
    Conflict or None
        ``None`` when the facts do not conflict, or when it cannot be told.
    """
    cells, convention = Cells(facts), facts.rounding
    by_id = {fact.id: fact for fact in facts.facts}
    met_together: list[frozenset[str]] = []
    undecided = False
    for size in range(1, len(by_id) + 1):
        for subset in itertools.combinations(by_id, size):
            if any(met.issuperset(subset) for met in met_together):
                continue
            chosen = [by_id[name] for name in subset]
            bounded = [fact for fact in chosen if fact.statistic != "p_value"]
            p_facts = [fact for fact in chosen if fact.statistic == "p_value"]
            ensemble = Ensemble(cells, bounded, convention)
            if ensemble.total == 0:
                return Conflict(subset, not undecided)
            witnesses = ensemble.draw(rng, _WITNESSES)
            if p_facts:
                sifted = sift(ensemble, p_facts, [convention], most_listed=most_listed, draws=draws, rng=rng)[
                    convention
                ]
                if sifted.ranks is not None:
                    if sifted.tally.count == 0:
                        return Conflict(subset, not undecided)
                    witnesses = ensemble.at(sifted.ranks[:_WITNESSES])
                elif sifted.sample is not None and len(sifted.sample):
                    witnesses = Cohorts(cells, sifted.sample.members[:_WITNESSES])
                else:
                    undecided = True
                    continue
            met_together = _with(met_together, _met(witnesses, list(by_id.values()), convention))
    return None


def _with(known: list[frozenset[str]], new: set[frozenset[str]]) -> list[frozenset[str]]:
    """Keep the sets that are contained in no other."""
    every = new.union(known)
    return [one for one in every if not any(one < other for other in every)]


def _met(cohorts: Cohorts, facts: Sequence[ReportedFact], convention: Convention) -> set[frozenset[str]]:
    """Return, for each cohort, the facts that it meets."""
    table = np.stack([_meets(cohorts, fact, convention) for fact in facts], axis=1)
    return {frozenset(fact.id for fact, met in zip(facts, row, strict=True) if met) for row in table}


def _meets(cohorts: Cohorts, fact: ReportedFact, convention: Convention) -> NDArray[np.bool_]:
    if fact.statistic == "p_value":
        p_values = paired_p_values(cohorts.differences(*fact.difference), fact.candidate_tests)
        return np.asarray(inside(p_values, fact.interval(convention)).any(axis=0))
    alternatives = compile_fact(fact, cohorts.cells, convention)
    fits = [_within(cohorts.members, constraints) for constraints in alternatives]
    return np.asarray(np.logical_or.reduce([np.zeros(len(cohorts), dtype=bool), *fits]))


def _within(members: NDArray[np.int32], constraints: Constraints) -> NDArray[np.bool_]:
    fits = np.ones(len(members), dtype=bool)
    for bound in constraints.counts:
        number = bound.mask[members].sum(axis=1)
        fits &= (number >= bound.low) & (number <= (len(members[0]) if bound.high is None else bound.high))
    for moment in constraints.moments:
        values = moment.values[members]
        total = values.sum(axis=1)
        spread = moment.m * (values**2).sum(axis=1) - total**2
        for number, low, high in (
            (total, moment.sum_low, moment.sum_high),
            (spread, moment.spread_low, moment.spread_high),
        ):
            fits &= (number >= low) & (number <= (np.iinfo(np.int64).max if high is None else high))
    return fits
