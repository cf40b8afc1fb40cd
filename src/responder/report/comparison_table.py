"""The primary model against every other one, on the same left-out pairs, and how the test is to be read."""

from __future__ import annotations

from responder.report.source import ReportInput
from responder.report.tables import ReportTable, cell, p_value
from responder.validate.compared import LEVEL_HELD_FROM_N, LEVEL_HELD_FROM_SMALLER_CLASS
from responder.words import Voice

__all__ = ["comparison_notes", "comparison_table"]


def comparison_table(source: ReportInput, words: Voice) -> ReportTable:
    """Return one row a comparison; none in runs that tried one model, or of earlier versions."""
    rows = []
    for one in source.content.get("comparisons", []):
        if one["difference"] is None:
            shown = (words("page.none"), words("page.none"))
        else:
            ranked = words("compared.ranked_of", better=one["better"], worse=one["worse"], pairs=one["pairs"])
            shown = (cell(one["difference"], words), ranked)
        p = (p_value(one["p"], words), p_value(one["p_adjusted"], words))
        if one["reason"]:
            p = (words(f"compared.{one['reason']}"), words("page.none"))
        rows.append((source.model_title(source.model(one["other"]), words), *shown, *p))
    keys = ("other", "difference", "ranked", "p", "p_adjusted")
    headers = tuple(words(f"compared.{key}") for key in keys)
    return ReportTable(words("compared.table"), headers, tuple(rows), frozenset({1, 3, 4}))


def comparison_notes(source: ReportInput, words: Voice) -> list[str]:
    """Return what the p of a comparison tests, what it is worth, and why there is none."""
    compared = source.content.get("comparisons", [])
    notes = []
    if any(one["p"] is not None for one in compared):
        title = source.model_title(source.model(), words)
        notes += [words("compared.how", model=title), words("compared.level"), words("compared.family")]
        possible = source.n * (source.n - 1) // 2
        if any(one["p"] is not None and one["pairs_tested"] < possible for one in compared):
            notes.append(words("compared.sampled", possible=possible))
    if any(one["reason"] == "few_patients" for one in compared):
        needed = {"needed": LEVEL_HELD_FROM_N, "needed_smaller": LEVEL_HELD_FROM_SMALLER_CLASS}
        notes.append(words("compared.few", n=source.n, smaller=source.smaller_class, **needed))
    return notes
