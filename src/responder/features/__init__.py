"""From baseline traits to standardised features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.features.builder import FeatureBuilder
    from responder.features.compile import compile_features, encoded_columns, label_of_traits
    from responder.features.spec import FeatureSpec, FeatureStep, FittedFeatures, Scaling, fit_scaling

__all__ = [
    "FeatureBuilder",
    "FeatureSpec",
    "FeatureStep",
    "FittedFeatures",
    "Scaling",
    "compile_features",
    "encoded_columns",
    "fit_scaling",
    "label_of_traits",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "builder": ("FeatureBuilder",),
        "compile": ("compile_features", "encoded_columns", "label_of_traits"),
        "spec": ("FeatureSpec", "FeatureStep", "FittedFeatures", "Scaling", "fit_scaling"),
    },
)
