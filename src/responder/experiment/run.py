"""Run an experiment: every model, validation, significance, stability, explanation, hypotheses."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort import Findings
from responder.experiment.answering import answer_of
from responder.experiment.borrowed import published_evidence, published_predictors
from responder.experiment.borrowing import borrowing_of
from responder.experiment.checkpoint import Checkpoint
from responder.experiment.comparing import compare_models, performance_by_subgroup
from responder.experiment.config import Gates
from responder.experiment.ensemble import run_ensemble
from responder.experiment.headline import Progress, no_progress, permutation_tests, screen_of, verdict_of
from responder.experiment.plan import Plan, plan_experiment
from responder.experiment.plan_seconds import REFITS_OF_A_BAND
from responder.experiment.provenance import provenance_of
from responder.experiment.random import rng_for
from responder.experiment.resolve import ResolvedExperiment
from responder.experiment.result import ExperimentResult, ModelResult
from responder.explain.firth_model import ModelInference, firth_inference, flac_inference, pooled_inference
from responder.explain.hypotheses import hypothesis_verdicts
from responder.explain.out_of_fold import explain_out_of_fold
from responder.explain.ranks import rank_probabilities
from responder.models.fitted import FittedPipeline
from responder.models.foreign import ForeignModel
from responder.models.logistic import SingleMarkerModel
from responder.models.posterior import columns_looked_at
from responder.models.solver import expit
from responder.validate.bootstrap import BootstrapRefits, bootstrap_logits, bootstrap_refits
from responder.validate.checks import check_model
from responder.validate.conformal import ConformalSets, out_of_fold_sets
from responder.validate.decision import decision_curve
from responder.validate.familywise import Familywise, familywise
from responder.validate.foreign_checks import check_foreign
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

__all__ = ["run_experiment"]

CONFORMAL_LEVELS = (0.8, 0.9)
# models whose coefficients have limits and p of their own
INFERENCE = {"firth": firth_inference, "flac": flac_inference}


@dataclass
class _Clock:
    """Seconds a step, in all."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Any:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def run_experiment(
    asked: ResolvedExperiment | Plan,
    *,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
    workers: Workers = IN_PROCESS,
) -> ExperimentResult:
    """Run an experiment from its table to its verdicts.

    Parameters
    ----------
    asked : ResolvedExperiment or Plan
        What is asked; as a plan, its cohort is open already.
    checkpoint : Path, optional
        Folder where finished permutation tests are kept, and looked for, so that an interrupted run can go on.
    progress : callable, optional
        Told (step, done, of how many).
    workers : Workers
        Whom the work is shared out to (`responder.workers.open_workers`); results do not depend on it.

    Returns
    -------
    ExperimentResult
        Frozen; the same for the same seed.

    Raises
    ------
    ResponderError
        If the experiment or its cohort is refused.
    """
    clock = _Clock()
    with clock.step("check"):
        progress(Phrase("step.check"), 0, 0)
        plan = asked if isinstance(asked, Plan) else plan_experiment(asked)
    resolved, cohort = plan.experiment, plan.cohort
    wanted = resolved.experiment
    provenance = provenance_of(plan.cohort, wanted, plan.table.borrowed)
    kept = Checkpoint(checkpoint, provenance["key"])
    with clock.step("permutation"):
        tests = permutation_tests(plan, kept, progress, workers)
        adjusted = familywise(tests, wanted.primary_model if wanted.primary else "")
    limits_of = functools.cache(
        lambda columns, reach: out_of_fold_limits(plan.table, columns, cohort.outcome, reach, workers=workers)
    )
    models = []
    for done, pipeline in enumerate(plan.pipelines):
        progress(Phrase("step.validate_model", {"model": pipeline.id}), done, len(plan.pipelines))
        models.append(_validate(plan, pipeline, tests.get(pipeline.id), adjusted, limits_of, clock, workers))
    progress(Phrase("step.validate"), len(plan.pipelines), len(plan.pipelines))
    findings = _model_findings(plan, models)
    primary = next(m for m in models if m.id == wanted.primary_model)
    with clock.step("comparison"):
        comparisons = compare_models(plan, models, tests, workers=workers)
        subgroups = performance_by_subgroup(plan, primary)
    published = published_predictors(resolved)
    with clock.step("hypotheses"):
        progress(Phrase("step.hypotheses"), 0, 0)
        hypotheses = hypothesis_verdicts(
            cohort,
            primary.attributions,
            primary.ranks,
            published=published,
            alpha=wanted.permutation.alpha,
        )
    with clock.step("screen"):
        if wanted.screen is not None:
            progress(Phrase("step.screen"), 0, 0)
        screened = screen_of(plan, workers)
    with clock.step("ensemble"):
        ensemble = run_ensemble(plan, checkpoint=kept, progress=progress, workers=workers)
    return ExperimentResult(
        experiment=resolved,
        cohort=cohort,
        table=plan.table,
        models=tuple(models),
        primary=wanted.primary_model,
        answer=answer_of(plan, primary, hypotheses, ensemble),
        familywise=adjusted,
        hypotheses=hypotheses,
        findings=findings,
        failed_gates=_failed_gates(wanted.gates, primary.metrics if ensemble is None else ensemble.worst),
        provenance=provenance,
        ensemble=ensemble,
        comparisons=comparisons,
        subgroups=subgroups,
        screen=screened,
        evidence=published_evidence(published, cohort.study, plan.table.spec),
        seconds=clock.seconds,
    )


