"""Rules for reading a table: what can be read, what was mended, and what a cell may hold."""

from __future__ import annotations

from responder.cohort.findings import Severity
from responder.cohort.rule import Rule

__all__ = [
    "ADDED_COLUMNS",
    "AMBIGUOUS_COLUMN",
    "BAD_CELL",
    "COLUMN_RULES",
    "DELIMITER",
    "DUPLICATE_HEADER",
    "EMPTY",
    "ENCODING",
    "EXTRA_SHEETS",
    "FILLED_DOWN",
    "FOLDED_VISITS",
    "FOOTER",
    "FOREIGN",
    "HIDDEN",
    "IDENTIFYING",
    "ID_COLUMN",
    "IS_DICTIONARY",
    "JOINED",
    "MENDED",
    "MISSING_COLUMN",
    "NOT_JOINED",
    "NOT_USED",
    "NO_DICTIONARY",
    "OPTIONAL_MISSING",
    "OTHER_FIELDS",
    "PERSON_IN_USE",
    "RAGGED",
    "READ_RULES",
    "REPEATED_INSTRUMENT",
    "REPEATED_VISIT",
    "TABLE_BEGINS",
    "UNCALCULATED",
    "UNCLEAR_BOX",
    "UNITS_ROW",
    "UNKNOWN_BASELINE",
    "UNMATCHED",
    "UNOPENED_FORM",
    "UNREADABLE",
    "USER_MISSING",
    "WHERE",
]

UNREADABLE = Rule("RSP101", "the file can be read", Severity.REFUSED)
EMPTY = Rule("RSP102", "the table has rows", Severity.REFUSED)
DELIMITER = Rule("RSP103", "the table has more than one column", Severity.REFUSED)
RAGGED = Rule("RSP104", "every row has as many cells as the header", Severity.REFUSED)
DUPLICATE_HEADER = Rule("RSP105", "every column has its own name", Severity.REFUSED)
ENCODING = Rule("RSP106", "the text is UTF-8", Severity.CAUTION)
FOOTER = Rule("RSP107", "no summary rows below the patients", Severity.CAUTION)
MENDED = Rule("RSP108", "nothing had to be mended in reading", Severity.NOTE)
EXTRA_SHEETS = Rule("RSP109", "the workbook has one table", Severity.NOTE)
FOLDED_VISITS = Rule("RSP110", "one row a patient", Severity.NOTE)
REPEATED_INSTRUMENT = Rule("RSP119", "no rows of repeating instruments", Severity.CAUTION)
REPEATED_VISIT = Rule("RSP123", "one row a patient and visit", Severity.REFUSED)
FOREIGN = Rule("RSP152", "the file is a table, and no other program's own document", Severity.REFUSED)
HIDDEN = Rule("RSP153", "no row or column of the sheet is hidden", Severity.CAUTION)
UNCALCULATED = Rule("RSP154", "every formula has been calculated", Severity.REFUSED)
TABLE_BEGINS = Rule("RSP155", "the table begins in the first line, with a header of one row", Severity.CAUTION)
UNITS_ROW = Rule("RSP156", "the patients begin right below the header", Severity.NOTE)
FILLED_DOWN = Rule("RSP157", "every row names its patient", Severity.CAUTION)
USER_MISSING = Rule("RSP158", "no value is declared missing by the file", Severity.NOTE)

UNCLEAR_BOX = Rule("RSP160", "every checkbox is ticked or not ticked", Severity.CAUTION)
UNOPENED_FORM = Rule("RSP161", "every form with checkboxes was filled in", Severity.CAUTION)
ADDED_COLUMNS = Rule("RSP162", "every column is a field of the project", Severity.NOTE)
IS_DICTIONARY = Rule("RSP163", "the table is data and no data dictionary", Severity.REFUSED)
NO_DICTIONARY = Rule("RSP164", "the data dictionary can be read and describes the table", Severity.REFUSED)
OTHER_FIELDS = Rule("RSP165", "table and data dictionary have the same fields and codes", Severity.CAUTION)
NOT_JOINED = Rule("RSP166", "the tables can be joined", Severity.REFUSED)
UNMATCHED = Rule("RSP167", "every patient is in both tables", Severity.CAUTION)
JOINED = Rule("RSP168", "one table", Severity.NOTE)
UNKNOWN_BASELINE = Rule("RSP169", "the declared baseline visit is in the table", Severity.REFUSED)

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
    FOLDED_VISITS, REPEATED_INSTRUMENT, REPEATED_VISIT, UNCLEAR_BOX, UNOPENED_FORM, ADDED_COLUMNS,
    IS_DICTIONARY, NO_DICTIONARY, OTHER_FIELDS, NOT_JOINED, UNMATCHED, JOINED, UNKNOWN_BASELINE,
    FOREIGN, HIDDEN, UNCALCULATED, TABLE_BEGINS, UNITS_ROW,
    FILLED_DOWN, USER_MISSING,
)  # fmt: skip
COLUMN_RULES = (
    WHERE, ID_COLUMN, MISSING_COLUMN, OPTIONAL_MISSING, AMBIGUOUS_COLUMN, NOT_USED, BAD_CELL, IDENTIFYING,
    PERSON_IN_USE,
)  # fmt: skip
