"""``trial.html``: the results of a treated cohort on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from responder.report.fonts import figure_language
from responder.report.html import environment, inline_svg
from responder.report.tables import ReportTable
from responder.report.trial_figures import draw_trial
from responder.report.trial_groups import group_tables, trial_sections
from responder.report.trial_tables import (
    TextTable,
    baseline_rows,
    course_rows,
    endpoint_rows,
    published_facts,
    published_lead,
    safety_rows,
)
from responder.report.trial_text import SUBJECT, illustration, interval
from responder.words import Language, Voice, say

if TYPE_CHECKING:
    from responder.trial import PublishedNumber, TrialResult

__all__ = ["render_trial"]

SMALL_COHORT = 100


def render_trial(
    result: TrialResult,
    language: Language = "en",
    *,
    figures: Mapping[str, Figure] | None = None,
    published: Sequence[PublishedNumber] = (),
) -> str:
    """Return the page as one HTML text without any outside reference.

    Parameters
    ----------
    result : TrialResult
        From `responder.trial.analyse_trial`.
    language : str
        ``en`` or ``zh``.
    figures : Mapping of str to Figure, optional
        Already drawn by `draw_trial`.
    published : sequence of PublishedNumber
        Published numbers to show beside the result.
    """
    words = Voice(language, SUBJECT)
    drawn = draw_trial(result, language) if figures is None else figures
    completed = result.visits.to_json()["completed"]
    page = (
        environment()
        .get_template("trial.html.j2")
        .render(
            w=words,
            study=result.visits.study,
            source=PurePath(result.visits.source).name,
            illustration=illustration(result, words),
            small=words("small.n", n=completed) if completed < SMALL_COHORT else "",
            figures_note=words("page.in_english") if figure_language(language) != language else "",
            numbers=_key_numbers(result, words),
            sections=trial_sections(result, language),
            plots={name: inline_svg(name, figure) for name, figure in drawn.items()},
            tables=_tables(result, words, published),
            published_lead=published_lead(published, bool(result.illustration), words),
        )
    )
    return page.lstrip()


def _key_numbers(result: TrialResult, words: Voice) -> list[tuple[str, str, list[str]]]:
    """Return name, value and notes of every endpoint, both rules for early withdrawal beside each other."""
    numbers = []
    for completers in (row for row in result.endpoints if row.population == "completers" and row.n):
        enrolled = result.endpoint(completers.endpoint, "enrolled")
        counted = words("baseline.of", count=enrolled.responders, n=enrolled.n)
        notes = [interval(completers, words), f"{words('figure.enrolled')}: {counted}, {interval(enrolled, words)}"]
        value = words("baseline.of", count=completers.responders, n=completers.n)
        numbers.append((words.of(completers.label), value, notes))
    return numbers


def _tables(result: TrialResult, words: Voice, published: Sequence[PublishedNumber]) -> dict[str, ReportTable]:
    """Return the table of each section that has one, by the section's key."""
    labels = {row.event: row.label for row in result.safety}
    texts: dict[str, tuple[str, TextTable]] = {
        "baseline": (words("table.baseline"), baseline_rows(result, words)),
        "endpoints": (words("table.endpoints"), endpoint_rows(result, words)),
        "safety": (words("table.safety"), safety_rows(result, words)),
        "published": (words("heading.published"), published_facts(published, labels, words)),
    }
    texts |= {key: (words(f"{key}.heading"), rows) for key, rows in group_tables(result, words).items()}
    for family in dict.fromkeys(row.family for row in result.courses):
        texts[family] = (words("table.courses"), course_rows(result, words, family))
    tables = {key: ReportTable(caption, *text) for key, (caption, text) in texts.items() if text.rows}
    if "published" in tables:
        tables["published"] = replace(tables["published"], wide=frozenset({0}))
    findings = result.visits.findings
    if findings.items:
        language = words.language
        headers = tuple(words(f"table.{key}") for key in ("code", "severity", "message", "where", "hint"))
        rows = tuple(
            (
                f.code, say(f"severity.{f.severity}", language), words.of(f.message),
                words.of(f.where).replace("\\", "/").rsplit("/", 1)[-1],
                words.of(f.hint),
            )
            for f in findings
        )  # fmt: skip
        tables["findings"] = ReportTable(words("table.findings"), headers, rows)
    return tables
