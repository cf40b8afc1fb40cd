"""Processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from typing import Any

from responder.workers.seam import ExecutorWorkers, Submit, WorkersLostError

__all__ = ["LocalProcesses", "cores", "most_prepared", "prepare"]

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")

MOST_PREPARED = 4
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a command in its own words."""

_shared: Any = None
"""In a worker: what all chunks need."""


class LocalProcesses(ExecutorWorkers):
    """So many processes, started when there is something to share out, and again where one of them ended.

    They are started anew (``forkserver``, or ``spawn`` where there is none) and never forked from a program that has
    threads. A script that uses them has to keep what it does under ``if __name__ == "__main__":``, as with every use of
    `multiprocessing`.

    Parameters
    ----------
    count : int
        Processes.
    """

    losses = (BrokenExecutor,)

    def __init__(self, count: int) -> None:
        self._count = count

    @property
    def count(self) -> int:
        """How many chunks are worked on at once."""
        return self._count

    @property
    def about(self) -> None:
        """Nothing to tell: who asks for processes of this machine knows where they are."""
        return

    @contextmanager
    def _opened(self, function: Callable[[Any, Any], Any], shared: Any) -> Iterator[Submit]:
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(self._count, _context(function.__module__), _begin, (shared,))

        def submit(function: Callable[[Any, Any], Any], chunk: Any) -> Future[Any]:
            with _uninterrupted():  # a process that is being started would tell of what it was not told to the end
                return pool.submit(_call, function, chunk)

        try:
            yield submit
            pool.shutdown()
        finally:
            # after an interruption nobody waits for chunks that nobody will use
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - before:
                process.terminate()

    def _given_up(self) -> WorkersLostError:
        return WorkersLostError("workers_end_again", where=f"--workers {self._count}", n=self._count)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_prepared() -> int:
    """Return how many processes are prepared: one for each core, a few at most; 1 where nothing can be forked from."""
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    return min(cores(), MOST_PREPARED) if can_fork else 1


def prepare(*modules: str) -> None:
    """Start the process that workers are forked from, which imports modules meanwhile."""
    _context(*modules)


def _context(*modules: str) -> BaseContext:
    # chunks are worked on side by side: threads of linear algebra inside them would only be in each other's way
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker  # of POSIX alone

    context = multiprocessing.get_context("forkserver")
    # imported once, for all workers of all maps
    context.set_forkserver_preload(["responder.workers.forked", *modules])
    # Ctrl-C is for the process that hands out work. What the server forks inherits that it is blocked; its own
    # helper is started first, because that unblocks it again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep what would end the command waiting until the block has ended, whichever thread is told of it."""
    if threading.current_thread() is not threading.main_thread():  # another thread is not interrupted
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda told, _frame: came.append(told)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
    for number in came[:1]:
        signal.raise_signal(number)


def _begin(shared: Any) -> None:
    """Keep what all chunks need, leave Ctrl-C to the process that handed it out, and end when that one does."""
    global _shared
    _shared = shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(function: Callable[[Any, Any], Any], chunk: Any) -> Any:
    return function(_shared, chunk)
