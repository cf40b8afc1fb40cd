"""Findings as a person reads them, and the refusal that they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from responder.cli.output import paint
from responder.errors import DataRefusedError
from responder.words import Language, Phrase, said, say

if TYPE_CHECKING:
    from responder.cohort import Findings
    from responder.cohort.findings import Finding

__all__ = ["describe_findings", "finding_line", "first_of_each_code", "more_findings", "refusal"]

MOST_OF_A_CODE = 10
"""So many remarks of one code are told one by one; of thousands of markers the same may be said of hundreds."""
SEVERITY_COLOURS = {"refused": "red", "caution": "yellow", "note": "dim"}


def describe_findings(findings: Findings, lang: Language = "en") -> list[str]:
    """Return a block a finding: code, severity and message, where it is, how to fix it; of very many alike the first.

    Whatever refuses a table is told in full.
    """
    blocks = []
    shown, more = first_of_each_code(findings)
    for finding in shown:
        severity = str(finding.severity)
        painted = paint(say(f"severity.{severity}", lang), SEVERITY_COLOURS[severity])
        message = said(finding.message, lang)
        lines = [say("finding.what", lang, code=finding.code, severity=painted, message=message)]
        lines += [say("error.where", lang, where=said(finding.where, lang))] if finding.where else []
        lines += [say("error.fix", lang, fix=said(finding.hint, lang))] if finding.hint else []
        blocks.append("\n".join(lines))
    return [*blocks, *more_findings(more, "--json", lang)]


def first_of_each_code(findings: Iterable[Finding]) -> tuple[list[Finding], dict[str, int]]:
    """Return findings without those beyond the first of a code, and of each such code how many these are."""
    shown: list[Finding] = []
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.code] += 1
        if counts[finding.code] <= MOST_OF_A_CODE or str(finding.severity) == "refused":
            shown.append(finding)
    told = Counter(finding.code for finding in shown)
    return shown, dict(counts - told)


def more_findings(more: Mapping[str, int], where: str, lang: Language) -> list[str]:
    """Return how many more findings of each code there are, and where all of them are."""
    return [say("finding.more", lang, code=code, n=n, where=where) for code, n in more.items()]


def finding_line(finding: Finding, lang: Language = "en") -> str:
    """Return a finding on one line: code, severity, message, and where it is."""
    return say(
        "finding.within",
        lang,
        code=finding.code,
        severity=say(f"severity.{finding.severity}", lang),
        message=said(finding.message, lang),
        where=said(finding.where, lang),
    )


def refusal(findings: Findings) -> DataRefusedError | None:
    """Return the error that goes with findings that refuse, or None; the command's result lists them all."""
    try:
        findings.raise_if_refused(Phrase("finding.all_listed"))
    except DataRefusedError as error:
        return error
    return None
