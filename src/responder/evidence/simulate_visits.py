"""Simulate a treated cohort visit by visit, with planted effects: for tests, and to plan a trial.

Patterns, chances and effects come from the study's ``[trial.simulation]``, are assumptions, and are labelled as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.errors import ConfigError
from responder.evidence.simulate import (
    POPULATION_SIZE,
    draw_traits,
    encode_traits,
    planted_effects,
    population_rng,
    simulated_traits,
)
from responder.features import FeatureSpec, compile_features
from responder.study.instruments import INSTRUMENTS
from responder.study.model import Study, Trait
from responder.study.simulation import StudySimulation, VisitSimulation
from responder.study.trial_design import TrialDesign
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["simulate_visits"]

Cells = dict[str, list[Any]]


def simulate_visits(study: Study, n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Draw a treated cohort, one row per patient and visit, as `responder.trial.read_visits` reads it.

    Levels of the study's trait (organs) are active at baseline by the declared patterns and clear between visits: the
    logit of clearing is that of the level's chance plus planted effect times standardised baseline feature. Items and
    their score follow the active levels. Everything else moves independently of clearing.

    Parameters
    ----------
    study : Study
        With ``[simulation]`` (how baseline traits fall) and ``[trial.simulation]``.
    n : int
        Patients, at least 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    table : DataFrame
        Cells as a person would write them; baseline traits at week 0 alone.
    truth : dict
        ``clearing_per_visit``, ``cleared_by_week`` (chance of a patient with average features), ``log_odds_per_sd``,
        ``feature_mean``, ``feature_sd``, ``factor``, ``stays_to_end``, ``provenance`` (of each column), ``sources``
        and ``note``.

    Raises
    ------
    ConfigError
        If the study declares no simulation of visits, or plants an effect on an unknown feature.

    Examples
    --------
    >>> from responder.study import load_study
    >>> table, truth = simulate_visits(load_study("rp-ld-il2"), 30, np.random.default_rng(1))
    >>> table["patient_id"].nunique(), truth["clearing_per_visit"]["airway"]
    (30, 0.1)
    """
    if n < 1:
        raise ConfigError("simulate_no_patients", where="n", n=n)
    design = study.trial
    if design is None or design.simulation is None or study.simulation is None:
        raise ConfigError(
            "simulate_no_visits", where=Phrase("place.simulating_study", {"study": study.id}), study=study.id
        )
    drawing = _Drawing(study, design, design.simulation, study.simulation)
    return drawing.table(n, rng), drawing.truth()


@dataclass
class _Patients:
    """Patients at baseline: cells of their traits, and which levels are active, shape (n, levels)."""

    cells: Cells
    active: BoolArray


