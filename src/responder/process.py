"""Which process does something, and whether it is still there: what a killed program leaves can then be told apart."""

from __future__ import annotations

import atexit
import gc
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

__all__ = ["ProcessId", "collect_seldom", "runs_here"]

SELDOM = (50_000, 20, 20)
_START_TIME = 19
"""Place of ``starttime`` among the fields after the program's name in ``/proc/PID/stat`` (proc_pid_stat(5))."""


@dataclass(frozen=True)
class ProcessId:
    """A process, not to be confused with a later one of the same number.

    Attributes
    ----------
    pid : int
        Its number.
    host : str
        Name of the machine.
    started : str
        When it began, as the system counts it; empty where that is not known.

    Examples
    --------
    >>> ProcessId.own().is_gone()
    False
    """

    pid: int
    host: str
    started: str

    @classmethod
    def own(cls) -> Self:
        """Return the process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return a process of this machine by its number."""
        return cls(pid, platform.node(), _start_of(pid) or "")

    def to_json(self) -> dict[str, int | str]:
        """Return the process as JSON types."""
        return asdict(self)

    def is_gone(self) -> bool:
        """Return whether it has ended for certain; of another machine nothing is certain."""
        if self.host != platform.node() or platform.system() == "Windows":
            return False
        return _start_of(self.pid) != self.started


def runs_here(pid: int) -> bool:
    """Return whether this machine has a process of that number, as far as can be known.

    Examples
    --------
    >>> runs_here(ProcessId.own().pid)
    True
    """
    return _start_of(pid) is not None


def _start_of(pid: int) -> str | None:
    """Return when a process of this machine began; None where there is no such process."""
    if platform.system() == "Linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return None if fields[0] in "ZX" else f"{boot}:{fields[_START_TIME]}"
    if platform.system() == "Windows":
        return ""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return shown.stdout.strip() or None


def collect_seldom() -> None:
    """Let Python look for reference cycles seldom: for the processes of this program, not for a notebook's.

    By default it looks after 700 new objects (2,000 since Python 3.13), while a start of this program makes some
    millions that stay: a sixth of the time of a training went into looking at them again and again. Nor does it look
    at its end, which took more than a second: the system takes back the memory of a process that is gone.
    """
    gc.set_threshold(*SELDOM)
    atexit.register(gc.freeze)
