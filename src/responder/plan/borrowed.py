"""How many patients fewer a model needs that borrows, if what others showed holds, and if its reverse does.

The project's own simulation of power, four times over: patients in whom what was borrowed holds, and patients in whom
the reverse does; each with the model as declared and with nothing borrowed, in the same simulated cohorts.
A plan on a right prior alone would flatter, so that there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from responder.arrays import FloatArray
from responder.models.prior import BorrowedPrior
from responder.plan.population import Population, following
from responder.plan.power import BUDGET_SECONDS, PowerSimulation, simulate_power
from responder.plan.simulated import Needed, SimulatedPower
from responder.validate.refit import Pipeline, Table
from responder.words import Phrase
from responder.workers import IN_PROCESS, KeptChunks, Workers

if TYPE_CHECKING:
    from responder.plan.setting import Setting

__all__ = ["BorrowedPower", "Truth", "WhatIsBorrowed", "simulate_borrowing"]

Truth = Literal["right", "reversed"]
TRUTHS: dict[Truth, float] = {"right": 1.0, "reversed": -1.0}


@dataclass(frozen=True)
class WhatIsBorrowed:
    """A prior, and the model that borrows it.

    Attributes
    ----------
    prior : BorrowedPrior
        Per unit of the population's features.
    at_weight : callable
        The pipeline on a table of patients, with a weight of the prior.
    """

    prior: BorrowedPrior
    at_weight: Callable[[Table, float], Pipeline]


@dataclass(frozen=True)
class BorrowedPower:
    """The power of a model that borrows beside the same model without it, under one truth.

    Attributes
    ----------
    truth : str
        ``right``: what was borrowed holds, in direction and proportion; ``reversed``: every direction is the opposite.
    weight : float
        As declared.
    power : float
        Asked for.
    borrowing, alone : SimulatedPower
        With what was borrowed, and with nothing, in the same simulated patients.
    at : int
        The size at which both are told.
    """

    truth: Truth
    weight: float
    power: float
    borrowing: SimulatedPower
    alone: SimulatedPower
    at: int

    @property
    def auc(self) -> float:
        """The assumed one."""
        return self.borrowing.points[-1].auc

    @property
    def needed(self) -> tuple[Needed, Needed]:
        """Size with enough power, with what was borrowed and without."""
        with_it, without = (one.needed(self.auc, self.power) for one in (self.borrowing, self.alone))
        return with_it, without

    @property
    def fewer(self) -> int | None:
        """Patients that borrowing saves; below 0 where it costs some, None where a size lies beyond the simulated."""
        with_it, without = (need.about for need in self.needed)
        return None if with_it is None or without is None else without - with_it

    @property
    def fewer_se(self) -> float | None:
        """Its Monte Carlo standard error, as if the two did not share their cohorts, which makes it too large."""
        errors = [one.needed_se(self.auc, self.power) for one in (self.borrowing, self.alone)]
        return None if None in errors else math.hypot(*(error for error in errors if error is not None))

    @property
    def said(self) -> Phrase:
        """How many patients fewer, and the power at one size."""
        points = [next(p for p in one.at(self.auc) if p.n == self.at) for one in (self.borrowing, self.alone)]
        error = max(point.power_se for point in points)
        at = {"at": self.at, "with": points[0].power, "without": points[1].power, "error": 100 * error}
        compared = Phrase("study_plan.borrow.at", at)
        if self.fewer is None:
            kind, values = "beyond", {}
        else:
            kind, values = "fewer" if self.fewer >= 0 else "more", {"n": abs(self.fewer), "se": self.fewer_se}
        holds = Phrase(f"study_plan.borrow.truth.{self.truth}")
        told = {"truth": holds, "auc": self.auc, "power": self.power, "compared": compared}
        return Phrase(f"study_plan.borrow.{kind}", {**values, **told})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        with_it, without = self.needed
        return {
            "truth": self.truth,
            "auc": self.auc,
            "weight": self.weight,
            "power": self.power,
            "cohorts": self.borrowing.cohorts,
            "fewer": self.fewer,
            "fewer_se": self.fewer_se,
            "said": self.said.to_json(),
            "borrowing": {"needed": with_it.to_json(), "points": [p.to_json() for p in self.borrowing.points]},
            "alone": {"needed": without.to_json(), "points": [p.to_json() for p in self.alone.points]},
        }


def simulate_borrowing(
    setting: Setting,
    borrowed: WhatIsBorrowed,
    auc: float,
    *,
    seed: int,
    cohorts: int | None = None,
    workers: Workers = IN_PROCESS,
    kept: Callable[[str], KeptChunks[FloatArray] | None] = lambda _: None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[BorrowedPower, ...]:
    """Simulate a model that borrows, and the same without, where what was borrowed holds and where its reverse does.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    borrowed : WhatIsBorrowed
        Of its markers alone the true effects are, in proportion to what was borrowed; one factor gives the AUC.
    auc : float
        Assumed AUC of the true probabilities.
    seed, cohorts, workers, progress
        See `responder.plan.power.simulate_power`.
    kept : callable
        See `responder.plan.study_plan.plan_study`.
    """
    prior, found = borrowed.prior, []

    def simulated(name: str, weight: float, population: Population) -> SimulatedPower:
        build = partial(_of_weight, borrowed, weight)
        simulation = PowerSimulation(
            population, build, setting.prevalence, (auc,), setting.sizes, setting.alpha, setting.side
        )
        budget = BUDGET_SECONDS / (2 * len(TRUTHS))
        return simulate_power(
            simulation,
            seed=seed,
            cohorts=cohorts,
            budget_seconds=budget,
            workers=workers,
            kept=kept(name),
            progress=progress,
        )

    for truth, sign in TRUTHS.items():
        slopes = dict(zip(prior.features, (sign * prior.mean).tolist(), strict=True))
        population = following(setting.population, slopes)
        borrowing = simulated(f"{truth}_borrowing", prior.weight, population)
        alone = simulated(f"{truth}_alone", 0.0, population)
        sizes = [point.n for point in borrowing.at(auc) if point.cohorts]
        at_hand = setting.at_hand.n if setting.at_hand else sizes[len(sizes) // 2]
        nearest = min(sizes, key=lambda n: abs(n - at_hand))
        found.append(BorrowedPower(truth, prior.weight, setting.power, borrowing, alone, nearest))
    return tuple(found)


def _of_weight(borrowed: WhatIsBorrowed, weight: float, table: Table) -> Pipeline:
    return borrowed.at_weight(table, weight)
