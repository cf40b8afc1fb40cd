"""The bootstrap ensemble of a bundle: the same pipeline refitted on resampled cohorts, for the band of a prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.features.spec import FeatureSpec, Scaling
from responder.models.decision import ConstantDecision, Decision, LinearDecision, decision_from_json
from responder.models.fitted import FittedPipeline

__all__ = ["Ensemble"]

FloatArray = NDArray[np.float64]
NUMBERS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Ensemble:
    """B refits of one pipeline that share its feature spec.

    Linear refits are folded into one matrix over derived features, so that a band costs one matrix product; all others
    keep their own scaling and decision.

    Attributes
    ----------
    intercepts : ndarray, shape (L,)
        Of the L linear refits, on derived (not standardised) features.
    slopes : ndarray, shape (L, k)
        Of derived features and missing indicators.
    medians : ndarray, shape (L, p)
        What each refit puts in the place of a missing feature.
    others : tuple of (Scaling, Decision)
        The refits that are not linear.
    """

    intercepts: FloatArray
    slopes: FloatArray
    medians: FloatArray
    others: tuple[tuple[Scaling, Decision], ...] = field(default=())

    @classmethod
    def of(cls, refits: Sequence[FittedPipeline]) -> Ensemble:
        """Gather refits that share one spec and the same missing indicators.

        Raises
        ------
        ValueError
            If there is no refit, or they differ in their features.
        """
        if not refits:
            raise ValueError("an ensemble needs at least one refit")
        names = refits[0].features.names
        if any(refit.features.names != names for refit in refits):
            raise ValueError("refits of one ensemble must have the same features")
        linear, others = [], []
        for refit in refits:
            scaling, decision = refit.features.scaling, refit.decision
            if isinstance(decision, ConstantDecision):
                decision = LinearDecision(decision.value, np.zeros(len(names)))
            if isinstance(decision, LinearDecision):
                slope = decision.coefficients / np.where(scaling.constant[0], np.inf, scaling.sd[0])
                linear.append((decision.intercept - float(scaling.mean[0] @ slope), slope, scaling.median[0]))
            else:
                others.append((scaling, decision))
        features, steps = len(names), refits[0].features.scaling.median.shape[1]
        return cls(
            np.array([intercept for intercept, _, _ in linear]),
            np.array([slope for _, slope, _ in linear]).reshape(-1, features),
            np.array([median for _, _, median in linear]).reshape(-1, steps),
            tuple(others),
        )

    def __len__(self) -> int:
        return len(self.intercepts) + len(self.others)

    def logit(self, derived: FloatArray, missing: FloatArray) -> FloatArray:
        """Return the logit of each row by each refit, shape (n, B).

        Parameters
        ----------
        derived : ndarray, shape (n, p)
            Derived features, ``nan`` where missing.
        missing : ndarray, shape (n, q)
            Missing indicators.
        """
        parts = []
        if len(self.intercepts):
            unknown = np.isnan(derived)
            steps = derived.shape[1]
            known = np.concatenate([np.where(unknown, 0.0, derived), missing], axis=1)
            linear = known @ self.slopes.T + self.intercepts
            if unknown.any():
                linear += unknown @ (self.medians * self.slopes[:, :steps]).T
            parts.append(linear)
        if self.others:
            parts.append(
                np.stack([decision.logit(scaling.apply(derived, missing)[0]) for scaling, decision in self.others], 1)
            )
        return np.concatenate(parts, axis=1)

    def rows_at_once(self, features: int) -> int:
        """Return how many rows keep one call of `logit` within a bounded memory."""
        return max(1, NUMBERS_AT_ONCE // max(len(self), features))

    def to_json(self) -> dict[str, Any]:
        """Return the ensemble as JSON types."""
        return {
            "linear": {name: getattr(self, name).tolist() for name in ("intercepts", "slopes", "medians")},
            "others": [
                {"scaling": _scaling_json(scaling), "decision": {**decision.to_json(), **_without_text(decision)}}
                for scaling, decision in self.others
            ],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], spec: FeatureSpec, indicators: Sequence[str]) -> Ensemble:
        """Rebuild from `to_json`, for the features of a fitted spec."""
        steps, features = len(spec.steps), len(spec.steps) + len(indicators)
        linear = content["linear"]
        return cls(
            np.asarray(linear["intercepts"], dtype=float).reshape(-1),
            np.asarray(linear["slopes"], dtype=float).reshape(-1, features),
            np.asarray(linear["medians"], dtype=float).reshape(-1, steps),
            tuple((_scaling(c["scaling"]), decision_from_json(c["decision"])) for c in content["others"]),
        )


def _scaling_json(scaling: Scaling) -> dict[str, Any]:
    return {name: getattr(scaling, name)[0].tolist() for name in ("median", "mean", "sd", "constant")}


def _scaling(content: Mapping[str, Any]) -> Scaling:
    median, mean, sd = (np.asarray([content[name]], dtype=float) for name in ("median", "mean", "sd"))
    return Scaling(median, mean, sd, np.asarray([content["constant"]], dtype=bool))


def _without_text(decision: Decision) -> dict[str, str]:
    """LightGBM's own text is kept of the bundle's model alone."""
    return {"model_text": ""} if getattr(decision, "model_text", "") else {}
