"""Validate every model of an experiment: out of fold, under resampling, with intervals, explained."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from responder.arrays import FloatArray
from responder.experiment.borrowing import borrowing_of
from responder.experiment.headline import Progress, verdict_of
from responder.experiment.plan import Plan
from responder.experiment.plan_seconds import REFITS_OF_A_BAND
from responder.experiment.random import rng_for
from responder.experiment.result import ModelResult
from responder.experiment.side_by_side import short_first_longest
from responder.explain.firth_model import ModelInference, firth_inference, flac_inference, pooled_inference
from responder.explain.out_of_fold import explain_out_of_fold
from responder.explain.ranks import rank_probabilities
from responder.models.fitted import FittedPipeline
from responder.models.logistic import SingleMarkerModel
from responder.models.posterior import columns_looked_at
from responder.models.solver import expit
from responder.validate.bootstrap import BootstrapRefits, bootstrap_logits, bootstrap_refits
from responder.validate.conformal import ConformalSets, out_of_fold_sets
from responder.validate.decision import decision_curve
from responder.validate.familywise import Familywise
from responder.validate.imputed import ImputedPipeline
from responder.validate.intervals import AucInterval, calibrated_interval, logit_delong_interval, newcombe_interval
from responder.validate.loo import leave_one_out_predictions, rebalanced_leave_one_out
from responder.validate.pair_slope import out_of_fold_calibration
from responder.validate.pairs import leave_pair_out, tournament
from responder.validate.patient_interval import (
    PatientIntervals,
    out_of_fold_intervals,
    out_of_fold_limits,
    patient_coverage,
)
from responder.validate.permutation import PermutationTest
from responder.validate.refit import Pipeline
from responder.validate.resampling import resample
from responder.validate.scores import probability_scores
from responder.validate.simulated import learner_of
from responder.validate.splits import stratified_bootstrap
from responder.validate.stability import stability
from responder.validate.tune import TunedPipeline
from responder.validate.tuning_report import tuning_report
from responder.validate.venn_abers import venn_abers, venn_abers_table
from responder.validate.verdict import MIN_CLASS_SIZE, VerdictKind
from responder.validate.winners import winners_curse
from responder.words import Phrase
from responder.workers import IN_PROCESS, Workers

__all__ = ["Clock", "validate_models"]

SHORT_SECONDS = 3.0
"""Nominal time below which a model is validated as one piece: its own pieces would be too few to share out."""
CONFORMAL_LEVELS = (0.8, 0.9)
# models whose coefficients have limits and p of their own
INFERENCE = {"firth": firth_inference, "flac": flac_inference}


@dataclass
class Clock:
    """Seconds a step, in all."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add what is done meanwhile to a step."""
        start = time.perf_counter()
        yield
        self.add({name: time.perf_counter() - start})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add what was taken elsewhere."""
        for name, taken in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + taken


@dataclass(frozen=True)
class _Asked:
    """What validating any model of an experiment needs, wherever it is done."""

    plan: Plan
    tests: Mapping[str, PermutationTest]
    adjusted: Familywise
    limits: dict[tuple[tuple[int, ...], float], FloatArray] = field(default_factory=dict)
    """Of the next patients, by columns and reach: models that look at the same traits share them."""

    def limits_of(self, pipeline: Pipeline, reach: float, workers: Workers) -> FloatArray:
        """Return the limits of every patient's logit, computed once for all models that look at the same columns."""
        table = self.plan.table
        key = columns_looked_at(pipeline.model, len(table.feature_table.names)), reach
        if key not in self.limits:
            self.limits[key] = out_of_fold_limits(table, key[0], self.plan.cohort.outcome, reach, workers=workers)
        return self.limits[key]


