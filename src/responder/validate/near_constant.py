"""Features that are nearly constant without a patient: their SD, and so their weight, comes from one person there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.features.spec import fit_scaling
from responder.validate.result import Result
from responder.validate.splits import leave_one_out
from responder.validate.table import NUMBERS_AT_ONCE, Table

__all__ = ["FAR_BEYOND_SD", "NearConstant", "near_constant_features"]

FAR_BEYOND_SD = 3.0
"""A patient so far beyond the range of the others, in their SD, is named even where the others differ."""

FEWEST_IN_FOLD = 4
SAME = 1e-9


@dataclass(frozen=True)
class NearConstant(Result):
    """One feature that tells little in a leave-one-out fold.

    Attributes
    ----------
    feature : str
        Its name.
    everywhere : bool
        Whether one patient alone differs in the whole cohort; `without` is then that patient.
    without : tuple of int
        Patients without whom the feature differs in one patient alone; empty where it never does.
    alone : tuple of int
        The patient who then differs, one for each of `without`; whoever differs in the whole cohort if `everywhere`.
    farthest : int
        The patient who lies farthest beyond the others.
    beyond_sd : float
        How far beyond their range, in their SD, before the value is held.
    """

    feature: str
    everywhere: bool
    without: tuple[int, ...]
    alone: tuple[int, ...]
    farthest: int
    beyond_sd: float


def near_constant_features(table: Table) -> tuple[NearConstant, ...]:
    """Return the features that one patient alone carries, in the cohort or without some patient.

    Parameters
    ----------
    table : Table
        Encoded values; outcomes are not looked at.

    Returns
    -------
    tuple of NearConstant
        In the order of the features: those that differ in one training patient alone in some leave-one-out fold, and
        those of which a patient lies more than `FAR_BEYOND_SD` beyond the range of all others.

    Examples
    --------
    >>> from responder.features.spec import FeatureSpec, FeatureStep
    >>> spec = FeatureSpec(("x",), (FeatureStep("x", "identity", (0,), ("x",)),), {"x": 0}, {"x": ""})
    >>> values = np.array([[0.0], [0.0], [0.0], [0.0], [0.02], [0.2]])
    >>> found, = near_constant_features(Table(spec, values, {}))
    >>> found.without, found.alone, found.farthest, round(found.beyond_sd, 1)
    ((4, 5), (5, 4), 5, 22.5)
    """
    n = table.n
    if n <= FEWEST_IN_FOLD:
        return ()
    whole = _alone(table.standardised(np.ones((1, n))), np.ones((1, n), dtype=bool))[0]
    alone, beyond = (np.concatenate(parts) for parts in zip(*_folds(table), strict=True))
    found = []
    for column, name in enumerate(table.feature_table.names):
        farthest = int(beyond[:, column].argmax())
        far = float(beyond[farthest, column])
        everywhere = whole[column] >= 0
        without = () if everywhere else tuple(np.flatnonzero(alone[:, column] >= 0).tolist())
        if everywhere or without or far > FAR_BEYOND_SD:
            others = (int(whole[column]),) if everywhere else tuple(int(alone[i, column]) for i in without)
            found.append(NearConstant(name, bool(everywhere), without, others, farthest, far))
    return tuple(found)


def _folds(table: Table) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield, chunk by chunk of leave-one-out folds, who differs alone, and how far the one left out lies beyond."""
    n, k = table.n, len(table.feature_table.names)
    weights, _ = leave_one_out(n)
    at_once = max(1, NUMBERS_AT_ONCE // (n * k))
    for start in range(0, n, at_once):
        train = weights[start : start + at_once]
        scaling = fit_scaling(table.derived, table.missing, train)
        measured = scaling.apply(table.derived, table.missing, held=False)
        trained = train > 0
        low = np.where(trained[:, :, None], measured, np.inf).min(axis=1)
        high = np.where(trained[:, :, None], measured, -np.inf).max(axis=1)
        own = measured[np.arange(len(train)), np.arange(start, start + len(train))]
        yield _alone(measured, trained), np.maximum(np.maximum(own - high, low - own), 0.0)


def _alone(features: FloatArray, trained: BoolArray) -> IntArray:
    """Return the one training row that differs from all others, shape (M, k); -1 where none or several do."""
    inside = np.where(trained[:, :, None], features, np.nan)
    # where all but one are equal, the median is their value
    differs = np.abs(inside - np.nanmedian(inside, axis=1, keepdims=True)) > SAME
    return np.where(differs.sum(axis=1) == 1, differs.argmax(axis=1), -1)
