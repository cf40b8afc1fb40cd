"""The MLflow adapter and the view it opens on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.track.store import TrackedRun, open_client, store_uri

__all__ = ["TrackedRun", "open_client", "store_uri"]

__getattr__ = lazy_exports(__name__, {"store": ("TrackedRun", "open_client", "store_uri")})
