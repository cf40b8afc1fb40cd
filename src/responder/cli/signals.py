"""A hang-up, or a request to terminate, ends a command as Ctrl-C does: what is open is closed."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

__all__ = ["TerminatedInterrupt", "ended_by_signals"]


class TerminatedInterrupt(KeyboardInterrupt):
    """What a signal other than Ctrl-C raises; `number` is that of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception, for as long as the block lasts."""

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        raise TerminatedInterrupt(number)

    if threading.current_thread() is not threading.main_thread():  # another thread may not set what a signal does
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
