"""A pipeline fitted once, as data: what training hands to scoring. NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.arrays import FloatArray
from responder.features.spec import FittedFeatures
from responder.models.decision import Decision
from responder.models.stored import decision_from_json

__all__ = ["FittedPipeline"]


@dataclass(frozen=True)
class FittedPipeline:
    """A pipeline fitted once: from encoded values to a logit, as data.

    Attributes
    ----------
    features : FittedFeatures
        Medians, means and SDs of the training rows.
    decision : Decision
        From standardised features to a logit.
    """

    features: FittedFeatures
    decision: Decision

    def logit(self, values: FloatArray) -> FloatArray:
        """Return the logit of each row of encoded values."""
        return self.decision.logit(self.features.transform(values))

    def to_json(self) -> dict[str, Any]:
        """Return the fitted pipeline as JSON types."""
        return {"features": self.features.to_json(), "decision": self.decision.to_json()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> FittedPipeline:
        """Rebuild from `to_json`."""
        return cls(FittedFeatures.from_json(content["features"]), decision_from_json(content["decision"]))
