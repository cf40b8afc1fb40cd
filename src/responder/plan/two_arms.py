"""How many patients does a controlled trial of the endpoint take? Two response rates, tested exactly.

The power is no approximation: every table that two arms can show is listed, with its chance and its p.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from responder.arrays import FloatArray
from responder.errors import ConfigError
from responder.plan.whole import whole_patients
from responder.validate.result import Result

__all__ = [
    "MOST_ENUMERATED",
    "ControlledTrial",
    "boschloo_p",
    "fisher_p",
    "formula_size",
    "plan_trial",
    "power_of_tables",
]

LEVEL = 0.05
"""Of the two-sided test: what trials declare."""
MOST_ENUMERATED = 150
"""Patients an arm up to which every table is listed; beyond it, the formula answers."""
NUISANCE = 199
"""Common response rates at which Boschloo's test looks for the largest p, evenly between 0 and 1."""

TestName = Literal["fisher", "boschloo"]


@dataclass(frozen=True, slots=True)
class ControlledTrial(Result):
    """A randomised trial with two arms of the same size.

    Attributes
    ----------
    control_rate, treated_rate : float
        Assumed shares of responders.
    alpha, power : float
        Two-sided level; power that is aimed at.
    n_fisher, n_boschloo : int or None
        Patients an arm from which on the exact power is reached by Fisher's and by Boschloo's test; None beyond 150.
    power_fisher, power_boschloo : float or None
        The exact power with so many.
    n_formula : int
        Patients an arm by the formula with continuity correction.
    """

    control_rate: float
    treated_rate: float
    alpha: float
    power: float
    n_fisher: int | None
    power_fisher: float | None
    n_boschloo: int | None
    power_boschloo: float | None
    n_formula: int

    @property
    def n_per_arm(self) -> int:
        """Patients an arm by Fisher's test, by the formula where that was not enumerated."""
        return self.n_formula if self.n_fisher is None else self.n_fisher


def plan_trial(control_rate: float, treated_rate: float, *, power: float, alpha: float = LEVEL) -> ControlledTrial:
    """Return the size of a trial that compares two response rates.

    Parameters
    ----------
    control_rate, treated_rate : float
        Shares of responders that are assumed, strictly between 0 and 1 and not the same.
    power : float
        Power that is aimed at.
    alpha : float
        Two-sided level.

    Raises
    ------
    ConfigError
        If the rates are the same, or one is no rate.

    Notes
    -----
    The power of an exact test does not grow with every patient. The size is the smallest from which on no size up to a
    fifth above the formula's falls short.

    Examples
    --------
    >>> plan = plan_trial(0.3, 0.7, power=0.8)
    >>> plan.n_fisher, plan.n_boschloo, plan.n_formula
    (29, 26, 29)
    """
    for rate in (control_rate, treated_rate):
        if not 0.0 < rate < 1.0:
            raise ConfigError("plan_response_rate", where="--control-rate", rate=rate)
    if abs(control_rate - treated_rate) < 0.01:
        raise ConfigError("plan_same_rates", where="--control-rate", control=control_rate, treated=treated_rate)
    formula = formula_size(control_rate, treated_rate, power=power, alpha=alpha)
    n_fisher = power_fisher = n_boschloo = power_boschloo = None
    top = math.ceil(1.2 * formula) + 2
    if top <= MOST_ENUMERATED:
        n_fisher, power_fisher = _smallest("fisher", control_rate, treated_rate, top, power, alpha)
    if n_fisher is not None:
        # Boschloo's p is never the larger one: from here on it reaches the power too
        n_boschloo, power_boschloo = _smallest("boschloo", control_rate, treated_rate, n_fisher, power, alpha)
    return ControlledTrial(
        control_rate, treated_rate, alpha, power, n_fisher, power_fisher, n_boschloo, power_boschloo, formula
    )


