"""Estimators for tiny samples, on one batched solver and behind one registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.models.base import FeatureTable, Model, Predictions, TrainingSets
    from responder.models.decision import Decision
    from responder.models.fitted import FittedPipeline
    from responder.models.registry import DEFAULT_MODELS, build_model, model_kinds, same_model
    from responder.models.solver import Status
    from responder.models.stored import decision_from_json

__all__ = [
    "DEFAULT_MODELS",
    "Decision",
    "FeatureTable",
    "FittedPipeline",
    "Model",
    "Predictions",
    "Status",
    "TrainingSets",
    "build_model",
    "decision_from_json",
    "model_kinds",
    "same_model",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "base": ("FeatureTable", "Model", "Predictions", "TrainingSets"),
        "decision": ("Decision",),
        "fitted": ("FittedPipeline",),
        "registry": ("DEFAULT_MODELS", "build_model", "model_kinds", "same_model"),
        "solver": ("Status",),
        "stored": ("decision_from_json",),
    },
)
