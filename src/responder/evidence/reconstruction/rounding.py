"""Which exact values a reported, rounded number may stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

__all__ = ["CONVENTIONS", "Convention", "Interval", "rounded"]

Convention = Literal["half_up", "half_down", "half_even", "truncate"]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)


@dataclass(frozen=True)
class Interval:
    """A range of exact values, each end closed or open; ``None`` is unbounded."""

    low: Fraction | None
    high: Fraction | None
    low_closed: bool = True
    high_closed: bool = True

    def integers(self) -> tuple[int, int | None]:
        """Return the smallest integer of 0 or more and the largest integer inside (``None``: no largest).

        Examples
        --------
        >>> Interval(Fraction(3, 2), Fraction(4), high_closed=False).integers()
        (2, 3)
        """
        low = 0 if self.low is None else max(0, math.ceil(self.low))
        if self.low is not None and not self.low_closed and low == self.low:
            low += 1
        if self.high is None:
            return low, None
        high = math.floor(self.high)
        return low, high - 1 if not self.high_closed and high == self.high else high

    def scaled(self, factor: int | Fraction, shift: int | Fraction = 0) -> Interval:
        """Return the interval of ``factor * x + shift`` for a positive factor."""
        low = None if self.low is None else self.low * factor + shift
        high = None if self.high is None else self.high * factor + shift
        return Interval(low, high, self.low_closed, self.high_closed)

    def squared(self) -> Interval:
        """Return the interval of ``x * x`` for x of 0 or more."""
        if self.low is None or self.low < 0:
            low, low_closed = Fraction(0), True
        else:
            low, low_closed = self.low * self.low, self.low_closed
        if self.high is not None and self.high < 0:
            return Interval(Fraction(1), Fraction(0))
        return Interval(low, None if self.high is None else self.high * self.high, low_closed, self.high_closed)

    def __contains__(self, value: float | Fraction) -> bool:
        if isinstance(value, float) and math.isnan(value):
            return False
        above = self.low is None or value > self.low or (self.low_closed and value == self.low)
        return above and (self.high is None or value < self.high or (self.high_closed and value == self.high))


def rounded(value: Decimal, decimals: int, convention: Convention) -> Interval:
    """Return the exact values that a convention turns into a reported number.

    Parameters
    ----------
    value : Decimal
        The number as reported.
    decimals : int
        Decimals to which it was rounded.
    convention : str
        ``half_up`` (ties away from zero for positive numbers), ``half_down``, ``half_even`` or ``truncate``.

    Returns
    -------
    Interval

    Examples
    --------
    >>> interval = rounded(Decimal("0.011"), 3, "half_up")
    >>> float(interval.low), float(interval.high), interval.high_closed
    (0.0105, 0.0115, False)
    """
    exact, unit = Fraction(value), Fraction(1, 10**decimals)
    if convention == "truncate":
        return Interval(exact, exact + unit, high_closed=False)
    even = (exact / unit).denominator == 1 and int(exact / unit) % 2 == 0
    ends = {"half_up": (True, False), "half_down": (False, True), "half_even": (even, even)}[convention]
    return Interval(exact - unit / 2, exact + unit / 2, *ends)
