"""Evaluate an endpoint: from outcome values to 1 (response), 0 (none) or ``nan`` (cannot be told)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.study.model import Endpoint

__all__ = ["all_met", "evaluate_endpoint", "measure_endpoint", "met_before"]

RULE_TOLERANCE = 1e-9  # a change of exactly -25 % must not fail for rounding


def measure_endpoint(endpoint: Endpoint, outcome: FloatArray, baseline: FloatArray | None = None) -> FloatArray:
    """Return what the endpoint's rule looks at: the value, the change, the change in percent, or what is left.

    A percent change from a baseline of zero is not defined and comes out ``nan``; so does the resolution of a
    level in those who did not have it.

    Parameters
    ----------
    endpoint : Endpoint
        The rule.
    outcome : ndarray, shape (n,)
        Values of the endpoint's column, in the study's unit; ``nan`` where not recorded. For ``resolution``, 1 or 0:
        whether the level is present.
    baseline : ndarray, shape (n,), optional
        Values of the trait that the endpoint is `compared_with`; needed unless it looks at the value itself.

    Raises
    ------
    ValueError
        If the endpoint looks at a change and no baseline is given.
    """
    if endpoint.measure == "value":
        return outcome
    if baseline is None:
        raise ValueError(f"endpoint '{endpoint.name}' needs baseline values")
    if endpoint.measure == "resolution":
        return np.where(baseline == 1.0, outcome, np.nan)
    change = outcome - baseline
    if endpoint.measure == "change":
        return change
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100.0 * change / np.abs(baseline)
    return np.where(baseline == 0.0, np.nan, percent)


def evaluate_endpoint(endpoint: Endpoint, outcome: FloatArray, baseline: FloatArray | None = None) -> FloatArray:
    """Return 1 for responders, 0 for the others, ``nan`` where it cannot be told.

    With ``withdrawal = "non_responder"`` a patient whose outcome was not recorded counts as 0, unless the endpoint
    does not apply: no dose to reduce, no level to resolve, no baseline to compare with, or the target met before
    treatment (`met_before`).

    Parameters
    ----------
    endpoint, outcome, baseline
        As in `measure_endpoint`.

    Examples
    --------
    >>> from responder.study import load_study
    >>> steroid_sparing = load_study("rp-ld-il2").endpoints[1]
    >>> evaluate_endpoint(steroid_sparing, np.array([11.25, 12.0, 0.0]), np.array([15.0, 15.0, 0.0])).tolist()
    [1.0, 0.0, nan]
    """
    measured = measure_endpoint(endpoint, outcome, baseline)
    unknown = np.isnan(measured)
    if endpoint.withdrawal == "non_responder":
        applies = ~np.isnan(measure_endpoint(endpoint, np.zeros_like(outcome), baseline))
        unknown = unknown & ~(np.isnan(outcome) & applies)
    unknown = unknown | met_before(endpoint, outcome, baseline)
    return np.where(unknown, np.nan, _met(endpoint, measured).astype(float))


def all_met(responses: Sequence[FloatArray]) -> FloatArray:
    """Return 1 where every part of an endpoint is met, 0 where any is not, ``nan`` where that cannot be told.

    Parameters
    ----------
    responses : sequence of ndarray, shape (n,)
        1, 0 or ``nan`` for each part, from `evaluate_endpoint`.

    Examples
    --------
    >>> all_met([np.array([1, 1, 1, np.nan]), np.array([1, 0, np.nan, 0])]).tolist()
    [1.0, 0.0, nan, 0.0]
    """
    parts = np.stack(responses)
    return np.where((parts == 0.0).any(axis=0), 0.0, np.where(np.isnan(parts).any(axis=0), np.nan, 1.0))


def met_before(endpoint: Endpoint, outcome: FloatArray, baseline: FloatArray | None) -> BoolArray:
    """Return who met the rule before treatment already, where the endpoint does not apply to them, shape (n,).

    Parameters
    ----------
    endpoint, outcome, baseline
        As in `measure_endpoint`; nobody where the endpoint declares no such rule or no baseline is given.
    """
    if not endpoint.applies_unless_met_at or baseline is None:
        return np.zeros(outcome.shape, dtype=bool)
    return _met(endpoint, baseline)


def _met(endpoint: Endpoint, measured: FloatArray) -> BoolArray:
    """Return whether the rule is kept; never of a missing number."""
    threshold = endpoint.threshold
    if threshold is None:
        return np.isin(measured, endpoint.level_numbers)
    tolerance = RULE_TOLERANCE * max(1.0, abs(threshold))
    kept: dict[str | None, BoolArray] = {
        "==": np.abs(measured - threshold) <= tolerance,
        "<=": measured <= threshold + tolerance,
        ">=": measured >= threshold - tolerance,
        "<": measured < threshold - tolerance,
        ">": measured > threshold + tolerance,
    }
    return kept[endpoint.operator]
