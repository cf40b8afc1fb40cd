"""The baseline table: who the patients were before the first dose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from responder.cohort.cohort import Provenance
from responder.study.model import Trait
from responder.study.text import Text
from responder.trial.summary import Row, TrialDistribution, distribution
from responder.trial.visits import POPULATIONS, Population, Visits

__all__ = ["BaselineCount", "BaselineNumber", "baseline_table"]


@dataclass(frozen=True)
class BaselineCount(Row):
    """How many patients have a level at baseline.

    Attributes
    ----------
    trait, level : str
        The trait and its level; of a dose, the level is ``taken``.
    count, n : int
        Patients with the level, of those of whom it is known.
    """

    trait: str
    level: str
    label: Text
    population: Population
    count: int
    n: int
    rests_on: tuple[Provenance, ...]


@dataclass(frozen=True)
class BaselineNumber(Row):
    """The distribution of a number at baseline; of a dose, in those who take it."""

    trait: str
    label: Text
    unit: str
    population: Population
    values: TrialDistribution
    rests_on: tuple[Provenance, ...]


def baseline_table(visits: Visits) -> tuple[BaselineCount | BaselineNumber, ...]:
    """Return every baseline trait that the table has, in the study's order, in completers and in all enrolled."""
    rows: list[BaselineCount | BaselineNumber] = []
    for population in POPULATIONS:
        for trait in visits.study.baseline_traits:
            if trait.code.columns[0] in visits.values:
                rows += _rows(visits, trait, population)
    return tuple(rows)


def _rows(visits: Visits, trait: Trait, population: Population) -> list[BaselineCount | BaselineNumber]:
    members, rests_on = visits.members(population), visits.kinds([trait.name])
    columns = {name: visits.values[name][members, 0] for name in trait.code.columns}
    if trait.kind == "set":
        return [
            BaselineCount(
                trait.name, level.name, level.label or Text(en=level.name.replace("_", " ")), population,
                int((values == 1).sum()), int((~np.isnan(values)).sum()), rests_on,
            )
            for level, values in zip(trait.levels, columns.values(), strict=True)
        ]  # fmt: skip
    values = columns[trait.name]
    known = int((~np.isnan(values)).sum())
    if trait.kind in {"binary", "ordinal"}:
        named = [(level.name, level.label or Text(en=level.name), trait.code.level_values[level.name])
                 for level in trait.levels] or [("yes", trait.label, 1.0)]  # fmt: skip
        return [
            BaselineCount(trait.name, name, label, population, int((values == value).sum()), known, rests_on)
            for name, label, value in named
        ]
    if trait.name not in visits.design.doses:
        return [BaselineNumber(trait.name, trait.label, trait.unit, population, distribution(values), rests_on)]
    taken = values[values > 0]
    return [
        BaselineCount(trait.name, "taken", trait.label, population, len(taken), known, rests_on),
        BaselineNumber(trait.name, trait.label, trait.unit, population, distribution(taken), rests_on),
    ]
