"""Make the answer of a run from what it found; nothing is fitted for it, and nothing is simulated."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import reduce
from typing import Any

import numpy as np

from responder.experiment.answer import Answer, AnswerLine
from responder.experiment.ensemble_result import EnsembleResult
from responder.experiment.plan import Plan
from responder.experiment.result import ModelResult
from responder.explain.hypothesis_verdict import FeatureEvidence, HypothesisVerdict, Standing, UntestedPart
from responder.features import FeatureStep
from responder.plan.rank_test import rank_test_size
from responder.plan.riley import riley_criteria
from responder.study.hypothesis import Hypothesis
from responder.validate.permutation import PermutationTest
from responder.validate.proportions import clopper_pearson
from responder.validate.simulated import learner_of
from responder.validate.verdict import VerdictKind
from responder.words import Phrase, Spoken

__all__ = ["answer_of"]

HELD_IN = 0.9
"""Share of bootstrap refits in which the direction of a marker must hold for it to be named."""

ASSUMED_AUCS = (0.65, 0.75, 0.8)
"""None above what Riley's criteria hold for (`responder.plan.riley.UNDERESTIMATES_ABOVE_AUC`)."""

POWER = 0.8

MOST_MARKERS = 12
"""Markers that are named one by one: of more, those that carry most of the prediction."""


def answer_of(
    plan: Plan, primary: ModelResult, hypotheses: Sequence[HypothesisVerdict], ensemble: EnsembleResult | None
) -> Answer:
    """Return what every output of a run leads with.

    Parameters
    ----------
    plan : Plan
        What was asked, of whom.
    primary : ModelResult
        Of the model named beforehand.
    hypotheses : sequence of HypothesisVerdict
        What the cohort says of the study's hypotheses.
    ensemble : EnsembleResult, optional
        The range over all cohorts that fit published facts: the verdict is then of all of them.
    """
    verdict = primary.verdict if ensemble is None else ensemble.verdict
    beats = {verdict.kind, primary.verdict.kind} == {VerdictKind.BEATS_CHANCE}
    alone = () if ensemble is None else (AnswerLine(Phrase("ensemble.alone")),)
    claims = tuple(
        _claim(hypothesis, found, hopeless=_hopeless(hypotheses))
        for hypothesis, found in zip(plan.cohort.study.hypotheses, hypotheses, strict=True)
    )
    return Answer(
        lead=_lead(plan, primary, hypotheses) if ensemble is None else ensemble.verdict.statement,
        read_with=_read_with(plan),
        hypotheses=(*alone, *claims) if claims else (),
        markers=_markers(
            plan, primary, {part.feature for each in hypotheses for part in each.expectations}, beats=beats
        ),
        next_patient=_next_patient(plan, primary, beats=beats),
        needed=_needed(plan, hypotheses, beats=beats),
    )


def _read_with(plan: Plan) -> tuple[Phrase, ...]:
    cohort = plan.cohort
    landmark = () if cohort.landmark is None else (cohort.study.known_only, cohort.landmark.flow)
    rests = () if cohort.illustration is None else (Phrase("report.illustration", cohort.illustration.values),)
    return tuple(each for each in (*landmark, *rests) if each is not None)


def _lead(plan: Plan, primary: ModelResult, hypotheses: Sequence[HypothesisVerdict]) -> Phrase:
    cohort, kind = plan.cohort, primary.verdict.kind
    known = cohort.study.known_at_week
    predictors = Phrase(f"bottom_line.predictors.{'by_week' if known else 'baseline'}", {"week": known})
    values: dict[str, Any] = {"n": cohort.n, "responders": cohort.responders, "predictors": predictors}
    if kind is VerdictKind.CANNOT_BE_ESTIMATED:
        values |= {"why": primary.verdict.statement.values["why"]}
    else:
        assert primary.permutation is not None
        values |= _how_often(plan, primary, primary.permutation)
    found = Phrase(f"bottom_line.lead.{kind.value}", values)
    tested = [each for each in hypotheses if not np.isnan(each.p)]
    if not tested:
        return Phrase("bottom_line.lead.alone", {"found": found})
    settled = [each for each in tested if each.standing is not Standing.NOT_DECIDABLE]
    names = tuple(Phrase(f"bottom_line.settled.{each.standing}", {"id": each.id}) for each in settled)
    code = "some" if settled else "hopeless" if _hopeless(hypotheses) else "none"
    claims = Phrase(f"bottom_line.settled.{code}", {"n": len(tested), "names": names})
    return Phrase("bottom_line.lead.both", {"found": found, "claims": claims})


