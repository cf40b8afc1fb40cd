"""Simulate a cohort with a planted truth: is what was planted found, and nothing else?

Distributions and effects come from the study's ``[simulation]``, are assumptions, and are labelled as such.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort import evaluate_endpoint
from responder.errors import ConfigError
from responder.features import FeatureSpec, compile_features
from responder.models.solver import expit
from responder.names.suggest import suggest
from responder.study.model import Endpoint, SimulatedDistribution, Study, StudySimulation, Trait
from responder.words import Phrase, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "POPULATION_SIZE",
    "draw_traits",
    "encode_traits",
    "intercept_for",
    "planted_effects",
    "population_rng",
    "simulate_cohort",
    "simulated_provenance",
    "simulated_traits",
    "true_auc",
]

POPULATION_SEED = 20251030  # the truth is that of the study: the same for every cohort drawn from it
POPULATION_SIZE = 20_000
MOST_REDRAWS = 1_000


def simulate_cohort(study: Study, n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Draw a cohort in which the study's planted effects, and only they, go with response.

    Traits fall independently of one another, within their plausible ranges. The logit of response is an
    intercept plus effect times standardised feature; mean and SD of the features, and the intercept that
    gives the declared prevalence, are those of a large population: the truth does not depend on the cohort.

    Parameters
    ----------
    study : Study
        With a ``[simulation]`` section.
    n : int
        Patients, at least 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    table : DataFrame
        Ids, the simulated baseline traits as a person would write them, and the columns of the primary
        endpoint; nothing is missing.
    truth : dict
        ``intercept``, ``log_odds_per_sd``, ``feature_mean``, ``feature_sd``, ``prevalence``, ``auc`` (of the
        true probabilities, in the population), ``probability`` (of each patient), ``provenance`` (of each
        column) and ``note``.

    Raises
    ------
    ConfigError
        If the study simulates nothing, plants an effect on an unknown feature, draws hardly a plausible
        value, or its endpoint cannot be written for these traits.

    Examples
    --------
    >>> from responder.study import load_study
    >>> table, truth = simulate_cohort(load_study("rp-ld-il2"), 60, np.random.default_rng(1))
    >>> table.shape[0], round(truth["log_odds_per_sd"]["log_treg"], 1)
    (60, -1.2)
    """
    if n < 1:
        raise ConfigError("simulate_no_patients", where="n", n=n)
    simulation = study.simulation
    if simulation is None:
        raise ConfigError(
            "simulate_no_section", where=Phrase("place.simulating_study", {"study": study.id}), study=study.id
        )
    traits = simulated_traits(study, simulation)
    spec = compile_features(study, [trait.name for trait in traits])
    effects = planted_effects(spec, simulation.log_odds_per_sd)

    population = spec.derive(encode_traits(traits, draw_traits(traits, simulation, POPULATION_SIZE, population_rng())))
    mean, sd = population.mean(axis=0), population.std(axis=0)
    scale = np.where(sd > 0, sd, 1.0)
    linear = ((population - mean) / scale) @ effects
    intercept = intercept_for(linear, simulation.prevalence)

    raw = draw_traits(traits, simulation, n, rng)
    values = encode_traits(traits, raw)
    logit = intercept + ((spec.derive(values) - mean) / scale) @ effects
    probability = expit(logit)
    response = (rng.random(n) < probability).astype(float)

    import pandas as pd

    width = max(3, len(str(n)))
    columns: dict[str, Any] = {study.id_column: [f"S{i:0{width}d}" for i in range(1, n + 1)]}
    columns |= {trait.name: raw[trait.name] for trait in traits}
    rule, *more = study.endpoint.parts
    columns[rule.column] = _outcome(study, rule, traits, values, response)
    # what else must hold is as it was at baseline, or nought, in everybody: the rule itself tells who responds
    columns |= {part.column: _outcome(study, part, traits, values, np.ones(n), first=(0.0,)) for part in more}
    planted = [i for i, step in enumerate(spec.steps) if step.name in simulation.log_odds_per_sd]
    truth = {
        "intercept": float(intercept),
        "log_odds_per_sd": {spec.steps[i].name: float(effects[i]) for i in planted},
        "feature_mean": {spec.steps[i].name: float(mean[i]) for i in planted},
        "feature_sd": {spec.steps[i].name: float(sd[i]) for i in planted},
        "prevalence": simulation.prevalence,
        "auc": true_auc(intercept + linear),
        "probability": [float(p) for p in probability],
        "provenance": dict.fromkeys(columns, "simulated"),
        "note": simulation.note,
    }
    return pd.DataFrame(columns), truth


