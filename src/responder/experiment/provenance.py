"""What a result rests on: data, settings, code and dependencies, as digests that can be compared."""

from __future__ import annotations

import hashlib
import json

from responder.cohort.cohort import Cohort
from responder.experiment.config import Experiment
from responder.models.prior import BorrowedPrior
from responder.study.load import study_digest
from responder.version import code_version, lock_digest

__all__ = ["provenance_of"]


def provenance_of(cohort: Cohort, experiment: Experiment, borrowed: BorrowedPrior | None = None) -> dict[str, str]:
    """Return what the result of an experiment on a cohort rests on.

    ``key`` stands for data, study, settings, code and what is borrowed together: results with the same key are the
    same.
    """
    steering = experiment.model_dump_json(by_alias=True, exclude={"tracking", "output"})
    parts = {
        "code_version": code_version(),
        "lock_digest": lock_digest(),
        "cohort_digest": cohort.digest,
        "study_digest": study_digest(cohort.study),
        "seed": str(experiment.seed),
    }
    if borrowed is not None:
        parts["borrowed_digest"] = hashlib.sha256(json.dumps(borrowed.to_json()).encode()).hexdigest()
    key = hashlib.sha256("\n".join([*parts.values(), steering]).encode()).hexdigest()
    return {**parts, "key": key}
