"""What an interval for a leave-pair-out AUC really covers, from simulations shipped as data.

``data/auc_coverage.json`` is written by ``benchmarks/coverage.py``: cohorts of six normal features, true effects from
none to strong, a ridge logistic model refitted for every left-out pair. ``data/auc_coverage_by_model.json`` is written
by ``benchmarks/coverage_by_model.py`` for the other kinds of model and other numbers of features, with the program's
own pipelines. For each cohort size and split they hold the coverage of every method, and the ``z`` that Newcombe's
interval needs at each true AUC. Between the cells they are interpolated, and beyond them the nearest is used: see
`responder.validate.simulated`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from responder.arrays import FloatArray
from responder.validate.result import Result
from responder.validate.simulated import RIDGE, Learner, nearest_rows, shipped_table

__all__ = ["CoverageMethod", "SimulatedCoverage", "calibrated_z", "simulated_coverage"]

CoverageMethod = Literal["delong", "logit-delong", "newcombe-5", "calibrated"]
FEW_COHORTS = 100
"""A cell judged by fewer may have a ``z`` below the nominal one by luck alone."""
TABLES = ("auc_coverage.json", "auc_coverage_by_model.json")


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
    simulated : Learner
        What was simulated: of the same kind of model, the nearest number of features.
    own_model : bool
        False where no model of that kind was simulated, and a ridge model stands for it.
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
    simulated: Learner
    own_model: bool


def simulated_coverage(
    n_responders: int,
    n_non_responders: int,
    method: CoverageMethod,
    level: float = 0.95,
    learner: Learner = RIDGE,
) -> SimulatedCoverage | None:
    """Return the simulated coverage of an interval method, or None at a level that was not simulated.

    Parameters
    ----------
    n_responders, n_non_responders : int
        Class sizes; the table is symmetric in them.
    method : {"delong", "logit-delong", "newcombe-5", "calibrated"}
        ``"delong"`` is the plain interval on the AUC scale, kept for comparison; ridge models alone have it.
    level : float
        Nominal level.
    learner : Learner
        Whose AUC it is.

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
    if level != shipped_table(TABLES[0])["level"]:
        return None
    nearest = nearest_rows(TABLES, learner, n_responders, n_non_responders)

    def covered(target: str, extreme: Callable[[list[float]], float]) -> float:
        return nearest.mean(lambda row: extreme(row["coverage"][method][target]))

    lowest = covered("expected", min)
    replicates = min(row["replicates"] for row, _ in nearest.rows)
    return SimulatedCoverage(
        method=method,
        level=level,
        lowest=lowest,
        highest=covered("expected", max),
        lowest_fitted=covered("fitted", min),
        highest_fitted=covered("fitted", max),
        monte_carlo_error=sqrt(lowest * (1 - lowest) / replicates),
        n_responders=n_responders,
        n_non_responders=n_non_responders,
        extrapolated=nearest.outside,
        simulated=nearest.simulated,
        own_model=nearest.own_model,
    )


def calibrated_z(
    theta: ArrayLike,
    n_responders: int,
    n_non_responders: int,
    level: float = 0.95,
    *,
    limit: Literal["lower", "upper"] = "upper",
    learner: Learner = RIDGE,
) -> FloatArray:
    """Return the ``z`` with which a limit of Newcombe's method 5 reaches a true AUC often enough for ``level``.

    Ridge models of six features have one ``z`` for both limits. The AUC of a weak single marker collapses far below the
    truth where its direction changes between folds: there the upper limit reaches farther than the lower one.

    Parameters
    ----------
    theta : array_like
        True AUC; below 0.5 the value at 0.5 is used.
    n_responders, n_non_responders : int
        Class sizes.
    level : float
        One of the levels simulated.
    limit : {"lower", "upper"}
        Which limit it is for.
    learner : Learner
        Whose AUC it is.

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
    weighted = nearest_rows(TABLES, learner, n_responders, n_non_responders).rows
    key = f"{level:g}"
    tables = [row["z"] if "z" in row else row[f"z_{limit}"] for row, _ in weighted]
    if key not in tables[0]:
        raise ValueError(f"no calibrated interval at level {key}; simulated were {', '.join(tables[0])}")
    truth = np.asarray(theta, dtype=float)
    nominal = NormalDist().inv_cdf((1 + level) / 2)
    z = [
        # of few cohorts, some were lucky: those do not make an interval narrower than its level says
        weight
        * np.maximum(
            np.interp(truth, row["expected_auc"], table[key]), nominal if row["replicates"] < FEW_COHORTS else 0.0
        )
        for (row, weight), table in zip(weighted, tables, strict=True)
    ]
    return np.asarray(np.sum(z, axis=0))
