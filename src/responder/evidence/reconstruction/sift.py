"""Which cohorts of an ensemble also meet the facts that did not bound it: P values, above all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import IntArray
from responder.evidence.reconstruction.ensemble import Cohorts, Ensemble
from responder.evidence.reconstruction.membership import tests_met
from responder.evidence.reconstruction.rounding import Convention
from responder.evidence.reconstruction.statements import ReportedFact
from responder.validate.proportions import clopper_pearson
from responder.words import Phrase

__all__ = ["Sieve", "Sifted", "Tally"]

_PEOPLE_AT_A_TIME = 1 << 20
_PLAIN_BELOW = 10**15


@dataclass(frozen=True)
class Tally:
    """How many cohorts there are.

    Attributes
    ----------
    count : int
        The exact number; or the estimate, if cohorts were sampled.
    low, high : int
        Exact 95% limits (Clopper-Pearson) of a sampled number; equal to `count` when it is exact.
    exhaustive : bool
        Whether every cohort was counted.
    """

    count: int
    low: int
    high: int
    exhaustive: bool

    @classmethod
    def exact(cls, count: int) -> Tally:
        """Return the tally of a number that was counted."""
        return cls(count, count, count, True)

    @classmethod
    def sampled(cls, found: int, drawn: int, total: int) -> Tally:
        """Return the tally of `found` among `drawn` of `total` cohorts."""
        share = clopper_pearson(found, drawn)
        return cls(round(total * share.estimate), int(total * share.lower), int(total * share.upper) + 1, False)

    @property
    def most(self) -> str:
        """The upper limit, as people read it."""
        return _readable(self.high)

    @property
    def phrase(self) -> Phrase:
        """The number with its limits, where it has some."""
        values = {name: _readable(number) for name, number in self.to_json().items() if name != "exhaustive"}
        return Phrase(f"reconstruct.tally_{'exact' if self.exhaustive else 'sampled'}", values)

    def to_json(self) -> dict[str, Any]:
        """Return the tally as JSON types."""
        return {"count": self.count, "low": self.low, "high": self.high, "exhaustive": self.exhaustive}


@dataclass(frozen=True)
class Sifted:
    """The cohorts of an ensemble that meet every fact.

    Attributes
    ----------
    ensemble : Ensemble
    facts : tuple of ReportedFact
        The facts that were sifted by; the others bound the ensemble.
    tally : Tally
        How many there are.
    by_test : Mapping[str, Mapping[str, Tally]]
        For each P value, how many there are if a given test is behind it.
    ranks : ndarray of int or None
        Ranks in the ensemble; ``None`` for all of it, or if there is a sample.
    sample : Cohorts or None
        Those among the cohorts drawn, if there were too many to list.
    """

    ensemble: Ensemble
    facts: tuple[ReportedFact, ...]
    tally: Tally
    by_test: Mapping[str, Mapping[str, Tally]]
    ranks: IntArray | None = None
    sample: Cohorts | None = None

    def first(self, size: int, rng: np.random.Generator) -> Cohorts:
        """Return a few of the cohorts: drawn where all of the ensemble fits, else the first ones."""
        if self.sample is not None:
            return Cohorts(self.sample.cells, self.sample.members[:size])
        if self.ranks is not None:
            return self.ensemble.at(self.ranks[:size])
        return self.ensemble.draw(rng, size)


@dataclass(frozen=True)
class Sieve:
    """How far to look.

    Attributes
    ----------
    most_listed : int
        Ensembles up to this size are looked at one by one; ...
    draws : int
        ... of larger ones this many cohorts are drawn.
    rng : numpy.random.Generator
    """

    most_listed: int
    draws: int
    rng: np.random.Generator

    def sift(
        self, ensemble: Ensemble, facts: Sequence[ReportedFact], conventions: Sequence[Convention]
    ) -> dict[Convention, Sifted]:
        """Find the cohorts that meet facts, under several rounding conventions in one pass.

        Parameters
        ----------
        ensemble : Ensemble
        facts : sequence of ReportedFact
            A cohort meets a P value when any of the tests that may be behind it gives it.
        conventions : sequence of str

        Returns
        -------
        dict of str to Sifted
        """
        listed = ensemble.total <= self.most_listed
        if ensemble.total == 0 or not facts:
            sample = None if listed else ensemble.draw(self.rng, self.draws)
            found = Sifted(ensemble, tuple(facts), Tally.exact(ensemble.total), _no_tests(facts), sample=sample)
            return dict.fromkeys(conventions, found)
        met = {c: [np.zeros(_tests(fact), dtype=np.int64) for fact in facts] for c in conventions}
        passed: dict[Convention, list[NDArray[Any]]] = {convention: [] for convention in conventions}
        for labels, cohorts in ensemble.batches() if listed else self._drawn(ensemble):
            by_fact = [tests_met(cohorts, fact, conventions) for fact in facts]
            for convention in conventions:
                fits = [one[convention] for one in by_fact]
                by_any_test = np.array([fit.any(axis=0) for fit in fits])
                for row, fit in enumerate(fits):
                    others = np.delete(by_any_test, row, axis=0).all(axis=0)
                    met[convention][row] += (fit & others).sum(axis=1)
                passed[convention].append(labels[by_any_test.all(axis=0)])

        def tally(number: int) -> Tally:
            return Tally.exact(number) if listed else Tally.sampled(number, self.draws, ensemble.total)

        result = {}
        for convention in conventions:
            kept = np.concatenate(passed[convention])
            by_test = {
                fact.id: dict(zip(map(str, fact.candidate_tests), map(tally, numbers.tolist()), strict=True))
                for fact, numbers in zip(facts, met[convention], strict=True)
                if fact.statistic == "p_value"
            }
            result[convention] = Sifted(
                ensemble,
                tuple(facts),
                tally(len(kept)),
                by_test,
                ranks=kept if listed else None,
                sample=None if listed else Cohorts(ensemble.cells, kept),
            )
        return result

    def _drawn(self, ensemble: Ensemble) -> Iterator[tuple[NDArray[Any], Cohorts]]:
        size = max(1, _PEOPLE_AT_A_TIME // ensemble.cells.n)
        for start in range(0, self.draws, size):
            cohorts = ensemble.draw(self.rng, min(size, self.draws - start))
            yield cohorts.members, cohorts


def _readable(number: int) -> str:
    """Write a number in full as long as people can read it; `to_json` always has it in full."""
    if number < _PLAIN_BELOW:
        return f"{number:,}"
    exponent = len(str(number)) - 1
    return f"{number // 10 ** (exponent - 2) / 100:.2f} × 10^{exponent}"


def _tests(fact: ReportedFact) -> int:
    return len(fact.candidate_tests) if fact.statistic == "p_value" else 1


def _no_tests(facts: Sequence[ReportedFact]) -> dict[str, dict[str, Tally]]:
    p_facts = [fact for fact in facts if fact.statistic == "p_value"]
    return {fact.id: dict.fromkeys(map(str, fact.candidate_tests), Tally.exact(0)) for fact in p_facts}
