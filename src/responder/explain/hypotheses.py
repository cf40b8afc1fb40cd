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
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.cohort.cohort import Cohort
from responder.explain.firth_profile import LogOdds, firth_log_odds
from responder.explain.out_of_fold import Attributions
from responder.explain.rank_sum import doubled_midranks, rank_sum_test
from responder.explain.ranks import RankProbabilities
from responder.study.model import Expectation, Hypothesis
from responder.validate._result import Result
from responder.validate.intervals import newcombe_interval
from responder.validate.refit import Table

DIRECTIONS_ZH = {"higher": "较高", "lower": "较低", "none": "均非"}

if TYPE_CHECKING:
    import pandas as pd

    from responder.evidence.predictors import Predictors

__all__ = ["FeatureEvidence", "HypothesisVerdict", "Standing", "holm", "hypothesis_verdicts"]

FloatArray = NDArray[np.float64]


class Standing(StrEnum):
    """What may be said of a hypothesis."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_DECIDABLE = "not_decidable"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True)
class FeatureEvidence(Result):
    """One feature of a hypothesis against the cohort.

    Attributes
    ----------
    feature : str
        The feature.
    traits : tuple of str
        What it is made from.
    expected, found : str
        ``higher`` or ``lower`` values in responders; `found` may be ``none``.
    n, responders : int
        Patients whose value is known, and responders among them.
    auc, auc_lower, auc_upper : float
        Chance that a responder's value is the higher one, ties half, with Newcombe's 95% interval (method 5).
    log_odds : LogOdds
        Log-odds of response per SD, Firth's estimate with its 95% profile interval.
    p, smallest_attainable_p : float
        Rank-sum test of this feature alone, two-sided, unadjusted; and the smallest p that any outcome could have had.
    exact : bool
        Whether p is exact.
    shap_direction : str
        Direction of the out-of-fold Shapley values of the primary model; empty where there are none.
    rank_first, trait_rank_first, share_higher : float
        Over bootstrap refits of the primary model: share in which the feature, or its trait, ranks first; share in
        which higher values go with response. ``nan`` where there are none.
    published, published_zh : tuple of str
        Published predictors that measure the same, as ``disease: direction (source)``.
    published_agree, published_disagree, published_elsewhere : int
        How many of them point the expected way, and the other; how many of these two under another treatment.
    """

    feature: str
    traits: tuple[str, ...]
    expected: str
    found: str
    n: int
    responders: int
    auc: float
    auc_lower: float
    auc_upper: float
    log_odds: LogOdds
    p: float
    smallest_attainable_p: float
    exact: bool
    shap_direction: str = ""
    rank_first: float = np.nan
    trait_rank_first: float = np.nan
    share_higher: float = np.nan
    published: tuple[str, ...] = ()
    published_zh: tuple[str, ...] = ()
    published_agree: int = 0
    published_disagree: int = 0
    published_elsewhere: int = 0

    @property
    def points(self) -> int:
        """1 where the data point the expected way, -1 the other, 0 neither."""
        return 0 if self.found == "none" else 1 if self.found == self.expected else -1


@dataclass(frozen=True)
class HypothesisVerdict(Result):
    """What the cohort says of one hypothesis.

    Attributes
    ----------
    id : str
        As in the study.
    standing : Standing
        The verdict.
    why : str
        ``decided``; ``level_not_reached``, ``level_out_of_reach`` (no outcome of these patients could reach it),
        ``features_disagree``, ``one_class``; ``on_treatment``, ``across_diseases`` or ``not_measured``.
    n : int
        Patients.
    alpha : float
        Level declared beforehand.
    expectations : tuple of FeatureEvidence
        Those of its features that are in use and vary in the cohort.
    missing_features : tuple of str
        Those that are not.
    auc, auc_lower, auc_upper : float
        Of the hypothesis's score: above 0.5 as expected, below in reverse; ``nan`` where not tested.
    p, p_holm, smallest_attainable_p : float
        Of the score, two-sided; adjusted over `tested` hypotheses; the smallest, unadjusted, that could have been.
    exact : bool
        Whether p is exact.
    tested : int
        Hypotheses that were tested together.
    rests_on : tuple of str
        ``reconstructed`` and ``simulated`` where a value that the verdict uses is.
    coupled : tuple of str
        Traits that are part of the endpoint's own score.
    sentence, sentence_zh : str
        The verdict in words.
    """

    id: str
    standing: Standing
    why: str
    n: int
    alpha: float
    expectations: tuple[FeatureEvidence, ...] = ()
    missing_features: tuple[str, ...] = ()
    auc: float = np.nan
    auc_lower: float = np.nan
    auc_upper: float = np.nan
    p: float = np.nan
    p_holm: float = np.nan
    smallest_attainable_p: float = np.nan
    exact: bool = True
    tested: int = 0
    rests_on: tuple[str, ...] = ()
    coupled: tuple[str, ...] = ()
    sentence: str = ""
    sentence_zh: str = ""

    def frame(self) -> pd.DataFrame:
        """Return one row a feature of the hypothesis; one row without a feature where none was tested."""
        import pandas as pd

        own = {"hypothesis": self.id, "standing": str(self.standing), "hypothesis_p_holm": self.p_holm}
        rows = []
        for found in self.expectations:
            row = found.to_json()
            log_odds = row.pop("log_odds")
            row |= {f"log_odds_per_sd{key}": log_odds[k] for key, k in _LOG_ODDS}
            row |= {"traits": "+".join(found.traits), "published": "; ".join(found.published)}
            rows.append({**own, **row})
        return pd.DataFrame(rows or [own])


_LOG_ODDS = (("", "estimate"), ("_lower", "lower"), ("_upper", "upper"))


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
    from responder.explain.hypothesis_words import worded

    drafts = [_tested(hypothesis, cohort, table, alpha) for hypothesis in cohort.study.hypotheses]
    family = [i for i, draft in enumerate(drafts) if not np.isnan(draft.p)]
    for i, adjusted in zip(family, holm([drafts[i].p for i in family]), strict=True):
        drafts[i] = _decided(replace(drafts[i], p_holm=adjusted, tested=len(family)))
    return tuple(worded(_explained(draft, attributions, ranks, published), cohort) for draft in drafts)


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
    if hypothesis.testable != "baseline":
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
        coupled=tuple(trait for trait in cohort.endpoint.coupled if trait in used),
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


def _wins(score: NDArray[np.int64], outcome: NDArray[Any]) -> FloatArray:
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
            more["published"] = tuple(f"{p.disease.en}: {p.direction} ({p.source.en})" for p in known)
            more["published_zh"] = tuple(
                f"{p.disease.in_language('zh')}：{DIRECTIONS_ZH[p.direction]}（{p.source.in_language('zh')}）"
                for p in known
            )
            more["published_agree"] = sum(p.direction == each.expected for p in known)
            more["published_disagree"] = sum(p.direction not in (each.expected, "none") for p in known)
            more["published_elsewhere"] = sum(p.other_treatment for p in known if p.direction != "none")
        found.append(replace(each, **more))
    return replace(draft, expectations=tuple(found))
