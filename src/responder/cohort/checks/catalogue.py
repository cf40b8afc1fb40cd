"""Every check of a whole cohort, in the order in which they are told."""

from __future__ import annotations

from responder.cohort.checks.change import CHANGE_CHECKS
from responder.cohort.checks.collinear import COLLINEAR_CHECKS
from responder.cohort.checks.constants import CONSTANT_CHECKS
from responder.cohort.checks.coupling import COUPLING_CHECKS
from responder.cohort.checks.duplicates import DUPLICATE_CHECKS
from responder.cohort.checks.leakage import LEAKAGE_CHECKS
from responder.cohort.checks.size import SIZE_CHECKS

__all__ = ["COHORT_CHECKS"]

COHORT_CHECKS = (
    *SIZE_CHECKS, *DUPLICATE_CHECKS, *LEAKAGE_CHECKS, *CHANGE_CHECKS, *CONSTANT_CHECKS, *COUPLING_CHECKS,
    *COLLINEAR_CHECKS,
)  # fmt: skip
