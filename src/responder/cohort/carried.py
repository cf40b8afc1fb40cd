"""A cohort's values in the columns of traits of another study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Cohort
from responder.study.encode import TraitCode

__all__ = ["carried_values"]


def carried_values(
    cohort: Cohort, codes: Sequence[TraitCode], counterparts: Mapping[str, str]
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the values of a cohort as another study writes them.

    Parameters
    ----------
    cohort : Cohort
        The patients.
    codes : sequence of TraitCode
        Traits of the other study.
    counterparts : Mapping[str, str]
        Trait of the other study to the cohort's own; see `responder.study.find_counterparts`.

    Returns
    -------
    values : ndarray, shape (n, columns of the traits)
        ``nan`` where the cohort lacks a trait.
    absent : tuple of str
        Traits of the other study that have a counterpart, which this cohort's table lacks.
    """
    at = {column: index for index, column in enumerate(cohort.columns)}
    columns, absent = [], []
    for code in codes:
        own = counterparts.get(code.name)
        names = [] if own is None else [f"{own}{column.removeprefix(code.name)}" for column in code.columns]
        if names and names[0] not in at:
            absent.append(code.name)
        columns += [at.get(name, -1) for name in names] or [-1] * len(code.columns)
    padded = np.column_stack([cohort.values, np.full(cohort.n, np.nan)])  # -1 is the column of nothing
    return padded[:, columns], tuple(absent)