def simulated_provenance(stem: str, columns: Sequence[str], language: str = "en") -> str:
    """Return the ``provenance.toml`` of a simulated table: every column simulated.

    Parameters
    ----------
    stem : str
        Name of the table's file without its ending.
    columns : sequence of str
        Its columns.
    language : str
        Of the reason that is given.
    """
    why = say("simulate.why", language)
    sections = [f'[{stem}."{name}"]\nprovenance = "simulated"\nwhy = "{why}"\n' for name in columns]
    return "\n".join(sections)


def population_rng() -> np.random.Generator:
    """Return the generator of the population that defines the truth: always the same."""
    return np.random.default_rng(POPULATION_SEED)


def simulated_traits(study: Study, simulation: StudySimulation) -> list[Trait]:
    """Return the traits that are drawn, in the study's order; an unknown one is a `ConfigError`."""
    names = {trait.name for trait in study.baseline_traits}
    for name in simulation.traits:
        if name not in names:
            where = Phrase("place.simulated_traits", {"study": study.id})
            raise ConfigError("simulate_no_trait", where=where, hint=suggest(name, names) or "", name=name)
    return [trait for trait in study.baseline_traits if trait.name in simulation.traits]


def planted_effects(spec: FeatureSpec, log_odds_per_sd: Mapping[str, float]) -> FloatArray:
    """Return the planted effect of each feature, in the order of the spec.

    Raises
    ------
    ConfigError
        If an effect is planted on what is no feature of the simulated traits.
    """
    names = [step.name for step in spec.steps]
    for name in log_odds_per_sd:
        if name not in names:
            raise ConfigError(
                "simulate_no_feature",
                where="simulation.log_odds_per_sd",
                hint=suggest(name, names) or "",
                name=name,
                names=names,
            )
    return np.array([log_odds_per_sd.get(name, 0.0) for name in names])


def draw_traits(
    traits: Sequence[Trait], simulation: StudySimulation, n: int, rng: np.random.Generator
) -> dict[str, list[Any]]:
    """Return raw cells of each trait, as a person would write them."""
    return {trait.name: _draw_trait(trait, simulation.traits[trait.name], n, rng) for trait in traits}


def _draw_trait(trait: Trait, distribution: SimulatedDistribution, n: int, rng: np.random.Generator) -> list[Any]:
    where = f"simulation.traits.{trait.name}"
    if distribution.kind in {"normal", "lognormal"}:
        return _draw_numbers(trait, distribution, n, rng, where)
    if distribution.kind == "bernoulli":
        if distribution.probability is None or trait.kind != "binary":
            raise ConfigError("simulate_bernoulli", where=where)
        drawn = (rng.random(n) < distribution.probability).astype(float)
        names = {value: name for name, value in trait.code.level_values.items()}
        return [names.get(value, int(value)) for value in drawn]
    cells, chances = list(distribution.probabilities), np.array(list(distribution.probabilities.values()))
    if not cells or not math.isclose(chances.sum(), 1.0, abs_tol=1e-9):
        raise ConfigError("simulate_probabilities", where=where)
    return [cells[i] for i in rng.choice(len(cells), size=n, p=chances / chances.sum())]


def _draw_numbers(
    trait: Trait, distribution: SimulatedDistribution, n: int, rng: np.random.Generator, where: str
) -> list[Any]:
    """Return numbers within the plausible range, those outside drawn anew."""
    if distribution.median is None or distribution.spread is None:
        raise ConfigError("simulate_spread", where=where, kind=distribution.kind)
    low, high = trait.plausible or (-math.inf, math.inf)
    decimals = 0 if trait.kind == "count" else distribution.decimals
    drawn = np.full(n, np.nan)
    for _ in range(MOST_REDRAWS):
        missing = np.isnan(drawn)
        if not missing.any():
            return [int(value) if decimals == 0 else float(value) for value in drawn]
        z = rng.standard_normal(int(missing.sum()))
        if distribution.kind == "lognormal":
            values = distribution.median * distribution.spread**z
        else:
            values = distribution.median + distribution.spread * z
        values = np.round(values, decimals)
        drawn[missing] = np.where((values >= low) & (values <= high), values, np.nan)
    raise ConfigError("simulate_implausible", where=where, trait=trait.name)


def encode_traits(traits: Sequence[Trait], raw: Mapping[str, Sequence[Any]]) -> FloatArray:
    """Return drawn cells as numbers, shape (n, encoded columns)."""
    parts = []
    for trait in traits:
        cells = raw[trait.name]
        code = {cell: trait.code.encode(cell) for cell in set(cells)}  # cells repeat: encode each once
        parts.append(np.array([code[cell] for cell in cells], dtype=float))
    return np.hstack(parts)


