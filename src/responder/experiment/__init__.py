"""Read an experiment file, run its steps in order, return one frozen result, export the bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.experiment.answer import Answer, AnswerLine
    from responder.experiment.config import Experiment
    from responder.experiment.ensemble_result import EnsembleResult
    from responder.experiment.export import bundle_of, export_bundle
    from responder.experiment.kept_estimator import read_estimator
    from responder.experiment.plan import Plan, open_cohort, plan_experiment
    from responder.experiment.planning import setting_of_experiment
    from responder.experiment.resolve import ResolvedExperiment, resolve_experiment
    from responder.experiment.result import ExperimentResult, ModelResult
    from responder.experiment.run import run_experiment
    from responder.experiment.write import write_result

__all__ = [
    "Answer",
    "AnswerLine",
    "EnsembleResult",
    "Experiment",
    "ExperimentResult",
    "ModelResult",
    "Plan",
    "ResolvedExperiment",
    "bundle_of",
    "export_bundle",
    "open_cohort",
    "plan_experiment",
    "read_estimator",
    "resolve_experiment",
    "run_experiment",
    "setting_of_experiment",
    "write_result",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "answer": ("Answer", "AnswerLine"),
        "config": ("Experiment",),
        "resolve": ("ResolvedExperiment", "resolve_experiment"),
        "ensemble_result": ("EnsembleResult",),
        "export": ("bundle_of", "export_bundle"),
        "kept_estimator": ("read_estimator",),
        "plan": ("Plan", "open_cohort", "plan_experiment"),
        "planning": ("setting_of_experiment",),
        "result": ("ExperimentResult", "ModelResult"),
        "run": ("run_experiment",),
        "write": ("write_result",),
    },
)
