"""The MLflow adapter and the view it opens on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.track.beside import TrackedBeside
    from responder.track.store import TrackedRun

__all__ = ["TrackedBeside", "TrackedRun"]

__getattr__ = lazy_exports(__name__, {"beside": ("TrackedBeside",), "store": ("TrackedRun",)})
