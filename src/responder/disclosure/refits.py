"""What bootstrap refits reveal: the values of patients by their medians, and who was drawn by their coefficients."""

from __future__ import annotations

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.disclosure.equations import penalty_of
from responder.models.solver import expit
from responder.score.bundle import Bundle

__all__ = ["draws_known", "values_of_medians"]

TOLERANCE = 1e-4
SAME = 1e-9


def values_of_medians(bundle: Bundle) -> tuple[int, ...]:
    """Return how many different medians the refits hold of each feature.

    With an odd number of patients the median of a bootstrap sample is the value of one of them.
    """
    if bundle.ensemble is None:
        return ()
    medians = np.concatenate([bundle.ensemble.medians, bundle.ensemble.scaling.median])
    return tuple(len(np.unique(column)) for column in medians.T)


def draws_known(bundle: Bundle, rows: FloatArray, outcome: IntArray | None) -> int:
    """Return of how many refits it can be computed which patients were drawn, and how often.

    Parameters
    ----------
    bundle : Bundle
    rows : ndarray, shape (n, k)
        Features of its patients as they were measured, without missing indicators.
    outcome : ndarray, shape (n,), optional
        Their outcomes, where they are known.
    """
    ensemble = bundle.ensemble
    if ensemble is None:
        return 0
    steps, known = rows.shape[1], 0
    scaling = ensemble.scaling
    for mean, sd in zip(scaling.mean[:, :steps], scaling.sd[:, :steps], strict=True):
        # mean and SD of a refit are sums over its draws
        matrix = np.vstack([np.ones(len(rows)), rows.T, (rows**2).T])
        target = len(rows) * np.concatenate([[1.0], mean, sd**2 + mean**2])
        known += _is_solved(matrix, target)
    penalty = penalty_of(bundle.model.id)
    if penalty is None or outcome is None or bundle.model.id == "firth":
        return known
    parts = (ensemble.intercepts, ensemble.slopes, ensemble.lows, ensemble.highs)
    for intercept, slope, low, high in zip(*parts, strict=True):
        sd = _sds_of_bounds(rows, low[:steps], high[:steps])
        use = np.isfinite(sd)
        gap = outcome - expit(intercept + rows @ slope[:steps])
        gradient = penalty(slope[:steps][use] * sd[use]) * sd[use]
        matrix = np.vstack([np.ones(len(rows)), gap, (rows[:, use] * gap[:, None]).T])
        known += _is_solved(matrix, np.concatenate([[len(rows), 0.0], gradient]))
    return known


def _sds_of_bounds(values: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the SDs of a refit, shape (k,): its bounds lie one SD beyond the range of its draws.

    Both ends of the range are patients; ``nan`` where more than one SD would do, or none.
    """
    with np.errstate(invalid="ignore"):  # refits of old bundles have no bounds
        sd = values - low
        largest = high - sd
    is_patient = [np.abs(values - one).min(axis=0) <= SAME * (1.0 + np.abs(high)) for one in largest]
    fits = np.array(is_patient) & (values >= low - SAME) & (largest >= values - SAME)
    least, most = np.where(fits, sd, np.inf).min(axis=0), np.where(fits, sd, -np.inf).max(axis=0)
    return np.where(least == most, least, np.nan)


def _is_solved(matrix: FloatArray, target: FloatArray) -> bool:
    """Return whether the equations have one solution, and it is a count of draws."""
    scale = np.abs(matrix).max(axis=1, keepdims=True)
    scaled, wanted = matrix / np.maximum(scale, SAME), target / np.maximum(scale[:, 0], SAME)
    if np.linalg.matrix_rank(scaled, tol=1e-7) < matrix.shape[1]:
        return False
    found = np.linalg.lstsq(scaled, wanted)[0]
    counts = np.rint(found)
    return bool(np.abs(found - counts).max() <= TOLERANCE and counts.min() >= 0)
