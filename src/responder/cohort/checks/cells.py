"""Rules for what cells say: words for gaps, limits of detection, units, decimal marks, sets in yes/no columns."""

from __future__ import annotations

from responder.cohort.findings import Severity
from responder.cohort.rule import Rule

__all__ = [
    "AT_LIMIT",
    "CELL_RULES",
    "CONVERTED",
    "DECIMAL_MARK",
    "FOREIGN_UNIT",
    "GAP_WORDS",
    "LEVELS_APART",
    "MIXED_MARKS",
]

GAP_WORDS = Rule("RSP180", Severity.CAUTION)
AT_LIMIT = Rule("RSP181", Severity.CAUTION)
FOREIGN_UNIT = Rule("RSP182", Severity.REFUSED)
DECIMAL_MARK = Rule("RSP183", Severity.REFUSED)
MIXED_MARKS = Rule("RSP184", Severity.REFUSED)
CONVERTED = Rule("RSP185", Severity.NOTE)
LEVELS_APART = Rule("RSP186", Severity.CAUTION)

CELL_RULES = (GAP_WORDS, AT_LIMIT, FOREIGN_UNIT, DECIMAL_MARK, MIXED_MARKS, CONVERTED, LEVELS_APART)
