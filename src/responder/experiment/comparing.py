"""The primary model against every other one, and the subgroups in which it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from responder.cohort.cohort import Cohort
from responder.experiment.headline import draw_own_labelings
from responder.experiment.plan import Plan
from responder.experiment.random import rng_for
from responder.validate.compared import (
    LEVEL_HELD_FROM_N,
    LEVEL_HELD_FROM_SMALLER_CLASS,
    PairedComparison,
    can_be_compared,
    holm,
    paired_comparison,
)
from responder.validate.permutation import PermutationTest, permutation_test
from responder.validate.subgroups import Subgroup, SubgroupPerformance, subgroup_performance
from responder.words import Phrase
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    from responder.experiment.result import ExperimentResult, ModelResult

__all__ = ["compare_models", "comparison_of", "declared_subgroups", "performance_by_subgroup", "said_of_comparisons"]


def compare_models(
    plan: Plan, models: Sequence[ModelResult], tests: Mapping[str, PermutationTest], *, workers: Workers = IN_PROCESS
) -> tuple[PairedComparison, ...]:
    """Compare the model named beforehand with every other one but the baseline.

    A costly model is tested on a sample of the pairs; the other one is tested once more, on the same.

    Parameters
    ----------
    plan : Plan
        What was run.
    models : sequence of ModelResult
        What came out.
    tests : Mapping of str to PermutationTest
        Of every model that has one.
    workers : Workers
        Whom pairs are shared out to.
    """
    primary = next(m for m in models if m.id == plan.experiment.experiment.primary_model)
    enough = can_be_compared(plan.cohort.n, plan.cohort.smaller_class)
    found = []
    for other in models:
        if other.is_baseline or other.id == primary.id:
            continue
        own, others = tests.get(primary.id), tests.get(other.id)
        if enough and own is not None and others is not None and own.pairs != others.pairs:
            narrow, wide = (primary, other) if own.pairs < others.pairs else (other, primary)
            again = _tested_like(plan, wide.id, narrow.id, workers)
            own, others = (again, others) if wide is primary else (own, again)
        compared = paired_comparison(primary.id, other.id, primary.lpo, other.lpo, own, others)
        if primary.verdict.is_silent or other.verdict.is_silent:
            compared = replace(compared, difference=None, p=None, reason="not_estimable")
        elif not enough:
            compared = replace(compared, p=None, reason="few_patients")
        found.append(compared)
    tested = [i for i, one in enumerate(found) if one.p is not None]
    for i, p in zip(tested, holm([found[i].p or 0.0 for i in tested]), strict=True):
        found[i] = replace(found[i], p_adjusted=p)
    return tuple(found)


def said_of_comparisons(result: ExperimentResult) -> tuple[Phrase, ...]:
    """Return what stands below models that are shown side by side: each comparison, or why there is none."""
    if any(one.reason == "few_patients" for one in result.comparisons):
        cohort = result.cohort
        needed = {"needed": LEVEL_HELD_FROM_N, "needed_smaller": LEVEL_HELD_FROM_SMALLER_CLASS}
        return (Phrase("comparison.few", {"n": cohort.n, "smaller": cohort.smaller_class, **needed}),)
    return tuple(comparison_of(one) for one in result.comparisons if one.p is not None)


def comparison_of(one: PairedComparison) -> Phrase:
    """Return a comparison as it is said: both models, the difference, p, and p adjusted for the others."""
    numbers = {"difference": f"{one.difference:+.2f}", "p": f"{one.p:.3f}", "p_adjusted": f"{one.p_adjusted:.3f}"}
    return Phrase("comparison.one", {"model": one.model, "other": one.other, **numbers})


def _tested_like(plan: Plan, model: str, like: str, workers: Workers) -> PermutationTest:
    """Return the permutation test of a model on the labelings and pairs of another one."""
    wanted, own = plan.experiment.experiment, plan.permutations[like]
    return permutation_test(
        plan.pipeline(model),
        draw_own_labelings(plan).thinned(own.labelings, rng_for(wanted.seed, "thinning")),
        side=wanted.permutation.side,
        pairs=own.choose_pairs(plan.cohort.n, rng_for(wanted.seed, "permutation pairs")),
        workers=workers,
    )


def performance_by_subgroup(plan: Plan, model: ModelResult) -> tuple[SubgroupPerformance, ...]:
    """Return the performance of a model in every declared subgroup; nothing where it cannot be estimated at all."""
    if model.verdict.is_silent:
        return ()
    outcome = plan.cohort.outcome
    return tuple(
        subgroup_performance(group, outcome, model.lpo, model.loo.probability)
        for group in declared_subgroups(plan.cohort, plan.experiment.experiment.cohort.strata)
    )


def declared_subgroups(cohort: Cohort, strata: str = "") -> tuple[Subgroup, ...]:
    """Return the subgroups by binary and nominal baseline traits in use, and by the column of the strata.

    Parameters
    ----------
    cohort : Cohort
        A patient in whom a trait is missing is in none of its subgroups.
    strata : str
        Name of the column of the strata.
    """
    found: list[Subgroup] = []
    for column, values in zip(cohort.columns, cohort.values.T, strict=True):
        trait = cohort.study.trait(column.split("=")[0])
        if trait.kind not in {"binary", "set"}:
            continue
        names = {0.0: "no", 1.0: "yes"}
        if trait.kind == "binary":
            names |= {float(i) if one.value is None else one.value: one.name for i, one in enumerate(trait.levels)}
        found += [
            Subgroup(column, names.get(value, f"{value:g}"), _positions(values == value))
            for value in np.unique(values[~np.isnan(values)]).tolist()
        ]
    names_of_strata = np.array(cohort.strata)
    found += [Subgroup(strata, name, _positions(names_of_strata == name)) for name in dict.fromkeys(cohort.strata)]
    # what all patients share sets nobody apart
    return tuple(group for group in found if len(group.members) < cohort.n)


def _positions(inside: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(inside).tolist())
