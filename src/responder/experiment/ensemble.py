"""An experiment over every cohort that fits published facts: the range of its headline, never one number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cohort import Cohort, Provenance
from responder.cohort.endpoint import evaluate_endpoint
from responder.errors import NotEstimableError
from responder.evidence import Cohorts, Reconstruction, reconstruct
from responder.experiment.config import EnsembleSection
from responder.experiment.ensemble_facts import endpoint_columns, is_condition
from responder.experiment.ensemble_result import EnsembleResult
from responder.experiment.headline import Progress, no_progress, primary_headline
from responder.experiment.plan import Plan, plan_cohort
from responder.experiment.random import rng_for
from responder.words import Phrase

__all__ = ["run_ensemble"]


def run_ensemble(plan: Plan, *, progress: Progress = no_progress, jobs: int = 1) -> EnsembleResult | None:
    """Run the primary model of an experiment in every member of its ensemble.

    Parameters
    ----------
    plan : Plan
        Of the given table.
    progress : callable, optional
        Told (step, done, of how many).
    jobs : int
        Processes for slow models; results do not depend on it.

    Returns
    -------
    EnsembleResult or None
        The same for the same seed; None where the experiment names no ensemble.

    Raises
    ------
    NotEstimableError
        If no cohort is known to fit the facts.
    """
    resolved, facts = plan.experiment, plan.facts
    wanted, asked = resolved.experiment, resolved.experiment.ensemble
    if asked is None or facts is None:
        return None
    path = resolved.path.parent / asked.facts
    rng = rng_for(wanted.seed, "ensemble")
    progress(Phrase("step.count_cohorts"), 0, 0)
    found = reconstruct(facts, rng=rng, explain=False)
    if not found.known:
        raise NotEstimableError("no_cohort_fits", where=str(path), path=str(path))
    drawn, exhaustive = _drawn(found, asked, rng)
    alone = replace(resolved, experiment=wanted.model_copy(update={"models": ("prevalence", wanted.primary)}))
    headlines, responders = [], []
    for done, member in enumerate(_members(plan.cohort, drawn, asked, rng)):
        progress(Phrase("step.ensemble"), done, len(drawn))
        headlines.append(primary_headline(plan_cohort(alone, member), jobs=jobs))
        responders.append(member.responders)
    return EnsembleResult(
        title=facts.title,
        source=facts.source,
        model=wanted.primary,
        columns=asked.columns,
        assign=asked.assign,
        cohorts=found.tally.to_json(),
        alpha=wanted.permutation.alpha,
        exhaustive=exhaustive,
        responders=np.array(responders, dtype=np.int64),
        headlines=tuple(headlines),
    )


def _drawn(found: Reconstruction, asked: EnsembleSection, rng: np.random.Generator) -> tuple[Cohorts, bool]:
    """Return all cohorts that fit, where these are few and each can be dealt in one way only; else draw some."""
    if asked.assign == "ranked" and found.lists_all and found.known <= asked.draws:
        batches = list(found.cohorts())
        return Cohorts(batches[0].cells, np.concatenate([batch.members for batch in batches])), True
    return found.draw(rng, asked.draws), False


def _members(cohort: Cohort, drawn: Cohorts, asked: EnsembleSection, rng: np.random.Generator) -> Iterator[Cohort]:
    """Yield the given cohort with its columns replaced, once for each cohort drawn."""
    replaced = {
        column: drawn.meets(content).astype(float) if is_condition(content) else drawn[content]
        for column, content in asked.columns.items()
    }
    known = [column for column in asked.columns if column in cohort.columns]
    own = [cohort.values[:, cohort.columns.index(column)] for column in known]
    patients = np.lexsort([cohort.outcome, *reversed(own)])
    for index in range(len(drawn)):
        people = {column: values[index] for column, values in replaced.items()}
        if asked.assign == "ranked":
            order = np.lexsort([_response(cohort, people), *reversed([people[column] for column in known])])
        else:
            order = rng.permutation(cohort.n)
        dealt = np.empty(cohort.n, dtype=np.int64)
        dealt[patients] = order
        yield _member(cohort, {column: values[dealt] for column, values in people.items()})


def _response(cohort: Cohort, people: Mapping[str, FloatArray]) -> FloatArray:
    """Return who of the people responds; the patients' own outcome where the facts do not replace it."""
    columns = endpoint_columns(cohort)
    if columns[0] not in people:
        return cohort.outcome.astype(np.float64)
    start = cohort.endpoint.applies_unless_met_at
    compared = [*columns, *([start] if start in people else [])]
    return evaluate_endpoint(cohort.endpoint, *(people[column] for column in compared))


def _member(cohort: Cohort, people: Mapping[str, FloatArray]) -> Cohort:
    """Return the cohort with columns replaced; who then has no outcome is left out, as in any table."""
    values = cohort.values.copy()
    for column, content in people.items():
        if column in cohort.columns:
            values[:, cohort.columns.index(column)] = content
    response = _response(cohort, people)
    kept = np.flatnonzero(~np.isnan(response))
    return replace(
        cohort,
        ids=tuple(cohort.ids[i] for i in kept),
        values=values[kept],
        outcome=response[kept].astype(np.int64),
        strata=tuple(cohort.strata[i] for i in kept) if cohort.strata else (),
        provenance={**cohort.provenance, **{c.partition("=")[0]: Provenance.RECONSTRUCTED for c in people}},
    )
