"""Who was measured: intake, checks, findings and provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.cohort.carried import carried_values
    from responder.cohort.characteristics import characteristics
    from responder.cohort.cohort import Cohort, Provenance, illustration, not_observed
    from responder.cohort.draft import draft_study
    from responder.cohort.endpoint import evaluate_endpoint
    from responder.cohort.findings import CheckResult, CheckStatus, Finding, Findings, Severity
    from responder.cohort.intake import CohortScan, load_cohort, scan_cohort
    from responder.cohort.read import read_table
    from responder.cohort.rule import Rule, TableRefusedError
    from responder.cohort.table import RawTable

__all__ = [
    "CheckResult",
    "CheckStatus",
    "Cohort",
    "CohortScan",
    "Finding",
    "Findings",
    "Provenance",
    "RawTable",
    "Rule",
    "Severity",
    "TableRefusedError",
    "carried_values",
    "characteristics",
    "draft_study",
    "evaluate_endpoint",
    "illustration",
    "load_cohort",
    "not_observed",
    "read_table",
    "scan_cohort",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "characteristics": ("characteristics",),
        "carried": ("carried_values",),
        "cohort": ("Cohort", "Provenance", "illustration", "not_observed"),
        "draft": ("draft_study",),
        "endpoint": ("evaluate_endpoint",),
        "findings": ("CheckResult", "CheckStatus", "Finding", "Findings", "Severity"),
        "intake": ("CohortScan", "load_cohort", "scan_cohort"),
        "read": ("read_table",),
        "rule": ("Rule", "TableRefusedError"),
        "table": ("RawTable",),
    },
)
