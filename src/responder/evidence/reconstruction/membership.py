"""Whether given cohorts meet a fact, worked out from the people in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.evidence.reconstruction.constraints import Constraints, compile_fact
from responder.evidence.reconstruction.ensemble import Cohorts
from responder.evidence.reconstruction.paired_p import paired_p_values
from responder.evidence.reconstruction.rounding import Convention, Interval
from responder.evidence.reconstruction.statements import ReportedFact

__all__ = ["tests_met"]

Mask = BoolArray


def tests_met(cohorts: Cohorts, fact: ReportedFact, conventions: Sequence[Convention]) -> dict[Convention, Mask]:
    """Return by which tests cohorts meet a fact.

    Parameters
    ----------
    cohorts : Cohorts
    fact : ReportedFact
    conventions : sequence of str
        How reported numbers were rounded.

    Returns
    -------
    dict of str to ndarray of bool, shape (tests, cohorts)
        One row per test that may be behind a P value; one row for every other fact.
    """
    if fact.statistic == "p_value":
        p_values = paired_p_values(cohorts.differences(*fact.difference), fact.candidate_tests)
        return {convention: _inside(p_values, fact.interval(convention)) for convention in conventions}
    met = {}
    for convention in conventions:
        fits = np.zeros((1, len(cohorts)), dtype=bool)
        for constraints in compile_fact(fact, cohorts.cells, convention):
            fits[0] |= _within(cohorts.members, constraints)
        met[convention] = fits
    return met


def _within(members: NDArray[np.int32], constraints: Constraints) -> Mask:
    fits = np.ones(len(members), dtype=bool)
    for bound in constraints.counts:
        fits &= _between(bound.mask[members].sum(axis=1), bound.low, bound.high)
    for moment in constraints.moments:
        values = moment.values[members]
        total = values.sum(axis=1)
        fits &= _between(total, moment.sum_low, moment.sum_high)
        spread = moment.m * (values**2).sum(axis=1) - total**2
        fits &= _between(spread, moment.spread_low, moment.spread_high)
    return fits


def _between(numbers: IntArray, low: int, high: int | None) -> Mask:
    return (numbers >= low) if high is None else (numbers >= low) & (numbers <= high)


def _inside(values: FloatArray, interval: Interval) -> Mask:
    """Return which values lie in an interval; ``nan`` does not."""
    fits = ~np.isnan(values)
    if interval.low is not None:
        fits &= values >= float(interval.low) if interval.low_closed else values > float(interval.low)
    if interval.high is not None:
        fits &= values <= float(interval.high) if interval.high_closed else values < float(interval.high)
    return np.asarray(fits)
