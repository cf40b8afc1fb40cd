"""Leave-pair-out and permutation tests of any scikit-learn estimator.

Estimators of ``responder.estimators`` are refitted in batches, all others one by one; the numbers are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.validation.scores import leave_pair_out_score, permutation_test
    from responder.validation.splitter import LeavePairOut

__all__ = ["LeavePairOut", "leave_pair_out_score", "permutation_test"]

__getattr__ = lazy_exports(
    __name__,
    {
        "scores": ("leave_pair_out_score", "permutation_test"),
        "splitter": ("LeavePairOut",),
    },
)