def validate_models(
    plan: Plan,
    tests: Mapping[str, PermutationTest],
    adjusted: Familywise,
    clock: Clock,
    progress: Progress,
    workers: Workers,
) -> tuple[ModelResult, ...]:
    """Validate every model of a plan: those that take long one after another, the others side by side.

    Parameters
    ----------
    plan : Plan
        What is asked.
    tests : Mapping of str to PermutationTest
        By model, where there is one.
    adjusted : Familywise
        What all tests say together.
    clock : Clock
        Seconds of every step are added to it.
    progress : callable
        Told (step, done, of how many).
    workers : Workers
        Whom the work is shared out to; results do not depend on it.

    Returns
    -------
    tuple of ModelResult
        In the order of the experiment.
    """
    progress(Phrase("step.validate"), 0, len(plan.pipelines))
    asked, found = _Asked(plan, tests, adjusted), dict[str, ModelResult]()
    short = short_first_longest(plan.seconds_of_validating(), SHORT_SECONDS)
    for model, (result, seconds) in zip(short, workers.nearby.map(_validate_short, asked, short), strict=True):
        clock.add(seconds)
        found[model] = result
        progress(Phrase("step.validate_model", {"model": model}), len(found), len(plan.pipelines))
    for pipeline in plan.pipelines:
        if pipeline.id not in found:
            progress(Phrase("step.validate_model", {"model": pipeline.id}), len(found), len(plan.pipelines))
            found[pipeline.id] = _validate(asked, pipeline, clock, workers)
    progress(Phrase("step.validate"), len(plan.pipelines), len(plan.pipelines))
    return tuple(found[p.id] for p in plan.pipelines)


def _validate_short(asked: _Asked, model: str) -> tuple[ModelResult, dict[str, float]]:
    clock = Clock()
    return _validate(asked, asked.plan.pipeline(model), clock, IN_PROCESS), clock.seconds


def _validate(asked: _Asked, pipeline: Pipeline, clock: Clock, workers: Workers) -> ModelResult:
    plan, test = asked.plan, asked.tests.get(pipeline.id)
    wanted, cohort = plan.experiment.experiment, plan.cohort
    outcome, baseline, learner = cohort.outcome, pipeline.model.is_baseline, learner_of(pipeline)
    with clock.step("leave-one-out"):
        loo = leave_one_out_predictions(pipeline, outcome, workers=workers)
    with clock.step("leave-pair-out"):
        pairs, n = plan.pairs_of(pipeline), cohort.n
        rng = rng_for(wanted.seed, "pairs")
        lpo = leave_pair_out(pipeline, outcome, most_pairs=pairs.pairs, rng=rng, workers=workers)
        p_adjusted = asked.adjusted.p.get(pipeline.id)
        judged = verdict_of(plan, pipeline, loo, lpo, test, p_adjusted)
        # what cannot be estimated is not computed either, so that nothing below it can say otherwise
        silent = judged.is_silent and not baseline
        curve = tournament(pipeline, outcome, lpo, workers=workers) if pairs.tournament and not silent else None
        if curve is not None and np.isnan(curve.score).any():
            curve = None  # leaving out two patients of a class of two leaves one class: there is no curve
        rebalanced = np.empty(0)
        if pairs.rebalanced_draws and not silent:
            rng = rng_for(wanted.seed, "rebalanced")
            rebalanced = rebalanced_leave_one_out(pipeline, outcome, pairs.rebalanced_draws, rng, workers=workers)
    estimable = not silent and not np.isnan(loo.logit).any()
    with clock.step("stability"):
        draws = wanted.bootstrap.draws
        counts = stratified_bootstrap(outcome, draws, rng_for(wanted.seed, "bootstrap"))
        fitted = pipeline.fit(outcome)
        apparent = fitted.logit(plan.table.values)
        # stability, ranks and the band of a score rest on the same refits of the model that is acted on
        kept = _refits_of_primary(plan, pipeline, counts, workers) if pipeline.id == wanted.primary_model else None
        if silent:
            refits = np.empty((0, n))
        elif kept is None:
            refits = bootstrap_logits(pipeline, outcome, counts, workers=workers)
        else:
            refits = kept.logit[:draws]
        found_stability = None
        if len(refits) > 1 and cohort.smaller_class >= 1:
            found_stability = stability(expit(refits), expit(apparent))
    with clock.step("resampling"):
        resampled = None
        if cohort.smaller_class >= MIN_CLASS_SIZE and not silent:
            rng = rng_for(wanted.seed, "folds")
            resampled = resample(pipeline, outcome, apparent, refits, counts, rng, workers=workers)
    with clock.step("tuning"):
        tuned = None
        if isinstance(pipeline, TunedPipeline):
            tuned = tuning_report(pipeline, outcome, counts, workers=workers)
    with clock.step("explanation"):
        attributions = None if silent else explain_out_of_fold(pipeline, outcome, cohort.ids, workers=workers)
        # how far a ranking may be believed is asked of the model named beforehand: the others are not acted on
        ranks = None
        if estimable and kept is not None and draws:
            ranks = rank_probabilities(kept, outcome)
        coefficients = _coefficients(plan, pipeline, fitted)
    with clock.step("scores"):
        scores = probability_scores(outcome, loo.probability) if estimable else None
        calibrated = None
        if estimable:
            calibrated = out_of_fold_calibration(
                outcome, loo.probability, lpo.difference, learner.model, learner.features
            )
        net_benefit = None
        sets: tuple[ConformalSets, ...] = ()
        width = None
        of_patients: PatientIntervals | None = None
        if estimable and not baseline:
            coverage = patient_coverage(cohort.responders, n - cohort.responders, learner.features)
            limits = asked.limits_of(pipeline, coverage.reach, workers)
            of_patients = out_of_fold_intervals(limits, loo.probability, coverage)
            sets = tuple(out_of_fold_sets(loo.probability, outcome, level) for level in CONFORMAL_LEVELS)
            intervals_of_score = venn_abers(venn_abers_table(loo.logit, outcome), apparent)
            width = float((intervals_of_score.p1 - intervals_of_score.p0).mean())
        if estimable:
            net_benefit = decision_curve(
                outcome, loo.probability, wanted.decision.thresholds, rng=rng_for(wanted.seed, "decision")
            )
    with clock.step("borrowing"):
        gained = borrowing_of(plan, pipeline, loo, lpo, test) if estimable else None
    intervals: tuple[AucInterval, ...] = ()
    if not silent and not baseline:
        kinds = (calibrated_interval, newcombe_interval, logit_delong_interval)
        intervals = tuple(kind(lpo.wins, learner=learner) for kind in kinds)
    curse = None
    if judged.kind is VerdictKind.BEATS_CHANCE:
        curse = winners_curse(learner, cohort.responders, n - cohort.responders)
    return ModelResult(
        id=pipeline.id,
        title=pipeline.model.title,
        is_baseline=baseline,
        verdict=judged,
        lpo=lpo,
        intervals=intervals,
        tournament=curve,
        rebalanced=rebalanced,
        loo=loo,
        scores=scores,
        calibration=calibrated,
        permutation=test,
        plan=plan.permutations.get(pipeline.id),
        p_adjusted=p_adjusted,
        stability=found_stability,
        decision_curve=net_benefit,
        attributions=attributions,
        ranks=ranks,
        fitted=fitted,
        refits=() if kept is None else tuple(one for one in kept.fitted if one is not None),
        tuning=tuned,
        resampling=resampled,
        conformal=sets,
        venn_abers_width=width,
        winners=curse,
        part_of_endpoint=_part_of_endpoint(plan, pipeline),
        coefficients=coefficients,
        patient_intervals=of_patients,
        borrowing=gained,
    )


