"""Find every cohort that fits reported facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from responder.arrays import FloatArray
from responder.evidence.reconstruction.conflict import smallest_conflict
from responder.evidence.reconstruction.constraints import Cells
from responder.evidence.reconstruction.ensemble import Cohorts, Ensemble, bounded_ensemble
from responder.evidence.reconstruction.result import Reconstruction, ensemble_range, fisher_p_values
from responder.evidence.reconstruction.rounding import CONVENTIONS, Convention
from responder.evidence.reconstruction.sift import Sieve, Sifted, Tally
from responder.evidence.reconstruction.statements import ReportedFact, ReportedFacts

__all__ = ["reconstruct"]

_MOST_PEOPLE_DRAWN = 20_000_000


def reconstruct(
    facts: ReportedFacts,
    *,
    rng: np.random.Generator,
    most_listed: int = 4_000_000,
    draws: int = 100_000,
    explain: bool = True,
) -> Reconstruction:
    """Find every cohort that fits reported facts, and what each fact contributes.

    A cohort is a multiset of people, each with one value a variable.  Facts other than P values are counted
    exactly whatever the number of cohorts; P values are computed in each cohort if there are at most
    `most_listed`, else in a sample with exact 95% limits.

    Parameters
    ----------
    facts : ReportedFacts
    rng : numpy.random.Generator
        For samples only: an exhaustive answer does not depend on it.
    most_listed : int
        Largest number of cohorts to look at one by one.
    draws : int
        Cohorts to draw where there are more; fewer of large cohorts, so that time and memory stay bounded.
    explain : bool
        Also count without each fact and under other rounding conventions, and look for what conflicts; ``False``
        when only the cohorts are wanted.

    Returns
    -------
    Reconstruction

    Raises
    ------
    ConfigError
        If the variables have too many combinations.
    NotEstimableError
        If the facts lead to more partial sums than can be held.

    Notes
    -----
    For a mean and an SD alone this is the enumeration of CLOSURE (Heathers et al. 2025); medians, ranges, counts,
    items, pairs and P values are added to it.

    Examples
    --------
    >>> facts = ReportedFacts.model_validate({
    ...     "schema": "responder/facts/1", "title": "A scale from 1 to 5", "n": 130,
    ...     "variables": {"item": {"lowest": 1, "highest": 5}},
    ...     "fact": [{"id": "mean", "statistic": "mean", "of": "item", "value": "2.7"},
    ...              {"id": "sd", "statistic": "sd", "of": "item", "value": "1.9"}]})
    >>> answer = reconstruct(facts, rng=np.random.default_rng(0))
    >>> answer.tally.count, answer.tally.exhaustive
    (5359, True)
    """
    sieve = Sieve(most_listed, max(1, min(draws, _MOST_PEOPLE_DRAWN // facts.n)), rng)
    cells = Cells(facts)
    conventions = CONVENTIONS if explain else (facts.rounding,)
    sifted = _by_convention(cells, facts.facts, sieve, conventions)
    found = sifted[facts.rounding]
    impossible = found.tally.exhaustive and found.tally.count == 0
    answer = Reconstruction(
        facts=facts,
        tally=found.tally,
        by_test=found.by_test,
        without={fact.id: _without(fact, facts, found, sieve) for fact in facts.facts if explain},
        by_convention={name: sifted[name].tally for name in conventions},
        conflict=smallest_conflict(facts, sieve) if impossible and explain else None,
        found=found,
    )
    if answer.known == 0:
        return answer
    ranges = [
        ensemble_range(answer, partial(_fisher, trait=asked.trait, response=asked.response), name=asked.id)
        for asked in facts.questions
    ]
    return replace(answer, ranges=tuple(ranges))


def _by_convention(
    cells: Cells, facts: Iterable[ReportedFact], sieve: Sieve, tried: Iterable[Convention]
) -> dict[Convention, Sifted]:
    """Sift under some rounding conventions; those with the same bounds share one pass."""
    same: dict[tuple[str, int], tuple[Ensemble, list[ReportedFact], list[Convention]]] = {}
    for convention in tried:
        ensemble, others = bounded_ensemble(cells, facts, convention)
        same.setdefault((ensemble.identity, len(others)), (ensemble, others, []))[2].append(convention)
    sifted: dict[Convention, Sifted] = {}
    for ensemble, others, conventions in same.values():
        sifted |= sieve.sift(ensemble, others, conventions)
    return sifted


def _without(dropped: ReportedFact, facts: ReportedFacts, found: Sifted, sieve: Sieve) -> Tally:
    """Count the cohorts that fit every fact but one."""
    rest = [fact for fact in facts.facts if fact is not dropped]
    wider, others = bounded_ensemble(found.ensemble.cells, rest, facts.rounding)
    if wider.total == found.ensemble.total and others == list(found.facts):
        return found.tally  # bounds only ever add cohorts when one is dropped: these are the same
    return sieve.sift(wider, others, [facts.rounding])[facts.rounding].tally


def _fisher(cohorts: Cohorts, *, trait: str, response: str) -> FloatArray:
    return fisher_p_values(cohorts.meets(trait), cohorts.meets(response))