def intercept_for(linear: FloatArray, prevalence: float) -> float:
    """Return the intercept at which the mean probability of the population is the prevalence."""
    from scipy.optimize import brentq
    from scipy.special import expit

    width = float(np.abs(linear).max()) + 40.0
    return float(brentq(lambda a: float(expit(a + linear).mean()) - prevalence, -width, width, xtol=1e-12))


def true_auc(logit: FloatArray) -> float:
    """Return the AUC of the true probabilities: the best that any model can reach in this population.

    With p the probability of each member, the chance that a responder outranks a non-responder, ties counting
    half, is an average over pairs weighted with p of the one and 1 - p of the other.
    """
    from scipy.special import expit

    order = np.argsort(logit, kind="stable")
    ordered, p = logit[order], expit(logit[order])
    start = np.unique(ordered, return_index=True)[1]
    responders, others = np.add.reduceat(p, start), np.add.reduceat(1.0 - p, start)
    below = np.concatenate([[0.0], np.cumsum(others)[:-1]])
    return float((responders * (below + others / 2.0)).sum() / (responders.sum() * others.sum()))


def _outcome(
    study: Study,
    endpoint: Endpoint,
    traits: Sequence[Trait],
    values: FloatArray,
    response: FloatArray,
    first: tuple[float, ...] = (),
) -> list[Any]:
    """Return the endpoint's column such that its rule says exactly who responds.

    Responders sit at the threshold, or a step beyond it, or at a value of `first` where that is a response. The others
    stay at the baseline value of the endpoint's own score where that was drawn (and is no response), else a step short
    of the threshold.
    """
    column = study.trait(endpoint.column)
    threshold = endpoint.threshold or 0.0
    step = abs(threshold) / 10.0 if column.kind == "continuous" and threshold else 1.0
    around = (
        tuple(column.code.level_values.values()) if endpoint.levels else (threshold, threshold - step, threshold + step)
    )
    met = next((v for v in (*first, *around) if _meets(endpoint, v) and _fits(endpoint, column, v)), math.nan)
    unmet = next((v for v in (0.0, *around) if not _meets(endpoint, v) and _fits(endpoint, column, v)), math.nan)
    names = [name for trait in traits for name in trait.code.columns]
    baseline = values[:, names.index(endpoint.baseline)] if endpoint.baseline in names else None
    measured = np.where(response == 1.0, met, unmet)
    if endpoint.measure == "value":
        start = _start(study, endpoint, names, values)
        same = np.array([not math.isnan(v) and not _meets(endpoint, v) for v in start])
        stays = same & (response == 0.0)
        outcome = np.where(stays, start, measured)
    elif baseline is None:
        outcome = np.full(len(response), np.nan)
    else:
        outcome = baseline + (measured if endpoint.measure == "change" else np.abs(baseline) * measured / 100.0)
    if not np.array_equal(evaluate_endpoint(endpoint, outcome, baseline), response):
        where = Phrase("place.written_endpoint", {"endpoint": endpoint.name})
        raise ConfigError("simulate_outcome", where=where, column=column.name)
    levels = {value: name for name, value in column.code.level_values.items()}
    return [levels.get(v, int(v) if float(v).is_integer() else float(v)) for v in outcome]


def _meets(endpoint: Endpoint, measured: float) -> bool:
    """Return whether a value of what the rule looks at is a response."""
    rule = endpoint.model_copy(update={"measure": "value", "baseline": "", "applies_unless_met_at": ""})
    return bool(evaluate_endpoint(rule, np.array([measured]))[0] == 1.0)


def _fits(endpoint: Endpoint, column: Trait, measured: float) -> bool:
    """Return whether the endpoint's column can hold a value (a change is not held but added)."""
    if endpoint.measure != "value":
        return True
    if column.kind == "binary":
        return measured in (set(column.code.level_values.values()) or {0.0, 1.0})
    return not column.code.out_of_range(measured)


def _start(study: Study, endpoint: Endpoint, names: Sequence[str], values: FloatArray) -> FloatArray:
    """Return the baseline value of the endpoint's own score, or ``nan`` where none was drawn."""
    unit, kind = study.trait(endpoint.column).unit, study.trait(endpoint.column).kind
    for name in endpoint.coupled:
        if name in names and unit and (study.trait(name).unit, study.trait(name).kind) == (unit, kind):
            return values[:, names.index(name)]
    return np.full(values.shape[0], np.nan)