def _part_of_endpoint(plan: Plan, pipeline: Pipeline) -> bool:
    """Return whether a single marker is made of a trait that the endpoint's own score holds too."""
    if not isinstance(pipeline.model, SingleMarkerModel):
        return False
    of = plan.table.feature_table.traits
    used = {trait for column in pipeline.model.columns for trait in of[column]}
    return not used.isdisjoint(plan.cohort.endpoint.coupled)


def _coefficients(plan: Plan, pipeline: Pipeline, fitted: FittedPipeline) -> ModelInference | None:
    """Return limits and p per SD of each coefficient of a model that has them."""
    kind = pipeline.id.partition(":")[0]
    infer = INFERENCE.get(kind)
    if infer is None:
        return None
    if isinstance(pipeline, ImputedPipeline):
        return pooled_inference(kind, pipeline.completed(), plan.cohort.outcome, plan.table.feature_table.names)
    features = fitted.features.transform(plan.table.values)
    return infer(features, plan.cohort.outcome, plan.table.feature_table.names)


def _refits_of_primary(plan: Plan, pipeline: Pipeline, counts: FloatArray, workers: Workers) -> BootstrapRefits:
    """Return the refits of the primary model: those of the stability analysis, without one those of a band alone."""
    outcome = plan.cohort.outcome
    if len(counts) < 2:
        rng = rng_for(plan.experiment.experiment.seed, "bootstrap")
        counts = stratified_bootstrap(outcome, REFITS_OF_A_BAND, rng)
    return bootstrap_refits(pipeline, outcome, counts, workers=workers)
