"""Whether there is a screen on which a browser may open."""

from __future__ import annotations

import os
import sys

__all__ = ["has_a_screen"]


def has_a_screen() -> bool:
    """Return whether a browser has somewhere to open: in a bare terminal it would be a text browser's turn."""
    return sys.platform in {"darwin", "win32"} or any(os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY"))
