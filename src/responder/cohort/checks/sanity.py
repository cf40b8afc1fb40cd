"""Rules across columns, as the study declares them; what was computed; and codes that stand for a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.cohort.findings import Finding, Severity
from responder.cohort.places import at_columns, quoted, shortened
from responder.cohort.rule import Rule
from responder.study.missing_codes import suspicious_codes
from responder.study.model import Study
from responder.study.relations import Relation, Sanity
from responder.words import Phrase

__all__ = [
    "ADDED",
    "COMPUTED_VALUES",
    "IMPOSSIBLE",
    "INCONSISTENT",
    "LIKE_MISSING",
    "NO_WEIGHT",
    "SANITY_RULES",
    "find_missing_codes",
    "find_sanity",
    "named",
]

IDS_SHOWN = 10

IMPOSSIBLE = Rule("RSP190", Severity.REFUSED)
INCONSISTENT = Rule("RSP191", Severity.CAUTION)
LIKE_MISSING = Rule("RSP192", Severity.CAUTION)
COMPUTED_VALUES = Rule("RSP193", Severity.NOTE)
ADDED = Rule("RSP194", Severity.NOTE)
NO_WEIGHT = Rule("RSP195", Severity.REFUSED)
_SEVERITY = {"refused": IMPOSSIBLE, "caution": INCONSISTENT}
SANITY_RULES = (IMPOSSIBLE, INCONSISTENT, LIKE_MISSING, COMPUTED_VALUES, ADDED, NO_WEIGHT)


def find_sanity(
    study: Study, source: str, ids: Sequence[str], values: Mapping[str, FloatArray]
) -> tuple[list[Finding], set[Rule]]:
    """Return the patients in whom columns contradict each other, and which rules could be looked at.

    Parameters
    ----------
    study : Study
        Its ``[[sanity]]`` and ``[[relation]]`` say what must hold.
    source : str
        The file, for messages.
    ids : sequence of str
        Patients, n of them.
    values : Mapping[str, ndarray of shape (n, columns)]
        Encoded traits by name, as they were measured; a rule does not apply where one of its traits is not there.
    """
    findings: list[Finding] = []
    reached: set[Rule] = set()
    for rule in study.sanity:
        if all(name in values for name in rule.names):
            kept = _SEVERITY[rule.severity]
            reached.add(kept)
            broken = _broken(study, rule, values)
            if broken.any():
                findings.append(_contradiction(kept, rule, at_columns(source, *rule.names), named(ids, broken)))
    for relation in study.relations:
        if relation.within_fraction is not None and all(name in values for name in relation.names):
            kept = _SEVERITY[relation.severity]
            reached.add(kept)
            off = _off(relation, values)
            if off.any():
                said = {"product": relation.product, "factors": quoted(relation.of), "names": named(ids, off)}
                findings.append(_broken_rule(kept, "product", at_columns(source, *relation.names), said))
    return findings, reached


def find_missing_codes(name: str, place: Phrase, ids: Sequence[str], values: FloatArray) -> list[Finding]:
    """Return a caution of each usual missing code that lies far outside the rest of a column, shape (n,)."""
    return [
        LIKE_MISSING.found("code", place, code=code, trait=name, names=named(ids, values == code))
        for code in suspicious_codes(values.tolist())
    ]


def named(ids: Sequence[str], rows: BoolArray) -> tuple[Any, ...]:
    """Return the patients of the rows marked, as many as a message can hold."""
    marked = list(dict.fromkeys(patient for patient, marks in zip(ids, rows, strict=True) if marks))
    return shortened(marked, IDS_SHOWN)


def _contradiction(kept: Rule, rule: Sanity, place: Phrase, patients: tuple[Any, ...]) -> Finding:
    """Return what to say of the patients who break a rule across columns."""
    said: dict[str, Any]
    if rule.kind == "at_most":
        said = {"low": rule.of[0], "high": rule.of[1]}
    elif rule.kind == "sum_at_most":
        said = {"parts": quoted(rule.of), "whole": rule.whole}
    else:
        said = {"whole": rule.whole, "part": rule.of[0]}
    return _broken_rule(kept, rule.kind, place, {**said, "names": patients})


def _broken_rule(kept: Rule, kind: str, place: Phrase, said: Mapping[str, Any]) -> Finding:
    # one sentence for a rule that refuses and for one that cautions
    return kept.found(Phrase(f"sanity.{kind}.what", said), place, Phrase(f"sanity.{kind}.fix", said))


def _broken(study: Study, rule: Sanity, values: Mapping[str, FloatArray]) -> BoolArray:
    """Return who breaks a rule across columns, shape (n,); never where a value is missing."""
    if rule.kind == "at_most":
        low, high = (values[name][:, 0] for name in rule.of)
        return np.asarray(low > _with_slack(high + rule.offset, rule.within_fraction))
    whole = values[rule.whole][:, 0]
    if rule.kind == "sum_at_most":
        total = np.sum([values[name][:, 0] for name in rule.of], axis=0)
        return np.asarray(total > _with_slack(whole, rule.within_fraction))
    worth = rule.worth(study.trait(rule.whole))
    weights = np.array([worth.get(level, 0.0) for level in study.trait(rule.of[0]).code.levels])
    # a level of which nothing is known counts nothing
    least = np.nan_to_num(values[rule.of[0]]) @ weights * (1.0 - rule.within_fraction)
    return np.asarray(whole + 1e-9 < least)


def _off(relation: Relation, values: Mapping[str, FloatArray]) -> BoolArray:
    product, first, second = (values[name][:, 0] for name in relation.names)
    expected = relation.factor * first * second
    allowed = (relation.within_fraction or 0.0) * np.maximum(np.abs(product), np.abs(expected))
    return np.asarray(np.abs(product - expected) > allowed + 1e-9)


def _with_slack(limit: FloatArray, within_fraction: float) -> FloatArray:
    return limit + within_fraction * np.abs(limit) + 1e-9
