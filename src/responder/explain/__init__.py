"""What carries a prediction, how stable that is, and what a cohort says of the study's hypotheses."""

from __future__ import annotations

from responder.explain.groups import FeatureGroups
from responder.explain.out_of_fold import Attributions, explain_out_of_fold

__all__ = ["Attributions", "FeatureGroups", "explain_out_of_fold"]