class _Drawing:
    """One study's simulation: what is drawn, in which order."""

    def __init__(self, study: Study, design: TrialDesign, plan: VisitSimulation, simulation: StudySimulation) -> None:
        self.study, self.design, self.plan, self.simulation = study, design, plan, simulation
        self.organs = study.trait(plan.trait)
        self.levels = self.organs.code.levels
        self.scored = [trait for trait in study.baseline_traits if trait.instrument]
        kept = {trait.name for trait in self.scored} | {plan.trait}
        self.traits = [trait for trait in simulated_traits(study, simulation) if trait.name not in kept]
        features: list[Trait] = [
            trait for trait in study.baseline_traits if trait in self.traits or trait == self.organs
        ]
        self.features = features
        self.spec: FeatureSpec = compile_features(study, [trait.name for trait in features])
        self.effects = planted_effects(self.spec, plan.log_odds_per_sd)
        population = self._derive(self._patients(POPULATION_SIZE, population_rng()))
        self.mean, self.sd = population.mean(axis=0), population.std(axis=0)

    def truth(self) -> dict[str, Any]:
        """Return what was planted, and where each assumption comes from."""
        plan, visits = self.plan, len(self.design.weeks) - 1
        planted = [i for i, step in enumerate(self.spec.steps) if step.name in plan.log_odds_per_sd]
        sources = {
            **plan.sources,
            **{name: fold.source for name, fold in plan.course.items()},
            **{name: taper.source for name, taper in plan.dose.items()},
            **{name: share.source for name, share in plan.shares.items()},
        }
        return {
            "clearing_per_visit": dict(plan.clearing_per_visit),
            "cleared_by_week": {
                level: {f"{week:g}": 1 - (1 - chance) ** visit for visit, week in enumerate(self.design.weeks) if visit}
                for level, chance in plan.clearing_per_visit.items()
            },
            "log_odds_per_sd": dict(plan.log_odds_per_sd),
            "feature_mean": {self.spec.steps[i].name: float(self.mean[i]) for i in planted},
            "feature_sd": {self.spec.steps[i].name: float(self.sd[i]) for i in planted},
            "factor": {name: list(fold.factor) for name, fold in plan.course.items()},
            "stays_to_end": (1 - plan.withdrawal_per_visit) ** visits,
            "provenance": dict.fromkeys(self.columns, "simulated"),
            "sources": sources,
            "note": plan.note,
        }

    @property
    def columns(self) -> list[str]:
        """The columns of the table, in order."""
        safety = self.design.safety
        return [
            self.study.id_column,
            self.design.week_column,
            *(trait.name for trait in self.traits if trait.name not in {*self.plan.course, *self.plan.dose}),
            self.organs.name,
            *(name for trait in self.scored for name in (trait.name, *INSTRUMENTS[trait.instrument].items)),
            *self.plan.dose,
            *self.plan.course,
            *self.plan.shares,
            *([safety.events] if safety.events else []),
            *(flag.column for flag in safety.flags),
        ]

    def table(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw n patients and their visits."""
        import pandas as pd

        # one stream a subject matter: redrawing one of them leaves the others as they are
        people, disease, cells, doses, visits, events = rng.spawn(6)
        patients = self._patients(n, people)
        active = self._course_of_disease(patients, disease)
        item = self._items(patients, disease)
        numbers = self._courses(patients.cells, cells) | self._doses(patients.cells, doses)
        numbers |= self._shares(numbers)
        weeks, seen = self._visits(n, visits)
        reported = self._events(n, events)
        width = max(3, len(str(n)))
        rows = []
        for i, v in zip(*np.nonzero(seen), strict=True):
            row: dict[str, Any] = {self.study.id_column: f"S{i + 1:0{width}d}", self.design.week_column: weeks[i, v]}
            row |= {name: column[i] if v == 0 else "" for name, column in patients.cells.items()}
            row |= self._disease(active[i, v], item[i])
            row |= {name: values[i, v] for name, values in numbers.items()}
            rows.append(row | self._written(reported[i, v] if v else np.zeros_like(reported[i, v])))
        return pd.DataFrame(rows, columns=self.columns)

    def _patients(self, n: int, rng: np.random.Generator) -> _Patients:
        cells = draw_traits(self.traits, self.simulation, n, rng)
        patterns, shares = list(self.plan.patterns), np.array(list(self.plan.patterns.values()))
        drawn = rng.choice(len(patterns), size=n, p=shares / shares.sum())
        table = np.array([[level in pattern.split(";") for level in self.levels] for pattern in patterns])
        further = np.array([self.plan.also.get(level, 0.0) for level in self.levels])
        return _Patients(cells, table[drawn] | (rng.random((n, len(self.levels))) < further))

    def _derive(self, patients: _Patients) -> FloatArray:
        cells = patients.cells | {self.organs.name: [self._written_levels(row) for row in patients.active]}
        return self.spec.derive(encode_traits(self.features, cells))

    def _course_of_disease(self, patients: _Patients, rng: np.random.Generator) -> BoolArray:
        """Return which levels are active at each visit, shape (n, visits, levels)."""
        shift = ((self._derive(patients) - self.mean) / np.where(self.sd > 0, self.sd, 1.0)) @ self.effects
        chance = np.array([self.plan.clearing_per_visit.get(level, 0.0) for level in self.levels])
        with np.errstate(divide="ignore"):
            odds = chance / (1 - chance) * np.exp(shift)[:, np.newaxis]
        clears = np.where(np.isfinite(odds), odds / (1 + odds), 1.0)
        course = [patients.active]
        for _ in self.design.weeks[1:]:
            course.append(course[-1] & (rng.random(clears.shape) >= clears))
        return np.stack(course, axis=1)

    def _items(self, patients: _Patients, rng: np.random.Generator) -> list[dict[str, str]]:
        """Return, for each patient, the item that each level shows itself by."""
        drawn: list[dict[str, str]] = [{} for _ in patients.active]
        for level, items in self.plan.items.items():
            names, shares = list(items), np.array(list(items.values()))
            for patient, index in enumerate(rng.choice(len(names), size=len(drawn), p=shares / shares.sum())):
                drawn[patient][level] = names[index]
        return drawn

    def _disease(self, active: BoolArray, item: Mapping[str, str]) -> dict[str, Any]:
        """Return organs, items and score of one visit."""
        present = {
            item[level] for level, is_active in zip(self.levels, active, strict=True) if is_active and level in item
        }
        row: dict[str, Any] = {self.organs.name: self._written_levels(active)}
        for trait in self.scored:
            instrument = INSTRUMENTS[trait.instrument]
            items = {name: int(name in present) for name in instrument.items}
            row |= items | {trait.name: instrument.score(items).score}
        return row

    def _written_levels(self, active: BoolArray) -> str:
        return ";".join(level for level, is_active in zip(self.levels, active, strict=True) if is_active) or "none"

    def _courses(self, cells: Cells, rng: np.random.Generator) -> dict[str, FloatArray]:
        numbers = {}
        for name, fold in self.plan.course.items():
            start = np.array(cells.pop(name), dtype=float)[:, np.newaxis]
            shape = (len(start), len(fold.factor))
            spread = fold.log_sd_patient * rng.standard_normal((len(start), 1))
            factor = np.array(fold.factor) * np.exp(spread + fold.log_sd_visit * rng.standard_normal(shape))
            later = np.round(start * factor, fold.decimals)
            low, high = self._plausible(name)
            numbers[name] = np.hstack([start, np.clip(later, low, high)])
        return numbers

    def _plausible(self, name: str) -> tuple[float, float]:
        ranges = [t.plausible for t in self.study.traits if name in {t.name, t.repeats} and t.plausible is not None]
        return min((low for low, _ in ranges), default=-np.inf), max((high for _, high in ranges), default=np.inf)

    def _doses(self, cells: Cells, rng: np.random.Generator) -> dict[str, FloatArray]:
        numbers = {}
        for name, taper in self.plan.dose.items():
            course = [np.round(np.array(cells.pop(name), dtype=float) / taper.step) * taper.step]
            for week in self.design.weeks[1:]:
                lower = np.floor(course[-1] * taper.factor / taper.step) * taper.step
                lowers = (rng.random(len(lower)) < taper.chance) & (week > taper.stable_until_week)
                course.append(np.where(lowers, lower, course[-1]))
            numbers[name] = np.stack(course, axis=1)
        return numbers

    def _shares(self, numbers: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        return {
            name: np.round(100 * numbers[s.part] / (numbers[s.part] + numbers[s.rest] / s.rest_is), 2)
            for name, s in self.plan.shares.items()
        }

    def _visits(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
        """Return the week of each visit and whether it took place, each of shape (n, visits)."""
        scheduled = np.array(self.design.weeks)
        late = np.clip(self.plan.week_sd * rng.standard_normal((n, len(scheduled))), -1, 1) * self.design.window_weeks
        weeks = np.round(scheduled + np.where(scheduled > 0, late, 0.0), 1)
        stays = rng.random((n, len(scheduled))) >= self.plan.withdrawal_per_visit
        stays[:, 0] = True
        return weeks, np.logical_and.accumulate(stays, axis=1)

    def _events(self, n: int, rng: np.random.Generator) -> BoolArray:
        """Return whether each event is reported, shape (n, visits, events)."""
        chances = np.array(list(self.plan.events_per_visit.values()))
        return rng.random((n, len(self.design.weeks), len(chances))) < chances

    def _written(self, reported: BoolArray) -> dict[str, Any]:
        safety = self.design.safety
        had: Sequence[str] = [name for name, is_so in zip(self.plan.events_per_visit, reported, strict=True) if is_so]
        flags = {flag.column: int(flag.column in had) for flag in safety.flags}
        named = ";".join(name for name in had if name not in flags) or "none"
        return ({safety.events: named} if safety.events else {}) | flags
