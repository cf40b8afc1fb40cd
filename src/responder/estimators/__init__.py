"""The models and the feature builder as scikit-learn estimators: thin faces on the engine that trains them.

Each class fits by the same call as training does, so that a pipeline of `FeatureBuilder` and a model gives the
predictions of a run; ``responder.validation`` validates them, and any other estimator, by leave-pair-out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.estimators.borrow import Borrow
    from responder.estimators.builder import FeatureBuilder
    from responder.estimators.classifier import SmallSampleClassifier
    from responder.estimators.gaussian_process import GaussianProcess
    from responder.estimators.logistic import Bayes, Firth, Flac, GroupRidge, LogF, RidgeLogistic, SingleMarker

__all__ = [
    "Bayes",
    "Borrow",
    "FeatureBuilder",
    "Firth",
    "Flac",
    "GaussianProcess",
    "GroupRidge",
    "LogF",
    "RidgeLogistic",
    "SingleMarker",
    "SmallSampleClassifier",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "borrow": ("Borrow",),
        "builder": ("FeatureBuilder",),
        "classifier": ("SmallSampleClassifier",),
        "gaussian_process": ("GaussianProcess",),
        "logistic": ("Bayes", "Firth", "Flac", "GroupRidge", "LogF", "RidgeLogistic", "SingleMarker"),
    },
)
