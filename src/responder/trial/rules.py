"""Rules that a table of visits is held to, beside those of every table."""

from __future__ import annotations

from responder.cohort.findings import Severity
from responder.cohort.rule import Rule

__all__ = [
    "BEFORE_FIRST_DOSE",
    "CONTRADICTION",
    "DISAGREES",
    "EVENTS_NOT_ASKED",
    "EXCLUDED",
    "LANDMARK_RULES",
    "MISSED_VISIT",
    "NO_BASELINE",
    "NO_COURSE",
    "NO_END",
    "NO_RISE",
    "OPEN_SCORE",
    "OUTSIDE_WINDOWS",
    "UNREADABLE_WEEK",
    "VISIT_RULES",
    "WINDOW_SHARED",
]

UNREADABLE_WEEK = Rule("RSP140", Severity.REFUSED)
OUTSIDE_WINDOWS = Rule("RSP141", Severity.CAUTION)
WINDOW_SHARED = Rule("RSP142", Severity.CAUTION)
NO_BASELINE = Rule("RSP143", Severity.CAUTION)
NO_COURSE = Rule("RSP144", Severity.REFUSED)
MISSED_VISIT = Rule("RSP145", Severity.CAUTION)
DISAGREES = Rule("RSP146", Severity.REFUSED)
CONTRADICTION = Rule("RSP147", Severity.REFUSED)
OPEN_SCORE = Rule("RSP148", Severity.CAUTION)
NO_END = Rule("RSP149", Severity.REFUSED)
EVENTS_NOT_ASKED = Rule("RSP150", Severity.CAUTION)
BEFORE_FIRST_DOSE = Rule("RSP151", Severity.NOTE)
EXCLUDED = Rule("RSP260", Severity.NOTE)
NO_RISE = Rule("RSP261", Severity.CAUTION)

LANDMARK_RULES = (EXCLUDED, NO_RISE)
VISIT_RULES = (
    UNREADABLE_WEEK, OUTSIDE_WINDOWS, WINDOW_SHARED, NO_BASELINE, NO_COURSE, MISSED_VISIT, DISAGREES, CONTRADICTION,
    OPEN_SCORE, NO_END, EVENTS_NOT_ASKED, BEFORE_FIRST_DOSE,
)  # fmt: skip