def _validate(
    plan: Plan,
    pipeline: Pipeline,
    test: PermutationTest | None,
    adjusted: Familywise,
    limits_of: Callable[[tuple[int, ...], float], FloatArray],
    clock: _Clock,
    workers: Workers,
) -> ModelResult:
    wanted, cohort = plan.experiment.experiment, plan.cohort
    outcome, baseline, learner = cohort.outcome, pipeline.model.is_baseline, learner_of(pipeline)
    with clock.step("leave-one-out"):
        loo = leave_one_out_predictions(pipeline, outcome, workers=workers)
    with clock.step("leave-pair-out"):
        pairs, n = plan.pairs_of(pipeline), cohort.n
        rng = rng_for(wanted.seed, "pairs")
        lpo = leave_pair_out(pipeline, outcome, most_pairs=pairs.pairs, rng=rng, workers=workers)
        p_adjusted = adjusted.p.get(pipeline.id)
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
            limits = limits_of(columns_looked_at(pipeline.model, len(plan.table.feature_table.names)), coverage.reach)
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


def _model_findings(plan: Plan, models: list[ModelResult]) -> Findings:
    findings = plan.findings
    for pipeline, model in zip(plan.pipelines, models, strict=True):
        checks = check_model(
            model.id,
            is_baseline=model.is_baseline,
            unpenalised=model.id.partition(":")[0] in {"firth", "flac", "ml"},
            table=plan.table,
            outcome=plan.cohort.outcome,
            loo=model.loo,
            lpo=model.lpo,
            permutation=model.permutation,
            plan=model.plan,
            tuning=model.tuning,
            alpha=plan.experiment.experiment.permutation.alpha,
            silent=model.verdict.is_silent,
        )
        own, outcome = pipeline.model, plan.cohort.outcome
        if isinstance(own, ForeignModel):
            checks += check_foreign(pipeline.table, own, outcome, model.loo, model.lpo, model.permutation)
        findings = findings.adding([found for _, found in checks if found], [result for result, _ in checks])
    return findings


def _failed_gates(gates: Gates, metrics: Mapping[str, float]) -> tuple[Phrase, ...]:
    """Return the gates that the primary model did not meet; a number that cannot be estimated meets none."""
    rules = [
        ("lpo_auc", gates.lpo_auc_at_least, "at_least"),
        ("permutation_p", gates.permutation_p_at_most, "at_most"),
        ("brier_skill_loo", gates.brier_skill_at_least, "at_least"),
    ]
    failed = []
    for name, bound, side in rules:
        if bound is None:
            continue
        value, asked = metrics.get(name), {"name": name, "bound": bound}
        if value is None:
            failed.append(Phrase(f"gate.unknown_{side}", asked))
        elif value < bound if side == "at_least" else value > bound:
            failed.append(Phrase(f"gate.{side}", {**asked, "value": value}))
    return tuple(failed)
