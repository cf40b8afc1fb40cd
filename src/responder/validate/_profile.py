"""Where a concave profile likelihood of one parameter is greatest, and where it has dropped by so much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from scipy.optimize import brentq

__all__ = ["Profile", "maximum_and_limits", "root"]


class Profile(Protocol):
    """A log-likelihood of one parameter, any other at its best."""

    def slope_at(self, value: float) -> float:
        """Return the derivative, which decreases."""
        ...

    def log_likelihood(self, value: float) -> float:
        """Return the profile."""
        ...


def maximum_and_limits(profile: Profile, drop: float) -> tuple[float, float, float]:
    """Return the maximum of a concave profile and the points below and above it where it has dropped by ``drop``."""
    best = root(profile.slope_at, 0.0)
    lowest = profile.log_likelihood(best) - drop

    def excess(value: float) -> float:
        return profile.log_likelihood(value) - lowest

    def limit(step: float) -> float:
        while excess(best + step) > 0:
            step *= 2
        return float(brentq(excess, best, best + step, xtol=1e-10))

    return best, limit(-1.0), limit(1.0)


def root(decreasing: Callable[[float], float], start: float) -> float:
    """Return the root of a decreasing function, from brackets that widen about ``start``."""
    at_start = decreasing(start)
    if at_start == 0:
        return start
    step = 1.0 if at_start > 0 else -1.0
    while decreasing(start + step) * step > 0:
        step *= 2
    return float(brentq(decreasing, start, start + step, xtol=1e-12))
