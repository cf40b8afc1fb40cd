"""What the checks of a whole cohort look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from responder.arrays import FloatArray, IntArray
from responder.cohort.findings import CheckResult, Finding
from responder.cohort.places import at_columns
from responder.cohort.rule import Rule, rule_results
from responder.names.timing import TimeOf
from responder.study.model import Endpoint, Study
from responder.words import Phrase

__all__ = ["Check", "Subject", "run_checks"]


@dataclass(frozen=True)
class Subject:
    """An encoded cohort before it is let through.

    Attributes
    ----------
    study, endpoint
        What is measured, and what counts as response.
    source : str
        The file, for messages.
    ids : tuple of str
        Patients whose outcome is known.
    headers : Mapping[str, str]
        Trait in use to its header in the table.
    columns, values
        Encoded baseline traits, shape (n, len(columns)).
    outcome : ndarray of int, shape (n,)
        Response.
    outcome_values : ndarray, shape (n,)
        The endpoint's column; ``nan`` for a withdrawal that counts as no response.
    measured : ndarray, shape (n,)
        What the endpoint's rule looked at: the same, or a change.
    visits : Mapping[str, str]
        Header of a column folded from rows of visits to its visit.
    beside : Mapping[str, TimeOf]
        Header to the time that the column's label or form says.
    """

    study: Study
    endpoint: Endpoint
    source: str
    ids: tuple[str, ...]
    headers: Mapping[str, str]
    columns: tuple[str, ...]
    values: FloatArray
    outcome: IntArray
    outcome_values: FloatArray
    measured: FloatArray
    visits: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, TimeOf] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.ids)

    @property
    def smaller_class(self) -> int:
        """Size of the smaller outcome class."""
        responders = int(self.outcome.sum())
        return min(responders, self.n - responders)

    def column_place(self, column: str) -> Phrase:
        """Return where an encoded column comes from."""
        return at_columns(self.source, self.headers[column.split("=")[0]])


@dataclass(frozen=True)
class Check:
    """A rule and how to find what breaks it; None where the rule does not apply to such a cohort."""

    rule: Rule
    find: Callable[[Subject], Iterable[Finding] | None]


def run_checks(checks: Iterable[Check], subject: Subject) -> tuple[list[Finding], list[CheckResult]]:
    """Return the findings of the checks, and what became of each."""
    findings: list[Finding] = []
    results: list[CheckResult] = []
    for check in checks:
        found = check.find(subject)
        findings += found or ()
        results += rule_results([check.rule], findings, applied=found is not None)
    return findings, results
