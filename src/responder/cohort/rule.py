"""A rule that tables and cohorts are held to: one code, one severity, one section in ``docs/findings.md``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from responder.cohort.findings import CheckResult, CheckStatus, Finding, Severity
from responder.errors import DataRefusedError
from responder.words import Phrase, Spoken, what_and_fix

__all__ = ["Rule", "TableRefusedError", "rule_results"]


class TableRefusedError(DataRefusedError):
    """A table that cannot be read as a cohort; carries the coded finding that says why."""

    def __init__(self, finding: Finding) -> None:
        coded = Phrase("finding.coded", {"code": finding.code, "message": finding.message})
        super().__init__(coded, where=finding.where, hint=finding.hint)
        self.finding = finding

    def __reduce__(self) -> tuple[type[TableRefusedError], tuple[Finding]]:
        return type(self), (self.finding,)


@dataclass(frozen=True)
class Rule:
    """What is looked at, and how much a violation matters.

    Attributes
    ----------
    code : str
        ``RSP1nn`` reading and encoding a table, ``RSP2nn`` a whole cohort, ``RSP3nn`` models and validation.
    severity : Severity
        Of every finding of this rule.

    Examples
    --------
    >>> rule = Rule("RSP231", Severity.CAUTION)
    >>> print(rule.title)
    every trait has values
    >>> print(rule.found("empty", trait="sex").message)
    'sex' has no value in any patient
    """

    code: str
    severity: Severity

    @property
    def title(self) -> Phrase:
        """What holds when the rule is kept, in a few words."""
        return Phrase(f"{self.code}.title")

    def found(
        self, case: str | Spoken, where: str | Spoken = "", hint: str | Spoken | None = None, **values: Any
    ) -> Finding:
        """Return a finding of this rule.

        Parameters
        ----------
        case : str or Phrase
            What was found: ``rows`` stands for ``RSPnnn.rows.what`` and ``RSPnnn.rows.fix`` of the catalogues.
        where : str or Phrase, optional
            File, row, column, model or fold.
        hint : str or Phrase, optional
            How to fix it, where that is not the ``fix`` of the case.
        **values
            What the sentences say: numbers, names, other phrases.
        """
        what, fix = what_and_fix(f"{self.code}.{case}", values) if isinstance(case, str) else (case, None)
        return Finding(self.code, self.severity, what, where, hint or fix or "")

    def refusal(
        self, case: str | Spoken, where: str | Spoken = "", hint: str | Spoken | None = None, **values: Any
    ) -> TableRefusedError:
        """Return the error to raise where nothing can be done without this rule being kept; see `found`."""
        return TableRefusedError(self.found(case, where, hint, **values))

    def result(self, status: CheckStatus) -> CheckResult:
        """Return what became of the rule."""
        return CheckResult(self.code, self.title, status)


def rule_results(rules: Iterable[Rule], findings: Iterable[Finding], *, applied: bool = True) -> list[CheckResult]:
    """Return passed, failed or not applicable for each rule, from the findings that it made."""
    broken = {finding.code for finding in findings}
    kept = CheckStatus.PASSED if applied else CheckStatus.NOT_APPLICABLE
    return [rule.result(CheckStatus.FAILED if rule.code in broken else kept) for rule in rules]
