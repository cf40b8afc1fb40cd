"""The bootstrap ensemble of a bundle: one pipeline refitted on resampled cohorts, for the stability of a prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.features.spec import FeatureSpec, Scaling
from responder.models.decision import ConstantDecision, Decision, LinearDecision, TreeDecision
from responder.models.fitted import FittedPipeline
from responder.models.stored import decision_from_json
from responder.score.forest import Forest

__all__ = ["RefitEnsemble", "affordable_refits"]

NUMBERS_AT_ONCE = 250_000
SCALING_PARTS = ("median", "mean", "sd", "low", "high")


@dataclass(frozen=True)
class RefitEnsemble:
    """B refits of one pipeline that share its feature spec.

    Linear refits are folded into one matrix over derived features, so that a band costs one matrix product; trees are
    walked together; every other refit keeps its decision.

    Attributes
    ----------
    intercepts : ndarray, shape (L,)
        Of the L linear refits, on derived (not standardised) features.
    slopes : ndarray, shape (L, k)
        Of derived features and missing indicators.
    medians : ndarray, shape (L, p)
        What each linear refit puts in the place of a missing feature.
    lows, highs : ndarray, shape (L, k)
        What each linear refit holds a feature within; infinite in bundles from before values were held.
    scaling : Scaling
        Of the B - L refits that are not linear.
    forest : Forest, optional
        Those refits, where they are trees.
    decisions : tuple of Decision
        Those refits, where they are neither.
    """

    intercepts: FloatArray
    slopes: FloatArray
    medians: FloatArray
    lows: FloatArray
    highs: FloatArray
    scaling: Scaling
    forest: Forest | None
    decisions: tuple[Decision, ...]

    @classmethod
    def of(cls, refits: Sequence[FittedPipeline]) -> RefitEnsemble:
        """Gather refits of one pipeline: with the same features, and all linear, all trees, or all else.

        Raises
        ------
        ValueError
            If there is no refit, or they differ in their features or kinds.
        """
        if not refits:
            raise ValueError("an ensemble needs at least one refit")
        names = refits[0].features.names
        if any(refit.features.names != names for refit in refits):
            raise ValueError("refits of one ensemble must have the same features")
        steps = len(refits[0].features.spec.steps)
        linear: list[tuple[float, FloatArray, Scaling]] = []
        scalings: list[Scaling] = []
        trees: list[TreeDecision] = []
        decisions: list[Decision] = []
        for refit in refits:
            scaling, decision = refit.features.scaling, refit.decision
            if isinstance(decision, ConstantDecision):
                decision = LinearDecision(decision.value, np.zeros(len(names)))
            if isinstance(decision, LinearDecision):
                slope = decision.coefficients / np.where(scaling.constant[0], np.inf, scaling.sd[0])
                linear.append((decision.intercept - float(scaling.mean[0] @ slope), slope, scaling))
                continue
            scalings.append(scaling)
            if isinstance(decision, TreeDecision):
                trees.append(decision)
            else:
                decisions.append(decision)
        if trees and decisions:
            raise ValueError("refits of one ensemble must be of one kind")
        return cls(
            np.array([intercept for intercept, _, _ in linear]),
            np.array([slope for _, slope, _ in linear]).reshape(-1, len(names)),
            np.array([scaling.median[0] for _, _, scaling in linear]).reshape(-1, steps),
            np.array([_bound(scaling.low, -np.inf, len(names)) for _, _, scaling in linear]).reshape(-1, len(names)),
            np.array([_bound(scaling.high, np.inf, len(names)) for _, _, scaling in linear]).reshape(-1, len(names)),
            _stacked(scalings, steps, len(names)),
            Forest.of(trees) if trees else None,
            tuple(decisions),
        )

    def __len__(self) -> int:
        return len(self.intercepts) + len(self.scaling.median)

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
            known = np.concatenate([np.where(unknown, 0.0, derived), missing], axis=1)
            linear = known @ self.slopes.T + self.intercepts
            if unknown.any():
                linear += unknown @ (self.medians * self.slopes[:, : derived.shape[1]]).T
            self._hold(linear, np.concatenate([derived, missing], axis=1))
            parts.append(linear)
        if len(self.scaling.median):
            features = self.scaling.apply(derived, missing)
            if self.forest is not None:
                parts.append(self.forest.logit(features))
            else:
                each = [decision.logit(own) for decision, own in zip(self.decisions, features, strict=True)]
                parts.append(np.stack(each, axis=1))
        return np.concatenate(parts, axis=1)

    def _hold(self, linear: FloatArray, features: FloatArray) -> None:
        """Move the logits of linear refits to where values beyond their bounds are held, in place."""
        for column, own in enumerate(features.T):
            known = own[~np.isnan(own)]  # a missing value is put in by the refit itself, within its bounds
            if not known.size:
                continue
            low, high, slope = self.lows[:, column], self.highs[:, column], self.slopes[:, column]
            refits = np.flatnonzero((slope != 0.0) & ((low > known.min()) | (high < known.max())))
            if not refits.size:
                continue
            low, high, slope = low[refits], high[refits], slope[refits]
            rows = np.flatnonzero((own < low.max()) | (own > high.min()))
            value = own[rows, None]
            linear[np.ix_(rows, refits)] += (np.clip(value, low, high) - value) * slope

    def rows_at_once(self, features: int) -> int:
        """Return how many rows keep one call of `logit` within a bounded memory."""
        numbers = len(self)
        if len(self.scaling.median):
            numbers *= max(features, self.forest.trees if self.forest is not None else 1)
        return max(1, NUMBERS_AT_ONCE // max(numbers, features))

    def to_json(self) -> dict[str, Any]:
        """Return the ensemble as JSON types."""
        held = self.lows.size and np.isfinite(self.lows).all() and np.isfinite(self.highs).all()
        bounds = ("lows", "highs") if held else ()
        return {
            "linear": {name: getattr(self, name).tolist() for name in ("intercepts", "slopes", "medians", *bounds)},
            "scaling": {name: part.tolist() for name, part in vars(self.scaling).items() if part is not None},
            "forest": None if self.forest is None else self.forest.to_json(),
            "decisions": [decision.to_json() for decision in self.decisions],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], spec: FeatureSpec, indicators: Sequence[str]) -> RefitEnsemble:
        """Rebuild from `to_json`, for the features of a fitted spec."""
        steps, features = len(spec.steps), len(spec.steps) + len(indicators)
        linear, scaling = content["linear"], content["scaling"]
        numbers = {
            name: np.asarray(scaling[name], dtype=float).reshape(-1, steps if name == "median" else features)
            for name in SCALING_PARTS
            if name in scaling
        }
        intercepts = np.asarray(linear["intercepts"], dtype=float).reshape(-1)
        lows, highs = (
            np.asarray(linear[name], dtype=float).reshape(-1, features)
            if name in linear
            else np.full((len(intercepts), features), unbounded)
            for name, unbounded in (("lows", -np.inf), ("highs", np.inf))
        )
        return cls(
            intercepts,
            np.asarray(linear["slopes"], dtype=float).reshape(-1, features),
            np.asarray(linear["medians"], dtype=float).reshape(-1, steps),
            lows,
            highs,
            Scaling(constant=np.asarray(scaling["constant"], dtype=bool).reshape(-1, features), **numbers),
            None if content["forest"] is None else Forest.from_json(content["forest"]),
            tuple(decision_from_json(decision) for decision in content["decisions"]),
        )


def affordable_refits(
    fitted: FittedPipeline, wanted: int = 200, *, most_numbers: int = 120_000, least: int = 20
) -> int:
    """Return how many refits a bundle can hold without growing beyond a few megabytes.

    Parameters
    ----------
    fitted : FittedPipeline
        One refit.
    wanted : int
        How many are wanted.
    most_numbers : int
        Numbers that the ensemble may hold; in JSON each takes some twenty bytes.
    least : int
        Below this a 95% band means nothing, so the bundle grows instead.
    """
    numbers = _numbers({name: part for name, part in fitted.decision.to_json().items() if name != "model_text"})
    return min(wanted, max(least, most_numbers // max(1, numbers)))


def _numbers(content: Any) -> int:
    """Return how many numbers JSON types hold."""
    if isinstance(content, Mapping):
        return sum(_numbers(part) for part in content.values())
    if isinstance(content, list | tuple) and content and isinstance(content[0], Mapping):
        return sum(map(_numbers, content))
    return 0 if isinstance(content, str) else int(np.size(content))


def _bound(bound: FloatArray | None, none: float, features: int) -> FloatArray:
    return np.full(features, none) if bound is None else bound[0]


def _stacked(scalings: Sequence[Scaling], steps: int, features: int) -> Scaling:
    """Return scalings of one training set each as one of many."""
    held = all(scaling.low is not None for scaling in scalings)
    parts = {
        name: np.concatenate([np.empty((0, width)), *(getattr(scaling, name) for scaling in scalings)])
        for name, width in (
            ("median", steps),
            *((name, features) for name in ("mean", "sd", *(("low", "high") if held else ()))),
        )
    }
    constant = np.concatenate([np.empty((0, features), dtype=bool), *(scaling.constant for scaling in scalings)])
    return Scaling(constant=constant, **parts)
