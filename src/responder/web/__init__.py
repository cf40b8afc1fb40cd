"""The scoring form and REST service: one process, one bundle, nothing kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.web.app import create_app
    from responder.web.server import Address, serve

__all__ = ["Address", "create_app", "serve"]

__getattr__ = lazy_exports(__name__, {"app": ("create_app",), "server": ("Address", "serve")})
