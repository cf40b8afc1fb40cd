"""Coded findings: what a check saw, how bad it is, where, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from responder.errors import DataRefusedError
from responder.words import Phrase, Spoken, from_json, plain, said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CheckResult", "CheckStatus", "Finding", "Findings", "Severity"]


RUN_CHECK = Phrase("rest.run_check")


class Severity(StrEnum):
    """How much a finding matters."""

    NOTE = "note"
    CAUTION = "caution"
    REFUSED = "refused"


class CheckStatus(StrEnum):
    """What became of a check: silence is never ambiguous."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    code : str
        Stable code, ``RSP001`` ..., with a section of that name in ``docs/findings.md``.
    severity : Severity
        ``refused`` stops the analysis.
    message : Phrase
        What is wrong, in one sentence, without patient values.
    where : str or Phrase
        File, row, column, model or fold.
    hint : str or Phrase
        How to fix it, or what it means for the reader.
    """

    code: str
    severity: Severity
    message: str | Spoken
    where: str | Spoken = ""
    hint: str | Spoken = ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding as JSON types: sentences as their codes and values."""
        texts = {"message": self.message, "where": self.where, "hint": self.hint}
        return {"code": self.code, "severity": str(self.severity)} | {name: plain(part) for name, part in texts.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Finding:
        """Rebuild from `to_json`."""
        texts = {name: from_json(content[name]) for name in ("message", "where", "hint")}
        return cls(content["code"], Severity(content["severity"]), **texts)


@dataclass(frozen=True)
class CheckResult:
    """What became of one check.

    Attributes
    ----------
    code : str
        Stable code.
    title : Phrase
        What holds when the rule is kept, in a few words.
    status : CheckStatus
        Passed, failed or not applicable.
    """

    code: str
    title: str | Spoken
    status: CheckStatus


@dataclass(frozen=True)
class Findings:
    """The outcome of all checks on one object.

    Examples
    --------
    >>> found = Findings((Finding("RSP010", Severity.CAUTION, "a column is constant", "column sex"),), ())
    >>> found.worst
    <Severity.CAUTION: 'caution'>
    >>> [f.code for f in found]
    ['RSP010']
    """

    items: tuple[Finding, ...] = ()
    checks: tuple[CheckResult, ...] = ()

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that stop the analysis."""
        return tuple(f for f in self.items if f.severity is Severity.REFUSED)

    @property
    def worst(self) -> Severity | None:
        """The gravest severity found, or None."""
        order = list(Severity)
        return max((f.severity for f in self.items), key=order.index, default=None)

    def adding(self, items: Iterable[Finding] = (), checks: Iterable[CheckResult] = ()) -> Findings:
        """Return these findings and more."""
        return Findings((*self.items, *items), (*self.checks, *checks))

    def raise_if_refused(self, rest: str | Spoken = RUN_CHECK) -> None:
        """Raise the first refusal, and say how many more there are.

        Parameters
        ----------
        rest : Phrase
            How to see the others.

        Raises
        ------
        DataRefusedError
            If any finding has the severity ``refused``.
        """
        refused = self.refused
        if refused:
            first = refused[0]
            values = {"code": first.code, "message": first.message}
            more = {"n": len(refused) - 1, "rest": rest} if len(refused) > 1 else {}
            key = "finding.and_more" if more else "finding.coded"
            raise DataRefusedError(Phrase(key, values | more), where=first.where, hint=first.hint)

    def frame(self, language: str = "en") -> pd.DataFrame:
        """Return one row per finding: code, severity, message, where, hint."""
        import pandas as pd

        columns = ["code", "severity", "message", "where", "hint"]
        rows = [
            (f.code, str(f.severity), *(said(part, language) for part in (f.message, f.where, f.hint))) for f in self
        ]
        return pd.DataFrame(rows, columns=columns)

    def to_json(self) -> dict[str, Any]:
        """Return findings and checks as JSON types."""
        checks = [{"code": c.code, "title": plain(c.title), "status": str(c.status)} for c in self.checks]
        return {"findings": [f.to_json() for f in self.items], "checks": checks}
