"""From JSON to a fitted decision of any kind. NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.models.borrowed_decision import BorrowedDecision
from responder.models.decision import (
    ConstantDecision,
    Decision,
    KernelDecision,
    LaplaceDecision,
    LinearDecision,
    TreeDecision,
)
from responder.models.low_rank import LowRank

__all__ = ["decision_from_json"]


def _trees(content: Mapping[str, Any]) -> TreeDecision:
    return TreeDecision(tuple(content["trees"]), float(content["base"]), str(content.get("model_text", "")))


def _laplace(content: Mapping[str, Any]) -> LaplaceDecision:
    own = content["covariance"]
    if isinstance(own, Mapping):
        return LaplaceDecision(**_arrays(content, "coefficients"), covariance=LowRank.from_json(own))
    return LaplaceDecision(**_arrays(content, "coefficients", "covariance"))


def _arrays(content: Mapping[str, Any], *names: str) -> dict[str, FloatArray]:
    return {name: np.asarray(content[name], dtype=float) for name in names}


_READERS: dict[str, Callable[[Mapping[str, Any]], Decision]] = {
    "constant": lambda c: ConstantDecision(float(c["value"])),
    "linear": lambda c: LinearDecision(float(c["intercept"]), **_arrays(c, "coefficients")),
    "laplace": _laplace,
    "kernel": lambda c: KernelDecision(
        **_arrays(c, "rows", "dual", "reduction"),
        signal_variance=float(c["signal_variance"]),
        length=float(c["length"]),
        offset_variance=float(c["offset_variance"]),
    ),
    "trees": _trees,
    "borrowed": lambda c: BorrowedDecision(
        tuple(map(_laplace, c["parts"])), **_arrays(c, "weights", "precision", "neutral")
    ),
}


def decision_from_json(content: Mapping[str, Any]) -> Decision:
    """Rebuild a decision from its `to_json`.

    Raises
    ------
    KeyError
        If the kind is not known, or a part is missing.

    Examples
    --------
    >>> decision_from_json({"kind": "linear", "intercept": 1.0, "coefficients": [2.0]}).logit(np.array([[3.0]]))
    array([7.])
    """
    return _READERS[content["kind"]](content)
