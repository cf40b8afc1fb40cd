"""The Python interface: a question asked of a data frame, and all that its answer can be shown as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.api.analysis import Analysis
    from responder.api.scorer import Scorer
    from responder.api.training import train

__all__ = ["Analysis", "Scorer", "train"]

__getattr__ = lazy_exports(
    __name__,
    {
        "analysis": ("Analysis",),
        "scorer": ("Scorer",),
        "training": ("train",),
    },
)
