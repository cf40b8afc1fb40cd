"""What an interval for a leave-pair-out AUC really covers, from a simulation shipped as data.

``data/auc_coverage.json`` is written by ``benchmarks/coverage.py`` (seeded, one core, minutes): cohorts of
six normal features, true effects from none to strong, a ridge logistic model refitted for every left-out
pair. For each cohort size and split it holds the coverage of every method, and the ``z`` that Newcombe's
interval needs at each true AUC. Sizes and splits between those simulated are interpolated: linearly in the share of the
smaller class, then in the logarithm of n. Beyond them the nearest is used, and the result says so.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from responder.validate._result import Result

__all__ = ["CoverageMethod", "SimulatedCoverage", "calibrated_z", "coverage_table", "simulated_coverage"]

CoverageMethod = Literal["delong", "logit-delong", "newcombe-5", "calibrated"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SimulatedCoverage(Result):
    """How often an interval held the truth in simulated cohorts of this size and split.

    Attributes
    ----------
    method : str
        Interval method.
    level : float
        Nominal level.
    lowest, highest : float
        Coverage of the expected true AUC of the pipeline trained on n - 2 patients: least and greatest
        over the true effects simulated.
    lowest_fitted, highest_fitted : float
        The same for the true AUC of the model fitted on all n patients.
    monte_carlo_error : float
        Standard error of ``lowest``.
    n_responders, n_non_responders : int
        Class sizes asked for.
    extrapolated : bool
        True where the size or split lies outside those simulated and the nearest was used.
    """

    method: CoverageMethod
    level: float
    lowest: float
    highest: float
    lowest_fitted: float
    highest_fitted: float
    monte_carlo_error: float
    n_responders: int
    n_non_responders: int
    extrapolated: bool

    @property
    def sentence(self) -> str:
        """The coverage in words, to stand beside the interval."""
        where = "the nearest simulated size and split" if self.extrapolated else "this size and split"
        return f"simulated coverage {self.lowest:.2f} to {self.highest:.2f} at {where}"


def simulated_coverage(
    n_responders: int, n_non_responders: int, method: CoverageMethod, level: float = 0.95
) -> SimulatedCoverage | None:
    """Return the simulated coverage of an interval method, or None at a level that was not simulated.

    Parameters
    ----------
    n_responders, n_non_responders : int
        Class sizes; the table is symmetric in them.
    method : {"delong", "logit-delong", "newcombe-5", "calibrated"}
        ``"delong"`` is the plain interval on the AUC scale, kept for comparison.
    level : float
        Nominal level.

    Raises
    ------
    ValueError
        If a class is empty.

    Examples
    --------
    >>> coverage = simulated_coverage(3, 6, "newcombe-5")
    >>> 0.8 < coverage.lowest < 0.95
    True
    """
    if level != coverage_table()["level"]:
        return None
    weighted, outside = _nearest_rows(n_responders, n_non_responders)
    expected, fitted = (
        sum(weight * np.array(row["coverage"][method][target]) for row, weight in weighted)
        for target in ("expected", "fitted")
    )
    replicates = min(row["replicates"] for row, _ in weighted)
    lowest = float(np.min(expected))
    return SimulatedCoverage(
        method=method,
        level=level,
        lowest=lowest,
        highest=float(np.max(expected)),
        lowest_fitted=float(np.min(fitted)),
        highest_fitted=float(np.max(fitted)),
        monte_carlo_error=sqrt(lowest * (1 - lowest) / replicates),
        n_responders=n_responders,
        n_non_responders=n_non_responders,
        extrapolated=outside,
    )


def calibrated_z(
    theta: ArrayLike, n_responders: int, n_non_responders: int, level: float = 0.95
) -> NDArray[np.float64]:
    """Return the ``z`` with which Newcombe's method 5 covers a true AUC at least ``level`` of the time.

    Parameters
    ----------
    theta : array_like
        True AUC; below 0.5 the value at 0.5 is used.
    n_responders, n_non_responders : int
        Class sizes.
    level : float
        One of the levels simulated.

    Returns
    -------
    ndarray, the shape of ``theta``

    Raises
    ------
    ValueError
        If a class is empty, or ``level`` was not simulated.

    Examples
    --------
    >>> 1.96 < calibrated_z(0.5, 3, 6) < 3
    np.True_
    """
    weighted, _ = _nearest_rows(n_responders, n_non_responders)
    key = f"{level:g}"
    levels = weighted[0][0]["z"]
    if key not in levels:
        raise ValueError(f"no calibrated interval at level {key}; simulated were {', '.join(levels)}")
    truth = np.asarray(theta, dtype=float)
    z = [weight * np.interp(truth, row["expected_auc"], row["z"][key]) for row, weight in weighted]
    return np.asarray(np.sum(z, axis=0))


@cache
def coverage_table() -> dict[str, Any]:
    """Return the shipped simulation as it was written, with its scenario, seed and source.

    Examples
    --------
    >>> coverage_table()["source"]
    'benchmarks/coverage.py'
    """
    text = files("responder.validate").joinpath("data/auc_coverage.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _nearest_rows(n_responders: int, n_non_responders: int) -> tuple[list[tuple[Row, float]], bool]:
    """Return the rows to interpolate with their weights, and whether the sizes lie outside the table."""
    n, smaller = n_responders + n_non_responders, min(n_responders, n_non_responders)
    if smaller < 1:
        raise ValueError("both classes must hold at least one patient")
    rows: list[Row] = coverage_table()["rows"]
    sizes = sorted({row["n"] for row in rows})
    weighted = []
    outside = not sizes[0] <= n <= sizes[-1]
    for size, size_weight in _bracket(log(n), [log(size) for size in sizes]):
        column = sorted((row for row in rows if log(row["n"]) == size), key=lambda row: row["smaller"])
        shares = [row["smaller"] / row["n"] for row in column]
        outside = outside or smaller / n < shares[0]
        for share, share_weight in _bracket(smaller / n, shares):
            weighted.append((column[shares.index(share)], size_weight * share_weight))
    return weighted, outside


def _bracket(at: float, grid: list[float]) -> list[tuple[float, float]]:
    """Return the one or two points of a sorted grid next to ``at``, with weights that sum to 1."""
    after = bisect_left(grid, at)
    if after == len(grid) or grid[after] == at or after == 0:
        return [(grid[min(after, len(grid) - 1)], 1.0)]
    low, high = grid[after - 1], grid[after]
    share = (at - low) / (high - low)
    return [(low, 1 - share), (high, share)]
