"""Performance by subgroup: a table, what it is to be read with, and the sentences for TRIPOD+AI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from responder.report.source import ReportInput
from responder.report.tables import ReportTable, estimate
from responder.words import Voice

__all__ = ["subgroup_notes", "subgroup_sentences", "subgroup_table"]


def subgroup_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return one row a subgroup; none where none is declared, and in runs of earlier versions."""
    rows = []
    for one in _subgroups(source):
        auc, brier = (
            words("not_estimable")
            if one[name] is None
            else estimate(one[name], one[f"{name}_lower"], one[f"{name}_upper"], words)
            for name in ("auc", "brier")
        )
        rows.append((_label(source, one, words), str(one["n"]), str(one["responders"]), auc, brier))
    headers = tuple(words(f"subgroup.{key}") for key in ("group", "patients", "responders", "auc", "brier"))
    return ReportTable(words("subgroup.table"), headers, tuple(rows), frozenset({1, 2, 3, 4}))


def subgroup_notes(source: ReportInput, words: Voice) -> list[str]:
    """Return how the numbers were made, and from how many patients on."""
    found = _subgroups(source)
    notes = [words("subgroup.how")] if any(one["auc"] is not None for one in found) else []
    if any(one["auc"] is None for one in found):
        notes.append(words("subgroup.few", needed=found[0]["needed"]))
    return notes


def subgroup_sentences(source: ReportInput, words: Voice, by: str = "") -> list[str]:
    """Return what TRIPOD+AI asks for of key subgroups: of all of them, or of those by one column alone."""
    found = [one for one in _subgroups(source) if not by or one["trait"] == by]
    known = [one for one in found if one["auc"] is not None]
    said = []
    if known:
        groups = [
            words(
                "fairness.one", group=_label(source, one, words),
                auc=estimate(one["auc"], one["auc_lower"], one["auc_upper"], words),
            )
            for one in known
        ]  # fmt: skip
        said.append(words("fairness.shown", groups=words.listed(groups)))
    if lacking := len(found) - len(known):
        said.append(words("fairness.not_shown", n=lacking, needed=found[0]["needed"]))
    return said or [words("fairness.none")]


def _subgroups(source: ReportInput) -> list[Mapping[str, Any]]:
    return list(source.content.get("subgroups", []))


def _label(source: ReportInput, one: Mapping[str, Any], words: Voice) -> str:
    """Return trait and level by the names that the study gives them."""
    name, _, part = one["trait"].partition("=")
    levels = {level.name: level.shown for trait in source.study.traits if trait.name == name for level in trait.levels}
    trait = source.feature_label(one["trait"], words)
    if part and trait == one["trait"]:  # a level that is no feature of its own has the label of its trait
        trait = words("subgroup.named", trait=source.trait_label(name, words), level=words.of(levels.get(part, part)))
    if one["level"] in levels:
        level = words.of(levels[one["level"]])
    else:
        level = words(one["level"]) if one["level"] in {"yes", "no"} else one["level"]
    return words("subgroup.named", trait=trait, level=level)
