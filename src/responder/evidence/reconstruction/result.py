"""Every cohort that fits reported facts: the answer, and the range of any result over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.errors import NotEstimableError
from responder.evidence.reconstruction.conflict import Conflict
from responder.evidence.reconstruction.ensemble import Cohorts
from responder.evidence.reconstruction.rows import unique_rows
from responder.evidence.reconstruction.sift import Sifted, Tally
from responder.evidence.reconstruction.statements import ReportedFacts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SPREAD", "EnsembleRange", "Reconstruction", "ensemble_range", "fisher_p_values"]

_BATCH = 1 << 16
SPREAD = ("lowest", "lower_quartile", "median", "upper_quartile", "highest")


@dataclass(frozen=True)
class EnsembleRange:
    """The range of one result over the cohorts that fit.

    Each cohort (a multiset of people) counts once.  That is a range, not a probability: no cohort is known to be
    likelier than another.

    Attributes
    ----------
    name : str
    values : ndarray of float, shape (cohorts,)
        The result in each cohort; ``nan`` where it does not exist.
    exhaustive : bool
        Whether these are all cohorts that fit, or a sample.
    """

    name: str
    values: FloatArray = field(repr=False)
    exhaustive: bool

    @property
    def lowest(self) -> float:
        """Smallest value; ``nan`` if there is none."""
        return self._of_known(np.min)

    @property
    def highest(self) -> float:
        """Largest value; ``nan`` if there is none."""
        return self._of_known(np.max)

    @property
    def median(self) -> float:
        """Median over cohorts; ``nan`` if there is none."""
        return self._of_known(np.median)

    @property
    def lower_quartile(self) -> float:
        """Value that a quarter of the cohorts do not exceed, interpolated; ``nan`` if there is none."""
        return self._of_known(lambda known: np.quantile(known, 0.25))

    @property
    def upper_quartile(self) -> float:
        """Value that three quarters of the cohorts do not exceed, interpolated; ``nan`` if there is none."""
        return self._of_known(lambda known: np.quantile(known, 0.75))

    @property
    def spread(self) -> tuple[float, ...]:
        """Lowest, lower quartile, median, upper quartile, highest."""
        return tuple(float(getattr(self, name)) for name in SPREAD)

    def _of_known(self, statistic: Callable[[FloatArray], Any]) -> float:
        known = self.values[~np.isnan(self.values)]
        return float(statistic(known)) if known.size else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Return the range, without each cohort's value, as JSON types."""

        def number(value: float) -> float | None:
            return None if np.isnan(value) else value

        return {
            "name": self.name,
            **{name: number(value) for name, value in zip(SPREAD, self.spread, strict=True)},
            "cohorts": len(self.values),
            "undefined": int(np.isnan(self.values).sum()),
            "exhaustive": self.exhaustive,
        }

    def frame(self) -> pd.DataFrame:
        """Return one row: name, lowest, quartiles and median, highest, cohorts, undefined, exhaustive."""
        import pandas as pd

        return pd.DataFrame([self.to_json()])


