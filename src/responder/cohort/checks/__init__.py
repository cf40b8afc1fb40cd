"""Coded checks of tables and cohorts, one family a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.cohort.checks.catalogue import COHORT_CHECKS
    from responder.cohort.checks.subject import Check, Subject, run_checks

__all__ = ["COHORT_CHECKS", "Check", "Subject", "run_checks"]

# reading a table needs the rules of reading alone, and scoring a file reads a table
__getattr__ = lazy_exports(__name__, {"catalogue": ("COHORT_CHECKS",), "subject": ("Check", "Subject", "run_checks")})
