"""Where finished work of an interrupted command is kept, for ``--resume``."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

__all__ = ["CHECKPOINTS", "RESUMING", "forget"]

CHECKPOINTS = ".checkpoints"
"""A folder among those of the runs."""

RESUMING = ("landmark", "plan", "train")
"""The commands that keep finished work."""


def forget(checkpoint: Path) -> None:
    """Remove what is kept there, and the folders around it that are empty then."""
    shutil.rmtree(checkpoint, ignore_errors=True)
    with contextlib.suppress(OSError):  # of another run; or none was made
        checkpoint.parent.rmdir()
        checkpoint.parent.parent.rmdir()
