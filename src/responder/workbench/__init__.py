"""The guided pages from a file to a report: every click calls what the command line calls, and leaves its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.workbench.app import create_workbench
    from responder.workbench.door import Door

__all__ = ["Door", "create_workbench"]

__getattr__ = lazy_exports(__name__, {"app": ("create_workbench",), "door": ("Door",)})
