"""Run an experiment: every model, validation, significance, stability, explanation, hypotheses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from responder.cohort import Findings
from responder.experiment.answering import answer_of
from responder.experiment.borrowed import published_evidence, published_predictors
from responder.experiment.checkpoint import Checkpoint
from responder.experiment.comparing import compare_models, performance_by_subgroup
from responder.experiment.config import Gates
from responder.experiment.ensemble import run_ensemble
from responder.experiment.headline import Progress, no_progress, permutation_tests, screen_of
from responder.experiment.plan import Plan, plan_experiment
from responder.experiment.provenance import provenance_of
from responder.experiment.resolve import ResolvedExperiment
from responder.experiment.result import ExperimentResult, ModelResult
from responder.experiment.validating import Clock, validate_models
from responder.explain.hypotheses import hypothesis_verdicts
from responder.models.foreign import ForeignModel
from responder.validate.checks import check_model
from responder.validate.familywise import familywise
from responder.validate.foreign_checks import check_foreign
from responder.words import Phrase
from responder.workers import IN_PROCESS, Workers

__all__ = ["run_experiment"]


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
    clock = Clock()
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
    models = validate_models(plan, tests, adjusted, clock, progress, workers)
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
        models=models,
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


def _model_findings(plan: Plan, models: Sequence[ModelResult]) -> Findings:
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
