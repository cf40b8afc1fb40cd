"""An experiment over every cohort that fits published facts: the range of its headline, never one number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.cohort import Cohort, Provenance
from responder.cohort.endpoint import evaluate_endpoint
from responder.errors import NotEstimableError
from responder.evidence import Cohorts, Reconstruction, reconstruct
from responder.experiment.checkpoint import Checkpoint
from responder.experiment.config import EnsembleSection
from responder.experiment.ensemble_facts import endpoint_columns, is_condition
from responder.experiment.ensemble_result import EnsembleResult, Headline
from responder.experiment.headline import Progress, no_progress, primary_headline
from responder.experiment.plan import Plan, plan_cohort
from responder.experiment.random import rng_for
from responder.experiment.resolve import ResolvedExperiment
from responder.words import Phrase
from responder.workers import IN_PROCESS, Workers, in_chunks

__all__ = ["run_ensemble"]

NOTHING_KEPT = Checkpoint(None, "")


def run_ensemble(
    plan: Plan,
    *,
    checkpoint: Checkpoint = NOTHING_KEPT,
    progress: Progress = no_progress,
    workers: Workers = IN_PROCESS,
) -> EnsembleResult | None:
    """Run the primary model of an experiment in every member of its ensemble.

    Parameters
    ----------
    plan : Plan
        Of the given table.
    checkpoint : Checkpoint
        Where finished members are kept, and looked for.
    progress : callable, optional
        Told (step, done, of how many).
    workers : Workers
        Whom members are shared out to.

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
    members = _Members.of(alone, plan.cohort, drawn, asked, rng)
    parts = in_chunks([plan.seconds_a_member] * len(drawn))
    headlines: list[Headline] = []
    responders: list[int] = []
    progress(Phrase("step.ensemble"), 0, len(drawn))
    for part in workers.map(_headlines, members, parts, kept=checkpoint.parts("ensemble", _written, _read)):
        headlines += [headline for headline, _ in part]
        responders += [count for _, count in part]
        progress(Phrase("step.ensemble"), len(headlines), len(drawn))
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


@dataclass(frozen=True)
class _Members:
    """The given cohort, and what replaces its columns in every member of the ensemble.

    `people` holds the values of each column, shape (members, n), and `dealt` the person that each patient becomes.
    """

    alone: ResolvedExperiment
    cohort: Cohort
    people: Mapping[str, FloatArray]
    dealt: IntArray

    @classmethod
    def of(
        cls,
        alone: ResolvedExperiment,
        cohort: Cohort,
        drawn: Cohorts,
        asked: EnsembleSection,
        rng: np.random.Generator,
    ) -> Self:
        """Deal the people of each cohort drawn to the patients of the given one."""
        replaced = {
            column: drawn.meets(content).astype(float) if is_condition(content) else drawn[content]
            for column, content in asked.columns.items()
        }
        known = [column for column in asked.columns if column in cohort.columns]
        own = [cohort.values[:, cohort.columns.index(column)] for column in known]
        patients = np.lexsort([cohort.outcome, *reversed(own)])
        dealt = np.empty((len(drawn), cohort.n), dtype=np.int64)
        for index in range(len(drawn)):
            people = {column: values[index] for column, values in replaced.items()}
            if asked.assign == "ranked":
                order = np.lexsort([_response(cohort, people), *reversed([people[column] for column in known])])
            else:
                order = rng.permutation(cohort.n)
            dealt[index, patients] = order
        return cls(alone, cohort, replaced, dealt)

    def __getitem__(self, index: int) -> Cohort:
        return _member(self.cohort, {column: of[index][self.dealt[index]] for column, of in self.people.items()})


def _headlines(members: _Members, chunk: range) -> list[tuple[Headline, int]]:
    """Return the headline and the responders of some members."""
    cohorts = [members[index] for index in chunk]
    return [(primary_headline(plan_cohort(members.alone, cohort)), cohort.responders) for cohort in cohorts]


def _written(found: list[tuple[Headline, int]]) -> bytes:
    """Return the headlines of some members as they are kept: floats survive JSON exactly."""
    return json.dumps([[headline.to_json(), responders] for headline, responders in found]).encode()


def _read(content: bytes) -> list[tuple[Headline, int]]:
    return [(Headline.from_json(headline), responders) for headline, responders in json.loads(content)]


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
