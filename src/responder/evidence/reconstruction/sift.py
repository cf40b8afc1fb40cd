"""Which cohorts of an ensemble also give the reported P values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.evidence.reconstruction.ensemble import Cohorts, Ensemble
from responder.evidence.reconstruction.paired_p import paired_p_values
from responder.evidence.reconstruction.rounding import Convention, Interval
from responder.evidence.reconstruction.statements import ReportedFact
from responder.validate.proportions import clopper_pearson

__all__ = ["Sifted", "Tally", "inside", "sift"]

Mask = NDArray[np.bool_]
_DRAWN_AT_A_TIME = 1 << 16


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

    def __str__(self) -> str:
        if self.exhaustive:
            return f"{self.count:,}"
        return f"about {self.count:,} (95% limits {self.low:,} to {self.high:,}, sampled)"

    def to_json(self) -> dict[str, Any]:
        """Return the tally as JSON types."""
        return {"count": self.count, "low": self.low, "high": self.high, "exhaustive": self.exhaustive}


@dataclass(frozen=True)
class Sifted:
    """The cohorts that give the reported P values.

    Attributes
    ----------
    tally : Tally
        How many there are.
    by_test : Mapping[str, Mapping[str, Tally]]
        For each P value, how many there are if a given test is behind it.
    ranks : ndarray of int or None
        Ranks in the ensemble; ``None`` for all of it, or if there is a sample.
    sample : Cohorts or None
        Those among the cohorts drawn, if there were too many to list.
    """

    tally: Tally
    by_test: Mapping[str, Mapping[str, Tally]]
    ranks: NDArray[np.int64] | None = None
    sample: Cohorts | None = None


def sift(
    ensemble: Ensemble,
    p_facts: Sequence[ReportedFact],
    conventions: Sequence[Convention],
    *,
    most_listed: int,
    draws: int,
    rng: np.random.Generator,
) -> dict[Convention, Sifted]:
    """Sift an ensemble by reported P values, under several rounding conventions in one pass.

    Parameters
    ----------
    ensemble : Ensemble
    p_facts : sequence of ReportedFact
        A cohort passes when, for each, any of the tests that may be behind it gives the P value.
    conventions : sequence of str
    most_listed : int
        Ensembles up to this size are looked at one by one; of larger ones `draws` are sampled.
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to Sifted
    """
    listed = ensemble.total <= most_listed
    if ensemble.total == 0:
        by_test = {f.id: dict.fromkeys(map(str, f.candidate_tests), Tally.exact(0)) for f in p_facts}
        return dict.fromkeys(conventions, Sifted(Tally.exact(0), by_test))
    if not p_facts:
        sample = None if listed else ensemble.draw(rng, draws)
        return dict.fromkeys(conventions, Sifted(Tally.exact(ensemble.total), {}, sample=sample))
    tests = {fact.id: fact.candidate_tests for fact in p_facts}
    found = {c: {name: np.zeros(len(tests[name]), dtype=np.int64) for name in tests} for c in conventions}
    passed: dict[Convention, list[NDArray[Any]]] = {convention: [] for convention in conventions}
    for labels, cohorts in ensemble.batches() if listed else _drawn(ensemble, rng, draws):
        p_values = {f.id: paired_p_values(cohorts.differences(*f.difference), tests[f.id]) for f in p_facts}
        for convention in conventions:
            fits = [inside(p_values[fact.id], fact.interval(convention)) for fact in p_facts]
            by_any_test = np.array([fit.any(axis=0) for fit in fits])
            for row, fact in enumerate(p_facts):
                others = np.delete(by_any_test, row, axis=0).all(axis=0)
                found[convention][fact.id] += (fits[row] & others).sum(axis=1)
            passed[convention].append(labels[by_any_test.all(axis=0)])

    def tally(number: int) -> Tally:
        return Tally.exact(number) if listed else Tally.sampled(number, draws, ensemble.total)

    result = {}
    for convention in conventions:
        kept = np.concatenate(passed[convention])
        by_test = {
            name: dict(zip(map(str, tests[name]), map(tally, numbers.tolist()), strict=True))
            for name, numbers in found[convention].items()
        }
        result[convention] = Sifted(
            tally(len(kept)),
            by_test,
            ranks=kept if listed else None,
            sample=None if listed else Cohorts(ensemble.cells, kept),
        )
    return result


def _drawn(ensemble: Ensemble, rng: np.random.Generator, draws: int) -> Iterator[tuple[NDArray[Any], Cohorts]]:
    for start in range(0, draws, _DRAWN_AT_A_TIME):
        cohorts = ensemble.draw(rng, min(_DRAWN_AT_A_TIME, draws - start))
        yield cohorts.members, cohorts


def inside(values: NDArray[np.float64], interval: Interval) -> Mask:
    """Return which values lie in an interval; ``nan`` does not."""
    fits = ~np.isnan(values)
    if interval.low is not None:
        fits &= values >= float(interval.low) if interval.low_closed else values > float(interval.low)
    if interval.high is not None:
        fits &= values <= float(interval.high) if interval.high_closed else values < float(interval.high)
    return np.asarray(fits)
