"""How many patients would settle it? Riley's criteria, the simulation, and what else was asked, in one result."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from responder.arrays import FloatArray
from responder.plan.borrowed import BorrowedPower, simulate_borrowing
from responder.plan.exclusion import RateExclusion, rate_exclusions
from responder.plan.power import PowerSimulation, simulate_power
from responder.plan.riley import (
    UNDERESTIMATES_ABOVE_AUC,
    RileyCriteria,
    implied_shrinkage,
    largest_parameters,
    riley_criteria,
)
from responder.plan.setting import Setting
from responder.plan.simulated import Needed, SimulatedPower
from responder.plan.two_arms import ControlledTrial, plan_trial
from responder.plan.validation_study import ValidationSize, validation_size
from responder.validate.result import Result
from responder.version import code_version, lock_digest
from responder.words import Phrase, Spoken
from responder.workers import IN_PROCESS, KeptChunks, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Assumption", "Shortfall", "StudyPlan", "plan_study", "simulation_key"]


@dataclass(frozen=True, slots=True)
class Assumption(Result):
    """One thing that a plan takes for granted.

    Attributes
    ----------
    name : Phrase
        What.
    value : str or Phrase
        Which value.
    source : str or Phrase
        Where it came from.
    """

    name: Phrase
    value: str | Spoken
    source: str | Spoken


@dataclass(frozen=True, slots=True)
class Shortfall(Result):
    """What one cohort size lacks of Riley's criteria under one assumed AUC.

    Attributes
    ----------
    auc : float
        Assumed.
    n : int
        Patients.
    patients, events : int
        Missing patients, and patients of the rarer outcome to be expected among them; 0 where there are enough.
    shrinkage : float
        Shrinkage factor that so many patients imply: effects are too large by about 1 / shrinkage.
    largest_parameters : int
        Parameters with which criteria 1 and 2 would be met; may be 0.
    """

    auc: float
    n: int
    patients: int
    events: int
    shrinkage: float
    largest_parameters: int


@dataclass(frozen=True)
class StudyPlan:
    """The plan of a study.

    Attributes
    ----------
    setting : Setting
        What was assumed.
    riley : tuple of RileyCriteria
        One per assumed AUC.
    simulated : SimulatedPower or None
        None where nothing was simulated.
    exclusions : tuple of RateExclusion
        One per tolerated number of infections; empty where no rate is to be excluded.
    trial : ControlledTrial or None
        None where no control rate was declared.
    validations : tuple of ValidationSize
        One per assumed AUC; empty where no validation is planned.
    borrowed : tuple of BorrowedPower
        Where what was borrowed holds, and where its reverse does; empty where nothing is borrowed.
    """

    setting: Setting
    riley: tuple[RileyCriteria, ...]
    simulated: SimulatedPower | None
    exclusions: tuple[RateExclusion, ...] = ()
    trial: ControlledTrial | None = None
    validations: tuple[ValidationSize, ...] = ()
    borrowed: tuple[BorrowedPower, ...] = ()

    @property
    def answer(self) -> Phrase:
        """The answer: for the middle one of the assumed AUCs, then for the lowest and the highest."""
        aucs, riley = self.setting.aucs, {asked.auc: asked for asked in self.riley}
        size = {need.auc: need.size for need in self.needed(self.setting.power)}
        kind = "" if size else "_riley"
        said = [
            Phrase(
                f"study_plan.{'further' if place else 'answer'}{kind}",
                {
                    "auc": auc,
                    "power": self.setting.power,
                    "model": self.setting.model,
                    "size": size.get(auc, ""),
                    "n": riley[auc].n,
                },
            )
            for place, auc in enumerate(dict.fromkeys((self.typical_auc, aucs[0], aucs[-1])))
        ]
        said += self._further_answers
        if self.setting.at_hand is not None:
            said.append(Phrase("study_plan.at_hand", {"n": self.setting.at_hand.n}))
        return functools.reduce(lambda one, other: Phrase("study_plan.then", {"first": one, "second": other}), said)

    @property
    def _further_answers(self) -> list[Phrase]:
        """What the questions that were asked on top of the model's come to, each in one sentence."""
        said = [one.said for one in self.borrowed]
        if self.exclusions:
            none_seen = self.exclusions[0]
            said.append(Phrase("further_plan.answer.exclusion", {"percent": 100 * none_seen.rate, "n": none_seen.n}))
        if (trial := self.trial) is not None:
            rates = {"treated": trial.treated_rate, "control": trial.control_rate}
            said.append(Phrase("further_plan.answer.trial", {**rates, "power": trial.power, "n": 2 * trial.n_per_arm}))
        if self.validations:
            size = next(one for one in self.validations if one.auc == self.typical_auc)
            said.append(Phrase("further_plan.answer.validation", {"auc": size.auc, "n": size.n}))
        return said

    @property
    def typical_auc(self) -> float:
        """The middle one of the assumed AUCs, the lower of two."""
        return self.setting.aucs[(len(self.setting.aucs) - 1) // 2]

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Everything that was assumed, with its source."""
        setting = self.setting
        values: dict[str, str | Phrase] = {
            "prevalence": f"{setting.prevalence:.2f}",
            "aucs": Phrase("list.and", {"items": tuple(f"{auc:.2f}" for auc in setting.aucs)}),
            "parameters": str(setting.parameters),
            "shrinkage": f"{setting.shrinkage:g}",
        }
        if self.simulated is not None:
            values |= {
                "model": setting.model,
                "alpha": Phrase(f"study_plan.level.{setting.side}", {"alpha": setting.alpha}),
                "power": f"{setting.power:.0%}",
                "population": self.simulated.population,
            }
        rates = {name: getattr(setting, name) for name in ("infection_rate", "control_rate", "threshold")}
        values |= {name: f"{rate:g}" for name, rate in rates.items() if rate is not None}
        if self.exclusions or self.trial is not None:
            values["power"] = f"{setting.power:.0%}"
        return tuple(
            Assumption(Phrase(f"study_plan.name.{name}"), value, setting.source(name)) for name, value in values.items()
        )

    @cached_property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        """What the cohort at hand lacks, one per assumed AUC; empty without one."""
        at_hand = self.setting.at_hand
        return () if at_hand is None else tuple(_shortfall(asked, at_hand.n) for asked in self.riley)

    def needed(self, power: float) -> tuple[Needed, ...]:
        """Return the cohort size with this power, one per assumed AUC; empty where nothing was simulated."""
        if self.simulated is None:
            return ()
        return tuple(self.simulated.needed(auc, power) for auc in self.setting.aucs)

    @property
    def limits(self) -> tuple[Phrase, ...]:
        """What no sample size repairs, and what the numbers leave out."""
        found: list[tuple[str, dict[str, Any]]] = []
        at_hand = self.setting.at_hand
        if at_hand is not None and at_hand.kinds:
            found.append(("illustrative", {"kinds": at_hand.kinds}))
        if at_hand is not None and at_hand.coupled:
            found.append(("coupled", {"traits": at_hand.coupled}))
        if self.trial is None:
            found.append(("no_control", {}))
        found.append(("optimistic", {}))
        if self.simulated is not None:
            found.append(("simulated", {}))
        if self.trial is not None:
            found.append(("treated_rate", {"rate": self.trial.treated_rate}))
        if self.borrowed:
            found.append(("borrowed", {}))
        if self.validations:
            found.append(("calibrated", {}))
        strong = tuple(f"{asked.auc:.2f}" for asked in self.riley if asked.auc > UNDERESTIMATES_ABOVE_AUC)
        if strong:
            found.append(("strong", {"above": UNDERESTIMATES_ABOVE_AUC, "aucs": strong}))
        return tuple(Phrase(f"study_plan.limit.{code}", values) for code, values in found)

    def frame(self) -> pd.DataFrame:
        """Return one row per assumed AUC and cohort size: Riley's criteria at that size, and what was simulated."""
        import pandas as pd

        rows = []
        for asked in self.riley:
            for n in self.setting.sizes:
                lack = _shortfall(asked, n)
                rows.append(
                    {
                        "auc": asked.auc,
                        "n": n,
                        "riley_n": asked.n,
                        "riley_short_by": lack.patients,
                        "riley_shrinkage": lack.shrinkage,
                        "riley_largest_parameters": lack.largest_parameters,
                    }
                )
        frame = pd.DataFrame(rows)
        if self.simulated is None:
            return frame
        simulated = self.simulated.frame()
        merged = simulated.merge(frame, on=["auc", "n"], how="outer", sort=True)
        return merged.astype(dict.fromkeys(("riley_n", "riley_short_by", "riley_largest_parameters"), "Int64"))

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON types."""
        setting, simulated = self.setting, self.simulated
        return {
            "answer": self.answer.to_json(),
            "assumed": [assumption.to_json() for assumption in self.assumptions],
            "prevalence": setting.prevalence,
            "parameters": setting.parameters,
            "aucs": list(setting.aucs),
            "sizes": list(setting.sizes),
            "at_hand": setting.at_hand.to_json() if setting.at_hand is not None else None,
            "riley": [
                {
                    **asked.to_json(),
                    "n": asked.n,
                    "responders": asked.responders,
                    "events_per_parameter": asked.events_per_parameter,
                }
                for asked in self.riley
            ],
            "shortfall": [lack.to_json() for lack in self.shortfalls],
            "simulation": None
            if simulated is None
            else {
                "model": simulated.model,
                "population": simulated.population.to_json(),
                "alpha": simulated.alpha,
                "side": simulated.side,
                "labelings": simulated.labelings,
                "cohorts": simulated.cohorts,
                "seed": simulated.seed,
                "left_out": list(simulated.left_out),
                "needed": [
                    need.to_json() for power in dict.fromkeys((setting.power, 0.9)) for need in self.needed(power)
                ],
                "points": [point.to_json() for point in simulated.points],
            },
            "exclusions": [one.to_json() for one in self.exclusions],
            "trial": None if self.trial is None else {**self.trial.to_json(), "n_per_arm": self.trial.n_per_arm},
            "borrowed": [one.to_json() for one in self.borrowed],
            "validations": [{**one.to_json(), "n": one.n, "responders": one.responders} for one in self.validations],
            "limits": [limit.to_json() for limit in self.limits],
        }


def plan_study(
    setting: Setting,
    *,
    seed: int,
    simulate: bool = True,
    cohorts: int | None = None,
    workers: Workers = IN_PROCESS,
    kept: Callable[[str], KeptChunks[FloatArray] | None] = lambda _: None,
    progress: Callable[[int, int], None] | None = None,
) -> StudyPlan:
    """Plan a study: Riley's criteria for every assumed AUC, and the simulation.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    seed : int
        Of the simulation.
    simulate : bool
        Whether to simulate.
    cohorts, workers, progress
        See `responder.plan.power.simulate_power`.
    kept : callable
        Where the chunks of each simulation, by its name, are kept for the next start; by default nowhere.

    Raises
    ------
    ConfigError
        If an assumption cannot be.

    Examples
    --------
    >>> from responder.plan import of_numbers
    >>> plan = plan_study(of_numbers(0.4, 5), seed=1, simulate=False)
    >>> plan.riley[2].auc, plan.riley[2].n
    (0.75, 369)
    """
    riley = tuple(
        riley_criteria(
            parameters=setting.parameters, prevalence=setting.prevalence, auc=auc, shrinkage=setting.shrinkage
        )
        for auc in setting.aucs
    )
    exclusions = () if setting.infection_rate is None else rate_exclusions(setting.infection_rate, power=setting.power)
    trial = None
    if setting.control_rate is not None:
        trial = plan_trial(setting.control_rate, setting.prevalence, power=setting.power)
    validations: tuple[ValidationSize, ...] = ()
    if setting.validation:
        validations = tuple(
            validation_size(auc, setting.prevalence, threshold=setting.threshold) for auc in setting.aucs
        )
    simulated = None
    if simulate:
        simulated = simulate_power(
            _simulation(setting), seed=seed, cohorts=cohorts, workers=workers, kept=kept("cohorts"), progress=progress
        )
    borrowed: tuple[BorrowedPower, ...] = ()
    if simulate and setting.borrowed is not None:
        typical = setting.aucs[(len(setting.aucs) - 1) // 2]
        borrowed = simulate_borrowing(
            setting,
            setting.borrowed,
            typical,
            seed=seed,
            cohorts=cohorts,
            workers=workers,
            kept=kept,
            progress=progress,
        )
    return StudyPlan(setting, riley, simulated, exclusions, trial, validations, borrowed)


def simulation_key(setting: Setting, *, seed: int, cohorts: int | None = None) -> str:
    """Return a digest of all that the simulation of a plan rests on: the same key, the same numbers.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    seed, cohorts
        See `plan_study`.

    Examples
    --------
    >>> from responder.plan import of_numbers
    >>> one, other = (simulation_key(of_numbers(0.4, 5), seed=seed) for seed in (1, 2))
    >>> one == other, one == simulation_key(of_numbers(0.4, 5), seed=1)
    (False, True)
    """
    parts = {
        "code_version": code_version(),
        "lock_digest": lock_digest(),
        "basis": setting.basis,
        "population": setting.population.title.to_json(),
        "model": setting.model,
        "assumed": [setting.prevalence, setting.aucs, setting.sizes, setting.alpha, setting.side],
        "drawn": [seed, cohorts],
        "borrowed": None if setting.borrowed is None else setting.borrowed.prior.to_json(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _simulation(setting: Setting) -> PowerSimulation:
    return PowerSimulation(
        setting.population, setting.build, setting.prevalence, setting.aucs, setting.sizes, setting.alpha, setting.side
    )


def _shortfall(asked: RileyCriteria, n: int) -> Shortfall:
    missing = max(0, asked.n - n)
    rarer = min(asked.prevalence, 1.0 - asked.prevalence)
    return Shortfall(
        auc=asked.auc,
        n=n,
        patients=missing,
        events=round(missing * rarer),
        shrinkage=implied_shrinkage(n, asked.parameters, asked.r2),
        largest_parameters=largest_parameters(n, r2=asked.r2, prevalence=asked.prevalence, shrinkage=asked.shrinkage),
    )
