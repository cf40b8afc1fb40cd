"""Rules for patient ids: each patient once."""

from __future__ import annotations

import re
from collections import defaultdict

from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule
from responder.cohort.table import RawTable
from responder.values import is_gap

__all__ = ["ALIKE_IDS", "BLANK_ID", "DUPLICATE_ID", "IDENTITY_RULES", "find_identity"]

BLANK_ID = Rule("RSP120", "every row has a patient id", Severity.REFUSED)
DUPLICATE_ID = Rule("RSP121", "every patient has one row", Severity.REFUSED)
ALIKE_IDS = Rule("RSP122", "no two ids differ only in case, blanks or leading zeros", Severity.REFUSED)
IDENTITY_RULES = (BLANK_ID, DUPLICATE_ID, ALIKE_IDS)
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def find_identity(table: RawTable, header: str) -> list[Finding]:
    """Return what is wrong with the patient ids of a table."""
    ids = table.column(header)
    place = f"{table.source}, column '{header}'"
    findings = []
    for line, patient in zip(table.lines, ids, strict=True):
        if is_gap(patient):
            where = f"{table.source}:{line}, column '{header}'"
            findings.append(BLANK_ID.found("the row has no patient id", where, "give each patient a pseudonym"))
    lines: dict[str, list[int]] = defaultdict(list)
    for line, patient in zip(table.lines, ids, strict=True):
        lines[patient].append(line)
    for patient, at in lines.items():
        if len(at) > 1 and not is_gap(patient):
            findings.append(
                DUPLICATE_ID.found(
                    f"patient {patient} has {len(at)} rows (lines {', '.join(map(str, at[:5]))})",
                    place,
                    "keep one row a patient; give the values of later visits columns of their own",
                )
            )
    alike: dict[str, list[str]] = defaultdict(list)
    for patient in lines:
        alike[_LEADING_ZEROS.sub("", "".join(patient.split()).casefold())].append(patient)
    findings += [
        ALIKE_IDS.found(
            f"patients {', '.join(twins)} differ only in case, blanks or leading zeros",
            place,
            "if they are one person keep one row; if not, give them ids that cannot be confused",
        )
        for twins in alike.values()
        if len(twins) > 1 and not any(map(is_gap, twins))
    ]
    return findings
