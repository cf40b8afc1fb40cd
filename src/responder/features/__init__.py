"""From baseline traits to standardised features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.features.chained import SetImputer
    from responder.features.compile import (
        compile_features,
        encoded_columns,
        encoded_levels,
        label_of_feature,
        label_of_traits,
    )
    from responder.features.imputation import ChainedRegressions, MultipleImputation
    from responder.features.spec import FeatureSpec, FeatureStep, FittedFeatures, Scaling, fit_scaling

__all__ = [
    "ChainedRegressions",
    "FeatureSpec",
    "FeatureStep",
    "FittedFeatures",
    "MultipleImputation",
    "Scaling",
    "SetImputer",
    "compile_features",
    "encoded_columns",
    "encoded_levels",
    "fit_scaling",
    "label_of_feature",
    "label_of_traits",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "chained": ("SetImputer",),
        "compile": ("compile_features", "encoded_columns", "encoded_levels", "label_of_feature", "label_of_traits"),
        "imputation": ("ChainedRegressions", "MultipleImputation"),
        "spec": ("FeatureSpec", "FeatureStep", "FittedFeatures", "Scaling", "fit_scaling"),
    },
)
