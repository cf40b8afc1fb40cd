"""Criteria as plain data: what is asked of each column, how many findings suffice, and who meets what.

A missing value leaves a criterion open wherever it could tip it, and is never read as favourable. NumPy alone, so that
a bundle can carry the criteria and scoring judges a profile as `responder eligible` judges a cohort.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.study.derive import Derivation, derive
from responder.study.encode import TraitCode
from responder.words import Given, Phrase

__all__ = ["Criteria", "CriteriaSet", "Criterion", "CriterionTest", "Fulfilment", "Judged", "Use", "fulfilment"]

Use = Literal["entry", "classification", "course"]
ROUNDING = 1e-9
"""Relative: a dose of 0.5 mg/kg/day that was divided by a weight is still 0.5."""


class Fulfilment(StrEnum):
    """Whether a criterion is met; missing values may leave it open."""

    MET = "met"
    NOT_MET = "not met"
    UNDETERMINED = "cannot be judged"


@dataclass(frozen=True)
class CriterionTest:
    """What is asked of one encoded column.

    Attributes
    ----------
    column : str
        Encoded column: the name of a trait, or ``trait=level`` of a set.
    name, label : str, Mapping[str, str]
        The column as a table has it, and its words by language.
    part : str
        Group within which met tests are counted.
    low, high : float, optional
        Limits, which are allowed themselves unless `low_open` or `high_open`.
    values : tuple of float
        Instead of limits, the values that meet it.
    """

    column: str
    name: str
    label: Mapping[str, str]
    part: str = "all"
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    values: tuple[float, ...] = ()

    def state(self, values: FloatArray) -> FloatArray:
        """Return 1 where it is met, 0 where not, ``nan`` where the value is missing; shape of `values`."""
        met = np.isin(values, self.values) if self.values else np.ones(len(values), dtype=bool)
        if self.low is not None:
            slack = ROUNDING * abs(self.low)
            met &= values > self.low + slack if self.low_open else values >= self.low - slack
        if self.high is not None:
            slack = ROUNDING * abs(self.high)
            met &= values < self.high - slack if self.high_open else values <= self.high + slack
        return np.where(np.isnan(values), np.nan, met.astype(float))

    def to_json(self) -> dict[str, Any]:
        """Return the test as JSON types."""
        return {**asdict(self), "label": dict(self.label), "values": list(self.values)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> CriterionTest:
        """Rebuild from `to_json`."""
        return cls(**{**content, "values": tuple(content["values"])})


@dataclass(frozen=True)
class Criterion:
    """One criterion: its tests, and how many of them suffice.

    Attributes
    ----------
    id : str
    label : Mapping[str, str]
        What is asked, by language.
    tests : tuple of CriterionTest
    ways : tuple of Mapping[str, int]
        Alternatives, each with how many tests of a part must be met at least.
    """

    id: str
    label: Mapping[str, str]
    tests: tuple[CriterionTest, ...]
    ways: tuple[Mapping[str, int], ...]

    @property
    def words(self) -> Given:
        """What is asked."""
        return Given(self.label)

    def met(self, states: FloatArray) -> IntArray:
        """Return 1 where it is met, -1 where not, 0 where missing values could tip it.

        More met tests never hurt: every missing value read once as not met and once as met brackets what it could be.

        Parameters
        ----------
        states : ndarray, shape (n, tests)
            See `CriterionTest.state`.
        """
        least = self._holds(np.nan_to_num(states, nan=0.0))
        most = self._holds(np.nan_to_num(states, nan=1.0))
        return np.asarray(np.where(least, 1, np.where(most, 0, -1)), dtype=np.int64)

    def _holds(self, states: FloatArray) -> BoolArray:
        parts = np.array([test.part for test in self.tests])
        counts = {part: states[:, parts == part].sum(axis=1) for part in dict.fromkeys(parts.tolist())}
        ways = [np.all([counts[p] >= n for p, n in way.items()], axis=0) for way in self.ways]
        return np.asarray(np.any(ways, axis=0), dtype=bool)

    def to_json(self) -> dict[str, Any]:
        """Return the criterion as JSON types."""
        tests = [test.to_json() for test in self.tests]
        return {"id": self.id, "label": dict(self.label), "tests": tests, "ways": [dict(way) for way in self.ways]}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Criterion:
        """Rebuild from `to_json`."""
        ways = tuple({str(part): int(n) for part, n in way.items()} for way in content["ways"])
        return cls(content["id"], dict(content["label"]), tuple(map(CriterionTest.from_json, content["tests"])), ways)


@dataclass(frozen=True)
class CriteriaSet:
    """Criteria of one source that are met together.

    Attributes
    ----------
    id : str
    label, source : Mapping[str, str]
        Its name, and where it is published, by language.
    use : str
        ``entry`` (who may enter the study), ``classification`` (who has the disease) or ``course`` (who went through
        the study as planned).
    criteria : tuple of Criterion
    """

    id: str
    label: Mapping[str, str]
    use: Use
    criteria: tuple[Criterion, ...]
    source: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> Given:
        """Its name."""
        return Given(self.label)

    def to_json(self) -> dict[str, Any]:
        """Return the set as JSON types."""
        criteria = [criterion.to_json() for criterion in self.criteria]
        return {**vars(self), "label": dict(self.label), "source": dict(self.source), "criteria": criteria}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> CriteriaSet:
        """Rebuild from `to_json`."""
        return cls(**{**content, "criteria": tuple(map(Criterion.from_json, content["criteria"]))})


@dataclass(frozen=True)
class Judged:
    """One criterion in n patients.

    Attributes
    ----------
    group : CriteriaSet
    criterion : Criterion
    states : ndarray, shape (n, tests)
        1 met, 0 not met, ``nan`` missing.
    verdicts : ndarray of int, shape (n,)
        1 met, -1 not met, 0 cannot be judged.
    """

    group: CriteriaSet
    criterion: Criterion
    states: FloatArray
    verdicts: IntArray

    def verdict(self, row: int) -> Fulfilment:
        """Return whether one patient meets it."""
        return fulfilment(int(self.verdicts[row]))

    def missing(self, row: int) -> tuple[CriterionTest, ...]:
        """Return the tests whose value one patient lacks."""
        return self._tests(row, np.isnan(self.states[row]).tolist())

    def reason(self, row: int) -> Phrase:
        """Return why, by the names of what counts and never by its values."""
        verdict, met = self.verdict(row), self._tests(row, (self.states[row] == 1).tolist())
        if verdict is Fulfilment.MET:
            return Phrase("eligible.because.met", {"found": _labels(met)})
        if verdict is Fulfilment.UNDETERMINED:
            return Phrase("eligible.because.missing", {"missing": _labels(self.missing(row))})
        if met:
            return Phrase("eligible.because.too_few", {"found": _labels(met)})
        return Phrase(
            "eligible.because.not_met", {"failed": _labels(self._tests(row, (self.states[row] == 0).tolist()))}
        )

    def _tests(self, row: int, holds: list[bool]) -> tuple[CriterionTest, ...]:
        return tuple(test for test, kept in zip(self.criterion.tests, holds, strict=True) if kept)


@dataclass(frozen=True)
class Criteria:
    """All criteria of a study, and the columns that they need.

    Attributes
    ----------
    codes : tuple of TraitCode
        Every column that a test reads, or that one is computed from.
    rules : tuple of Derivation
        What follows from other columns, such as a dose by weight.
    sets : tuple of CriteriaSet
    """

    codes: tuple[TraitCode, ...] = ()
    rules: tuple[Derivation, ...] = ()
    sets: tuple[CriteriaSet, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The encoded columns."""
        return tuple(column for code in self.codes for column in code.columns)

    def of_use(self, use: Use) -> Criteria:
        """Return the sets of one use, with the columns that they need."""
        sets = tuple(group for group in self.sets if group.use == use)
        read = {test.name for group in sets for criterion in group.criteria for test in criterion.tests}
        rules = tuple(rule for rule in self.rules if read.intersection(rule.computed))
        read |= {name for rule in rules for name in (rule.target, *rule.of)}
        return Criteria(tuple(code for code in self.codes if code.name in read), rules, sets)

    def compiled(self) -> Criteria:
        """Return the criteria with columns that can be read without a library of units, as a bundle keeps them."""
        return replace(self, codes=tuple(code.compiled() for code in self.codes))

    def judge(self, values: FloatArray) -> tuple[Judged, ...]:
        """Judge n patients by every criterion.

        Parameters
        ----------
        values : ndarray, shape (n, len(columns))
            Encoded columns, ``nan`` where missing.
        """
        known, _ = derive(dict(zip(self.columns, values.T, strict=True)), self.rules)
        judged = []
        for group in self.sets:
            for criterion in group.criteria:
                states = np.column_stack([test.state(known[test.column]) for test in criterion.tests])
                judged.append(Judged(group, criterion, states, criterion.met(states)))
        return tuple(judged)

    def to_json(self) -> dict[str, Any]:
        """Return the criteria as JSON types."""
        return {name: [one.to_json() for one in getattr(self, name)] for name in ("codes", "rules", "sets")}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Criteria:
        """Rebuild from `to_json`.

        Examples
        --------
        >>> age = CriterionTest("age_years", "age_years", {"en": "Age"}, low=18, high=70)
        >>> adult = Criterion("age", {"en": "age 18 to 70 years"}, (age,), ({"all": 1},))
        >>> code = TraitCode("age_years", "continuous", unit="years")
        >>> criteria = Criteria((code,), (), (CriteriaSet("trial", {"en": "trial"}, "entry", (adult,)),))
        >>> (judged,) = Criteria.from_json(criteria.to_json()).judge(np.array([[17.99], [18.0], [np.nan]]))
        >>> [str(judged.verdict(row)) for row in range(3)]
        ['not met', 'met', 'cannot be judged']
        >>> print(judged.reason(0))
        not fulfilled by: Age
        """
        return cls(
            tuple(map(TraitCode.from_json, content["codes"])),
            tuple(map(Derivation.from_json, content["rules"])),
            tuple(map(CriteriaSet.from_json, content["sets"])),
        )

    def refuse_unknown(self) -> None:
        """Raise a ValueError where a test or a rule reads what is not there."""
        columns = set(self.columns)
        if len(columns) != len(self.columns) or any(not {r.target, *r.of, *r.computed} <= columns for r in self.rules):
            raise ValueError("columns of criteria are not all different, or not all there")
        for group in self.sets:
            for criterion in group.criteria:
                parts = {test.part for test in criterion.tests}
                read = {test.column for test in criterion.tests}
                if not read or not read <= columns or not criterion.ways:
                    raise ValueError("a criterion reads what is not there")
                if not all(way and set(way) <= parts for way in criterion.ways):
                    raise ValueError("a criterion counts what is not there")


def fulfilment(verdict: int) -> Fulfilment:
    """Return the word of 1 (met), -1 (not met) or 0 (cannot be judged)."""
    return {1: Fulfilment.MET, -1: Fulfilment.NOT_MET}.get(verdict, Fulfilment.UNDETERMINED)


def _labels(tests: tuple[CriterionTest, ...]) -> tuple[Given, ...]:
    return tuple(Given(test.label) for test in tests)
