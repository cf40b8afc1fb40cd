"""What a cohort says of the study's hypotheses: supported, contradicted, or not decidable with this many patients.

The rule, stated beforehand. A hypothesis is a claim made of parts, each a feature and the direction in which it is
expected to go with response. Every part that the cohort holds is tested alone: the exact rank-sum test of all
placements of the responders, two-sided. P is adjusted over all parts of all hypotheses together (Holm 1979, Scand J
Stat 6:65), so that the chance to say anything wrong of any part is at most the declared level, however the parts hang
together. A part is *supported* when its adjusted p is at most the level and the data point as expected,
*contradicted* when they point the other way, else *not decidable*.

What is said of the whole follows from its parts by logic and adds no error of its own. A claim that joins its parts by
"and" is supported when every tested part is, and contradicted when one of them is and none is supported; a claim that
joins them by "or", the other way round. Where some parts are supported and others contradicted, the whole is not
decidable. A part that the cohort does not hold is named, and the whole is then said to be tested in part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.cohort.cohort import Cohort
from responder.explain.firth_profile import firth_log_odds
from responder.explain.hypothesis_verdict import FeatureEvidence, HypothesisVerdict, Standing, UntestedPart, decided
from responder.explain.out_of_fold import Attributions
from responder.explain.rank_sum import rank_sum_test
from responder.explain.ranks import RankProbabilities
from responder.features import FeatureStep, compile_features
from responder.study.hypothesis import Expectation, Hypothesis
from responder.validate.intervals import newcombe_interval
from responder.validate.midranks import doubled_midranks
from responder.words import Phrase, Spoken

if TYPE_CHECKING:
    from responder.evidence.predictors import Predictor, Predictors

__all__ = ["holm", "hypothesis_verdicts"]


def hypothesis_verdicts(
    cohort: Cohort,
    attributions: Attributions | None = None,
    ranks: RankProbabilities | None = None,
    *,
    published: Predictors | None = None,
    alpha: float = 0.05,
) -> tuple[HypothesisVerdict, ...]:
    """Confront every hypothesis of the study with the cohort.

    Parameters
    ----------
    cohort : Cohort
        Who was measured. Its traits are tested whether or not a model sees them.
    attributions : Attributions, optional
        Out-of-fold Shapley values of the primary model, by feature.
    ranks : RankProbabilities, optional
        Its ranks over bootstrap refits.
    published : Predictors, optional
        Published predictors, to be set beside what is found; they do not enter the verdict.
    alpha : float
        Level declared beforehand.

    Returns
    -------
    tuple of HypothesisVerdict
        In the order of the study.
    """
    study = cohort.study
    spec = compile_features(study, cohort.traits, of_hypotheses=True)
    values = dict(zip((step.name for step in spec.steps), spec.derive(cohort.values).T, strict=True))
    known = dict.fromkeys([*(trait.name for trait in study.baseline_traits), *cohort.traits])
    every = compile_features(study, list(known), of_hypotheses=True)
    steps = {step.name: step for step in every.steps}
    drafts = [_tested(hypothesis, cohort, steps, values, alpha) for hypothesis in study.hypotheses]
    return tuple(_explained(draft, attributions, ranks, published) for draft in _adjusted(drafts, alpha))


def holm(p: Sequence[float]) -> list[float]:
    """Return p values adjusted for one another (Holm 1979).

    Examples
    --------
    >>> [round(x, 3) for x in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, dtype=float)
    order = np.argsort(given, kind="stable")
    scaled = given[order] * np.arange(len(given), 0, -1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(x) for x in adjusted]


def _tested(
    hypothesis: Hypothesis,
    cohort: Cohort,
    steps: Mapping[str, FeatureStep],
    values: Mapping[str, FloatArray],
    alpha: float,
) -> HypothesisVerdict:
    """Return the hypothesis with each of its parts tested, not yet adjusted or decided."""
    draft = HypothesisVerdict(
        hypothesis.id, Standing.NOT_TESTABLE, hypothesis.testable, cohort.n, alpha, hypothesis.holds_when
    )
    if not cohort.study.tests(hypothesis):
        return draft
    found, absent = [], []
    for part in hypothesis.parts:
        step = steps.get(part.feature)
        label = part.label.given if part.label else step.plain_label if step else part.feature
        value = values.get(part.feature, np.full(cohort.n, np.nan))
        why = _untestable(value, cohort)
        if why:
            absent.append(UntestedPart(part.feature, label, part.direction, why))
        else:
            found.append(_evidence(part, label, step.traits if step else (), value, cohort))
    draft = replace(draft, expectations=tuple(found), untested=tuple(absent))
    if not found:
        return replace(draft, why="not_measured")
    used = {trait for each in found for trait in each.traits}
    kinds = {str(cohort.provenance[t]) for t in (*used, cohort.endpoint.column) if t in cohort.provenance}
    return replace(
        draft,
        standing=Standing.NOT_DECIDABLE,
        why="one_class" if cohort.smaller_class == 0 else "",
        rests_on=tuple(str(kind) for kind in cohort.rests_on if str(kind) in kinds),
        coupled={name: cohort.study.trait(name).label.given for name in cohort.endpoint.coupled if name in used},
    )


