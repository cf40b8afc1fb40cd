"""Findings as a person reads them, and the refusal that they amount to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.cli.output import paint
from responder.errors import DataRefusedError
from responder.words import Language, Phrase, said, say

if TYPE_CHECKING:
    from responder.cohort import Findings
    from responder.cohort.findings import Finding

__all__ = ["describe_findings", "finding_line", "refusal"]

SEVERITY_COLOURS = {"refused": "red", "caution": "yellow", "note": "dim"}


def describe_findings(findings: Findings, lang: Language = "en") -> list[str]:
    """Return a block a finding: code, severity and message, where it is, how to fix it."""
    blocks = []
    for finding in findings:
        severity = str(finding.severity)
        painted = paint(say(f"severity.{severity}", lang), SEVERITY_COLOURS[severity])
        message = said(finding.message, lang)
        lines = [say("finding.what", lang, code=finding.code, severity=painted, message=message)]
        lines += [say("error.where", lang, where=said(finding.where, lang))] if finding.where else []
        lines += [say("error.fix", lang, fix=said(finding.hint, lang))] if finding.hint else []
        blocks.append("\n".join(lines))
    return blocks


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