def _how_often(plan: Plan, primary: ModelResult, test: PermutationTest) -> dict[str, Phrase]:
    """Return the p of the verdict as how often chance does as well."""
    # without a model named beforehand the verdict is on the best of all
    named = bool(plan.experiment.experiment.primary) or primary.p_adjusted is None
    p = test.p if named or primary.p_adjusted is None else primary.p_adjusted
    ways = test.labelings + (not test.exact)
    good = "good" if plan.experiment.experiment.permutation.side == "greater" else "far"
    return {
        "as_good": Phrase(f"bottom_line.chance.{'model' if named else 'best'}_{good}"),
        "often": Phrase(
            f"bottom_line.chance.{'exact' if test.exact else 'random'}", {"count": round(p * ways), "ways": ways}
        ),
    }


def _hopeless(hypotheses: Sequence[HypothesisVerdict]) -> bool:
    """Return whether no outcome of these patients could have decided any hypothesis: that is then said once."""
    return all(each.why == "level_out_of_reach" for each in hypotheses if not np.isnan(each.p))


def _claim(hypothesis: Hypothesis, found: HypothesisVerdict, *, hopeless: bool) -> AnswerLine:
    claim = Phrase("bottom_line.claim", {"id": hypothesis.id, "claim": hypothesis.statement.given})
    if np.isnan(found.p):
        return AnswerLine(claim, (found.statement,))
    p = Phrase(f"bottom_line.p.{'exact' if found.exact else 'asymptotic'}", {"p": found.p})
    if found.tested > 1:
        p = Phrase("bottom_line.p.adjusted", {"p": p, "p_holm": found.p_holm, "n": found.tested})
    direction = Phrase(f"bottom_line.direction.{_side(found.auc)}")
    if len(found.expectations) > 1:
        deciding = next(each.label for each in found.expectations if each.feature == found.deciding)
        direction = Phrase("bottom_line.direction.of_part", {"part": deciding, "direction": direction})
    values = {"direction": direction, "p": p, "auc": found.auc, "lower": found.auc_lower, "upper": found.auc_upper}
    in_part = "_in_part" if found.tested_in_part and found.standing is not Standing.NOT_DECIDABLE else ""
    notes = [Phrase(f"bottom_line.verdict.{found.standing}{in_part}", {**values, "n": found.n})]
    if found.why == "parts_disagree" or (found.why == "level_out_of_reach" and not hopeless):
        notes.append(Phrase(f"bottom_line.verdict.{found.why}"))
    if found.coupled:
        notes.append(Phrase("hypothesis.said.coupled", {"names": tuple(found.coupled.values())}))
    parts = [*map(_part, found.expectations), *map(_untested, found.untested)]
    return AnswerLine(claim, (*notes, *(parts if len(parts) > 1 else ())))


def _part(found: FeatureEvidence) -> Phrase:
    auc = found.auc if found.expected == "higher" else 1.0 - found.auc
    values = {
        "part": found.label,
        "direction": Phrase(f"bottom_line.direction.{_side(auc)}"),
        "auc": auc,
        "standing": Phrase(f"bottom_line.standing.{found.standing}"),
    }
    return Phrase(f"bottom_line.part.{found.expected}", values)


def _untested(part: UntestedPart) -> Phrase:
    why = Phrase(f"bottom_line.untested.{part.why}")
    return Phrase("bottom_line.part.untested", {"part": part.label, "why": why})


def _side(auc: float) -> str:
    return "neither" if np.isnan(auc) or auc == 0.5 else "expected" if auc > 0.5 else "reverse"


def _together(code: str, phrases: Sequence[Phrase]) -> Phrase:
    return reduce(lambda first, then: Phrase(code, {"first": first, "then": then}), phrases)


