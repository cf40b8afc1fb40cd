"""Rules for patient ids: each patient once."""

from __future__ import annotations

import re
from collections import defaultdict

from responder.cohort.findings import Finding, Severity
from responder.cohort.places import at_cell, at_columns, quoted, shortened
from responder.cohort.rule import Rule
from responder.cohort.table import RawTable
from responder.names.timing import visit_kind
from responder.values import is_gap

__all__ = ["ALIKE_IDS", "BLANK_ID", "DUPLICATE_ID", "IDENTITY_RULES", "SAMPLES", "find_identity", "find_samples"]

BLANK_ID = Rule("RSP120", Severity.REFUSED)
DUPLICATE_ID = Rule("RSP121", Severity.REFUSED)
ALIKE_IDS = Rule("RSP122", Severity.REFUSED)
SAMPLES = Rule("RSP124", Severity.REFUSED)
IDENTITY_RULES = (BLANK_ID, DUPLICATE_ID, ALIKE_IDS, SAMPLES)
MOST_SAMPLES = 6
_APART = r"[^\s_.\-–—/]"
_ENDING = re.compile(rf"(?P<stem>.*?{_APART})(?:[\s_.\-–—/]+(?P<apart>{_APART}+)|(?P<cjk>治疗[前后]|基线|随访|[前后]))")
_SHORT = re.compile(r"[a-d]|[1-4]", re.IGNORECASE)
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def find_identity(table: RawTable, header: str) -> list[Finding]:
    """Return what is wrong with the patient ids of a table."""
    ids = table.column(header)
    place = at_columns(table.source, header)
    findings = []
    for line, patient in zip(table.lines, ids, strict=True):
        if is_gap(patient):
            findings.append(BLANK_ID.found("blank", at_cell(table.source, line, header)))
    lines: dict[str, list[int]] = defaultdict(list)
    for line, patient in zip(table.lines, ids, strict=True):
        lines[patient].append(line)
    for patient, at in lines.items():
        if len(at) > 1 and not is_gap(patient):
            findings.append(DUPLICATE_ID.found("rows", place, patient=patient, rows=len(at), lines=shortened(at)))
    alike: dict[str, list[str]] = defaultdict(list)
    for patient in lines:
        alike[_LEADING_ZEROS.sub("", "".join(patient.split()).casefold())].append(patient)
    findings += [
        ALIKE_IDS.found("alike", place, names=tuple(twins))
        for twins in alike.values()
        if len(twins) > 1 and not any(map(is_gap, twins))
    ]
    return findings + find_samples(table, header)


def find_samples(table: RawTable, header: str) -> list[Finding]:
    """Return a refusal where ids are of samples: ``P01_pre``, ``P01_post``, so that a patient stands in several rows.

    Endings that name a time are enough (``_W0``, ``_W12``); a bare ``_a``, ``_b`` or ``.1``, ``.2`` is where every
    patient has the same ones, and there are more patients than endings.
    """
    endings: dict[str, set[str]] = defaultdict(set)
    ids = [patient for patient in table.column(header) if not is_gap(patient)]
    for patient in ids:
        match = _ENDING.fullmatch(patient.strip())
        if match is None:
            return []
        endings[match["stem"].casefold()].add((match["apart"] or match["cjk"]).casefold())
    said = set().union(*endings.values())
    if not 2 <= len(said) <= MOST_SAMPLES or len(endings) < 2 or len(endings) == len(ids):
        return []
    timed = sum(bool(visit_kind(ending)) for ending in said) * 2 >= len(said)
    lettered = all(map(_SHORT.fullmatch, said)) and all(of == said for of in endings.values())
    if not timed and not (lettered and len(endings) > 2 * len(said)):
        return []
    place, shown = at_columns(table.source, header), quoted(sorted(said))
    return [SAMPLES.found("endings", place, rows=len(ids), patients=len(endings), endings=shown)]
