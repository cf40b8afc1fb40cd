"""The next patient's interval, and how often it held the true probability in simulated cohorts.

The interval is that of the linear predictor under weak neutral priors (`responder.models.posterior`), stretched to hold
the model's own probability. ``data/patient_interval.json`` is written by ``benchmarks/patient_interval.py`` (seeded).
It holds how many posterior SD the interval must reach to either side, calibrated in the worst cell, and the coverage of
new patients' true probabilities for sizes, splits, numbers of features and true effects, with the candidates that were
not taken. The cell nearest to a cohort is named, not interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.models.base import Predictions, TrainingSets
from responder.models.posterior import NeutralModel, NeutralPosterior, neutral_posteriors
from responder.models.solver import Status, expit
from responder.models.wide import row_coordinates
from responder.validate.cost import seconds_of_fit
from responder.validate.left_out import can_be_shared, fits_left_out
from responder.validate.result import Result
from responder.validate.sharing import answer
from responder.validate.simulated import shipped_table
from responder.validate.table import LeftOut, Refits, Table
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PatientCoverage", "PatientIntervals", "out_of_fold_intervals", "out_of_fold_limits", "patient_coverage"]


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


def out_of_fold_intervals(limits: FloatArray, probability: FloatArray, coverage: PatientCoverage) -> PatientIntervals:
    """Return the interval that each patient would have got as the next one, from the others alone.

    Parameters
    ----------
    limits : ndarray, shape (n, 2)
        Of the linear predictor (`out_of_fold_limits`).
    probability : ndarray, shape (n,)
        Out-of-fold probabilities, which the intervals hold.
    coverage : PatientCoverage
        What such intervals held.
    """
    found = expit(limits)
    return PatientIntervals(np.minimum(found[:, 0], probability), np.maximum(found[:, 1], probability), coverage)


def out_of_fold_limits(
    table: Table, columns: Sequence[int], outcome: NDArray[Any], reach: float, *, workers: Workers = IN_PROCESS
) -> FloatArray:
    """Return the limits of each patient's linear predictor from the others alone, shape (n, 2).

    They depend on the features that a model looks at, and on nothing else of it: models that look at the same share
    them.

    Parameters
    ----------
    table : Table
        Of n patients.
    columns : sequence of int
        Features that are looked at.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    reach : float
        Posterior SD to either side.
    workers : Workers
        Whom the fits are shared out to.
    """
    own = np.arange(len(outcome))[:, None]
    neutral = NeutralModel("neutral", columns=tuple(columns))
    return answer(_NeutralRefits(table, neutral, reach), LeftOut(outcome, own, own), workers).logit[:, :, 0]


@dataclass(frozen=True)
class _NeutralRefits:
    """The engine's question under neutral priors; in the place of one patient's logit stand its two limits."""

    table: Table
    model: NeutralModel
    reach: float

    def seconds_per_fit(self) -> float:
        """See `Refitter.seconds_per_fit`."""
        return seconds_of_fit(self.model, self.table.n, len(self.model.columns))

    def predict(self, refits: Refits) -> Predictions:
        """See `Refitter.predict`; one patient is asked of each training set."""
        limits = np.full((len(refits), 2, 1), np.nan)
        status = np.zeros((len(refits), 1), dtype=np.uint8)
        answered = np.zeros(len(refits), dtype=bool)
        if can_be_shared(self.table, self.model, refits):
            for found in fits_left_out(self.table, self.model, refits, self.model.columns):
                assert found.variance is not None
                centre = np.matmul(found.rows, found.coefficients)[:, 0]
                half = self.reach * np.sqrt(found.variance[:, 0])
                settled = found.answered[:, 0] & (found.status[:, 0] == Status.OK)
                limits[found.here[settled]] = np.stack([centre - half, centre + half], axis=1)[settled]
                answered[found.here] = settled
        cold = np.flatnonzero(~answered)
        rest = Refits(refits.train[cold], refits.labels[cold], refits.ask[cold])
        done = 0
        for sets, asked in self.table.training_sets(rest):
            x = sets.features[:, :, list(self.model.columns)]
            size = x.shape[2]
            if size > self.table.n:
                # patients span fewer directions than there are features; turned into these, the posterior is the same
                x = row_coordinates(x, np.ones(size))[0]
            columns = tuple(range(x.shape[2]))
            mean, root = neutral_posteriors(TrainingSets(x, sets.weight, sets.labels), columns, size)
            for i, patient in enumerate(asked[:, 0].tolist()):
                posterior = NeutralPosterior(columns, mean[i], root[i])
                limits[cold[done + i], :, 0] = posterior.interval(x[i, patient][None], self.reach)[0]
            done += len(asked)
        return Predictions(limits, status)
