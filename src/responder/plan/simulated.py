"""What simulated cohorts would give, by assumed AUC and size, and the smallest size with enough power."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.plan.whole import whole_patients
from responder.validate.permutation import Side
from responder.validate.result import Result
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHANCE", "Needed", "PowerPoint", "SimulatedPower"]

CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class PowerPoint(Result):
    """What cohorts of one size would give under one assumed AUC; each mean with its Monte Carlo standard error.

    Attributes
    ----------
    auc : float
        Assumed AUC of the true probabilities; 0.5 is chance.
    n, responders : int
        Size and split.
    cohorts : int
        Cohorts simulated; 0 where one outcome is too rare for any verdict, and then only the power, 0, is known.
    power, power_se : float
        Chance that the permutation test rejects at the level, with an AUC above 0.5.
    reached_auc, reached_auc_se : float
        Mean cross-validated AUC of the pipeline: what it gets out of the traits with so few patients.
    interval_width, interval_width_se : float
        Mean width of the calibrated 95% interval of the leave-pair-out AUC.
    instability, instability_se : float
        Mean absolute prediction error per patient over bootstrap refits.
    """

    auc: float
    n: int
    responders: int
    cohorts: int
    power: float
    power_se: float
    reached_auc: float
    reached_auc_se: float
    interval_width: float
    interval_width_se: float
    instability: float
    instability_se: float


@dataclass(frozen=True, slots=True)
class Needed(Result):
    """The smallest cohort on the grid with enough power.

    Attributes
    ----------
    auc, power : float
        Assumed AUC, power asked for.
    above : int or None
        Largest size that is too small; None where the smallest of the grid suffices.
    upto : int or None
        Smallest size from which on all suffice; None where the largest of the grid does not.
    about : int or None
        Between the two, by a straight line in the logarithm of n; None without both.
    """

    auc: float
    power: float
    above: int | None
    upto: int | None
    about: int | None

    @property
    def size(self) -> Phrase:
        """How many patients that is.

        Examples
        --------
        >>> str(Needed(0.8, 0.8, 35, 50, 42).size), str(Needed(0.6, 0.8, 100, None, None).size)
        ('about 42 (36 to 50)', 'more than 100')
        """
        if self.upto is None:
            return Phrase("study_plan.size.above", {"above": self.above})
        if self.above is None:
            return Phrase("study_plan.size.upto", {"upto": self.upto})
        values = {"about": self.about, "first": self.above + 1, "upto": self.upto}
        return Phrase("study_plan.size.between", values)


@dataclass(frozen=True)
class SimulatedPower:
    """Power by assumed AUC and size.

    Attributes
    ----------
    points : tuple of PowerPoint
        By AUC, chance first, then by size.
    model : str
        The pipeline.
    population : Phrase
        Where patients came from.
    alpha : float
        Level of the test.
    side : str
        Of the test.
    labelings, cohorts : int
        Random labelings of a test that does not enumerate them, and cohorts of each size.
    seed : int
        Of the simulation.
    left_out : tuple of int
        The largest sizes, where the budget did not buy them.
    """

    points: tuple[PowerPoint, ...]
    model: str
    population: Phrase
    alpha: float
    side: Side
    labelings: int
    cohorts: int
    seed: int
    left_out: tuple[int, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes that were simulated, ascending."""
        return tuple(point.n for point in self.at(CHANCE))

    def at(self, auc: float) -> tuple[PowerPoint, ...]:
        """Return the points of one assumed AUC, by size."""
        return tuple(point for point in self.points if point.auc == auc)

    def needed(self, auc: float, power: float) -> Needed:
        """Return the smallest size of the grid with this power, bracketed and interpolated.

        A size suffices if all larger ones do too, so that one lucky simulation does not decide.
        """
        points = self.at(auc)
        enough = 0
        while enough < len(points) and points[-1 - enough].power >= power:
            enough += 1
        if enough == 0:
            return Needed(auc, power, points[-1].n, None, None)
        if enough == len(points):
            return Needed(auc, power, None, points[0].n, None)
        low, high = points[-1 - enough], points[-enough]
        share = (power - low.power) / (high.power - low.power)
        about = whole_patients(math.exp(math.log(low.n) + share * math.log(high.n / low.n)))
        return Needed(auc, power, low.n, high.n, min(max(about, low.n + 1), high.n))

    def needed_se(self, auc: float, power: float) -> float | None:
        """Return the Monte Carlo standard error of `needed`, by the slope of the line; None where there is none."""
        need, points = self.needed(auc, power), self.at(auc)
        if need.about is None:
            return None
        low, high = (next(p for p in points if p.n == n) for n in (need.above, need.upto))
        share = (power - low.power) / (high.power - low.power)
        error = math.hypot((1.0 - share) * low.power_se, share * high.power_se)
        return need.about * math.log(high.n / low.n) / (high.power - low.power) * error

    def frame(self) -> pd.DataFrame:
        """Return one row per assumed AUC and size."""
        import pandas as pd

        return pd.DataFrame([point.to_json() for point in self.points])
