"""Outcome analysis of a treated cohort by visit."""

from __future__ import annotations

from responder.trial.baseline import BaselineCount, BaselineNumber, baseline_table
from responder.trial.course import ChangeTest, VisitSummary, follow_courses, followed_values
from responder.trial.doses import DoseCount, DoseSummary, VisitDoses
from responder.trial.intake import VisitScan, read_visits, scan_visits
from responder.trial.landmark import landmark_cohort
from responder.trial.outcomes import EndpointOutcome, endpoint_outcomes, responses
from responder.trial.published import PublishedNumber, compare_published, trial_numbers
from responder.trial.result import TrialResult, analyse_trial
from responder.trial.safety import EventSummary, summarise_events
from responder.trial.signed_rank import SignedRank, holm, signed_rank
from responder.trial.spearman import Spearman, spearman
from responder.trial.subgroups import ResponseCourse, SubgroupOutcome, belongs
from responder.trial.together import ChangeCorrelation
from responder.trial.visits import POPULATIONS, DosesReceived, EventCounts, Population, Visits

__all__ = [
    "POPULATIONS",
    "BaselineCount",
    "BaselineNumber",
    "ChangeCorrelation",
    "ChangeTest",
    "DoseCount",
    "DoseSummary",
    "DosesReceived",
    "EndpointOutcome",
    "EventCounts",
    "EventSummary",
    "Population",
    "PublishedNumber",
    "ResponseCourse",
    "SignedRank",
    "Spearman",
    "SubgroupOutcome",
    "TrialResult",
    "VisitDoses",
    "VisitScan",
    "VisitSummary",
    "Visits",
    "analyse_trial",
    "baseline_table",
    "belongs",
    "compare_published",
    "endpoint_outcomes",
    "follow_courses",
    "followed_values",
    "holm",
    "landmark_cohort",
    "read_visits",
    "responses",
    "scan_visits",
    "signed_rank",
    "spearman",
    "summarise_events",
    "trial_numbers",
]
