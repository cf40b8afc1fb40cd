"""Is this patient like those the model learned from? Ranges, levels, leverage, nearest neighbour, missing pattern.

No density is estimated: at n < 30 there is none to be had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.features.spec import FittedFeatures
from responder.models.low_rank import LowRank, is_low_rank
from responder.study.encode import TraitCode

__all__ = ["Applicability", "ApplicabilityReference", "TrainingTrait"]


FAR_SD = 1.0
"""How far, in standard deviations of the training cohort, a feature may lie beyond its training range before the
profile counts as outside the domain rather than at its edge."""

RIDGE = 1.0
"""Added to the diagonal of the cross-product of standardised features, so that leverage exists with more features than
patients: one pseudo-patient a feature."""

ROUNDING = 1e-9
DISTANCES_AT_ONCE = 1_000_000  # 8 MB: those of 20,000 patients to each other would be 3 GB
DISTANCE_ROUNDING = 1e-6
"""The square root of what is left when the squares of two equal rows cancel."""


@dataclass(frozen=True)
class TrainingTrait:
    """What the training cohort held of one trait.

    Attributes
    ----------
    name : str
        The trait.
    low, high : float, optional
        Smallest and largest value seen; None where none was, and for a set of levels.
    patterns : tuple of tuple of float
        Of a trait with levels: the different encoded values seen, sorted.
    missing : int
        Patients who lacked it.
    """

    name: str
    low: float | None
    high: float | None
    patterns: tuple[tuple[float, ...], ...]
    missing: int

    @classmethod
    def fit(cls, code: TraitCode, part: FloatArray) -> TrainingTrait:
        """Learn from the trait's encoded columns, shape (n, width)."""
        known = part[~np.isnan(part).any(axis=1)]
        levelled = code.kind in {"binary", "ordinal", "set"}
        patterns = sorted({tuple(row) for row in known.tolist()}) if levelled else []
        ranged = code.kind != "set" and len(known) > 0
        return cls(
            code.name,
            float(known.min()) if ranged else None,
            float(known.max()) if ranged else None,
            tuple(patterns),
            int(len(part) - len(known)),
        )

    def without_sets(self) -> TrainingTrait:
        """Return the trait with what was seen of each level, instead of which levels came together."""
        if self.low is not None or not self.patterns:
            return self
        seen = np.array(self.patterns)
        extremes = sorted({tuple(seen.min(axis=0).tolist()), tuple(seen.max(axis=0).tolist())})
        return replace(self, patterns=tuple(extremes))

    @property
    def is_constant(self) -> bool:
        """Whether every patient had the same value, so that nothing was learned of any other."""
        return self.low is not None and self.low == self.high

    def outside(self, part: FloatArray) -> BoolArray:
        """Return where a value lies beyond the training range, shape (n,); never where it is missing."""
        if self.low is None or self.high is None:
            return np.zeros(len(part), dtype=bool)
        return np.asarray((part[:, 0] < self.low) | (part[:, 0] > self.high))

    def unseen(self, part: FloatArray, kind: str) -> BoolArray:
        """Return where a value is one of which the training cohort can say nothing, shape (n,).

        That is another level of a binary trait, a level of a set that nobody had (or that everybody had), and any
        other value of a trait that was the same in everybody.
        """
        if kind == "set":
            seen = np.asarray(self.patterns).reshape(-1, part.shape[1])
            absent, present = (seen == 0.0).any(axis=0), (seen == 1.0).any(axis=0)
            return np.asarray((((part == 1.0) & ~present) | ((part == 0.0) & ~absent)).any(axis=1))
        if kind == "binary" or self.is_constant:
            known = [pattern[0] for pattern in self.patterns] or [x for x in (self.low,) if x is not None]
            return np.asarray(~np.isnan(part[:, 0]) & ~np.isin(part[:, 0], known))
        return np.zeros(len(part), dtype=bool)

    def to_json(self) -> dict[str, Any]:
        """Return what was seen as JSON types."""
        return {
            "name": self.name,
            "low": self.low,
            "high": self.high,
            "patterns": [list(pattern) for pattern in self.patterns],
            "missing": self.missing,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TrainingTrait:
        """Rebuild from `to_json`."""
        low, high = (None if content[k] is None else float(content[k]) for k in ("low", "high"))
        patterns = tuple(tuple(float(x) for x in pattern) for pattern in content["patterns"])
        return cls(str(content["name"]), low, high, patterns, int(content["missing"]))


@dataclass(frozen=True)
class Applicability:
    """How n profiles stand to the training cohort, T traits and k features wide.

    Attributes
    ----------
    outside, unseen, missing : ndarray of bool, shape (n, T)
        Beyond the training range; a level or value the cohort says nothing of; not given.
    far : ndarray of bool, shape (n, k)
        Features more than `FAR_SD` beyond their training range.
    leverage, distance : ndarray, shape (n,)
        Leverage over the training cohort; distance to the nearest training patient (root mean square over features,
        in SD), ``nan`` where the rows of patients were left out.
    high_leverage, alone : ndarray of bool, shape (n,)
        Where these exceed those of every training patient against the others. Where nobody can say whether a training
        patient is near, one of high leverage counts as alone.
    new_pattern : ndarray of bool, shape (n,)
        Where no training patient lacked just these traits.
    """

    outside: BoolArray
    unseen: BoolArray
    missing: BoolArray
    far: BoolArray
    leverage: FloatArray
    distance: FloatArray
    high_leverage: BoolArray
    alone: BoolArray
    new_pattern: BoolArray


@dataclass(frozen=True)
class ApplicabilityReference:
    """What the training cohort looked like, as far as a new profile is compared with it.

    Attributes
    ----------
    traits : tuple of TrainingTrait
        One a trait of the model.
    missing_patterns : tuple of tuple of str
        The different sets of traits that a training patient lacked; none where they were left out.
    precision : ndarray, shape (p + 1, p + 1), or LowRank
        Inverse of the ridged cross-product of (1, standardised features): leverage is x' precision x; of many more
        features than patients by as few rows. Missing indicators are left out here and of distances: one patient with
        a gap would make every other look near.
    largest_leverage : float
        Of any training patient over the others, as a new patient would have it.
    nearest_distances : ndarray, shape (n,)
        Of each training patient to the nearest other one, rising; empty where the rows of patients were left out.
    """

    traits: tuple[TrainingTrait, ...]
    missing_patterns: tuple[tuple[str, ...], ...]
    precision: FloatArray | LowRank
    largest_leverage: float
    nearest_distances: FloatArray

    @classmethod
    def fit(
        cls, codes: Sequence[TraitCode], columns: Sequence[str], values: FloatArray, features: FittedFeatures
    ) -> ApplicabilityReference:
        """Learn from the training cohort.

        Parameters
        ----------
        codes : sequence of TraitCode
            The traits in use.
        columns : sequence of str
            Names of the encoded columns.
        values : ndarray, shape (n, len(columns))
            Encoded training values, ``nan`` where missing.
        features : FittedFeatures
            Fitted on all n patients.

        Notes
        -----
        Leverage without a patient follows from leverage with it: h / (1 - h) (Sherman and Morrison 1950). A new
        patient who is exchangeable with the n of training exceeds the largest of these with probability 1 / (n + 1).
        """
        at = {name: index for index, name in enumerate(columns)}
        parts = [values[:, [at[c] for c in code.columns]] for code in codes]
        traits = tuple(TrainingTrait.fit(code, part) for code, part in zip(codes, parts, strict=True))
        lacking = np.column_stack([np.isnan(part[:, 0]) for part in parts])
        names = np.array([code.name for code in codes], dtype=object)
        patterns = sorted({tuple(names[row]) for row in lacking})
        background = features.transform(values)[:, : len(features.spec.steps)]
        precision = _precision(background)
        leverage = np.minimum(_leverage(background, precision), 1.0 - ROUNDING)
        nearest = np.sort(_nearest(background, background, another=True)) if len(background) > 1 else np.zeros(1)
        largest = float((leverage / (1.0 - leverage)).max())
        return cls(traits, tuple(patterns), precision, largest, nearest)

    @property
    def largest_distance(self) -> float:
        """The largest distance of a training patient to the nearest other one; ``nan`` where none are kept."""
        return float(self.nearest_distances[-1]) if self.nearest_distances.size else float("nan")

    def without_patients(self, background: FloatArray) -> ApplicabilityReference:
        """Return what can be said from means, SDs and ranges: nothing that tells of single patients.

        Leverage is then that over a cohort of the same size whose features are not correlated, for the cross-products
        of few patients reveal who had what together; it is compared with that of the training patients themselves.
        Levels are kept, the sets in which they came together are not.

        Parameters
        ----------
        background : ndarray, shape (n, k)
            The training patients, standardised.
        """
        steps = self._steps
        patients = background[:, :steps]
        diagonal = 1.0 / np.array([len(patients), *((patients**2).sum(axis=0) + RIDGE)])
        precision = (
            np.diag(diagonal)
            if not isinstance(self.precision, LowRank)
            else LowRank(diagonal, np.empty((0, steps + 1)), np.zeros(steps + 1))
        )
        traits = tuple(trait.without_sets() for trait in self.traits)
        return ApplicabilityReference(traits, (), precision, float(_leverage(patients, precision).max()), np.empty(0))

    @property
    def _steps(self) -> int:
        """Features that were measured, without missing indicators."""
        return len(self.precision.diagonal if isinstance(self.precision, LowRank) else self.precision) - 1

    @cached_property
    def _patterns(self) -> frozenset[tuple[bool, ...]]:
        return frozenset(tuple(t.name in lacked for t in self.traits) for lacked in self.missing_patterns)

    def assess(
        self,
        codes: Sequence[TraitCode],
        values: FloatArray,
        features: FloatArray,
        background: FloatArray,
        feature_range: tuple[FloatArray, FloatArray],
    ) -> Applicability:
        """Compare profiles with the training cohort.

        Parameters
        ----------
        codes : sequence of TraitCode
            The traits in use, in the order of the columns.
        values : ndarray, shape (n, columns)
            Encoded profiles.
        features : ndarray, shape (n, k)
            The same, standardised, missing indicators last.
        background : ndarray, shape (m, k)
            The training patients, standardised.
        feature_range : tuple of two ndarray, shape (k,)
            Smallest and largest standardised value of each feature in training.
        """
        outside, unseen, missing = (np.zeros((len(values), len(self.traits)), dtype=bool) for _ in range(3))
        start = 0
        for index, (code, trait) in enumerate(zip(codes, self.traits, strict=True)):
            part = values[:, start : start + len(code.columns)]
            start += len(code.columns)
            missing[:, index] = np.isnan(part[:, 0])
            outside[:, index] = trait.outside(part)
            unseen[:, index] = trait.unseen(part, code.kind) & ~missing[:, index]
        steps = self._steps
        measured, patients = features[:, :steps], background[:, :steps]
        lowest, highest = feature_range
        far = (features < lowest - FAR_SD) | (features > highest + FAR_SD)
        leverage = _leverage(measured, self.precision)
        slack = 1.0 + ROUNDING
        high_leverage = leverage > self.largest_leverage * slack + ROUNDING
        if self.nearest_distances.size:
            distance = _nearest(measured, patients)
            alone = distance > self.largest_distance * slack + DISTANCE_ROUNDING
        else:
            distance, alone = np.full(len(values), np.nan), high_leverage
        return Applicability(
            outside,
            unseen,
            missing,
            far,
            leverage,
            distance,
            high_leverage,
            alone,
            self._unknown_pattern(missing),
        )

    def _unknown_pattern(self, missing: BoolArray) -> BoolArray:
        lacking = missing.any(axis=1)
        unknown = np.zeros(len(missing), dtype=bool)
        if lacking.any() and self.missing_patterns:
            different, place = np.unique(missing[lacking], axis=0, return_inverse=True)
            known = np.array([tuple(row) in self._patterns for row in different.tolist()])
            unknown[lacking] = ~known[place.reshape(-1)]
        return unknown

    def to_json(self) -> dict[str, Any]:
        """Return the reference as JSON types."""
        return {
            "traits": [trait.to_json() for trait in self.traits],
            "missing_patterns": [list(pattern) for pattern in self.missing_patterns],
            "precision": self.precision.to_json() if isinstance(self.precision, LowRank) else self.precision.tolist(),
            "largest_leverage": self.largest_leverage,
            "nearest_distances": self.nearest_distances.tolist(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ApplicabilityReference:
        """Rebuild from `to_json`."""
        precision = content["precision"]
        return cls(
            tuple(TrainingTrait.from_json(trait) for trait in content["traits"]),
            tuple(tuple(str(name) for name in pattern) for pattern in content["missing_patterns"]),
            LowRank.from_json(precision) if isinstance(precision, Mapping) else np.asarray(precision, dtype=float),
            float(content["largest_leverage"]),
            np.asarray(content["nearest_distances"], dtype=float),
        )


def _with_intercept(features: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(features)), features])


def _precision(background: FloatArray) -> FloatArray | LowRank:
    """Return the inverse of the ridged cross-product of (1, features), the intercept free."""
    n, p = background.shape
    if not is_low_rank(n, p):
        rows = _with_intercept(background)
        return np.asarray(np.linalg.inv(rows.T @ rows + np.diag([0.0, *[RIDGE] * p])), dtype=float)
    # about the mean the intercept parts from the features, and only directions that patients span are learned
    centre = np.append(0.0, background.mean(axis=0))
    apart = _with_intercept(background) - centre
    apart[:, 0] = 0.0
    gap = np.linalg.inv(RIDGE * np.eye(n) + apart @ apart.T) / RIDGE
    return LowRank.of(np.array([1.0 / n, *[1.0 / RIDGE] * p]), gap, apart, centre)


def _leverage(features: FloatArray, precision: FloatArray | LowRank) -> FloatArray:
    rows = _with_intercept(features)
    if isinstance(precision, LowRank):
        return precision.measure(rows)
    return np.asarray(((rows @ precision) * rows).sum(axis=1))


def _nearest(features: FloatArray, background: FloatArray, *, another: bool = False) -> FloatArray:
    """Return the distance of each row to the nearest background row, or to another one where both are the same rows."""
    nearest = np.empty(len(features))
    at_once = max(1, DISTANCES_AT_ONCE // len(background))
    for start in range(0, len(features), at_once):
        block = _distances(features[start : start + at_once], background)
        rows = np.arange(len(block))
        if another:
            block[rows, start + rows] = np.inf
        nearest[start + rows] = block.min(axis=1)
    return nearest


def _distances(features: FloatArray, background: FloatArray) -> FloatArray:
    """Return root mean square differences over features, shape (n, m)."""
    square = (features**2).sum(axis=1)[:, None] + (background**2).sum(axis=1) - 2.0 * (features @ background.T)
    return np.asarray(np.sqrt(np.maximum(square, 0.0) / max(1, features.shape[1])))
