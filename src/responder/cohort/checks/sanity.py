"""Rules across columns, as the study declares them; what was computed; and codes that stand for a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.findings import Finding, Severity
from responder.cohort.rule import Rule
from responder.study.missing_codes import suspicious_codes
from responder.study.model import Study
from responder.study.relations import Relation, Sanity

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

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IDS_SHOWN = 10

IMPOSSIBLE = Rule("RSP190", "nothing in a row is impossible beside the rest", Severity.REFUSED)
INCONSISTENT = Rule("RSP191", "the columns of a row agree", Severity.CAUTION)
LIKE_MISSING = Rule("RSP192", "no usual missing code lies far outside the rest", Severity.CAUTION)
COMPUTED_VALUES = Rule("RSP193", "no value is computed from others", Severity.NOTE)
ADDED = Rule("RSP194", "no dose of another drug is added", Severity.NOTE)
NO_WEIGHT = Rule("RSP195", "every dose by weight has its weight", Severity.REFUSED)
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
                findings.append(
                    _contradiction(kept, rule, f"{source}, columns {_quoted(rule.names)}", named(ids, broken))
                )
    for relation in study.relations:
        if relation.within_fraction is not None and all(name in values for name in relation.names):
            kept = _SEVERITY[relation.severity]
            reached.add(kept)
            off = _off(relation, values)
            if off.any():
                of = _quoted(relation.of)
                findings.append(
                    kept.found(
                        f"'{relation.product}' is not the product of {of}: patients {named(ids, off)}",
                        f"{source}, columns {_quoted(relation.names)}",
                        "one of the three is wrong, or in another unit, or from another sample: look at these patients",
                    )
                )
    return findings, reached


def find_missing_codes(name: str, place: str, ids: Sequence[str], values: FloatArray) -> list[Finding]:
    """Return a caution of each usual missing code that lies far outside the rest of a column, shape (n,)."""
    return [
        LIKE_MISSING.found(
            f"{code:g} in '{name}' is a usual code for a missing value and lies far outside the rest: "
            f"patients {named(ids, values == code)}",
            place,
            "if it stands for a gap, leave the cells blank or name the code in the trait's 'cells'; if it was "
            "measured, nothing need be done",
        )
        for code in suspicious_codes(values.tolist())
    ]


def named(ids: Sequence[str], rows: BoolArray) -> str:
    """Return the patients of the rows marked, as many as a message can hold."""
    marked = list(dict.fromkeys(patient for patient, marks in zip(ids, rows, strict=True) if marks))
    shown = ", ".join(marked[:IDS_SHOWN])
    return shown if len(marked) <= IDS_SHOWN else f"{shown} and {len(marked) - IDS_SHOWN} more"


def _contradiction(kept: Rule, rule: Sanity, place: str, patients: str) -> Finding:
    """Return what to say of the patients who break a rule across columns."""
    if rule.kind == "at_most":
        return kept.found(
            f"'{rule.of[0]}' is more than '{rule.of[1]}' allows: patients {patients}",
            place,
            "one of the two is wrong, or in another unit (months for years?)",
        )
    if rule.kind == "sum_at_most":
        return kept.found(
            f"{_quoted(rule.of)} together are more than '{rule.whole}': patients {patients}",
            place,
            "parts cannot be more than the whole: one of them is wrong, or in another unit",
        )
    return kept.found(
        f"'{rule.whole}' is lower than what the levels of '{rule.of[0]}' alone are worth: patients {patients}",
        place,
        "the score counts what was active in its window: correct the score or the levels, or count active ones only",
    )


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


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f"'{name}'" for name in names) if len(names) < 3 else ", ".join(f"'{name}'" for name in names)
