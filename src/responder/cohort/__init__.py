"""Who was measured: intake, checks, findings and provenance."""

from responder.cohort.cohort import Cohort, Provenance
from responder.cohort.findings import CheckResult, CheckStatus, Finding, Findings, Severity

__all__ = ["CheckResult", "CheckStatus", "Cohort", "Finding", "Findings", "Provenance", "Severity"]
