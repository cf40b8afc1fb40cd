"""A rule that tables and cohorts are held to: one code, one severity, one section in ``docs/findings.md``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from responder.cohort.findings import CheckResult, CheckStatus, Finding, Severity
from responder.errors import DataRefusedError

__all__ = ["Rule", "TableRefusedError", "rule_results"]


class TableRefusedError(DataRefusedError):
    """A table that cannot be read as a cohort; carries the coded finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.code}: {finding.message}", where=finding.where, hint=finding.hint)
        self.finding = finding


@dataclass(frozen=True)
class Rule:
    """What is looked at, and how much a violation matters.

    Attributes
    ----------
    code : str
        ``RSP1nn`` reading and encoding a table, ``RSP2nn`` a whole cohort, ``RSP3nn`` models and validation.
    title : str
        What holds when the rule is kept, in a few words.
    severity : Severity
        Of every finding of this rule.

    Examples
    --------
    >>> rule = Rule("RSP220", "every trait varies", Severity.CAUTION)
    >>> rule.found("'sex' has the same value in all 9 patients", "column 'sex'").code
    'RSP220'
    """

    code: str
    title: str
    severity: Severity

    def found(self, message: str, where: str = "", hint: str = "") -> Finding:
        """Return a finding of this rule."""
        return Finding(self.code, self.severity, message, where, hint)

    def refusal(self, message: str, where: str = "", hint: str = "") -> TableRefusedError:
        """Return the error to raise where nothing can be done without this rule being kept."""
        return TableRefusedError(self.found(message, where, hint))

    def result(self, status: CheckStatus) -> CheckResult:
        """Return what became of the rule."""
        return CheckResult(self.code, self.title, status)


def rule_results(rules: Iterable[Rule], findings: Iterable[Finding], *, applied: bool = True) -> list[CheckResult]:
    """Return passed, failed or not applicable for each rule, from the findings that it made."""
    broken = {finding.code for finding in findings}
    kept = CheckStatus.PASSED if applied else CheckStatus.NOT_APPLICABLE
    return [rule.result(CheckStatus.FAILED if rule.code in broken else kept) for rule in rules]
