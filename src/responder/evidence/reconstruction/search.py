"""Find every cohort that fits reported facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from responder.evidence.reconstruction.conflict import smallest_conflict
from responder.evidence.reconstruction.constraints import Cells
from responder.evidence.reconstruction.ensemble import Cohorts, Ensemble
from responder.evidence.reconstruction.result import Reconstruction, ensemble_range, fisher_p_values
from responder.evidence.reconstruction.rounding import CONVENTIONS, Convention
from responder.evidence.reconstruction.sift import Sifted, Tally, sift
from responder.evidence.reconstruction.statements import ReportedFact, ReportedFacts

__all__ = ["reconstruct"]


def reconstruct(
    facts: ReportedFacts,
    *,
    rng: np.random.Generator,
    most_listed: int = 4_000_000,
    draws: int = 100_000,
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
        Cohorts to draw where there are more.

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
    limits = _Limits(most_listed, draws, rng)
    cells = Cells(facts)
    ensembles, sifted = _by_convention(cells, facts.facts, limits)
    ensemble, found = ensembles[facts.rounding], sifted[facts.rounding]
    conflict = None
    if found.tally.exhaustive and found.tally.count == 0:
        conflict = smallest_conflict(facts, most_listed=most_listed, draws=draws, rng=rng)
    answer = Reconstruction(
        facts=facts,
        tally=found.tally,
        by_test=found.by_test,
        without={fact.id: _without(fact, facts, ensemble, found, limits) for fact in facts.facts},
        by_convention={name: sifted[name].tally for name in CONVENTIONS},
        conflict=conflict,
        ensemble=ensemble,
        ranks=found.ranks,
        sample=found.sample,
    )
    if answer.known == 0:
        return answer
    ranges = [
        ensemble_range(answer, partial(_fisher, trait=asked.trait, response=asked.response), name=asked.id)
        for asked in facts.questions
    ]
    return replace(answer, ranges=tuple(ranges))


@dataclass(frozen=True)
class _Limits:
    most_listed: int
    draws: int
    rng: np.random.Generator

    def sift(
        self, ensemble: Ensemble, p_facts: list[ReportedFact], conventions: list[Convention]
    ) -> dict[Convention, Sifted]:
        return sift(ensemble, p_facts, conventions, most_listed=self.most_listed, draws=self.draws, rng=self.rng)


def _split(facts: Iterable[ReportedFact]) -> tuple[list[ReportedFact], list[ReportedFact]]:
    every = list(facts)
    p_facts = [fact for fact in every if fact.statistic == "p_value"]
    return [fact for fact in every if fact.statistic != "p_value"], p_facts


def _by_convention(
    cells: Cells, facts: Iterable[ReportedFact], limits: _Limits
) -> tuple[dict[Convention, Ensemble], dict[Convention, Sifted]]:
    """Sift under every rounding convention; those with the same bounds share one pass."""
    bounded, p_facts = _split(facts)
    ensembles = {convention: Ensemble(cells, bounded, convention) for convention in CONVENTIONS}
    same: dict[str, list[Convention]] = {}
    for convention, ensemble in ensembles.items():
        same.setdefault(ensemble.identity, []).append(convention)
    sifted: dict[Convention, Sifted] = {}
    for conventions in same.values():
        sifted |= limits.sift(ensembles[conventions[0]], p_facts, conventions)
    return ensembles, sifted


def _without(dropped: ReportedFact, facts: ReportedFacts, ensemble: Ensemble, found: Sifted, limits: _Limits) -> Tally:
    """Count the cohorts that fit every fact but one."""
    bounded, p_facts = _split(fact for fact in facts.facts if fact is not dropped)
    if dropped.statistic == "p_value":
        wider = ensemble
    else:
        wider = Ensemble(ensemble.cells, bounded, facts.rounding)
        if wider.total == ensemble.total:  # it can only have grown: the same cohorts fit
            return found.tally
    return limits.sift(wider, p_facts, [facts.rounding])[facts.rounding].tally


def _fisher(cohorts: Cohorts, *, trait: str, response: str) -> NDArray[np.float64]:
    return fisher_p_values(cohorts.meets(trait), cohorts.meets(response))