def _markers(plan: Plan, primary: ModelResult, tested: Container[str], *, beats: bool) -> tuple[AnswerLine, ...]:
    others = [step for step in plan.table.spec.steps if step.name not in tested]
    if not others:
        return ()
    attributions, model = primary.attributions, primary.id
    if attributions is None or primary.ranks is None:
        why = "silent" if primary.verdict.is_silent else "no_refits"
        return (AnswerLine(Phrase(f"bottom_line.marker.{why}", {"model": model})),)
    directions = dict(zip(attributions.names, attributions.directions, strict=True))
    carries = dict(zip(attributions.names, attributions.importance.tolist(), strict=True))
    found: list[Phrase] = []
    named = {step.name for step in sorted(others, key=lambda step: -carries[step.name])[:MOST_MARKERS]}
    rest = len(others) - len(named)
    others = [step for step in others if step.name in named]
    for step in others:
        share = primary.ranks.features.row(step.name)["share_higher"]
        side = "undecided"
        if directions[step.name] == "higher" and share >= HELD_IN:
            side = "for"
        elif directions[step.name] == "lower" and share <= 1.0 - HELD_IN:
            side = "against"
        found.append(Phrase(f"bottom_line.marker.{side}", {"marker": _name(step)}))
    if rest:
        found.append(Phrase("bottom_line.marker.more", {"n": rest}))
    caveat = Phrase(f"bottom_line.marker.{'beats' if beats else 'not_shown'}", {"model": model})
    meaning = Phrase("bottom_line.marker.meaning", {"model": model, "share": HELD_IN})
    return (AnswerLine(_together("bottom_line.beside", found), (meaning, caveat)),)


def _name(step: FeatureStep) -> str | Spoken:
    """Return how people name a marker: of one level of a trait, the level."""
    label = step.plain_label or step.name
    return label.values["level"] if isinstance(label, Phrase) and label.code == "feature.level" else label


def _next_patient(plan: Plan, primary: ModelResult, *, beats: bool) -> tuple[AnswerLine, ...]:
    cohort, intervals = plan.cohort, primary.patient_intervals
    if beats and intervals is not None:
        found = intervals.summary()
        values = {"level": found["coverage"]["level"], "lower": found["median_lower"], "upper": found["median_upper"]}
        return (AnswerLine(Phrase("bottom_line.patient.probability", {"model": primary.id, **values})),)
    share = clopper_pearson(cohort.responders, cohort.n)
    values = {"responders": cohort.responders, "n": cohort.n, "share": share.estimate}
    values |= {"lower": share.lower, "upper": share.upper}
    why = "silent" if primary.verdict.is_silent else "not_shown"
    return (AnswerLine(Phrase(f"bottom_line.patient.{why}", {"model": primary.id, **values})),)


def _needed(plan: Plan, hypotheses: Sequence[HypothesisVerdict], *, beats: bool) -> tuple[AnswerLine, ...]:
    """Return sample sizes by closed formulas, under AUCs that are assumed and none that was seen (decision 14)."""
    cohort, wanted = plan.cohort, plan.experiment.experiment
    if cohort.smaller_class == 0:
        return (AnswerLine(Phrase("bottom_line.size.unknown")),)
    share, alpha = cohort.responders / cohort.n, wanted.permutation.alpha
    pipeline = next(each for each in plan.pipelines if each.id == wanted.primary_model)
    parameters, lines = learner_of(pipeline).features, []
    tested = max((each.tested for each in hypotheses), default=0)
    if tested:
        sizes = [rank_test_size(auc, share, alpha=alpha / tested, power=POWER) for auc in ASSUMED_AUCS]
        lines.append(Phrase("bottom_line.size.hypothesis", {**_sizes(sizes), "alpha": alpha, "n": tested}))
    if not beats:
        side = wanted.permutation.side
        sizes = [rank_test_size(auc, share, alpha=alpha, power=POWER, side=side) for auc in ASSUMED_AUCS]
        lines.append(Phrase("bottom_line.size.model", {**_sizes(sizes), "model": pipeline.id, "alpha": alpha}))
    sizes = [riley_criteria(parameters=parameters, prevalence=share, auc=auc).n for auc in ASSUMED_AUCS]
    lines.append(Phrase("bottom_line.size.probability", {**_sizes(sizes), "n": parameters}))
    assumed = {"power": POWER, "responders": cohort.responders, "n": cohort.n}
    return (*map(AnswerLine, lines), AnswerLine(Phrase("bottom_line.size.assumed", assumed)))


def _sizes(sizes: Sequence[int]) -> dict[str, str | Spoken | float]:
    """Return what is said of sizes, one per assumed AUC."""
    names = ("weak", "middle", "strong")
    return {
        **{f"{name}_auc": auc for name, auc in zip(names, ASSUMED_AUCS, strict=True)},
        **dict(zip(names, sizes, strict=True)),
    }
