"""What a plan assumes, each value with where it came from; nothing is assumed silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from responder.cohort.cohort import Provenance
from responder.errors import ConfigError
from responder.models.registry import build_model
from responder.plan.borrowed import WhatIsBorrowed
from responder.plan.population import Population, normal_population, plain_features, study_population
from responder.plan.riley import DEFAULT_SHRINKAGE, cox_snell_auc
from responder.study.load import study_digest
from responder.study.model import Study
from responder.validate.intervals import AucInterval
from responder.validate.permutation import Side
from responder.validate.proportions import clopper_pearson
from responder.validate.refit import ModelPipeline, Pipeline, Table
from responder.validate.result import Result
from responder.words import Phrase, Spoken

__all__ = ["DEFAULT_AUCS", "DEFAULT_SIZES", "AtHand", "Setting", "of_numbers", "of_study", "overridden"]

DEFAULT_AUCS = (0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
DEFAULT_SIZES = (9, 12, 17, 25, 35, 50, 70, 100, 140, 200)
DEFAULT_MODEL = "ridge:0.1"
NEAR = 0.2
"""A size of the default grid gives way to that of the cohort at hand when it differs by less than this share."""


@dataclass(frozen=True, slots=True)
class AtHand(Result):
    """The cohort at hand: what there is, and what it showed.

    Attributes
    ----------
    source : str
        Its file.
    n, responders : int
        Patients, and those who responded.
    observed : AucInterval or None
        Leave-pair-out AUC of the primary model; None where it cannot be estimated. Context, never an assumption.
    rests_on : tuple of Provenance
        What its values rest on where they were not all observed.
    coupled : tuple of str
        Traits in use that are part of the endpoint's own score.
    """

    source: str
    n: int
    responders: int
    observed: AucInterval | None
    rests_on: tuple[Provenance, ...] = ()
    coupled: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[Phrase, ...]:
        """What its values rest on where they were not all observed, in words."""
        return tuple(Phrase(f"provenance.{kind}") for kind in self.rests_on)

    @property
    def prevalence(self) -> float:
        """Share of responders."""
        return self.responders / self.n

    @property
    def share(self) -> Phrase:
        """The share of responders with its exact interval.

        Examples
        --------
        >>> print(AtHand("cohort.csv", 9, 6, None).share)
        6 of 9; 95% interval 0.30 to 0.93
        """
        share = clopper_pearson(self.responders, self.n)
        values = {"responders": self.responders, "n": self.n, "lower": share.lower, "upper": share.upper}
        return Phrase("study_plan.share.of", values)


@dataclass(frozen=True)
class Setting:
    """What is assumed of the next study.

    Attributes
    ----------
    prevalence : float
        Share of responders.
    parameters : int
        Coefficients that the model estimates.
    aucs : tuple of float
        True AUCs of the traits that are assumed, ascending.
    sizes : tuple of int
        Cohort sizes to simulate, ascending.
    model : str
        The model named beforehand.
    population : Population
        Where simulated patients come from.
    build : callable
        The pipeline of that model on a table of patients.
    shrinkage, alpha, power : float
        What Riley's first criterion aims at; level of the permutation test; its power.
    side : str
        Of the test.
    at_hand : AtHand or None
        The cohort at hand.
    infection_rate : float or None
        Rate of infection to be excluded; None where that is not planned.
    control_rate : float or None
        Share of responders without the treatment, declared and never guessed; None where no trial is planned.
    validation : bool
        Whether the validation of the model is planned.
    threshold : float or None
        Probability of response from which one would treat, for the net benefit of a validation.
    sources : Mapping[str, str or Phrase]
        Where each of these values came from: an option, or words.
    borrowed : WhatIsBorrowed or None
        What a model would borrow; None where that is not asked.
    basis : str
        Digest of the data, study and settings that population and pipeline were made from; empty of numbers alone.
    """

    prevalence: float
    parameters: int
    model: str
    population: Population
    build: Callable[[Table], Pipeline]
    aucs: tuple[float, ...] = DEFAULT_AUCS
    sizes: tuple[int, ...] = DEFAULT_SIZES
    shrinkage: float = DEFAULT_SHRINKAGE
    alpha: float = 0.05
    power: float = 0.8
    side: Side = "greater"
    at_hand: AtHand | None = None
    infection_rate: float | None = None
    control_rate: float | None = None
    validation: bool = False
    threshold: float | None = None
    sources: Mapping[str, str | Spoken] = field(default_factory=dict)
    borrowed: WhatIsBorrowed | None = None
    basis: str = ""

    def source(self, name: str) -> str | Spoken:
        """Return where a value came from."""
        return self.sources.get(name, _source("range" if name == "aucs" else "default"))


def of_numbers(prevalence: float | None, parameters: int | None) -> Setting:
    """Return the setting of somebody who has numbers only: so many independent standard normal features.

    Raises
    ------
    ConfigError
        If one is not given.
    """
    if prevalence is None:
        raise ConfigError("plan_no_prevalence", where="--prevalence")
    if parameters is None:
        raise ConfigError("plan_no_parameters", where="--parameters")
    if parameters < 1:
        raise ConfigError("plan_few_parameters", where="--parameters")
    population = normal_population(plain_features(parameters))
    sources = {name: _flag(name) for name in ("prevalence", "parameters")} | {"population": _source("no_study")}
    return Setting(prevalence, parameters, DEFAULT_MODEL, population, _default_pipeline, sources=sources)


def of_study(study: Study) -> Setting:
    """Return the setting of a study without a cohort: its declared simulation.

    Raises
    ------
    ConfigError
        If the study declares none.
    """
    simulation = study.simulation
    population = None
    if simulation is not None:
        population = study_population(
            study, [t.name for t in study.baseline_traits if t.name in simulation.traits], (), {}
        )
    if simulation is None or population is None:
        raise ConfigError("plan_no_simulation", where="--study", study=study.id)
    parameters = len(population.spec.steps)
    sources: dict[str, str | Spoken] = {
        "prevalence": _source("simulation", study=study.id),
        "parameters": _source("simulated_features", study=study.id),
        "population": _source("declared_there"),
    }
    return Setting(
        simulation.prevalence, parameters, DEFAULT_MODEL, population, _default_pipeline, sources=sources,
        basis=study_digest(study),
    )  # fmt: skip


def overridden(setting: Setting, *, r2: float | None = None, **flags: Any) -> Setting:
    """Return a setting with the values of flags that were given (not None, empty or False), and their source.

    Raises
    ------
    ConfigError
        If both an AUC and an R2 are assumed, or a threshold is given without a validation.
    """
    if flags.get("threshold") is not None and not flags.get("validation"):
        raise ConfigError("plan_threshold_alone", where="--threshold")
    given = {name: value for name, value in flags.items() if value is not None and value is not False and value != ()}
    sources = {**setting.sources, **{name: _flag(name) for name in given}}
    if r2 is not None:
        if "aucs" in given:
            raise ConfigError("plan_auc_and_r2", where="--auc, --r2")
        given["aucs"] = (cox_snell_auc(r2, given.get("prevalence", setting.prevalence)),)
        sources["aucs"] = _source("r2", r2=r2)
    if "parameters" in given and setting.source("parameters") != _flag("parameters"):
        sources["parameters"] = _source("parameters")
    for name in ("aucs", "sizes"):
        if name in given:
            given[name] = tuple(sorted(set(given[name])))
    changed = replace(setting, **given, sources=sources)
    if "sizes" not in given and changed.at_hand is not None:
        changed = replace(changed, sizes=_with_own(changed.at_hand.n))
    return changed


def _with_own(n: int) -> tuple[int, ...]:
    """Return the default sizes with that of the cohort at hand among them."""
    return tuple(sorted({n, *(size for size in DEFAULT_SIZES if abs(size - n) >= NEAR * n)}))


def _source(code: str, **values: Any) -> Phrase:
    return Phrase(f"study_plan.source.{code}", values)


def _flag(name: str) -> str:
    return {"aucs": "--auc", "sizes": "--n"}.get(name, f"--{name.replace('_', '-')}")


def _default_pipeline(table: Table) -> Pipeline:
    return ModelPipeline(table, build_model(DEFAULT_MODEL, table.feature_table))
