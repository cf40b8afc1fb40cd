"""Which baseline traits predict response in a tiny cohort, and how far may that be believed?

The package is a house of floors: ``study`` and ``cohort`` hold what was measured, ``features`` and
``models`` turn it into a probability, ``validate`` says what that probability is worth, and everything
above shows it to people. Importing ``responder`` itself loads nothing else; what it offers by name is loaded
on first use, as docs/python.md shows.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; typing's own costs more to import than all the rest
if TYPE_CHECKING:
    from responder import estimators, validation
    from responder.api import Analysis, Scorer, train
    from responder.cohort import load_cohort
    from responder.errors import ResponderError
    from responder.experiment import plan_experiment, read_estimator, resolve_experiment, run_experiment
    from responder.explain import read_explanation
    from responder.score import load_bundle, score_profile, score_table
    from responder.study import Study, load_study

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "ResponderError",
    "Scorer",
    "Study",
    "__version__",
    "estimators",
    "load_bundle",
    "load_cohort",
    "load_study",
    "plan_experiment",
    "read_estimator",
    "read_explanation",
    "resolve_experiment",
    "run_experiment",
    "score_profile",
    "score_table",
    "train",
    "validation",
]

_PACKAGES = ("estimators", "validation")
_EXPORTS = {
    "api": ("Analysis", "Scorer", "train"),
    "cohort": ("load_cohort",),
    "errors": ("ResponderError",),
    "experiment": ("plan_experiment", "read_estimator", "resolve_experiment", "run_experiment"),
    "explain": ("read_explanation",),
    "score": ("load_bundle", "score_profile", "score_table"),
    "study": ("Study", "load_study"),
}


def __getattr__(name: str) -> object:
    from responder._lazy import lazy_exports

    if name in _PACKAGES:
        from importlib import import_module

        return import_module(f"responder.{name}")
    return lazy_exports(__name__, _EXPORTS)(name)
