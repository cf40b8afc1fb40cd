"""Run an experiment: check, features, every model, validation, significance, stability, explanation, hypotheses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.cohort import Cohort, Findings, load_cohort
from responder.evidence.predictors import load_predictors
from responder.experiment.checkpoint import Checkpoint
from responder.experiment.config import Experiment, ResolvedExperiment
from responder.experiment.provenance import provenance_of
from responder.experiment.random import rng_for
from responder.experiment.result import ExperimentResult, ModelResult
from responder.explain.hypotheses import hypothesis_verdicts
from responder.explain.out_of_fold import explain_out_of_fold
from responder.explain.ranks import rank_probabilities
from responder.features import compile_features
from responder.models.registry import build_model
from responder.study import Study, load_study
from responder.validate.budget import PermutationPlan, plan_permutation, thin
from responder.validate.calibration import calibration
from responder.validate.checks import check_model, check_tuning
from responder.validate.decision import decision_curve
from responder.validate.intervals import AucInterval, calibrated_interval, logit_delong_interval, newcombe_interval
from responder.validate.loo import LeaveOneOut, leave_one_out_predictions, rebalanced_leave_one_out
from responder.validate.pairs import LeavePairOut, leave_pair_out, tournament
from responder.validate.permutation import Labelings, MaxT, PermutationTest, draw_labelings, max_t, permutation_test
from responder.validate.refit import ModelPipeline, Pipeline, Refits, Table
from responder.validate.scores import probability_scores
from responder.validate.splits import stratified_bootstrap
from responder.validate.stability import stability
from responder.validate.verdict import MIN_CLASS_SIZE, Reason, Verdict, verdict

__all__ = ["Headline", "Plan", "open_cohort", "plan_cohort", "plan_experiment", "primary_headline", "run_experiment"]

Progress = Callable[[str, int, int], None]
MOST_TOURNAMENT_PAIRS = 20_000


def _silent(_step: str, _done: int = 0, _total: int = 0) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Plan:
    """What a run will do, before it does it.

    Attributes
    ----------
    cohort : Cohort
        Checked patients.
    table : Table
        Encoded values and features.
    pipelines : tuple of Pipeline
        In the order of the experiment.
    permutations : Mapping[str, PermutationPlan]
        Plan of each model's permutation test.
    findings : Findings
        Of intake, cohort and settings.
    """

    experiment: ResolvedExperiment
    cohort: Cohort
    table: Table
    pipelines: tuple[Pipeline, ...]
    permutations: Mapping[str, PermutationPlan]
    findings: Findings

    @property
    def fits(self) -> int:
        """Upper bound on the refits of the whole run."""
        n, pairs = self.cohort.n, self.cohort.responders * (self.cohort.n - self.cohort.responders)
        each = 2 * n + pairs + n * (n - 1) // 2 + self.experiment.experiment.bootstrap.draws
        return len(self.pipelines) * each + sum(p.fits for p in self.permutations.values())

    @property
    def seconds(self) -> float:
        """Nominal computing time on one ordinary core."""
        n, pairs = self.cohort.n, self.cohort.responders * (self.cohort.n - self.cohort.responders)
        each = 2 * n + pairs + n * (n - 1) // 2 + 2 * self.experiment.experiment.bootstrap.draws
        refits = sum(p.seconds_per_fit() * each for p in self.pipelines)
        return refits + sum(p.seconds for p in self.permutations.values())

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON types."""
        return {
            "name": self.experiment.experiment.name,
            "n": self.cohort.n,
            "responders": self.cohort.responders,
            "features": list(self.table.feature_table.names),
            "models": [p.id for p in self.pipelines],
            "fits": self.fits,
            "nominal_seconds": round(self.seconds, 2),
            "permutation": {
                name: {"labelings": p.labelings, "exact": p.exact, "pairs": p.pairs, "all_pairs": p.all_pairs}
                for name, p in self.permutations.items()
            },
            **self.findings.to_json(),
        }


def open_cohort(resolved: ResolvedExperiment) -> tuple[Study, Cohort]:
    """Read the study and the checked cohort of an experiment.

    Raises
    ------
    ConfigError
        If the study cannot be read.
    DataRefusedError
        If the cohort is refused.
    """
    wanted = resolved.experiment
    study = load_study(wanted.study, beside=resolved.path.parent)
    cohort = load_cohort(
        resolved.cohort_path,
        study,
        endpoint=wanted.cohort.endpoint or None,
        traits=wanted.traits,
        where=wanted.cohort.where or None,
        strata=wanted.cohort.strata or None,
    )
    cohort.findings.raise_if_refused()
    return study, cohort


