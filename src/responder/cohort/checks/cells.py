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

GAP_WORDS = Rule("RSP180", "gaps are left blank", Severity.CAUTION)
AT_LIMIT = Rule("RSP181", "no value lies at a limit of detection", Severity.CAUTION)
FOREIGN_UNIT = Rule("RSP182", "the unit in a column's name is one that its trait knows", Severity.REFUSED)
DECIMAL_MARK = Rule("RSP183", "the decimal mark of every column is certain", Severity.REFUSED)
MIXED_MARKS = Rule("RSP184", "a column writes its decimals with one mark", Severity.REFUSED)
CONVERTED = Rule("RSP185", "numbers are written in the unit of their trait", Severity.NOTE)
LEVELS_APART = Rule("RSP186", "yes/no columns of a set answer for every level", Severity.CAUTION)

CELL_RULES = (GAP_WORDS, AT_LIMIT, FOREIGN_UNIT, DECIMAL_MARK, MIXED_MARKS, CONVERTED, LEVELS_APART)
