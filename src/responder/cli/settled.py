"""A run or a bundle as it is to be read: what a killed training had begun to replace is finished before."""

from __future__ import annotations

import contextlib
from pathlib import Path

__all__ = ["RUNS", "settled"]

RUNS = "runs"


def settled(folder: Path) -> Path:
    """Finish the swaps that a killed training began in the project, or at a folder, and return the folder.

    Raises
    ------
    UsageError
        If a training on another machine is in the middle of one.
    """
    from responder.project import project_root
    from responder.staging import finish_swap, finish_swaps

    finish_swaps(project_root() / RUNS)
    with contextlib.suppress(ValueError):  # no folder has such a name
        finish_swap(folder)
    return folder