def plan_experiment(resolved: ResolvedExperiment) -> Plan:
    """Check everything that can be checked without fitting, and count what a run would do."""
    return plan_cohort(resolved, open_cohort(resolved)[1])


def plan_cohort(resolved: ResolvedExperiment, cohort: Cohort) -> Plan:
    """Plan an experiment on a cohort at hand, instead of the one that it names."""
    wanted, study = resolved.experiment, cohort.study
    spec = compile_features(study, cohort.traits, only=wanted.features)
    table = Table(spec, cohort.values, _expected(study))
    pipelines = tuple(_pipeline(table, id_, wanted) for id_ in wanted.models)
    check, finding = check_tuning(cohort.n, cohort.smaller_class, wanted.tuning.models, wanted.tuning.override)
    findings = cohort.findings.adding([finding] if finding else [], [check])
    findings.raise_if_refused()
    permutations = {
        p.id: plan_permutation(
            p,
            cohort.outcome,
            most_exact=wanted.permutation.most_exact,
            draws=wanted.permutation.draws,
            budget_seconds=wanted.permutation.budget_seconds,
            strata=cohort.strata,
        )
        for p in pipelines
        if not p.model.is_baseline and cohort.smaller_class >= MIN_CLASS_SIZE
    }
    return Plan(resolved, cohort, table, pipelines, permutations, findings)


def _expected(study: Study) -> dict[str, float]:
    """Return the log-odds per SD that the study's hypotheses declare with a strength."""
    expected: dict[str, float] = {}
    for hypothesis in study.hypotheses:
        for item in hypothesis.expects:
            if hypothesis.prior_log_odds_per_sd > 0:
                sign = 1.0 if item.direction == "higher" else -1.0
                expected[item.feature] = sign * hypothesis.prior_log_odds_per_sd
    return expected


