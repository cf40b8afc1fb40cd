"""Numbers that usually stand for "not recorded", told from measurements by how far they lie from the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["MISSING_CODES", "suspicious_codes"]

MISSING_CODES = frozenset(
    {float(digit * length) for digit in ("9", "8", "7") for length in range(2, 6)}
    | {9.9, 99.9, 999.9, 9999.9, 9.99, 99.99, 999.99}
    | {-1.0, *(-float(digit * length) for digit in ("9", "8", "7") for length in range(1, 6)), -99.9, -999.9, -9.9}
)
"""Codes in use for a gap: repeated nines, eights and sevens, with and without decimals, and negative ones."""

FEWEST_OTHERS = 4


def suspicious_codes(values: Iterable[float]) -> list[float]:
    """Return the usual missing codes that lie far outside the rest of a column, rising.

    The rest are the numbers that are no usual code, at least four of them. A negative code is far outside where the
    rest is 0 or more; any code is where it lies further beyond the rest than the rest is wide (and than half of its
    largest number, so that a rest of one value is not narrow).

    Parameters
    ----------
    values : iterable of float
        Numbers of one column in one unit; ``nan`` where missing.

    Examples
    --------
    >>> suspicious_codes([1.1, 12.0, 39.5, 99.9, 5.2, 8.0]), suspicious_codes([61, 77, 88, 70, 74, 69, 99])
    ([99.9], [])
    >>> suspicious_codes([0.5, 2, 3, 4, -9, -9, 1]), suspicious_codes([-1, -0.5, 0.2, 1.4, 2, 0.1])
    ([-9.0], [])
    """
    numbers = [float(value) for value in values if math.isfinite(value)]
    rest = [number for number in numbers if number not in MISSING_CODES]
    if len(rest) < FEWEST_OTHERS:
        return []
    low, high = min(rest), max(rest)
    far = max(high - low, abs(high) / 2, abs(low) / 2)
    found = {
        code
        for code in MISSING_CODES.intersection(numbers)
        if (code < 0 <= low) or code > high + far or code < low - far
    }
    return sorted(found)