def _untestable(value: FloatArray, cohort: Cohort) -> str:
    """Return why a part cannot be tested in these patients; nothing where it can."""
    known = ~np.isnan(value)
    if not known.any():
        return "not_held"
    if np.ptp(value[known]) == 0:
        return "constant"
    return "one_class" if cohort.smaller_class > 0 and np.ptp(cohort.outcome[known]) == 0 else ""


def _evidence(
    part: Expectation, label: str | Spoken, traits: tuple[str, ...], value: FloatArray, cohort: Cohort
) -> FeatureEvidence:
    known = ~np.isnan(value)
    outcome, ranks = cohort.outcome[known], doubled_midranks(value[known])
    empty = FeatureEvidence(
        part.feature, label, traits, part.direction, "none", int(known.sum()), int(outcome.sum()),
        np.nan, np.nan, np.nan, firth_log_odds(value[known], outcome), np.nan, np.nan, True,
    )  # fmt: skip
    if outcome.min() == outcome.max():
        return empty
    strata = [s for s, k in zip(cohort.strata, known, strict=True) if k] if cohort.strata else []
    test = rank_sum_test(ranks, outcome, strata)
    interval = newcombe_interval(_wins(ranks, outcome))
    return replace(
        empty,
        found="none" if test.auc == 0.5 else "higher" if test.auc > 0.5 else "lower",
        auc=test.auc,
        auc_lower=interval.lower,
        auc_upper=interval.upper,
        p=test.p,
        smallest_attainable_p=test.smallest_attainable_p,
        exact=test.exact,
    )


def _wins(score: IntArray, outcome: NDArray[Any]) -> FloatArray:
    return np.asarray((np.sign(score[outcome == 1][:, None] - score[outcome == 0][None]) + 1.0) / 2.0)


def _adjusted(drafts: Sequence[HypothesisVerdict], alpha: float) -> list[HypothesisVerdict]:
    """Adjust p over all parts that were tested, and decide each part and then each whole."""
    family = [each for draft in drafts for each in draft.expectations if not np.isnan(each.p)]
    adjusted = iter(holm([each.p for each in family]))
    attainable = iter(holm([each.smallest_attainable_p for each in family]))

    def judged(each: FeatureEvidence) -> FeatureEvidence:
        if np.isnan(each.p):
            return each
        p = next(adjusted)
        decided = each.points if p <= alpha else 0
        standing = {1: Standing.SUPPORTED, -1: Standing.CONTRADICTED}.get(decided, Standing.NOT_DECIDABLE)
        return replace(each, p_holm=p, smallest_attainable_p_holm=next(attainable), standing=standing)

    parts = [replace(draft, expectations=tuple(map(judged, draft.expectations))) for draft in drafts]
    return [decided(draft, len(family)) for draft in parts]


def _explained(
    draft: HypothesisVerdict,
    attributions: Attributions | None,
    ranks: RankProbabilities | None,
    published: Predictors | None,
) -> HypothesisVerdict:
    """Set beside each feature what the model and the literature say; the verdict stays as it is."""
    found = []
    for each in draft.expectations:
        more: dict[str, Any] = {}
        if attributions is not None and each.feature in attributions.names:
            more["shap_direction"] = attributions.directions[attributions.names.index(each.feature)]
        if ranks is not None and each.feature in ranks.features.names:
            row = ranks.features.row(each.feature)
            more |= {"rank_first": row["rank_first"], "share_higher": row["share_higher"]}
        if ranks is not None and "+".join(each.traits) in ranks.traits.names:
            more["trait_rank_first"] = ranks.traits.row("+".join(each.traits))["rank_first"]
        if published is not None:
            known = published.of_feature(each.feature)
            more["published"] = tuple(_said_by(predictor) for predictor in known)
            more["published_agree"] = sum(p.direction == each.expected for p in known)
            more["published_disagree"] = sum(p.direction not in (each.expected, "none") for p in known)
            more["published_elsewhere"] = sum(p.other_treatment for p in known if p.direction != "none")
        found.append(replace(each, **more))
    return replace(draft, expectations=tuple(found))


def _said_by(predictor: Predictor) -> Phrase:
    direction = Phrase(f"hypothesis.direction.{predictor.direction}")
    values = {"disease": predictor.disease, "direction": direction, "source": predictor.source}
    return Phrase("hypothesis.published.predictor", values)
