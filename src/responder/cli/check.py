"""``responder check COHORT``: intake and findings, no fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from responder.cli.findings import describe_findings, refusal
from responder.cli.options import one_study, reading_options, study_option, words
from responder.cli.output import Output, common_options, paint
from responder.cli.spoken import SpokenCommand
from responder.cli.table import table
from responder.words import MOST_LISTED, Language, Phrase, Voice, first_of, said

if TYPE_CHECKING:
    from responder.cohort import Cohort, CohortScan, Findings
    from responder.cohort.other_study import OtherStudy
    from responder.cohort.table import ReadOptions
    from responder.study import Study


_STATES = ("passed", "note", "caution", "refused", "not_applicable")


@click.command("check", cls=SpokenCommand)
@click.argument("cohort", metavar="COHORT")
@study_option
@click.option("--endpoint", metavar="NAME")
@click.option("--traits", metavar="A,B")
@reading_options
@common_options
def command(
    out: Output,
    cohort: str,
    study: str | None,
    endpoint: str | None,
    traits: str | None,
    options: ReadOptions,
) -> int:
    """Check a cohort: what is in it, and what speaks against using it."""
    from responder.cohort import scan_cohort
    from responder.cohort.other_study import find_other_study

    chosen = one_study(study)
    scan = _with_events(scan_cohort(cohort, chosen, endpoint=endpoint, traits=words(traits), options=options))
    payload = {
        "study": chosen.id,
        "source": cohort,
        **scan.to_json(),
        "refused": scan.cohort is None,
    }
    payload["unused_numeric"] = list(scan.unused_numeric)
    # a study that was named is meant
    other = find_other_study(scan.headers, chosen) if study is None else None
    payload["other_study"] = other and other.to_json()

    advice = _advice(scan, chosen, other, cohort) if study is None else None

    def text() -> str:
        told = describe(scan, out.lang)
        return told if advice is None else f"{paint(said(advice, out.lang), 'yellow')}\n\n{told}"

    return out.result(payload, text, error=refusal(scan.findings))


def _advice(scan: CohortScan, chosen: Study, other: OtherStudy | None, path: str) -> Phrase | None:
    """Return what to do with a table that was read by the reference study because none was named."""
    from responder.cohort.other_study import is_of_no_study

    if other is not None:
        names = {"here": chosen.id, "other": other.study.id, "title": other.study.title.given, "path": path}
        return Phrase("check.other_study", {**names, "known": other.known, "known_here": other.known_here})
    if scan.cohort is None and is_of_no_study(scan.headers, chosen):
        return Phrase("check.own_table", {"here": chosen.id, "path": path})
    return None


def _with_events(scan: CohortScan) -> CohortScan:
    """Add how many patients of the smaller class there are for each feature that the traits become."""
    from dataclasses import replace

    from responder.features import compile_features
    from responder.validate.checks import check_events
    from responder.validate.refit import Table

    cohort = scan.cohort
    if cohort is None or not cohort.traits:
        return scan
    table = Table(compile_features(cohort.study, cohort.traits), cohort.values, {})
    result, finding = check_events(table, cohort.smaller_class, cohort.source)
    findings = scan.findings.adding([finding] if finding else [], [result])
    return replace(scan, findings=findings, cohort=cohort.with_findings(findings))


def describe(scan: CohortScan, lang: Language = "en") -> str:
    """Return what was measured, what became of every check, and the findings."""
    voice, findings = Voice(lang), scan.findings
    blocks = [_first_line(scan, lang)] if scan.cohort is None else [_describe_cohort(scan, lang)]
    states = _states(findings)
    if scan.cohort is None:  # what was never reached says nothing of the table
        states = {code: state for code, state in states.items() if state != "not_applicable"}
    every = list(states.values())
    counts = voice("check.separator").join(
        voice(f"status_count.{state}", n=every.count(state)) for state in _STATES if state in every
    )
    rows = [
        (check.code, voice(f"status.{states[check.code]}"), said(check.title, lang))
        for check in findings.checks
        if check.code in states
    ]
    blocks.append(f"{table((voice('check.check'), '', ''), rows)}\n{counts}")
    blocks += describe_findings(findings, lang)
    return "\n\n".join(blocks)


def _states(findings: Findings) -> dict[str, str]:
    """Return code of a check to what became of it: passed, not applicable, or how grave it is that it failed."""
    found = {finding.code: str(finding.severity) for finding in findings}
    return {check.code: found.get(check.code, check.status.name.lower()) for check in findings.checks}


def _first_line(scan: CohortScan, lang: Language) -> str:
    """Return in one line how many patients, responders, usable traits and ignored columns with numbers there are."""
    voice, cohort, ignored = Voice(lang, "check"), scan.cohort, scan.unused_numeric
    if cohort is None:
        counts = [voice("refused", n=len(scan.findings.refused))]
    else:
        numbers = {"patients": cohort.n, "responders": cohort.responders, "usable": _usable(cohort)}
        counts = [voice(name, n=n) for name, n in numbers.items()]
    line = voice("separator").join([*counts, voice("ignored", n=len(ignored))])
    return voice("named", line=line, names=ignored) if ignored else line


def _usable(cohort: Cohort) -> int:
    """Return how many baseline traits can tell patients apart: with two different values in some column."""
    varied = {
        column.split("=")[0]
        for column, values in zip(cohort.columns, cohort.values.T, strict=True)
        if len({value for value in values.tolist() if value == value}) > 1  # NaN is no value
    }
    return sum(trait in varied for trait in cohort.traits)


def _rule_line(cohort: Cohort, lang: Language) -> str:
    """Return what counts as response, and how often it did."""
    from responder.study.rule_words import response_words

    return response_words(cohort.study, cohort.endpoint, cohort.responders, cohort.n).in_language(lang)


def _describe_cohort(scan: CohortScan, lang: Language) -> str:
    voice, cohort = Voice(lang), scan.cohort
    assert cohort is not None
    missing = cohort.to_json()["missing"]
    rows = []
    for trait in cohort.traits[:MOST_LISTED]:
        known = cohort.n - max(n for column, n in missing.items() if column.split("=")[0] == trait)
        label = voice.of(cohort.study.trait(trait).label)
        provenance = voice(f"provenance.{cohort.provenance.get(trait, 'observed')}")
        rows.append((trait, label, provenance, voice("count_of", count=known, of=cohort.n)))
    head = [
        _first_line(scan, lang),
        _rule_line(cohort, lang),
        voice("check.source", source=cohort.source, endpoint=cohort.endpoint.name),
        *([said(cohort.illustration, lang)] if cohort.illustration else []),
    ]
    names = tuple(voice(f"check.{name}") for name in ("trait", "label", "provenance", "known"))
    more = [said(first_of(len(rows), len(cohort.traits), "--json"), lang)] if len(rows) < len(cohort.traits) else []
    return "\n".join([*head, "", table(names, rows), *more])