def _pipeline(table: Table, id_: str, wanted: Experiment) -> Pipeline:
    settings = wanted.settings.get(id_, wanted.settings.get(id_.partition(":")[0], {}))
    return ModelPipeline(table, build_model(id_, table.feature_table, settings))


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
    resolved: ResolvedExperiment, *, checkpoint: Path | None = None, progress: Progress = _silent, jobs: int = 1
) -> ExperimentResult:
    """Run an experiment from its table to its verdicts.

    Parameters
    ----------
    resolved : ResolvedExperiment
        What is asked.
    checkpoint : Path, optional
        Folder where finished permutation tests are kept, and looked for, so that an interrupted run can go on.
    progress : callable, optional
        Told (step, done, of how many).
    jobs : int
        Processes for slow models; results do not depend on it.

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
        progress("check", 0, 0)
        plan = plan_experiment(resolved)
    wanted, cohort = resolved.experiment, plan.cohort
    provenance = provenance_of(plan.cohort, wanted)
    kept = Checkpoint(checkpoint, provenance["key"])
    with clock.step("permutation"):
        tests = _permutation_tests(plan, kept, progress, jobs)
        adjusted = max_t(tests)
    models = []
    for done, pipeline in enumerate(plan.pipelines):
        progress(f"validate {pipeline.id}", done, len(plan.pipelines))
        models.append(_validate(plan, pipeline, tests.get(pipeline.id), adjusted, clock))
    progress("validate", len(plan.pipelines), len(plan.pipelines))
    findings = _model_findings(plan, models)
    with clock.step("hypotheses"):
        progress("hypotheses", 0, 0)
        primary = next(m for m in models if m.id == wanted.primary_model)
        published = load_predictors(resolved.path.parent / wanted.predictors) if wanted.predictors else None
        hypotheses = hypothesis_verdicts(
            cohort,
            plan.table,
            primary.attributions,
            primary.ranks,
            published=published,
            alpha=wanted.permutation.alpha,
        )
    return ExperimentResult(
        experiment=resolved,
        cohort=cohort,
        table=plan.table,
        models=tuple(models),
        primary=wanted.primary_model,
        max_t=adjusted,
        hypotheses=hypotheses,
        findings=findings,
        failed_gates=_failed_gates(wanted, primary),
        provenance=provenance,
        seconds=clock.seconds,
    )


def _permutation_tests(plan: Plan, kept: Checkpoint, progress: Progress, jobs: int) -> dict[str, PermutationTest]:
    wanted, cohort = plan.experiment.experiment, plan.cohort
    if not plan.permutations:
        return {}
    labelings = draw_labelings(
        cohort.outcome,
        most_exact=wanted.permutation.most_exact,
        draws=wanted.permutation.draws,
        rng=rng_for(wanted.seed, "labelings"),
        strata=cohort.strata,
    )
    tests = {}
    for pipeline in plan.pipelines:
        if pipeline.id in plan.permutations:
            compute = partial(_permutation_test, plan, pipeline, labelings, progress, jobs)
            tests[pipeline.id] = kept.permutation(pipeline.id, compute)
    return tests


def _permutation_test(
    plan: Plan, pipeline: Pipeline, labelings: Labelings, progress: Progress, jobs: int
) -> PermutationTest:
    wanted, own = plan.experiment.experiment, plan.permutations[pipeline.id]
    return permutation_test(
        pipeline,
        thin(labelings, own, rng_for(wanted.seed, "thinning")),
        side=wanted.permutation.side,
        jobs=jobs,
        pairs=own.choose_pairs(plan.cohort.n, rng_for(wanted.seed, "permutation pairs")),
        progress=lambda done, total: progress(f"permutation test {pipeline.id}", done, total),
    )


def _validate(
    plan: Plan, pipeline: Pipeline, test: PermutationTest | None, adjusted: MaxT, clock: _Clock
) -> ModelResult:
    wanted, cohort = plan.experiment.experiment, plan.cohort
    outcome, baseline = cohort.outcome, pipeline.model.is_baseline
    with clock.step("leave-one-out"):
        loo = leave_one_out_predictions(pipeline, outcome)
    with clock.step("leave-pair-out"):
        lpo = leave_pair_out(
            pipeline, outcome, most_pairs=wanted.validation.most_pairs, rng=rng_for(wanted.seed, "pairs")
        )
        n = cohort.n
        draws_curve = wanted.validation.tournament and not baseline and n * (n - 1) // 2 <= MOST_TOURNAMENT_PAIRS
        curve = tournament(pipeline, outcome) if draws_curve and not np.isnan(lpo.auc) else None
        if curve is not None and np.isnan(curve.score).any():
            curve = None  # leaving out two patients of a class of two leaves one class: there is no curve
        rebalanced = np.empty(0)
        if not baseline and pipeline.model.batched and cohort.smaller_class >= MIN_CLASS_SIZE:
            draws = wanted.validation.rebalanced_draws
            rebalanced = rebalanced_leave_one_out(pipeline, outcome, draws, rng_for(wanted.seed, "rebalanced"))
    estimable = not np.isnan(loo.logit).any()
    with clock.step("stability"):
        counts = stratified_bootstrap(outcome, wanted.bootstrap.draws, rng_for(wanted.seed, "bootstrap"))
        fitted = pipeline.fit(outcome)
        found_stability = None
        if wanted.bootstrap.draws and cohort.smaller_class >= 1:
            found_stability = _stability(pipeline, outcome, counts, fitted.logit(plan.table.values))
    with clock.step("explanation"):
        attributions = explain_out_of_fold(pipeline, outcome, cohort.ids) if estimable else None
        # how far a ranking may be believed is asked of the model named beforehand: the others are not acted on
        ranks = None
        if attributions is not None and pipeline.id == wanted.primary_model and wanted.bootstrap.draws:
            ranks = rank_probabilities(pipeline, outcome, counts)
    with clock.step("scores"):
        scores = probability_scores(outcome, loo.probability) if estimable else None
        calibrated = calibration(outcome, loo.probability) if estimable else None
        net_benefit = None
        if estimable:
            net_benefit = decision_curve(
                outcome, loo.probability, wanted.decision.thresholds, rng=rng_for(wanted.seed, "decision")
            )
    intervals: tuple[AucInterval, ...] = ()
    if lpo.pairs and not baseline and not lpo.is_constant:
        intervals = (
            calibrated_interval(lpo.wins),
            newcombe_interval(lpo.wins),
            logit_delong_interval(lpo.wins),
        )
    p_maxt = adjusted.p.get(pipeline.id)
    return ModelResult(
        id=pipeline.id,
        title=pipeline.model.title,
        title_zh=pipeline.model.title_zh,
        is_baseline=baseline,
        verdict=_verdict(plan, pipeline, loo, lpo, test, p_maxt),
        lpo=lpo,
        intervals=intervals,
        tournament=curve,
        rebalanced=rebalanced,
        loo=loo,
        scores=scores,
        calibration=calibrated,
        permutation=test,
        plan=plan.permutations.get(pipeline.id),
        p_maxt=p_maxt,
        stability=found_stability,
        decision_curve=net_benefit,
        attributions=attributions,
        ranks=ranks,
        fitted=fitted,
    )


def _stability(pipeline: Pipeline, outcome: NDArray[Any], counts: NDArray[np.float64], apparent: NDArray[Any]) -> Any:
    """Refit on every bootstrap sample, predict everybody, and measure how far predictions move."""
    everybody = np.broadcast_to(np.arange(len(outcome)), counts.shape)
    logit = pipeline.predict(Refits.of_outcome(counts, outcome, everybody)).logit[:, :, 0]
    return stability(_probability(logit), _probability(apparent))


def _probability(logit: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -700.0, 700.0))))


def _verdict(
    plan: Plan,
    pipeline: Pipeline,
    loo: LeaveOneOut,
    lpo: LeavePairOut,
    test: PermutationTest | None,
    p_maxt: float | None,
) -> Verdict:
    """Say what may be said; a model named beforehand is judged by its own p, all others by the adjusted one."""
    wanted, cohort = plan.experiment.experiment, plan.cohort
    failure = None
    if cohort.smaller_class >= MIN_CLASS_SIZE:
        if pipeline.model.is_baseline or loo.is_constant or lpo.is_constant:
            failure = Reason.CONSTANT_MODEL
        elif test is None or not test.is_estimable:
            failure = Reason.FIT_FAILED
    usable = test is not None and failure is None
    declared = bool(wanted.primary) and pipeline.id == wanted.primary
    return verdict(
        n=cohort.n,
        n_smaller_class=cohort.smaller_class,
        lpo_auc=lpo.auc if usable else None,
        p=test.p if test is not None and usable else None,
        p_maxt=None if declared else p_maxt,
        n_labelings=len(test.auc) if test is not None else 0,
        exact=test.exact if test is not None else True,
        two_sided=wanted.permutation.side == "two-sided",
        smallest_p=test.smallest_attainable_p if test is not None and usable else None,
        alpha=wanted.permutation.alpha,
        failure=failure,
    )


@dataclass(frozen=True)
class Headline:
    """What leads the report of a model; ``nan`` where it cannot be estimated.

    Attributes
    ----------
    lpo_auc, permutation_p, brier_skill : float
    verdict : Verdict
    """

    lpo_auc: float
    permutation_p: float
    brier_skill: float
    verdict: Verdict


def primary_headline(plan: Plan, *, jobs: int = 1) -> Headline:
    """Validate and test the primary model alone: the same numbers as in the whole run, much sooner."""
    wanted, outcome = plan.experiment.experiment, plan.cohort.outcome
    pipeline = next(p for p in plan.pipelines if p.id == wanted.primary_model)
    own = replace(plan, permutations={k: v for k, v in plan.permutations.items() if k == pipeline.id})
    tests = _permutation_tests(own, Checkpoint(None, ""), _silent, jobs)
    test = tests.get(pipeline.id)
    loo = leave_one_out_predictions(pipeline, outcome)
    lpo = leave_pair_out(pipeline, outcome, most_pairs=wanted.validation.most_pairs, rng=rng_for(wanted.seed, "pairs"))
    scores = None if np.isnan(loo.logit).any() else probability_scores(outcome, loo.probability)
    skill = None if scores is None else scores.brier_skill
    return Headline(
        lpo_auc=lpo.auc,
        permutation_p=test.p if test is not None and test.is_estimable else float("nan"),
        brier_skill=float("nan") if skill is None else skill,
        verdict=_verdict(plan, pipeline, loo, lpo, test, max_t(tests).p.get(pipeline.id)),
    )


def _model_findings(plan: Plan, models: list[ModelResult]) -> Findings:
    findings = plan.findings
    for model in models:
        checks = check_model(
            model.id,
            is_baseline=model.is_baseline,
            unpenalised=model.id.partition(":")[0] in {"firth", "ml"},
            table=plan.table,
            outcome=plan.cohort.outcome,
            loo=model.loo,
            lpo=model.lpo,
            permutation=model.permutation,
            plan=model.plan,
            alpha=plan.experiment.experiment.permutation.alpha,
        )
        results = [replace(result, title=f"{result.title} ({model.id})") for result, _ in checks]
        findings = findings.adding([finding for _, finding in checks if finding], results)
    return findings


def _failed_gates(wanted: Experiment, primary: ModelResult) -> tuple[str, ...]:
    """Return the gates that the primary model did not meet; a number that cannot be estimated meets none."""
    gates, metrics = wanted.gates, primary.metrics
    rules = [
        ("lpo_auc", gates.lpo_auc_at_least, ">="),
        ("permutation_p", gates.permutation_p_at_most, "<="),
        ("brier_skill_loo", gates.brier_skill_at_least, ">="),
    ]
    failed = []
    for name, bound, sign in rules:
        if bound is None:
            continue
        value = metrics.get(name)
        met = value is not None and (value >= bound if sign == ">=" else value <= bound)
        if not met:
            shown = "cannot be estimated" if value is None else f"is {value:.4g}"
            failed.append(f"{name} {shown}, the gate asks for {sign} {bound:g}")
    return tuple(failed)
