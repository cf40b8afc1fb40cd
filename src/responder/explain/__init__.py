"""What carries a prediction, how stable that is, and what a cohort says of the study's hypotheses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.explain.across import Across, hypotheses_across
    from responder.explain.across_verdict import AcrossVerdict, CohortEvidence
    from responder.explain.correlation import Correlations, correlations, feature_correlations
    from responder.explain.explanation import OutOfFoldExplanation, read_explanation
    from responder.explain.firth_model import (
        Coefficient,
        ModelInference,
        firth_inference,
        flac_inference,
        pooled_inference,
    )
    from responder.explain.firth_profile import LogOdds, firth_log_odds
    from responder.explain.groups import FeatureGroups
    from responder.explain.hypotheses import holm, hypothesis_verdicts
    from responder.explain.hypothesis_verdict import FeatureEvidence, HypothesisVerdict, Standing, UntestedPart
    from responder.explain.out_of_fold import Attributions, Influence, explain_out_of_fold
    from responder.explain.rank_sum import RankSum, rank_sum_test
    from responder.explain.ranks import RankProbabilities, RankTable, rank_probabilities
    from responder.explain.stratified import Heterogeneity, StratifiedRankSum, heterogeneity, stratified_rank_sum

__all__ = [
    "Across",
    "AcrossVerdict",
    "Attributions",
    "Coefficient",
    "CohortEvidence",
    "Correlations",
    "FeatureEvidence",
    "FeatureGroups",
    "Heterogeneity",
    "HypothesisVerdict",
    "Influence",
    "LogOdds",
    "ModelInference",
    "OutOfFoldExplanation",
    "RankProbabilities",
    "RankSum",
    "RankTable",
    "Standing",
    "StratifiedRankSum",
    "UntestedPart",
    "correlations",
    "explain_out_of_fold",
    "feature_correlations",
    "firth_inference",
    "firth_log_odds",
    "flac_inference",
    "heterogeneity",
    "holm",
    "hypotheses_across",
    "hypothesis_verdicts",
    "pooled_inference",
    "rank_probabilities",
    "rank_sum_test",
    "read_explanation",
    "stratified_rank_sum",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "across": (
            "Across",
            "hypotheses_across",
        ),
        "across_verdict": (
            "AcrossVerdict",
            "CohortEvidence",
        ),
        "correlation": (
            "Correlations",
            "correlations",
            "feature_correlations",
        ),
        "explanation": (
            "OutOfFoldExplanation",
            "read_explanation",
        ),
        "firth_model": (
            "Coefficient",
            "ModelInference",
            "firth_inference",
            "flac_inference",
            "pooled_inference",
        ),
        "firth_profile": (
            "LogOdds",
            "firth_log_odds",
        ),
        "groups": ("FeatureGroups",),
        "hypotheses": (
            "holm",
            "hypothesis_verdicts",
        ),
        "hypothesis_verdict": (
            "FeatureEvidence",
            "HypothesisVerdict",
            "Standing",
            "UntestedPart",
        ),
        "out_of_fold": (
            "Attributions",
            "Influence",
            "explain_out_of_fold",
        ),
        "rank_sum": (
            "RankSum",
            "rank_sum_test",
        ),
        "ranks": (
            "RankProbabilities",
            "RankTable",
            "rank_probabilities",
        ),
        "stratified": (
            "Heterogeneity",
            "StratifiedRankSum",
            "heterogeneity",
            "stratified_rank_sum",
        ),
    },
)
