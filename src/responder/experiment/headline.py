"""The headline of one model in one cohort: leave-pair-out AUC, its permutation test, and what may be said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from responder.arrays import FloatArray
from responder.experiment.checkpoint import Checkpoint
from responder.experiment.ensemble_result import Headline
from responder.experiment.plan import Plan
from responder.experiment.random import rng_for
from responder.experiment.side_by_side import short_first_longest
from responder.validate.familywise import familywise
from responder.validate.loo import LeaveOneOut, leave_one_out_predictions
from responder.validate.pairs import PairMatrix, leave_pair_out
from responder.validate.permutation import Labelings, PermutationTest, draw_labelings, permutation_test
from responder.validate.refit import Pipeline
from responder.validate.scores import probability_scores
from responder.validate.screen import MarkerScreen, screen_markers
from responder.validate.verdict import MIN_CLASS_SIZE, Reason, Verdict, verdict
from responder.words import Phrase
from responder.workers import CHUNK_SECONDS, IN_PROCESS, KeptChunks, Workers

__all__ = [
    "Progress",
    "draw_own_labelings",
    "no_progress",
    "permutation_tests",
    "primary_headline",
    "screen_of",
    "verdict_of",
]

Progress = Callable[[Phrase, int, int], None]
"""Told a step, how much of it is done, and of how much."""


def no_progress(_step: Phrase, _done: int = 0, _total: int = 0) -> None:
    """Report nothing."""


def permutation_tests(plan: Plan, kept: Checkpoint, progress: Progress, workers: Workers) -> dict[str, PermutationTest]:
    """Return the permutation test of every model that has one, computed or kept."""
    if not plan.permutations:
        return {}
    labelings = draw_own_labelings(plan)
    costs = {model: own.seconds for model, own in plan.permutations.items()}
    short = short_first_longest(costs, CHUNK_SECONDS)
    progress(Phrase("step.permutations"), 0, len(costs))
    tests = dict[str, PermutationTest]()
    for model, test in zip(
        short, workers.nearby.map(_short_test, (plan, labelings), short, kept=kept.tests(short)), strict=True
    ):
        progress(_step_of(model), 1, 1)
        tests[model] = test
    for model in plan.permutations:
        if model not in tests:
            compute = partial(_permutation_test, plan, model, labelings, progress, workers)
            tests[model] = kept.permutation(model, compute)
    return {model: tests[model] for model in plan.permutations}


def draw_own_labelings(plan: Plan) -> Labelings:
    """Return the labelings that all models of an experiment share."""
    wanted = plan.experiment.experiment
    return draw_labelings(
        plan.cohort.outcome,
        most_exact=wanted.permutation.most_exact,
        draws=wanted.permutation.draws,
        rng=rng_for(wanted.seed, "labelings"),
        strata=plan.cohort.strata,
    )


def screen_of(plan: Plan, workers: Workers) -> MarkerScreen | None:
    """Return the screen of every feature alone; None where none is asked for, or one class is too small."""
    wanted, cohort = plan.experiment.experiment, plan.cohort
    if wanted.screen is None or cohort.smaller_class < MIN_CLASS_SIZE:
        return None
    labelings = draw_labelings(
        cohort.outcome,
        most_exact=wanted.screen.most_exact,
        draws=wanted.screen.draws,
        rng=rng_for(wanted.seed, "screen"),
        strata=cohort.strata,
    )
    names = [step.name for step in plan.table.spec.steps]
    return screen_markers(plan.table.derived, names, labelings, cohort.strata, workers=workers)


def _step_of(model: str) -> Phrase:
    return Phrase("step.permutation", {"model": model})


def _short_test(asked: tuple[Plan, Labelings], model: str) -> PermutationTest:
    plan, labelings = asked
    return _permutation_test(plan, model, labelings, no_progress, IN_PROCESS, None)


def _permutation_test(
    plan: Plan,
    model: str,
    labelings: Labelings,
    progress: Progress,
    workers: Workers,
    kept: KeptChunks[FloatArray] | None,
) -> PermutationTest:
    wanted, own = plan.experiment.experiment, plan.permutations[model]
    return permutation_test(
        plan.pipeline(model),
        labelings.thinned(own.labelings, rng_for(wanted.seed, "thinning")),
        side=wanted.permutation.side,
        workers=workers,
        kept=kept,
        pairs=own.choose_pairs(plan.cohort.n, rng_for(wanted.seed, "permutation pairs")),
        progress=lambda done, total: progress(_step_of(model), done, total),
    )


def verdict_of(
    plan: Plan,
    pipeline: Pipeline,
    loo: LeaveOneOut,
    lpo: PairMatrix,
    test: PermutationTest | None,
    p_adjusted: float | None,
) -> Verdict:
    """Say what may be said; a model named beforehand is tested first, by its own p, all others by the adjusted one."""
    wanted, cohort = plan.experiment.experiment, plan.cohort
    failure = None
    if cohort.smaller_class >= MIN_CLASS_SIZE:
        if pipeline.model.is_baseline or loo.is_constant or lpo.is_constant:
            failure = Reason.CONSTANT_MODEL
        elif test is None or not test.is_estimable:
            failure = Reason.FIT_FAILED
    usable = test is not None and failure is None
    declared = bool(wanted.primary) and pipeline.id == wanted.primary_model
    return verdict(
        n=cohort.n,
        n_smaller_class=cohort.smaller_class,
        lpo_auc=lpo.auc if usable else None,
        p=test.p if test is not None and usable else None,
        p_adjusted=None if declared else p_adjusted,
        n_labelings=len(test.auc) if test is not None else 0,
        exact=test.exact if test is not None else True,
        two_sided=wanted.permutation.side == "two-sided",
        smallest_p=test.smallest_attainable_p if test is not None and usable else None,
        alpha=wanted.permutation.alpha,
        failure=failure,
    )


def primary_headline(plan: Plan) -> Headline:
    """Validate and test the primary model alone: the same numbers as in the whole run, much sooner."""
    wanted, outcome = plan.experiment.experiment, plan.cohort.outcome
    pipeline = plan.pipeline(wanted.primary_model)
    own = replace(plan, permutations={k: v for k, v in plan.permutations.items() if k == pipeline.id})
    tests = permutation_tests(own, Checkpoint(None, ""), no_progress, IN_PROCESS)
    test = tests.get(pipeline.id)
    loo = leave_one_out_predictions(pipeline, outcome)
    lpo = leave_pair_out(pipeline, outcome, most_pairs=plan.pairs_of(pipeline).pairs, rng=rng_for(wanted.seed, "pairs"))
    scores = None if np.isnan(loo.logit).any() else probability_scores(outcome, loo.probability)
    skill = None if scores is None else scores.brier_skill
    return Headline(
        lpo_auc=lpo.auc,
        permutation_p=test.p if test is not None and test.is_estimable else float("nan"),
        brier_skill_loo=float("nan") if skill is None else skill,
        smallest_attainable_p=test.smallest_attainable_p if test is not None and test.is_estimable else float("nan"),
        verdict=verdict_of(plan, pipeline, loo, lpo, test, familywise(tests).p.get(pipeline.id)),
    )
