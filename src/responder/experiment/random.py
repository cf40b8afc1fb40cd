"""One generator a purpose, so that adding a step never changes the numbers of another."""

from __future__ import annotations

import zlib

import numpy as np

__all__ = ["rng_for"]


def rng_for(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose.

    Examples
    --------
    >>> int(rng_for(1, "bootstrap").integers(1000)) == int(rng_for(1, "bootstrap").integers(1000))
    True
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])