def formula_size(control_rate: float, treated_rate: float, *, power: float, alpha: float = LEVEL) -> int:
    """Return the patients an arm by the normal approximation with continuity correction.

    Without correction ``n = (z(1 - a/2) sqrt(2 m (1 - m)) + z(power) sqrt(p0 q0 + p1 q1))^2 / d^2`` with ``m`` the mean
    of the rates and ``d`` their difference; corrected ``n / 4 (1 + sqrt(1 + 4 / (n |d|)))^2``.

    References
    ----------
    Casagrande, Pike and Smith 1978, Biometrics 34:483; Fleiss, Tytun and Ury 1980, Biometrics 36:343.

    Examples
    --------
    >>> formula_size(0.3, 0.7, power=0.8)
    29
    """
    from scipy.special import ndtri

    mean, apart = (control_rate + treated_rate) / 2, abs(control_rate - treated_rate)
    under_null = ndtri(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
    otherwise = ndtri(power) * math.sqrt(control_rate * (1 - control_rate) + treated_rate * (1 - treated_rate))
    plain = (under_null + otherwise) ** 2 / apart**2
    return whole_patients(plain / 4 * (1 + math.sqrt(1 + 4 / (plain * apart))) ** 2)


def fisher_p(n: int) -> FloatArray:
    """Return the two-sided p of Fisher's exact test for every table of two arms of n patients.

    Returns
    -------
    ndarray, shape (n + 1, n + 1)
        By responders of the one arm (rows) and of the other (columns).

    References
    ----------
    Fisher 1935, J R Stat Soc 98:39; two-sided by the sum of all tables no more likely than the one seen.

    Examples
    --------
    >>> bool(round(fisher_p(4)[4, 0], 4) == round(2 / 70, 4))
    True
    """
    from scipy.special import gammaln

    counts = np.arange(n + 1)
    log_ways = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1)
    p = np.ones((n + 1, n + 1))
    for total in range(2 * n + 1):
        one = np.arange(max(0, total - n), min(n, total) + 1)
        log_chance = log_ways[one] + log_ways[total - one]
        chance = np.exp(log_chance - log_chance.max())
        order = np.argsort(chance, kind="stable")
        summed = np.cumsum(chance[order])
        # tables as likely as this one count too, whatever the rounding
        last = np.searchsorted(chance[order], chance * (1 + 1e-7), side="right") - 1
        p[one, total - one] = summed[last] / summed[-1]
    return p


def boschloo_p(n: int) -> FloatArray:
    """Return the two-sided p of Boschloo's exact test for every table of two arms of n patients.

    Fisher's p is the statistic: how often, at the least favourable common rate, is it as small as this? Never larger
    than Fisher's p, and never above the level more often than the level; the rate is sought on a grid of 199.

    Returns
    -------
    ndarray, shape (n + 1, n + 1)
        As of `fisher_p`.

    References
    ----------
    Boschloo 1970, Stat Neerl 24:1.

    Examples
    --------
    >>> bool(boschloo_p(4)[4, 0] < fisher_p(4)[4, 0])
    True
    """
    fisher = fisher_p(n)
    order = np.argsort(fisher, axis=None, kind="stable")
    rates = np.linspace(0.0, 1.0, NUISANCE + 2)[1:-1]
    chance = _binomial(n, rates)
    tables = (chance[:, :, None] * chance[:, None, :]).reshape(NUISANCE, -1)[:, order]
    worst = np.cumsum(tables, axis=1).max(axis=0)
    ranked = fisher.ravel()[order]
    last = np.searchsorted(ranked, ranked * (1 + 1e-9), side="right") - 1
    p = np.empty(fisher.size)
    p[order] = worst[last]
    return np.minimum(p.reshape(fisher.shape), fisher)


def power_of_tables(p: FloatArray, control_rate: float, treated_rate: float, alpha: float = LEVEL) -> float:
    """Return how often the treated arm is better and p is at most the level; p by treated (rows) and control.

    Where the control rate is the higher one, how often the control arm is.

    Examples
    --------
    >>> round(power_of_tables(fisher_p(29), 0.3, 0.7), 3)
    0.814
    """
    n = len(p) - 1
    treated, control = _binomial(n, np.array([treated_rate, control_rate], dtype=np.float64))
    apart = np.arange(n + 1)[:, None] - np.arange(n + 1)[None, :]
    right = apart > 0 if treated_rate > control_rate else apart < 0
    return float(treated @ ((p <= alpha) & right) @ control)


def _binomial(n: int, rates: FloatArray) -> FloatArray:
    """Return the chance of 0 to n responders at each rate, shape (rates, n + 1)."""
    from scipy.stats import binom

    return np.asarray(binom.pmf(np.arange(n + 1)[None, :], n, rates[:, None]))


def _smallest(
    test: TestName, control_rate: float, treated_rate: float, top: int, power: float, alpha: float
) -> tuple[int, float] | tuple[None, None]:
    """Return the smallest size from which on, up to `top`, the power is reached, and its power; None where none is."""
    found: tuple[int, float] | tuple[None, None] = (None, None)
    for n in range(top, 1, -1):
        reached = power_of_tables(fisher_p(n) if test == "fisher" else boschloo_p(n), control_rate, treated_rate, alpha)
        if reached < power:
            return found
        found = (n, reached)
    return found
