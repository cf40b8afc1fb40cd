"""How much work goes into one piece that is handed out."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CHUNK_SECONDS", "in_chunks"]

CHUNK_SECONDS = 0.5
"""Nominal length of a piece: handing one out takes some milliseconds, which must not count."""


def in_chunks(seconds: Sequence[float]) -> list[range]:
    """Cut a list of pieces into runs that are each worth handing out.

    The cut depends on what is asked alone, never on how many workers there are or how fast they turn out to be, so
    that sums over runs come out the same to the last bit everywhere.

    Parameters
    ----------
    seconds : sequence of float
        Nominal computing time of each piece, from the number of fits and never from a clock.

    Returns
    -------
    list of range
        Positions, in order; all of them, each once.

    Examples
    --------
    >>> in_chunks([0.2, 0.2, 0.2, 5.0, 0.1])
    [range(0, 3), range(3, 4), range(4, 5)]
    """
    found, start, spent = [], 0, 0.0
    for place, cost in enumerate(seconds):
        spent += cost
        if spent >= CHUNK_SECONDS:
            found.append(range(start, place + 1))
            start, spent = place + 1, 0.0
    if start < len(seconds):
        found.append(range(start, len(seconds)))
    return found
