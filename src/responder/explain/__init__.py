"""What carries a prediction, how stable that is, and what a cohort says of the study's hypotheses."""

from __future__ import annotations

from responder.explain.groups import FeatureGroups
from responder.explain.out_of_fold import Attributions, explain_out_of_fold
from responder.explain.ranks import RankProbabilities, RankTable, rank_probabilities

__all__ = [
    "Attributions",
    "FeatureGroups",
    "RankProbabilities",
    "RankTable",
    "explain_out_of_fold",
    "rank_probabilities",
]
