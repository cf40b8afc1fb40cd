"""A fitted model as data: what a bundle stores and what turns standardised features into a logit. NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from responder.arrays import FloatArray
from responder.models.low_rank import LowRank

__all__ = [
    "ConstantDecision",
    "Decision",
    "KernelDecision",
    "LaplaceDecision",
    "LinearDecision",
    "TreeDecision",
    "moderate",
]


class Decision(Protocol):
    """A function from standardised features to a logit that can be written as JSON."""

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the logit of each row of `features`, shape (m, k)."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        ...


def moderate(mean: FloatArray, variance: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Return the logit of the probability averaged over a Gaussian linear predictor.

    MacKay's approximation: mean / sqrt(1 + pi variance / 8) (MacKay 1992, doi 10.1162/neco.1992.4.5.720).
    """
    # in place: millions of mixtures pass through here when a prediction is explained
    spread = np.maximum(variance, 0.0, out=out)
    spread *= np.pi / 8.0
    spread += 1.0
    return np.divide(mean, np.sqrt(spread, out=spread), out=spread)


@dataclass(frozen=True)
class ConstantDecision:
    """The same logit for everybody."""

    value: float
    kind: ClassVar[str] = "constant"

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the constant for each row."""
        return np.full(features.shape[0], self.value)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        return {"kind": self.kind, "value": self.value}


@dataclass(frozen=True)
class LinearDecision:
    """Intercept plus a weighted sum of standardised features."""

    intercept: float
    coefficients: FloatArray
    kind: ClassVar[str] = "linear"

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the linear predictor of each row."""
        return np.asarray(self.intercept + features @ self.coefficients)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        return {"kind": self.kind, "intercept": self.intercept, "coefficients": self.coefficients.tolist()}


@dataclass(frozen=True)
class LaplaceDecision:
    """A linear predictor with Gaussian uncertainty about its coefficients, averaged over.

    Attributes
    ----------
    coefficients : ndarray, shape (k + 1,)
        Intercept first.
    covariance : ndarray, shape (k + 1, k + 1), or LowRank
        Of the coefficients; of many more features than patients by as few rows as there are patients.
    """

    coefficients: FloatArray
    covariance: FloatArray | LowRank
    kind: ClassVar[str] = "laplace"

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the logit of the averaged probability of each row."""
        rows = np.column_stack([np.ones(features.shape[0]), features])
        own = self.covariance
        variance = own.measure(rows) if isinstance(own, LowRank) else ((rows @ own) * rows).sum(axis=1)
        return moderate(rows @ self.coefficients, variance)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        return {
            "kind": self.kind,
            "coefficients": self.coefficients.tolist(),
            "covariance": self.covariance.to_json()
            if isinstance(self.covariance, LowRank)
            else self.covariance.tolist(),
        }


@dataclass(frozen=True)
class KernelDecision:
    """A Gaussian process classifier with a fixed radial kernel, Laplace's approximation, averaged over.

    Attributes
    ----------
    rows : ndarray, shape (r, k)
        Training rows.
    dual : ndarray, shape (r,)
        Latent mean is k(x)' dual.
    reduction : ndarray, shape (r, r)
        Latent variance is k(x, x) - k(x)' reduction k(x).
    signal_variance, length, offset_variance : float
        Kernel: signal exp(-|x - z|^2 / (2 length^2)) + offset.
    """

    rows: FloatArray
    dual: FloatArray
    reduction: FloatArray
    signal_variance: float
    length: float
    offset_variance: float
    kind: ClassVar[str] = "kernel"

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the logit of the averaged probability of each row."""
        squared = (features**2).sum(axis=1)[:, None] + (self.rows**2).sum(axis=1) - 2.0 * features @ self.rows.T
        return self.logit_at(np.maximum(squared, 0.0))

    def logit_at(self, squared: FloatArray) -> FloatArray:
        """Return the logits at squared distances from the training rows, shape (..., r)."""
        kernel = self.signal_variance * np.exp(squared / (-2.0 * self.length**2)) + self.offset_variance
        own = self.signal_variance + self.offset_variance
        return moderate(kernel @ self.dual, own - ((kernel @ self.reduction) * kernel).sum(axis=-1))

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        arrays = {name: getattr(self, name).tolist() for name in ("rows", "dual", "reduction")}
        scalars = {name: getattr(self, name) for name in ("signal_variance", "length", "offset_variance")}
        return {"kind": self.kind, **arrays, **scalars}


@dataclass(frozen=True)
class TreeDecision:
    """A sum of decision trees over standardised features (never missing), as flat arrays a tree.

    Attributes
    ----------
    trees : tuple of dict
        Each with ``feature``, ``threshold``, ``left``, ``right`` (negative: leaf -1 - index) and ``value`` of leaves.
    base : float
        Logit without any tree.
    model_text : str
        LightGBM's own text of the same model, empty where only the trees are needed.
    """

    trees: tuple[Mapping[str, Any], ...]
    base: float = 0.0
    model_text: str = ""
    kind: ClassVar[str] = "trees"

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the sum of leaf values of each row, added in the order of the trees."""
        total = np.full(features.shape[0], self.base)
        for tree in self.trees:
            total += _walk(tree, features)
        return total

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON types."""
        trees = [dict(tree) for tree in self.trees]
        return {"kind": self.kind, "trees": trees, "base": self.base, "model_text": self.model_text}


def _walk(tree: Mapping[str, Any], features: FloatArray) -> FloatArray:
    """Return the leaf value of each row; every row goes left where its feature is at most the threshold."""
    values = np.asarray(tree["value"], dtype=float)
    if not tree["feature"]:
        return np.full(features.shape[0], values[0])
    feature = np.asarray(tree["feature"])
    threshold = np.asarray(tree["threshold"], dtype=float)
    left, right = np.asarray(tree["left"]), np.asarray(tree["right"])
    node = np.zeros(features.shape[0], dtype=np.int64)
    rows = np.arange(features.shape[0])
    while (inner := node >= 0).any():
        at = np.where(inner, node, 0)
        goes_left = features[rows, feature[at]] <= threshold[at]
        node = np.where(inner, np.where(goes_left, left[at], right[at]), node)
    return values[-1 - node]
