"""Multiple imputation as numbers: chained regressions that complete a row with gaps m times, with NumPy alone.

They are fitted by `responder.features.chained`, written into the bundle, and used by training and scoring alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from responder.arrays import BoolArray, FloatArray

__all__ = ["ROUNDS", "ChainedRegressions", "ColumnScale", "MultipleImputation"]

ROUNDS = 5
"""Times that every regression is gone through, while the gaps of one row wait for one another."""


@dataclass(frozen=True)
class MultipleImputation:
    """What an experiment asks for.

    Attributes
    ----------
    draws : int
        Completed copies of every training set.
    seed : int
        Of the draws; the same for every training set, so that two of them differ by their patients alone.
    levels : Mapping[str, tuple of float]
        Encoded column to the values that it may take; columns of numbers are absent.
    """

    draws: int = 20
    seed: int = 0
    levels: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnScale:
    """On which scale one encoded column is imputed: that on which the model takes it.

    Attributes
    ----------
    column : int
        The encoded column.
    transform : str
        ``identity``, ``log`` or ``log1p``.
    floor : float
        Below it no logarithm is taken.
    levels : tuple of float
        Values that it may take; empty for a number.
    """

    column: int
    transform: str = "identity"
    floor: float = 0.0
    levels: tuple[float, ...] = ()

    def forward(self, values: FloatArray) -> FloatArray:
        """Return values on this scale."""
        if self.transform == "log":
            return np.asarray(np.log(np.maximum(values, self.floor)))
        return np.asarray(np.log1p(np.maximum(values, 0.0))) if self.transform == "log1p" else values

    def back(self, values: FloatArray) -> FloatArray:
        """Return values as they are encoded, moved to the nearest level where there are levels."""
        if self.levels:
            levels = np.asarray(self.levels)
            return np.asarray(levels[np.abs(values[..., None] - levels).argmin(axis=-1)])
        if self.transform == "log":
            return np.asarray(np.exp(values))
        return np.asarray(np.expm1(values)) if self.transform == "log1p" else values


@dataclass(frozen=True)
class ChainedRegressions:
    """m draws of the regression of every column on all others, for each of M training sets.

    Attributes
    ----------
    scales : tuple of ColumnScale
        The c columns.
    seed : int
        Of the draws.
    centre, spread : ndarray, shape (M, c)
        Mean and SD of the known values among the training rows: regressions are of standardised columns.
    low, high : ndarray, shape (M, c)
        The least and the greatest standardised value known among the training rows: no gap is filled with anything
        beyond.
    intercept, noise : ndarray, shape (M, m, c)
        Drawn intercept, and residual SD.
    slopes : ndarray, shape (M, m, c, c)
        Drawn slopes, a row a column imputed; 0 on the diagonal.

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> zero = np.zeros((1, 3, 2))
    >>> slopes = np.zeros((1, 3, 2, 2))
    >>> slopes[:, :, 1, 0] = 1.0
    >>> fitted = ChainedRegressions(
    ...     (ColumnScale(0), ColumnScale(1)), 0, np.zeros((1, 2)), np.ones((1, 2)),
    ...     np.full((1, 2), -9.0), np.full((1, 2), 9.0), zero, zero, slopes)
    >>> fitted.complete(np.array([[2.0, np.nan]]))[0, :, 0, 1].tolist()
    [2.0, 2.0, 2.0]
    """

    scales: tuple[ColumnScale, ...]
    seed: int
    centre: FloatArray
    spread: FloatArray
    low: FloatArray
    high: FloatArray
    intercept: FloatArray
    noise: FloatArray
    slopes: FloatArray

    @property
    def columns(self) -> list[int]:
        """The encoded columns that are imputed."""
        return [scale.column for scale in self.scales]

    @property
    def draws(self) -> int:
        """M."""
        return int(self.intercept.shape[1])

    def complete(self, values: FloatArray) -> FloatArray:
        """Return m completed copies of each row by each training set's regressions, shape (M, m, n, columns).

        The random part of a draw is one of m equal parts of the normal distribution, the same for every row, so that a
        profile is completed in the same way whatever is scored beside it.

        Parameters
        ----------
        values : ndarray, shape (n, columns)
            Encoded values, ``nan`` where missing.
        """
        sets, draws = self.intercept.shape[:2]
        completed = np.broadcast_to(values, (sets, draws, *values.shape)).copy()
        state = self.standardised(values)
        gaps = np.isnan(state[0])
        if not gaps.any():
            return completed
        state = np.where(np.isnan(state), 0.0, state)[:, None].repeat(draws, axis=1)
        random = _stratified(draws, len(self.scales), self.seed)
        for round_ in range(ROUNDS):
            for j in range(len(self.scales)):
                rows = np.flatnonzero(gaps[:, j])
                if rows.size:
                    state[:, :, rows, j] = self.filled(j, state[:, :, rows], random[round_, :, None, j])
        return self.put_back(completed, state, gaps)

    def standardised(self, values: FloatArray) -> FloatArray:
        """Return the imputed columns on their scale, standardised by each training set, shape (M, n, c)."""
        scaled = np.column_stack([scale.forward(values[:, scale.column]) for scale in self.scales])
        return np.asarray((scaled - self.centre[:, None]) / self.spread[:, None])

    def filled(self, j: int, state: FloatArray, random: FloatArray) -> FloatArray:
        """Return what column j is filled with: its regression and a random part, within what was seen, at a level.

        Parameters
        ----------
        j : int
            Position of the column.
        state : ndarray, shape (M, m, r, c)
            Rows, completed so far.
        random : ndarray, shape (m, 1) or (m, r)
            Standard normal numbers.
        """
        mean = np.matmul(state, self.slopes[:, :, j, :, None])[..., 0] + self.intercept[:, :, None, j]
        drawn = mean + self.noise[:, :, None, j] * random
        drawn = np.clip(drawn, self.low[:, None, None, j], self.high[:, None, None, j])
        scale = self.scales[j]
        if not scale.levels:
            return np.asarray(drawn)
        centre, spread = self.centre[:, None, None, j], self.spread[:, None, None, j]
        return np.asarray((scale.back(drawn * spread + centre) - centre) / spread)

    def put_back(self, completed: FloatArray, state: FloatArray, gaps: BoolArray) -> FloatArray:
        """Write the gaps of a completed state, (M, m, n, c), as they are encoded, into (M, m, n, columns)."""
        for j, scale in enumerate(self.scales):
            rows = np.flatnonzero(gaps[:, j])
            own = state[:, :, rows, j] * self.spread[:, None, None, j] + self.centre[:, None, None, j]
            completed[:, :, rows, scale.column] = scale.back(own)
        return completed

    def of_set(self, index: int) -> ChainedRegressions:
        """Return the regressions of one training set."""
        parts = {name: getattr(self, name)[index : index + 1] for name in _ARRAYS}
        return ChainedRegressions(self.scales, self.seed, **parts)

    def to_json(self) -> dict[str, Any]:
        """Return the regressions of the first training set as JSON types."""
        scales = [{**vars(scale), "levels": list(scale.levels)} for scale in self.scales]
        arrays = {name: getattr(self, name)[0].tolist() for name in _ARRAYS}
        return {"scales": scales, "seed": self.seed, **arrays}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ChainedRegressions:
        """Rebuild from `to_json`."""
        scales = tuple(ColumnScale(**{**scale, "levels": tuple(scale["levels"])}) for scale in content["scales"])
        arrays = {name: np.asarray([content[name]], dtype=float) for name in _ARRAYS}
        return cls(scales, int(content["seed"]), **arrays)


_ARRAYS = ("centre", "spread", "low", "high", "intercept", "noise", "slopes")


def _stratified(draws: int, columns: int, seed: int) -> FloatArray:
    """Return normal quantiles at the middle of `draws` equal parts, shuffled, shape (ROUNDS, draws, columns)."""
    normal = NormalDist()
    parts = np.array([normal.inv_cdf((draw + 0.5) / draws) for draw in range(draws)])
    order = np.random.default_rng(seed).random((ROUNDS, draws, columns)).argsort(axis=1)
    return np.asarray(parts[order])
