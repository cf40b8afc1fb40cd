"""What a cohort says of the study's hypotheses: supported, contradicted, or not decidable with this many patients.

The rule, stated beforehand. A hypothesis expects some features to go with response in some direction. Each patient's
ranks on those features, signed as expected, are added up (O'Brien 1984, Biometrics 40:1079), and the AUC of the sum is
tested by all placements of the responders, two-sided; a missing value counts as a middle rank. P is adjusted over all
hypotheses that are tested (Holm 1979, Scand J Stat 6:65). A hypothesis is *supported* when its adjusted p is at most
the declared level, responders have the higher sums, and none of its features points the other way; *contradicted* when
all that holds in reverse; else *not decidable*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray, IntArray
from responder.cohort.cohort import Cohort
from responder.explain.firth_profile import firth_log_odds
from responder.explain.hypothesis_verdict import FeatureEvidence, HypothesisVerdict, Standing
from responder.explain.out_of_fold import Attributions
from responder.explain.rank_sum import doubled_midranks, rank_sum_test
from responder.explain.ranks import RankProbabilities
from responder.study.model import Expectation, Hypothesis
from responder.validate.intervals import newcombe_interval
from responder.validate.refit import Table
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.evidence.predictors import Predictor, Predictors

__all__ = ["holm", "hypothesis_verdicts"]


def hypothesis_verdicts(
    cohort: Cohort,
    table: Table,
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
        Who was measured.
    table : Table
        Its features in use.
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
    drafts = [_tested(hypothesis, cohort, table, alpha) for hypothesis in cohort.study.hypotheses]
    family = [i for i, draft in enumerate(drafts) if not np.isnan(draft.p)]
    for i, adjusted in zip(family, holm([drafts[i].p for i in family]), strict=True):
        drafts[i] = _decided(replace(drafts[i], p_holm=adjusted, tested=len(family)))
    return tuple(_explained(draft, attributions, ranks, published) for draft in drafts)


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


def _tested(hypothesis: Hypothesis, cohort: Cohort, table: Table, alpha: float) -> HypothesisVerdict:
    """Return the hypothesis with its features and its score tested, not yet adjusted or decided."""
    draft = HypothesisVerdict(hypothesis.id, Standing.NOT_TESTABLE, hypothesis.testable, cohort.n, alpha)
    if not cohort.study.tests(hypothesis):
        return draft
    features = {step.name: (column, step.traits) for column, step in enumerate(table.spec.steps)}
    score = np.zeros(cohort.n, dtype=np.int64)
    found, absent = [], []
    for expectation in hypothesis.expects:
        column, traits = features.get(expectation.feature, (-1, ()))
        value = table.derived[:, column] if column >= 0 else np.full(cohort.n, np.nan)
        known = ~np.isnan(value)
        if not known.any() or np.ptp(value[known]) == 0:
            absent.append(expectation.feature)
            continue
        ranks = doubled_midranks(value[known])
        score[known] += ranks if expectation.direction == "higher" else -ranks
        found.append(_expectation(expectation, traits, value, cohort))
    draft = replace(draft, expectations=tuple(found), missing_features=tuple(absent))
    if not found:
        return replace(draft, why="not_measured")
    used = {trait for each in found for trait in each.traits}
    kinds = {str(cohort.provenance[t]) for t in (*used, cohort.endpoint.column) if t in cohort.provenance}
    draft = replace(
        draft,
        standing=Standing.NOT_DECIDABLE,
        rests_on=tuple(str(kind) for kind in cohort.rests_on if str(kind) in kinds),
        coupled={name: cohort.study.trait(name).label.given for name in cohort.endpoint.coupled if name in used},
    )
    if cohort.smaller_class == 0:
        return replace(draft, why="one_class")
    ranks = doubled_midranks(score.astype(float))  # so that p is of the AUC that stands beside it
    test = rank_sum_test(ranks, cohort.outcome, cohort.strata)
    interval = newcombe_interval(_wins(ranks, cohort.outcome))
    return replace(
        draft,
        auc=test.auc,
        auc_lower=interval.lower,
        auc_upper=interval.upper,
        p=test.p,
        smallest_attainable_p=test.smallest_attainable_p,
        exact=test.exact,
    )


def _expectation(
    expectation: Expectation, traits: tuple[str, ...], value: FloatArray, cohort: Cohort
) -> FeatureEvidence:
    known = ~np.isnan(value)
    outcome, ranks = cohort.outcome[known], doubled_midranks(value[known])
    empty = FeatureEvidence(
        expectation.feature, traits, expectation.direction, "none", int(known.sum()), int(outcome.sum()),
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


def _decided(draft: HypothesisVerdict) -> HypothesisVerdict:
    if draft.p_holm > draft.alpha:
        # with Holm, the first of several hypotheses needs a p below alpha / tested
        reachable = draft.smallest_attainable_p * draft.tested <= draft.alpha
        return replace(draft, why="level_not_reached" if reachable else "level_out_of_reach")
    side = 1 if draft.auc > 0.5 else -1
    if any(found.points == -side for found in draft.expectations):
        return replace(draft, why="features_disagree")
    return replace(draft, standing=Standing.SUPPORTED if side > 0 else Standing.CONTRADICTED, why="decided")


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
        if ranks is not None:
            row = ranks.features.row(each.feature)
            more |= {"rank_first": row["rank_first"], "share_higher": row["share_higher"]}
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
