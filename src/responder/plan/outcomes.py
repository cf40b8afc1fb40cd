"""Outcomes of patients at hand, drawn such that a given number of them respond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray

__all__ = ["draw_outcomes"]


def draw_outcomes(
    logit: FloatArray, responders: int, draws: int, rng: np.random.Generator
) -> tuple[NDArray[np.int8], FloatArray]:
    """Draw independent 0/1 outcomes given their sum.

    Parameters
    ----------
    logit : ndarray, shape (E, n)
        Log odds of response of n patients under E effects.
    responders : int
        The sum, 0 to n.
    draws : int
        Outcomes for each effect.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    labels : ndarray of int8, shape (E, draws, n)
        The outcomes.
    log_chance : ndarray, shape (E,)
        Logarithm of the chance of this sum among these patients.

    References
    ----------
    Chen and Liu 1997, Stat Sinica 7:875 (conditional Bernoulli sampling by elementary symmetric functions).

    Examples
    --------
    >>> labels, log_chance = draw_outcomes(np.zeros((1, 4)), 2, 3, np.random.default_rng(0))
    >>> labels.sum(axis=2).tolist(), round(float(np.exp(log_chance[0])), 3)
    ([[2, 2, 2]], 0.375)
    """
    effects, n = logit.shape
    # ways[:, i, k]: log of the sum over all ways to choose k of the patients from i on, of the product of their odds
    ways = np.full((effects, n + 1, responders + 1), -np.inf)
    ways[:, n, 0] = 0.0
    for i in range(n - 1, -1, -1):
        ways[:, i] = ways[:, i + 1]
        chosen = logit[:, i, None] + ways[:, i + 1, :-1]
        ways[:, i, 1:] = np.logaddexp(ways[:, i, 1:], chosen)
    labels = np.zeros((effects, draws, n), dtype=np.int8)
    left = np.full((effects, draws), responders)
    rows = np.arange(effects)[:, None]
    uniform = rng.random((n, effects, draws))
    for i in range(n):
        after = ways[rows, i + 1, np.maximum(left - 1, 0)]
        log_share = logit[:, i, None] + after - ways[rows, i, left]
        responds = (left > 0) & (np.log(uniform[i]) < log_share)
        labels[:, :, i] = responds
        left = left - responds
    return labels, ways[:, 0, responders] - np.logaddexp(0.0, logit).sum(axis=1)
