"""How many patients exclude a rate of an adverse event, such as infection? Exact, with few or no events seen."""

from __future__ import annotations

from dataclasses import dataclass

from responder.errors import ConfigError
from responder.validate.result import Result

__all__ = ["LEVEL", "MOST_TOLERATED", "RateExclusion", "patients_to_exclude", "rate_exclusions"]

LEVEL = 0.95
MOST_TOLERATED = 3
"""Events up to which a study is planned: none, one, two or three."""

RAREST = 1e-4


@dataclass(frozen=True, slots=True)
class RateExclusion(Result):
    """A study that excludes a rate if it sees no more than a tolerated number of events.

    Attributes
    ----------
    rate : float
        The rate to be excluded.
    events : int
        Events that are tolerated.
    n : int
        Patients from which the exact one-sided upper limit is at most the rate with so many events.
    n_two_sided : int
        The same for the upper end of the two-sided (Clopper-Pearson) interval.
    level, power : float
        Confidence of either limit; chance to succeed at `true_rate`.
    true_rate : float
        Largest true rate at which `n` patients show no more than the tolerated events with that power.
    """

    rate: float
    events: int
    n: int
    n_two_sided: int
    level: float
    power: float
    true_rate: float


def patients_to_exclude(rate: float, events: int = 0, *, level: float = LEVEL, two_sided: bool = False) -> int:
    """Return the fewest patients among whom so many events leave the exact upper limit at or below a rate.

    That is the least ``n`` with ``P(X <= events | n, rate) <= 1 - level``, one half of it where `two_sided`. With no
    event it is ``ln(1 - level) / ln(1 - rate)`` rounded up, of which the rule of three, ``3 / rate``, is shorthand.

    Parameters
    ----------
    rate : float
        Strictly between 0 and 1.
    events : int
        Events that are seen, at least 0.
    level : float
        Confidence, such as 0.95.
    two_sided : bool
        Whether the limit is the upper end of the two-sided Clopper-Pearson interval.

    Raises
    ------
    ConfigError
        If the rate is not strictly between 0.0001 and 1.

    References
    ----------
    Hanley and Lippman-Hand 1983, JAMA 249:1743 (no event); Clopper and Pearson 1934, Biometrika 26:404 (any number).

    Examples
    --------
    >>> [patients_to_exclude(0.05, events) for events in range(3)], patients_to_exclude(0.1)
    ([59, 93, 124], 29)
    """
    if not RAREST < rate < 1.0:
        raise ConfigError("plan_rate", where="rate", rate=rate, least=RAREST)
    from scipy.stats import binom

    tail = (1.0 - level) / (2.0 if two_sided else 1.0)
    low, high = events, events + 1  # `low` patients never suffice, as all of them might have had the event
    while binom.cdf(events, high, rate) > tail:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if binom.cdf(events, middle, rate) > tail else (low, middle)
    return high


def rate_exclusions(rate: float, *, power: float, level: float = LEVEL) -> tuple[RateExclusion, ...]:
    """Return the study for no, one, two and three tolerated events.

    Raises
    ------
    ConfigError
        If the rate cannot be.

    Examples
    --------
    >>> for found in rate_exclusions(0.1, power=0.8):
    ...     print(found.events, found.n, found.n_two_sided, f"{found.true_rate:.3f}")
    0 29 36 0.008
    1 46 54 0.018
    2 61 70 0.025
    3 76 85 0.030
    """
    from scipy.special import betaincinv

    found = []
    for events in range(MOST_TOLERATED + 1):
        n = patients_to_exclude(rate, events, level=level)
        # P(X <= x) is the regularised incomplete beta function I(1 - rate; n - x, x + 1)
        true_rate = 1.0 - float(betaincinv(n - events, events + 1, power))
        n_two_sided = patients_to_exclude(rate, events, level=level, two_sided=True)
        found.append(RateExclusion(rate, events, n, n_two_sided, level, power, true_rate))
    return tuple(found)
