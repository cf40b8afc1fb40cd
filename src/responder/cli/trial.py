"""``responder trial VISITS``: the results section of a treated cohort, from a table of visits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from responder.cli.findings import describe_findings, refusal
from responder.cli.options import one_study, pairs, study_option
from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.words import say

if TYPE_CHECKING:
    from responder.trial import PublishedNumber, TrialResult
    from responder.words import Language


@click.command("trial", cls=SpokenCommand)
@click.argument("visits", metavar="VISITS")
@study_option
@click.option("--where", multiple=True, metavar="COL=VALUE")
@click.option("--out", "target", metavar="DIR")
@click.option("--published", "facts", metavar="FACTS.toml")
@common_options
def command(
    out: Output,
    visits: str,
    study: str | None,
    where: tuple[str, ...],
    target: str | None,
    facts: str | None,
) -> int:
    """Analyse the outcomes of a treated cohort by visit."""
    from responder.evidence import load_published
    from responder.trial import analyse_trial, compare_published, scan_visits

    chosen = one_study(study)
    known = load_published(Path(facts)) if facts else None
    out.narrate(say("trial_page.command.read", out.lang, path=visits))
    scan = scan_visits(visits, chosen, where=pairs(where, "--where"))
    if scan.visits is None:
        payload = {"study": chosen.id, "source": visits, **scan.to_json(), "refused": True}
        return out.result(
            payload,
            lambda: "\n\n".join(describe_findings(scan.findings, out.lang)),
            error=refusal(scan.findings),
        )
    result = analyse_trial(scan.visits)
    published = compare_published(result, known) if known else ()
    written: list[str] = []
    if target:
        from responder.report.trial_write import write_trial

        out.narrate(say("trial_page.command.draw", out.lang, folder=target))
        written = [str(path) for path in write_trial(result, Path(target), out.lang, published=published)]
    beside = {"published": [row.to_json() for row in published]} if known else {}
    payload = {**result.to_json(), **beside, "refused": False, "written": written}
    return out.result(payload, lambda: _describe(result, published, out.lang, written))


def _describe(result: TrialResult, published: Sequence[PublishedNumber], lang: Language, written: Sequence[str]) -> str:
    from responder.report.trial_groups import group_tables, trial_sections
    from responder.report.trial_tables import course_rows, published_lead, published_rows
    from responder.report.trial_text import SUBJECT, illustration
    from responder.words import Voice

    words = Voice(lang, SUBJECT)
    tables = {row.family: course_rows(result, words, row.family) for row in result.courses}
    tables |= group_tables(result, words)
    blocks = [words.of(result.visits.study.title)]
    if result.illustration:
        blocks.append(paint(illustration(result, words), "yellow"))
    for section in trial_sections(result, lang):
        lines = [paint(section.heading, "bold"), *(f"  {line}" for line in section.lines)]
        if section.key in tables:
            rows = tables[section.key]
            lines += ["", *(f"  {line}" for line in table(rows.headers, rows.rows).splitlines())]
        blocks.append("\n".join(lines))
    if published:
        lead = published_lead(published, bool(result.illustration), words)
        beside = published_rows(published, words)
        lines = [paint(words("heading.published"), "bold"), f"  {lead}", ""]
        lines += [f"  {line}" for line in table(beside.headers, beside.rows).splitlines()]
        blocks.append("\n".join(lines))
    if result.visits.findings:
        blocks.append(paint(words("heading.findings"), "bold"))
        blocks += describe_findings(result.visits.findings, lang)
    if written:
        blocks.append("\n".join(written))
    return "\n\n".join(blocks)
