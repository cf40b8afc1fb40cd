"""Checks of the arrays that validation is given: programming errors, so plain ``ValueError``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from responder.arrays import BoolArray, FloatArray

__all__ = ["as_labels", "as_level", "as_probabilities"]


def as_labels(labels: ArrayLike, *, both_classes: bool = True) -> BoolArray:
    """Return 0/1 labels, shape (n,), as booleans; ``both_classes`` refuses a single class."""
    given = np.asarray(labels)
    if given.ndim != 1 or given.size == 0 or not np.isin(given, (0, 1)).all():
        raise ValueError("labels must be a non-empty one-dimensional array of 0 and 1")
    responders = given.astype(bool)
    if both_classes and (responders.all() or not responders.any()):
        raise ValueError("labels must hold both classes")
    return responders


def as_probabilities(probabilities: ArrayLike, n: int) -> FloatArray:
    """Return probabilities, shape (n,), as floats within [0, 1]."""
    given = np.asarray(probabilities, dtype=float)
    if given.shape != (n,):
        raise ValueError(f"expected {n} probabilities, got an array of shape {given.shape}")
    if not ((given >= 0) & (given <= 1)).all():  # a NaN fails both comparisons
        raise ValueError("probabilities must lie within 0 and 1, none missing")
    return given


def as_level(level: float) -> float:
    """Return a confidence level strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    return float(level)
