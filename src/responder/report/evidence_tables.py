"""What others measured, marker by marker, as tables and sentences: the same for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from responder.report.tables import ReportTable, cell, span
from responder.words import Language, Voice, from_json, said_all

__all__ = ["MarkerPart", "evidence_notes", "marker_parts", "published_table"]

Z = 1.959964


class MarkerPart(NamedTuple):
    """One marker: its studies, and what follows from them."""

    table: ReportTable
    studies: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


def marker_parts(evidence: Mapping[str, Any], language: Language) -> tuple[MarkerPart, ...]:
    """Return a table and sentences for every marker of an evidence JSON (`responder.evidence.MapPrior.to_json`)."""
    words = Voice(language, "evidence")
    keys = ("study", "direction", "reported", "effect", "counts")
    headers = tuple(words(f"column.{key}") for key in keys)
    found = []
    for marker in evidence["markers"]:
        rows = tuple(_row(study, words) for study in marker["studies"])
        table = ReportTable(
            words.of(from_json(marker["label"])), headers, rows, frozenset({3}), wide=frozenset({0, 1, 2})
        )
        found.append(MarkerPart(table, tuple(marker["studies"]), _notes(marker, words)))
    return tuple(found)


def published_table(evidence: Mapping[str, Any] | None, language: Language) -> ReportTable:
    """Return every study of every marker as one table."""
    parts = marker_parts(evidence or {"markers": ()}, language)
    words = Voice(language, "evidence")
    headers = (words("column.marker"), *parts[0].table.headers) if parts else ()
    rows = tuple((part.table.caption, *row) for part in parts for row in part.table.rows)
    return ReportTable(words("table"), headers, rows, frozenset({4}), wide=frozenset({1, 2, 3}))


def evidence_notes(evidence: Mapping[str, Any] | None, language: Language) -> list[tuple[str, str]]:
    """Return each marker with what follows from its studies, and last what was assumed."""
    if evidence is None:
        return []
    words = Voice(language, "evidence")
    found = [(part.table.caption, said_all(part.notes, language)) for part in marker_parts(evidence, language)]
    return [*found, ("", words("assumed", scale=evidence["tau_scale"]))]


def _row(study: Mapping[str, Any], words: Voice) -> tuple[str, ...]:
    where = {"disease": from_json(study["disease"]), "source": from_json(study["source"])}
    other = study["treatment"]
    name = words("study_other", treatment=from_json(other), **where) if other else words("study", **where)
    direction = words(f"says.{study['direction']}")
    if study["log_odds"] is None:
        none = Voice(words.language, "report")("page.none")
        return name, direction, words("no_number"), none, none
    value, error = study["log_odds"], study["reported_error"]
    limits = span(value - Z * error, value + Z * error, Voice(words.language, "report"))
    effect = words("effect", value=cell(value, words), limits=limits)
    counts = words("counts", share=study["share"], closeness=words(f"closeness.{study['closeness']}"))
    return name, direction, words.of(from_json(study["reported"])), effect, counts


def _notes(marker: Mapping[str, Any], words: Voice) -> tuple[str, ...]:
    found = marker["posterior"]
    if found is None:
        said = [words("nothing")]
    else:
        numbers = {f"{of}_{what}": cell(found[of][what], words) for of in ("mu", "tau") for what in ("mean", "sd")}
        limits = {end: cell(found[f"next_{end}"], words) for end in ("lower", "upper")}
        said = [words("pooled", n=sum(s["log_odds"] is not None for s in marker["studies"]), **numbers)]
        said.append(words("next", mean=cell(found["next"]["mean"], words), patients=marker["patients"], **limits))
    if marker["disagree"]:
        silent = {s["direction"] for s in marker["studies"] if s["log_odds"] is None}
        said.append(words("disagree_unsized" if silent & {"higher", "lower"} else "disagree"))
    ways = dict.fromkeys(words.of(from_json(s["converted"])) for s in marker["studies"] if s["converted"])
    said += ways
    limits_said = (words.of(from_json(s["caution"])) for s in marker["studies"] if s["caution"].get("en"))
    said += [words("caution", what=text) for text in dict.fromkeys(limits_said)]
    return tuple(said)
