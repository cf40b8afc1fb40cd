"""Intervals for a proportion: how far may 6 of 9 be believed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv

from responder.validate._inputs import as_level
from responder.validate.result import Result

__all__ = ["Proportion", "clopper_pearson", "rule_of_three", "zero_events_upper"]


@dataclass(frozen=True, slots=True)
class Proportion(Result):
    """A proportion with its two-sided confidence interval.

    Attributes
    ----------
    successes, n : int
        Counted successes among ``n`` patients.
    estimate, lower, upper : float
        Proportion and limits, within [0, 1].
    level : float
        Confidence level, such as 0.95.
    method : {"clopper-pearson"}
    """

    successes: int
    n: int
    estimate: float
    lower: float
    upper: float
    level: float
    method: Literal["clopper-pearson"]


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Proportion:
    """Return the exact interval: never less than nominal coverage, at any n.

    Parameters
    ----------
    successes : int
        Number of successes, 0 to ``n``.
    n : int
        Number of patients, at least 1.
    level : float
        Confidence level, two-sided.

    Raises
    ------
    ValueError
        If ``successes`` is not within 0 and ``n``, or ``level`` not within 0 and 1.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; limits as quantiles of the beta distribution.

    Examples
    --------
    >>> interval = clopper_pearson(6, 9)
    >>> f"{interval.lower:.3f} to {interval.upper:.3f}"
    '0.299 to 0.925'
    """
    _check_count(successes, n)
    tail = (1 - as_level(level)) / 2
    lower = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    upper = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Proportion(successes, n, successes / n, lower, upper, level, "clopper-pearson")


def rule_of_three(n: int) -> float:
    """Return 3/n, the quick 95% upper bound when none of ``n`` patients had the event.

    References
    ----------
    Hanley and Lippman-Hand 1983, JAMA 249:1743. Below n = 30 it overstates the exact bound
    (`zero_events_upper`); it is offered because readers know it.

    Examples
    --------
    >>> round(rule_of_three(9), 3)
    0.333
    """
    _check_count(0, n)
    return min(1.0, 3 / n)


def zero_events_upper(n: int, level: float = 0.95) -> float:
    """Return the exact one-sided upper bound when none of ``n`` patients had the event.

    The bound is the rate at which no event in ``n`` has probability ``1 - level``:
    ``(1 - bound)**n = 1 - level``.

    References
    ----------
    Hanley and Lippman-Hand 1983, JAMA 249:1743.

    Examples
    --------
    >>> round(zero_events_upper(9), 3)
    0.283
    """
    _check_count(0, n)
    return 1.0 - float((1 - as_level(level)) ** (1 / n))


def _check_count(successes: int, n: int) -> None:
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"successes must lie within 0 and n, and n be at least 1; got {successes} of {n}")
