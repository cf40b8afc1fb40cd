"""The patients that a planned study would draw, and how strongly their traits go with response: assumptions, named.

Response is Bernoulli with a logit linear in the features. Their relative effects are declared or equal; one factor
scales them all until the AUC of the true probabilities, the best that any model can reach, is the one assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from responder.arrays import FloatArray
from responder.errors import ConfigError
from responder.evidence.simulate import (
    POPULATION_SIZE,
    draw_traits,
    encode_traits,
    intercept_for,
    planted_effects,
    population_rng,
    simulated_traits,
    true_auc,
)
from responder.features import FeatureSpec, FeatureStep, compile_features
from responder.study.model import Study, StudySimulation, Trait
from responder.words import Phrase

__all__ = ["Effect", "Population", "following", "normal_population", "plain_features", "study_population"]

STRONGEST = 60.0
"""Largest factor that is tried: beyond it response is all but determined."""


@dataclass(frozen=True)
class Effect:
    """How strongly traits go with response: ``logit P = intercept + factor * linear predictor``.

    Attributes
    ----------
    auc : float
        AUC of the true probabilities.
    factor, intercept : float
        See above.
    """

    auc: float
    factor: float
    intercept: float


@dataclass(frozen=True)
class Population:
    """Patients to draw from.

    Attributes
    ----------
    spec : FeatureSpec
        Features of the traits that are drawn.
    expected : Mapping[str, float]
        Declared log odds per SD of features, for models that use them.
    draw : callable
        (n, rng) to encoded values, shape (n, columns), and the linear predictor before scaling, shape (n,).
    title : Phrase
        Where the traits come from.
    linear : ndarray, shape (20,000,)
        The linear predictor in the population.
    """

    spec: FeatureSpec
    expected: Mapping[str, float]
    draw: Callable[[int, np.random.Generator], tuple[FloatArray, FloatArray]]
    title: Phrase
    linear: FloatArray

    def effect(self, auc: float, prevalence: float) -> Effect:
        """Return the effect at which the true probabilities have this AUC and mean.

        Raises
        ------
        ConfigError
            If no strength of these effects gives the AUC (traits that tie, say), or it is below 0.5.

        Examples
        --------
        >>> found = normal_population(plain_features(6)).effect(0.75, 0.4)
        >>> round(found.factor, 2), round(found.intercept, 2)
        (1.06, -0.5)
        """
        from scipy.optimize import brentq

        def excess(factor: float) -> float:
            return true_auc(intercept_for(factor * self.linear, prevalence) + factor * self.linear) - auc

        if auc == 0.5:
            factor = 0.0
        elif auc < 0.5 or excess(STRONGEST) <= 0:
            reach = excess(STRONGEST) + auc
            raise ConfigError("plan_auc_reach", where="auc", auc=auc, reach=reach)
        else:
            factor = float(brentq(excess, 0.0, STRONGEST, xtol=1e-6))
        return Effect(auc, factor, intercept_for(factor * self.linear, prevalence))


def plain_features(count: int) -> FeatureSpec:
    """Return a spec of so many numeric traits, each a feature as it is.

    Examples
    --------
    >>> [step.name for step in plain_features(2).steps]
    ['x1', 'x2']
    """
    names = tuple(f"x{i}" for i in range(1, count + 1))
    steps = tuple(FeatureStep(name, "identity", (i,), (name,)) for i, name in enumerate(names))
    return FeatureSpec(names, steps, {name: i for i, name in enumerate(names)}, dict.fromkeys(names, ""))


def normal_population(spec: FeatureSpec, expected: Mapping[str, float] | None = None) -> Population:
    """Return a population whose features are independent standard normals, all of equal effect.

    For a model that treats all directions alike (ridge, Gaussian process) it does not matter how the effect is
    shared out among independent normals; for one that looks at single traits, equal shares are an assumption.

    Parameters
    ----------
    spec : FeatureSpec
        Its features keep their names and traits, and nothing else.
    expected : Mapping[str, float], optional
        Declared log odds per SD: an effect has the declared direction.
    """
    declared = dict(expected or {})
    steps = tuple(replace(step, transform="identity", columns=(i,)) for i, step in enumerate(spec.steps))
    first = {trait: i for i, step in reversed(list(enumerate(steps))) for trait in step.traits}
    names = tuple(step.name for step in steps)
    plain = FeatureSpec(names, steps, first, {trait: spec.trait_groups.get(trait, "") for trait in first})
    effects = np.array([-1.0 if declared.get(name, 0.0) < 0 else 1.0 for name in names]) / np.sqrt(len(names))

    from scipy.special import ndtri

    # one normal variable, of which the quantiles are the population
    linear = np.asarray(ndtri((np.arange(POPULATION_SIZE) + 0.5) / POPULATION_SIZE), dtype=float)
    title = Phrase("study_plan.population.normal", {"n": len(names)})
    return Population(plain, declared, partial(_draw_normal, effects), title, linear)


def study_population(
    study: Study, traits: Sequence[str], features: Sequence[str], expected: Mapping[str, float]
) -> Population | None:
    """Return the population of a study's ``[simulation]``, or None where that does not cover the traits in use.

    Traits fall as the study declares; the declared effects on the features in use are scaled together.

    Parameters
    ----------
    study : Study
        The study.
    traits, features : sequence of str
        Baseline traits in use, and the features kept of those they allow (all where empty).
    expected : Mapping[str, float]
        Declared log odds per SD of features, for models that use them.

    Raises
    ------
    ConfigError
        If the declared simulation cannot be carried out.
    """
    simulation = study.simulation
    if simulation is None or not set(traits) <= set(simulation.traits):
        return None
    drawn = [trait for trait in simulated_traits(study, simulation) if trait.name in traits]
    spec = compile_features(study, [trait.name for trait in drawn], only=features)
    names = {step.name for step in spec.steps}
    effects = planted_effects(spec, {k: v for k, v in simulation.log_odds_per_sd.items() if k in names})
    if not effects.any():
        return None
    values = _draw(drawn, simulation, POPULATION_SIZE, population_rng())
    derived = spec.derive(values)
    mean, sd = derived.mean(axis=0), derived.std(axis=0)
    weight = effects / np.where(sd > 0, sd, 1.0)

    draw = partial(_draw_declared, drawn, simulation, spec, mean, weight)
    title = Phrase("study_plan.population.study", {"study": study.id})
    return Population(spec, expected, draw, title, (derived - mean) @ weight)


def following(population: Population, log_odds: Mapping[str, float]) -> Population:
    """Return a population of the same patients in whom certain features go with response, and no others.

    Parameters
    ----------
    population : Population
        Where patients come from.
    log_odds : Mapping[str, float]
        By feature, per unit of it; only their proportion counts, since one factor gives the AUC.

    Raises
    ------
    ConfigError
        If no such feature varies in the population.

    Examples
    --------
    >>> found = following(normal_population(plain_features(3)), {"x1": 2.0})
    >>> values, linear = found.draw(4, np.random.default_rng(0))
    >>> bool(np.allclose(linear, 2.0 * values[:, 0], atol=0.05))
    True
    """
    slopes = np.array([log_odds.get(name, 0.0) for name in population.spec.feature_names()])
    derived = population.spec.derive(population.draw(POPULATION_SIZE, population_rng())[0])
    mean = derived.mean(axis=0)
    linear = (derived - mean) @ slopes
    if not linear.std() > 0.0:
        raise ConfigError("plan_nothing_borrowed", where="--borrow")
    return replace(population, draw=partial(_draw_following, population, mean, slopes), linear=linear)


# functions of the module, which another process finds by their names


def _draw_following(
    population: Population, mean: FloatArray, slopes: FloatArray, n: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    values, _ = population.draw(n, rng)
    return values, (population.spec.derive(values) - mean) @ slopes


def _draw_normal(effects: FloatArray, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    values = rng.standard_normal((n, len(effects)))
    return values, values @ effects


def _draw_declared(
    traits: Sequence[Trait],
    simulation: StudySimulation,
    spec: FeatureSpec,
    mean: FloatArray,
    weight: FloatArray,
    n: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    cohort = _draw(traits, simulation, n, rng)
    return cohort, (spec.derive(cohort) - mean) @ weight


def _draw(traits: Sequence[Trait], simulation: StudySimulation, n: int, rng: np.random.Generator) -> FloatArray:
    return encode_traits(traits, draw_traits(traits, simulation, n, rng))
