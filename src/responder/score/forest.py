"""Many small trees walked at once: the bootstrap refits of a boosted model, with NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.errors import InvalidValueError
from responder.models.decision import TreeDecision

__all__ = ["Forest"]


@dataclass(frozen=True)
class Forest:
    """L sums of T trees, padded to N splits a tree.

    Attributes
    ----------
    feature, left, right : ndarray of int, shape (L, T, N)
        A child of 0 and more is a split, a negative one the leaf -1 - child. Splits that a tree does not have lead to
        leaf 0.
    threshold : ndarray, shape (L, T, N)
        A row goes left where its feature is at most this.
    value : ndarray, shape (L, T, N + 1)
        Of the leaves.
    base : ndarray, shape (L,)
        Logit without any tree.
    """

    feature: IntArray
    left: IntArray
    right: IntArray
    threshold: FloatArray
    value: FloatArray
    base: FloatArray

    @classmethod
    def of(cls, decisions: Sequence[TreeDecision]) -> Forest:
        """Gather the trees of L refits."""
        trees = max((len(d.trees) for d in decisions), default=0)
        splits = max((len(tree["feature"]) for d in decisions for tree in d.trees), default=0)
        shape = (len(decisions), trees, max(splits, 1))
        feature, left, right = np.zeros(shape, dtype=np.int64), np.full(shape, -1), np.full(shape, -1)
        threshold, value = np.zeros(shape), np.zeros((*shape[:2], shape[2] + 1))
        for index, decision in enumerate(decisions):
            for at, tree in enumerate(decision.trees):
                size = len(tree["feature"])
                feature[index, at, :size] = tree["feature"]
                left[index, at, :size], right[index, at, :size] = tree["left"], tree["right"]
                threshold[index, at, :size] = tree["threshold"]
                value[index, at, : size + 1] = tree["value"]
        return cls(feature, left, right, threshold, value, np.array([d.base for d in decisions]))

    def __len__(self) -> int:
        return len(self.base)

    @property
    def trees(self) -> int:
        """Trees a refit."""
        return int(self.feature.shape[1])

    def logit(self, features: FloatArray) -> FloatArray:
        """Return the logit of each row by each refit, shape (n, L), from features of shape (L, n, k)."""
        refits, rows = features.shape[:2]
        node = np.zeros((refits, self.trees, rows), dtype=np.int64)
        refit, row = np.arange(refits)[:, None, None], np.arange(rows)
        while (inner := node >= 0).any():
            at = np.where(inner, node, 0)
            split = np.take_along_axis(self.feature, at, axis=2)
            goes_left = features[refit, row, split] <= np.take_along_axis(self.threshold, at, axis=2)
            child = np.where(goes_left, *(np.take_along_axis(side, at, axis=2) for side in (self.left, self.right)))
            node = np.where(inner, child, node)
        total = np.take_along_axis(self.value, -1 - node, axis=2).sum(axis=1)
        return np.asarray((total + self.base[:, None]).T)

    def is_sound(self, features: int, largest: float) -> bool:
        """Return whether the arrays fit, numbers are finite, and every walk ends in a leaf of its tree."""
        shape = self.feature.shape
        splits = shape[2] if len(shape) == 3 else 0
        fits = splits > 0 and self.left.shape == self.right.shape == self.threshold.shape == shape
        if not fits or self.value.shape != (*shape[:2], splits + 1) or self.base.shape != shape[:1]:
            return False
        finite = all((np.abs(part) <= largest).all() for part in (self.threshold, self.value, self.base))
        known = bool(((self.feature >= 0) & (self.feature < features)).all())
        # children come after their parent, so that no walk runs in a circle
        own = np.arange(splits)
        leads = all(
            ((child < splits) & (child >= -1 - splits) & ((child < 0) | (child > own))).all()
            for child in (self.left, self.right)
        )
        return finite and known and leads

    def to_json(self) -> dict[str, Any]:
        """Return the forest as JSON types."""
        return {name: part.tolist() for name, part in vars(self).items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Forest:
        """Rebuild from `to_json`.

        Raises
        ------
        InvalidValueError
            If a split is not a whole number.
        """
        whole = {name: np.asarray(content[name]) for name in ("feature", "left", "right")}
        if any(part.dtype.kind != "i" and part.size for part in whole.values()):
            raise InvalidValueError("bundle_kind", part="ensemble.forest")
        feature, left, right = (part.astype(np.int64) for part in whole.values())
        threshold, value, base = (np.asarray(content[name], dtype=float) for name in ("threshold", "value", "base"))
        return cls(feature, left, right, threshold, value, base)
