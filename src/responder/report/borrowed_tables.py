"""What borrowing from other people gained: the model at each weight, and each marker beside these patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from responder.report.source import ReportInput, spoken
from responder.report.tables import ReportTable, cell, p_value
from responder.words import Voice, from_json, said_all, say

__all__ = ["borrowed_notes", "cohort_table", "conflict_table", "weight_table"]


def borrowed_notes(source: ReportInput, words: Voice) -> list[str]:
    """Return how it is to be read, and what came out; nothing where no model borrows."""
    found = source.borrowing
    if found is None:
        return []
    return [words("borrowed.lead"), said_all([from_json(one) for one in found["said"]], words.language)]


def weight_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return one row a weight of what is borrowed."""
    found = source.borrowing or {"at": []}
    keys = ("weight", "left", "auc", "p", "skill", "width", "verdict")
    rows = tuple(_row(one, found["prior"]["weight"], words) for one in found["at"])
    strong = frozenset(i for i, one in enumerate(found["at"]) if one["weight"] == found["prior"]["weight"])
    headers = tuple(words(f"borrowed.{key}") for key in keys)
    return ReportTable(words("borrowed.table"), headers, rows, frozenset(range(1, 6)), strong)


def _row(one: Mapping[str, Any], declared: float, words: Voice) -> tuple[str, ...]:
    weight = words("borrowed.declared", weight=declared) if one["weight"] == declared else f"{one['weight']:g}"
    return (
        weight, cell(one["weight_left"], words), cell(one["lpo_auc"], words), p_value(one["permutation_p"], words),
        cell(one["brier_skill_loo"], words), cell(one["median_width"], words),
        say(f"verdict.{one['verdict']['kind']}", words.language),
    )  # fmt: skip


def cohort_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return one row a marker of each other cohort whose patients were borrowed."""
    rows = tuple(
        (
            words("borrowed.of_cohort", name=cohort["name"], marker=words.of(spoken(one, "label")))
            + (words("borrowed.on_treatment") if one["on_treatment"] else ""),
            words("borrowed.estimate", value=one["log_odds"], sd=one["sd"]),
            words("borrowed.percent", share=one["overlap"]),
            words("borrowed.percent", share=one["share"]),
        )
        for cohort in (source.borrowing or {}).get("cohorts", [])
        for one in cohort["markers"]
    )
    headers = tuple(words(f"borrowed.{key}") for key in ("marker", "there", "overlap", "share"))
    return ReportTable(words("borrowed.cohorts"), headers, rows, frozenset({1, 2, 3}))


def conflict_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return one row a borrowed marker."""
    found = source.borrowing or {"conflicts": []}
    rows = tuple(
        (
            words.of(spoken(one, "label")),
            words("borrowed.estimate", value=one["others"], sd=one["others_sd"]),
            words("borrowed.estimate", value=one["own"], sd=one["own_sd"]),
            p_value(one["p"], words),
        )
        for one in found["conflicts"]
    )
    headers = tuple(words(f"borrowed.{key}") for key in ("marker", "others", "own", "conflict_p"))
    return ReportTable(words("borrowed.conflicts"), headers, rows, frozenset({1, 2, 3}))
