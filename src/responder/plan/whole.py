"""Numbers of patients are whole."""

from __future__ import annotations

import math

__all__ = ["whole_patients"]

HAIR = 1e-9


def whole_patients(n: float) -> int:
    """Return the smallest whole number of patients that is at least `n`, rounding of the computer aside.

    Examples
    --------
    >>> whole_patients(384.16), whole_patients(10 * (0.1 + 0.2)), 10 * (0.1 + 0.2) > 3
    (385, 3, True)
    """
    return math.ceil(n - HAIR)
