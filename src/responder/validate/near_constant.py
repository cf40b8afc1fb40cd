"""Features that are nearly constant without a patient: their SD, and so their weight, comes from one person there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.features.spec import fit_scaling
from responder.validate.result import Result
from responder.validate.splits import leave_out
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
    alone, beyond = _carried_in_folds(table), _beyond_others(table)
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


def _beyond_others(table: Table) -> FloatArray:
    """Return how far each patient lies beyond the range of the others, in their SD, shape (n, k).

    Only the first and the last of a feature can lie beyond all others: of a fold without one of them, the features that
    end with them are looked at.
    """
    everybody = table.scaling(np.ones((1, table.n)))
    filled = everybody.filled(table.derived, table.missing)
    ends = np.stack([filled.argmin(axis=0), filled.argmax(axis=0)])
    beyond = np.zeros(filled.shape)
    derived = table.derived.shape[1]
    for patient in np.unique(ends).tolist():
        columns = np.flatnonzero((ends == patient).any(axis=0))
        own, indicators = columns[columns < derived], columns[columns >= derived] - derived
        values = table.derived[:, own], table.missing[:, indicators]
        train = leave_out(table.n, np.array([[patient]]))
        measured = fit_scaling(*values, train).apply(*values, held=False)[0]
        others = np.delete(measured, patient, axis=0)
        outside = np.maximum(measured[patient] - others.max(axis=0), others.min(axis=0) - measured[patient])
        beyond[patient, columns] = np.maximum(outside, 0.0)
    return beyond


def _carried_in_folds(table: Table) -> IntArray:
    """Return who differs alone in each leave-one-out fold, shape (n, k); -1 where nobody does.

    Somebody can only where all known values but two are the same: no other feature is looked at.
    """
    n, given = table.n, np.column_stack([table.derived, table.missing])
    alone = np.full(given.shape, -1, dtype=np.int64)
    columns = np.flatnonzero([_same_but_two(values[~np.isnan(values)]) for values in given.T])
    if columns.size:
        for patients, measured, trained in _folds(table, np.arange(n)):
            alone[np.ix_(patients, columns)] = _alone(measured[:, :, columns], trained)
    return alone


def _same_but_two(known: FloatArray) -> bool:
    """Return whether all values but two are the same, within a margin that is wider than the one of `_alone`."""
    if len(known) <= FEWEST_IN_FOLD:
        return True
    ordered = np.sort(known)
    same = len(known) - 2
    spread = ordered[same - 1 :] - ordered[: len(ordered) - same + 1]
    return bool(spread.min() <= 10 * SAME * (ordered[-1] - ordered[0]))


def _folds(table: Table, patients: IntArray) -> Iterator[tuple[IntArray, FloatArray, BoolArray]]:
    """Yield some patients, the features as measured by the fold of each, shape (M, n, k), and its training rows."""
    n, k = table.n, len(table.feature_table.names)
    at_once = max(1, NUMBERS_AT_ONCE // (n * k))
    for start in range(0, len(patients), at_once):
        here = patients[start : start + at_once]
        train = leave_out(n, here[:, None])
        scaling = table.scaling(train)
        yield here, scaling.apply(table.derived, table.missing, held=False), train > 0


def _alone(features: FloatArray, trained: BoolArray) -> IntArray:
    """Return the one training row that differs from all others, shape (M, k); -1 where none or several do."""
    inside = np.where(trained[:, :, None], features, np.nan)
    # where all but one are equal, the median is their value
    differs = np.abs(inside - np.nanmedian(inside, axis=1, keepdims=True)) > SAME
    return np.where(differs.sum(axis=1) == 1, differs.argmax(axis=1), -1)
