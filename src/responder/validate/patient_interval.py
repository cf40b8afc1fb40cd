"""The next patient's interval, and how often it held the true probability in simulated cohorts.

The interval is that of the linear predictor under weak neutral priors (`responder.models.posterior`), stretched to hold
the model's own probability. ``data/patient_interval.json`` is written by ``benchmarks/patient_interval.py`` (seeded).
It holds how many posterior SD the interval must reach to either side, calibrated in the worst cell, and the coverage of
new patients' true probabilities for sizes, splits, numbers of features and true effects, with the candidates that were
not taken. The cell nearest to a cohort is named, not interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.models.posterior import NeutralPosterior, columns_looked_at, neutral_posteriors
from responder.models.solver import expit
from responder.validate.refit import Refits
from responder.validate.result import Result
from responder.validate.simulated import shipped_table
from responder.validate.splits import leave_one_out

if TYPE_CHECKING:
    import pandas as pd

    from responder.validate.refit import Pipeline

__all__ = ["PatientCoverage", "PatientIntervals", "out_of_fold_intervals", "patient_coverage"]


@dataclass(frozen=True, slots=True)
class PatientCoverage(Result):
    """What the next patient's interval held in the simulated cohorts nearest to one.

    Attributes
    ----------
    level : float
        Nominal level.
    reach : float
        Posterior SD of the linear predictor to either side.
    lowest, highest : float
        Share of new patients whose true probability it held: least and greatest over the true effects simulated.
    monte_carlo_error : float
        Greatest standard error of these shares.
    n, features : int
        Patients and features of the simulated cohorts.
    share : float
        Expected share of their smaller class.
    """

    level: float
    reach: float
    lowest: float
    highest: float
    monte_carlo_error: float
    n: int
    features: int
    share: float

    @property
    def percent(self) -> tuple[int, int]:
        """Lowest and highest in whole percent, rounded down: never more than was held."""
        return floor(100 * self.lowest), floor(100 * self.highest)


@dataclass(frozen=True, eq=False)
class PatientIntervals(Result):
    """Intervals of the patients of a cohort, each from the others.

    Attributes
    ----------
    lower, upper : ndarray, shape (n,)
        Limits of the probability; ``nan`` where the others are of one outcome class.
    coverage : PatientCoverage
        What such intervals held in simulated cohorts.
    """

    lower: FloatArray
    upper: FloatArray
    coverage: PatientCoverage

    def summary(self) -> dict[str, Any]:
        """Return, as JSON types, what holds for all patients: widths, median limits and simulated coverage."""
        width = self.upper - self.lower
        return {
            "median_width": float(np.median(width)),
            "narrowest": float(width.min()),
            "widest": float(width.max()),
            "median_lower": float(np.median(self.lower)),
            "median_upper": float(np.median(self.upper)),
            "coverage": self.coverage.to_json(),
        }

    def frame(self) -> pd.DataFrame:
        """Return one row a patient."""
        import pandas as pd

        return pd.DataFrame({"lower": self.lower, "upper": self.upper})


def patient_coverage(n_responders: int, n_non_responders: int, features: int) -> PatientCoverage:
    """Return reach and simulated coverage of the next patient's interval, of the cell nearest to a cohort.

    Parameters
    ----------
    n_responders, n_non_responders : int
        Class sizes.
    features : int
        That the model looks at.

    Raises
    ------
    ValueError
        If there is no patient.

    Examples
    --------
    >>> coverage = patient_coverage(5, 9, features=5)
    >>> coverage.n, coverage.features, coverage.lowest > 0.94
    (15, 6, True)
    """
    n = n_responders + n_non_responders
    if n < 1:
        raise ValueError("there must be at least one patient")
    table = shipped_table("patient_interval.json")
    share = min(n_responders, n_non_responders) / n

    def distance(row: dict[str, Any]) -> tuple[float, float, float]:
        # size and number of features rule the width; the split hardly does
        return abs(log(row["n"] / n)), abs(log(row["features"] / max(1, features))), abs(row["share"] - share)

    row = min(table["rows"], key=distance)
    return PatientCoverage(
        level=table["level"],
        reach=table["reach"],
        lowest=min(row["coverage"]),
        highest=max(row["coverage"]),
        monte_carlo_error=row["greatest_monte_carlo_error"],
        n=row["n"],
        features=row["features"],
        share=row["share"],
    )


def out_of_fold_intervals(
    pipeline: Pipeline, outcome: NDArray[Any], probability: FloatArray, coverage: PatientCoverage
) -> PatientIntervals:
    """Return the interval that each patient would have got as the next one, from the others alone.

    Parameters
    ----------
    pipeline : Pipeline
        Whose features are looked at.
    outcome : ndarray of 0/1, shape (n,)
    probability : ndarray, shape (n,)
        Out-of-fold probabilities, which the intervals hold.
    coverage : PatientCoverage
        With the reach.
    """
    train, ask = leave_one_out(len(outcome))
    columns = columns_looked_at(pipeline.model, len(pipeline.table.feature_table.names))
    limits = []
    for sets, asked in pipeline.table.training_sets(Refits.of_outcome(train, outcome, ask)):
        mean, root = neutral_posteriors(sets, columns)
        for i, patient in enumerate(asked[:, 0].tolist()):
            own = NeutralPosterior(columns, mean[i], root[i])
            limits.append(own.interval(sets.features[i, patient][None], coverage.reach)[0])
    found = expit(np.array(limits))
    return PatientIntervals(np.minimum(found[:, 0], probability), np.maximum(found[:, 1], probability), coverage)
