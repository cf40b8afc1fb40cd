"""Rules that a table of visits is held to, beside those of every table."""

from __future__ import annotations

from responder.cohort.findings import Severity
from responder.cohort.rule import Rule

__all__ = [
    "BEFORE_FIRST_DOSE",
    "CONTRADICTION",
    "DISAGREES",
    "EVENTS_NOT_ASKED",
    "MISSED_VISIT",
    "NO_BASELINE",
    "NO_COURSE",
    "NO_END",
    "OPEN_SCORE",
    "OUTSIDE_WINDOWS",
    "UNREADABLE_WEEK",
    "VISIT_RULES",
    "WINDOW_SHARED",
]

UNREADABLE_WEEK = Rule("RSP140", "every row says at which week it was", Severity.REFUSED)
OUTSIDE_WINDOWS = Rule("RSP141", "every row lies within the window of a scheduled visit", Severity.CAUTION)
WINDOW_SHARED = Rule("RSP142", "one row a patient and window", Severity.CAUTION)
NO_BASELINE = Rule("RSP143", "every patient has a baseline visit", Severity.CAUTION)
NO_COURSE = Rule("RSP144", "at least one patient is seen at baseline and later", Severity.REFUSED)
MISSED_VISIT = Rule("RSP145", "every patient is seen at every visit", Severity.CAUTION)
DISAGREES = Rule("RSP146", "every total is that of its items", Severity.REFUSED)
CONTRADICTION = Rule("RSP147", "items do not contradict each other", Severity.REFUSED)
OPEN_SCORE = Rule("RSP148", "no score is left open by missing items", Severity.CAUTION)
NO_END = Rule("RSP149", "somebody is seen at the last visit", Severity.REFUSED)
EVENTS_NOT_ASKED = Rule("RSP150", "adverse events are recorded at every visit on treatment", Severity.CAUTION)
BEFORE_FIRST_DOSE = Rule("RSP151", "no adverse event is recorded before the first dose", Severity.NOTE)

VISIT_RULES = (
    UNREADABLE_WEEK, OUTSIDE_WINDOWS, WINDOW_SHARED, NO_BASELINE, NO_COURSE, MISSED_VISIT, DISAGREES, CONTRADICTION,
    OPEN_SCORE, NO_END, EVENTS_NOT_ASKED, BEFORE_FIRST_DOSE,
)  # fmt: skip
