"""Memory that a step has freed is kept for the next one."""

from __future__ import annotations

import ctypes
import functools
import os

__all__ = ["keep_freed_memory"]

GIVEN_BACK_ABOVE = "65536"
"""Bytes that Dask's nanny has the C library keep, unless somebody has set another number."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
MOST_KEPT_BYTES, LARGEST_KEPT_BYTES = 64 << 20, 32 << 20
"""Where the GNU C library ends up by itself when a program frees large arrays; see mallopt(3)."""


@functools.cache
def keep_freed_memory() -> None:
    """Undo in a worker what Dask's nanny asks of the C library: to give freed memory back at once.

    The arrays of every step of a fit would be mapped, filled with zeros and given back anew: three times the processor
    time. Other numbers than the nanny's own are somebody's decision, and stay.
    """
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") != GIVEN_BACK_ABOVE:
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library
        return
    mallopt(TRIM_THRESHOLD, MOST_KEPT_BYTES)
    mallopt(MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
