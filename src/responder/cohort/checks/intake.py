"""Rules for reading a table: what can be read, what was mended, and what a cell may hold."""

from __future__ import annotations

from responder.cohort.findings import Severity
from responder.cohort.rule import Rule

__all__ = [
    "AMBIGUOUS_COLUMN",
    "BAD_CELL",
    "COLUMN_RULES",
    "DELIMITER",
    "DUPLICATE_HEADER",
    "EMPTY",
    "ENCODING",
    "EXTRA_SHEETS",
    "FOLDED_VISITS",
    "FOOTER",
    "IDENTIFYING",
    "ID_COLUMN",
    "MENDED",
    "MISSING_COLUMN",
    "NOT_USED",
    "OPTIONAL_MISSING",
    "PERSON_IN_USE",
    "RAGGED",
    "READ_RULES",
    "REPEATED_INSTRUMENT",
    "REPEATED_VISIT",
    "UNREADABLE",
    "WHERE",
]

UNREADABLE = Rule("RSP101", "the file can be read", Severity.REFUSED)
EMPTY = Rule("RSP102", "the table has rows", Severity.REFUSED)
DELIMITER = Rule("RSP103", "the table has more than one column", Severity.REFUSED)
RAGGED = Rule("RSP104", "every row has as many cells as the header", Severity.REFUSED)
DUPLICATE_HEADER = Rule("RSP105", "every column has its own name", Severity.REFUSED)
ENCODING = Rule("RSP106", "the text is UTF-8", Severity.NOTE)
FOOTER = Rule("RSP107", "no summary rows below the patients", Severity.CAUTION)
MENDED = Rule("RSP108", "nothing had to be mended in reading", Severity.NOTE)
EXTRA_SHEETS = Rule("RSP109", "the workbook has one table", Severity.NOTE)
FOLDED_VISITS = Rule("RSP110", "one row a patient", Severity.NOTE)
REPEATED_INSTRUMENT = Rule("RSP119", "no rows of repeating instruments", Severity.CAUTION)
REPEATED_VISIT = Rule("RSP123", "one row a patient and visit", Severity.REFUSED)

WHERE = Rule("RSP111", "the filter leaves patients", Severity.REFUSED)
ID_COLUMN = Rule("RSP112", "the column of patient ids is named", Severity.CAUTION)
MISSING_COLUMN = Rule("RSP113", "every column that is needed is there", Severity.REFUSED)
OPTIONAL_MISSING = Rule("RSP114", "every baseline trait of the study is there", Severity.NOTE)
AMBIGUOUS_COLUMN = Rule("RSP115", "one column a trait", Severity.REFUSED)
NOT_USED = Rule("RSP116", "every column is known to the study", Severity.NOTE)
BAD_CELL = Rule("RSP117", "every cell holds what its trait can hold", Severity.REFUSED)
IDENTIFYING = Rule("RSP118", "no column names or locates a person", Severity.CAUTION)
PERSON_IN_USE = Rule("RSP170", "no column in use tells who a patient is", Severity.REFUSED)

READ_RULES = (
    UNREADABLE, EMPTY, DELIMITER, RAGGED, DUPLICATE_HEADER, ENCODING, FOOTER, MENDED, EXTRA_SHEETS,
    FOLDED_VISITS, REPEATED_INSTRUMENT, REPEATED_VISIT,
)  # fmt: skip
COLUMN_RULES = (
    WHERE, ID_COLUMN, MISSING_COLUMN, OPTIONAL_MISSING, AMBIGUOUS_COLUMN, NOT_USED, BAD_CELL, IDENTIFYING,
    PERSON_IN_USE,
)  # fmt: skip
