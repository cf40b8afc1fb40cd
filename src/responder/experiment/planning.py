"""What an experiment says of the next study: prevalence, parameters, model, level, traits, and the cohort at hand."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from responder.errors import ConfigError
from responder.experiment.borrowed import borrowed_prior, published_predictors
from responder.experiment.config import Experiment
from responder.experiment.pipelines import pipeline_for
from responder.experiment.plan import Plan, plan_experiment
from responder.experiment.provenance import provenance_of
from responder.experiment.random import rng_for
from responder.experiment.resolve import ResolvedExperiment
from responder.models.prior import BorrowedPrior
from responder.plan import AtHand, Setting, WhatIsBorrowed, normal_population, study_population
from responder.validate.intervals import AucInterval, calibrated_interval
from responder.validate.pairs import leave_pair_out
from responder.validate.refit import Pipeline, Table
from responder.validate.simulated import learner_of
from responder.validate.verdict import MIN_CLASS_SIZE
from responder.words import Phrase

__all__ = ["setting_of_experiment"]


def setting_of_experiment(resolved: ResolvedExperiment, *, borrow: bool = False) -> Setting:
    """Return what an experiment assumes of the next study; the AUC is left to be assumed.

    The observed AUC of so few patients is kept beside it, as context.

    Parameters
    ----------
    resolved : ResolvedExperiment
        The experiment.
    borrow : bool
        Whether to plan what borrowing would save, too.

    Raises
    ------
    ConfigError
        If study or model cannot be read.
    DataRefusedError
        If the cohort is refused.
    """
    plan, wanted = plan_experiment(resolved), resolved.experiment
    cohort, table = plan.cohort, plan.table
    primary = plan.pipeline(wanted.primary_model)
    at_hand = AtHand(
        source=cohort.source,
        n=cohort.n,
        responders=cohort.responders,
        observed=_observed(plan, primary),
        rests_on=cohort.rests_on,
        coupled=tuple(name for name in cohort.endpoint.coupled if name in cohort.traits),
    )
    population = study_population(cohort.study, cohort.traits, wanted.features, table.expected)
    level = Phrase(f"study_plan.set_by.{resolved.sources.get('permutation.alpha', 'default')}")
    found: dict[str, tuple[str, dict[str, Any]]] = {
        "prevalence": ("cohort", {"share": at_hand.share}),
        "parameters": ("features", {"model": primary.id}),
        "model": ("primary" if wanted.primary else "first", {}),
        "alpha": ("alpha", {"source": level}),
        "population": ("declared" if population else "undeclared", {"study": cohort.study.id}),
    }
    return Setting(
        prevalence=at_hand.prevalence,
        parameters=learner_of(primary).features,
        model=primary.id,
        population=population or normal_population(table.spec, table.expected),
        build=functools.partial(pipeline_for, id_=primary.id, wanted=wanted),
        alpha=wanted.permutation.alpha,
        side=wanted.permutation.side,
        at_hand=at_hand,
        borrowed=_borrowed(plan, population is not None) if borrow else None,
        basis=provenance_of(cohort, wanted, table.borrowed)["key"],
        sources={name: Phrase(f"study_plan.source.{code}", values) for name, (code, values) in found.items()},
    )


def _borrowed(plan: Plan, own_units: bool) -> WhatIsBorrowed:
    """Return what the experiment borrows, per unit of the features of simulated patients: their own, or SDs."""
    resolved, values = plan.experiment, plan.cohort.values
    wanted, spec = resolved.experiment, plan.table.spec
    prior = borrowed_prior(wanted.borrow, spec, published_predictors(resolved), values)
    if not prior.features:
        raise ConfigError("plan_nothing_borrowed", where="--borrow")
    if not own_units:
        spread = dict(zip(spec.feature_names(), np.nanstd(spec.derive(values), axis=0).tolist(), strict=True))
        sd = np.array([spread[name] for name in prior.features])
        prior = replace(prior, mean=prior.mean * sd, covariance=prior.covariance * np.outer(sd, sd))
    return WhatIsBorrowed(prior, functools.partial(_borrowing, prior, wanted))


def _borrowing(prior: BorrowedPrior, wanted: Experiment, table: Table, weight: float) -> Pipeline:
    return pipeline_for(replace(table, borrowed=prior.at_weight(weight)), "borrow", wanted)


def _observed(plan: Plan, pipeline: Pipeline) -> AucInterval | None:
    """Return the leave-pair-out AUC that training finds, with its interval."""
    if plan.cohort.smaller_class < MIN_CLASS_SIZE:
        return None
    wanted = plan.experiment.experiment
    rng = rng_for(wanted.seed, "pairs")
    lpo = leave_pair_out(pipeline, plan.cohort.outcome, most_pairs=plan.pairs_of(pipeline).pairs, rng=rng)
    return None if lpo.is_constant or not lpo.pairs else calibrated_interval(lpo.wins, learner=learner_of(pipeline))