@dataclass(frozen=True)
class Reconstruction:
    """What reported facts pin down.

    Attributes
    ----------
    facts : ReportedFacts
        What was reported.
    tally : Tally
        How many cohorts fit every fact.
    by_test : Mapping[str, Mapping[str, Tally]]
        For each P value, how many fit if a given test is behind it.
    without : Mapping[str, Tally]
        How many would fit without each fact: a fact whose removal changes nothing does no work.
    by_convention : Mapping[str, Tally]
        How many fit under each rounding convention.
    conflict : Conflict or None
        The facts that contradict each other, when no cohort fits.
    ranges : tuple of EnsembleRange
        Answers to the file's questions.
    found : Sifted
        The cohorts themselves.
    """

    facts: ReportedFacts
    tally: Tally
    by_test: Mapping[str, Mapping[str, Tally]]
    without: Mapping[str, Tally]
    by_convention: Mapping[str, Tally]
    conflict: Conflict | None
    ranges: tuple[EnsembleRange, ...] = ()
    found: Sifted = field(kw_only=True, repr=False, compare=False)

    @property
    def lists_all(self) -> bool:
        """Whether `cohorts` yields every cohort that fits."""
        return self.found.sample is None

    @property
    def known(self) -> int:
        """How many cohorts are at hand: all that fit, or the size of the sample."""
        return self.tally.count if self.found.sample is None else len(self.found.sample)

    def cohorts(self) -> Iterator[Cohorts]:
        """Yield the cohorts that fit, in batches: all of them, or the sample where there are too many."""
        sample = self.found.sample
        if sample is None:
            for _, batch in self.found.ensemble.batches(self.found.ranks):
                yield batch
            return
        for start in range(0, len(sample), _BATCH):
            yield Cohorts(sample.cells, sample.members[start : start + _BATCH])

    def draw(self, rng: np.random.Generator, size: int) -> Cohorts:
        """Draw cohorts that fit, with replacement, each with the same chance.

        Raises
        ------
        NotEstimableError
            If no cohort is known to fit.
        """
        if self.known == 0:
            raise NotEstimableError("facts_none_fit", title=self.facts.title)
        chosen = np.sort(rng.integers(self.known, size=size))
        sample, ranks = self.found.sample, self.found.ranks
        if sample is not None:
            return Cohorts(sample.cells, sample.members[chosen])
        return self.found.ensemble.at(chosen if ranks is None else ranks[chosen])

    def frame(self) -> pd.DataFrame:
        """Return one row per fact: id, statement, and how many cohorts would fit without it."""
        import pandas as pd

        rows = [
            {
                "id": fact.id,
                "statement": fact.statement.in_language("en"),
                "in_conflict": self.conflict is not None and fact.id in self.conflict.facts,
                **(self.without[fact.id].to_json() if fact.id in self.without else {}),
            }
            for fact in self.facts.facts
        ]
        names = {name: f"{name}_without" for name in ("count", "low", "high", "exhaustive")}
        return pd.DataFrame(rows).rename(columns=names)

    def to_json(self) -> dict[str, Any]:
        """Return the answer, without the cohorts, as JSON types."""
        return {
            "title": self.facts.title.in_language("en"),
            "source": self.facts.source,
            "n": self.facts.n,
            "convention": self.facts.rounding,
            "cohorts": self.tally.to_json(),
            "by_test": {
                fact: {test: tally.to_json() for test, tally in tallies.items()}
                for fact, tallies in self.by_test.items()
            },
            "without": {fact: tally.to_json() for fact, tally in self.without.items()},
            "by_convention": {name: tally.to_json() for name, tally in self.by_convention.items()},
            "conflict": None if self.conflict is None else self.conflict.to_json(),
            "ranges": [answer.to_json() for answer in self.ranges],
        }


def ensemble_range(
    reconstruction: Reconstruction,
    statistic: Callable[[Cohorts], FloatArray],
    *,
    name: str = "",
    most: int | None = None,
    rng: np.random.Generator | None = None,
) -> EnsembleRange:
    """Compute a result in every cohort that fits.

    Parameters
    ----------
    reconstruction : Reconstruction
    statistic : callable
        Takes a batch of `Cohorts` and returns one number per cohort, shape (cohorts,).
    name : str
        What the result is called.
    most : int, optional
        For results that are slow to compute: draw this many cohorts (with replacement) when more fit.
    rng : numpy.random.Generator, optional
        Needed with `most`.

    Returns
    -------
    EnsembleRange

    Raises
    ------
    NotEstimableError
        If no cohort is known to fit.
    """
    if reconstruction.known == 0:
        raise NotEstimableError("facts_none_fit", title=reconstruction.facts.title)
    exhaustive = reconstruction.lists_all
    if most is not None and reconstruction.known > most:
        if rng is None:
            raise TypeError("a sample of cohorts needs a random generator")
        batches: Iterator[Cohorts] = iter([reconstruction.draw(rng, most)])
        exhaustive = False
    else:
        batches = reconstruction.cohorts()
    values = [np.asarray(statistic(batch), dtype=np.float64) for batch in batches]
    return EnsembleRange(name, np.concatenate(values), exhaustive)


def fisher_p_values(trait: BoolArray, response: BoolArray) -> FloatArray:
    """Return Fisher's exact two-sided P of a trait against response, one per cohort.

    Parameters
    ----------
    trait, response : ndarray of bool, shape (cohorts, n)

    Returns
    -------
    ndarray of float, shape (cohorts,)

    Examples
    --------
    Five of five without a trait respond, and one of four with it:

    >>> trait = np.array([[False] * 5 + [True] * 4])
    >>> response = np.array([[True] * 6 + [False] * 3])
    >>> fisher_p_values(trait, response).round(3)
    array([0.048])
    """
    cells = [trait & response, trait & ~response, ~trait & response, ~trait & ~response]
    tables, which = unique_rows(np.stack([cell.sum(axis=1, dtype=np.int64) for cell in cells], axis=1))
    return np.array([_fisher_p(*table.tolist()) for table in tables])[which]


def _fisher_p(a: int, b: int, c: int, d: int) -> float:
    """Add up the tables of the same margins that are no likelier, in whole numbers and so without a tolerance."""
    rows, columns = (a + b, c + d), a + c
    ways = [
        math.comb(rows[0], k) * math.comb(rows[1], columns - k)
        for k in range(max(0, columns - rows[1]), min(rows[0], columns) + 1)
    ]
    here = math.comb(rows[0], a) * math.comb(rows[1], c)
    return sum(way for way in ways if way <= here) / sum(ways)
