"""Read a file in a process of its own, with a limit on its memory and its time.

The libraries that read binary files allot what a file claims to hold, and some of them end the whole process where
there is not as much. A fork costs some milliseconds. Where the system has none that is safe (Windows, macOS) the file
is read in this process, within the limits on bytes and cells that are looked at before.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, NoReturn

from responder.cohort.checks.intake import UNREADABLE
from responder.cohort.table import RawTable

__all__ = ["MAX_READING_BYTES", "MAX_READING_SECONDS", "read_apart"]

MAX_READING_BYTES = 1_500_000_000
"""Address space that the reading of a file may add to that of the process; a table of 5,000,000 cells takes a third."""
MAX_READING_SECONDS = 120
_NO_MEMORY_EXIT_CODE = 9


def read_apart(read: Callable[[], RawTable], source: str) -> RawTable:
    """Return what a function reads, or raise what it raises.

    Parameters
    ----------
    read : callable
        Reads the table.
    source : str
        Name of the file in messages.

    Raises
    ------
    TableRefusedError
        If it takes more than `MAX_READING_BYTES` or `MAX_READING_SECONDS`, or ends the process.
    """
    if sys.platform != "linux":
        try:
            return read()
        except MemoryError as error:
            raise _too_much(source) from error
    receiving, sending = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads, whose locks the child could wait for: it has a deadline
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _read_and_leave(read, sending)
    os.close(sending)
    try:
        with os.fdopen(receiving, "rb") as file:
            answer = _received(file)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if isinstance(answer, RawTable):
        return answer
    if answer is not None and code == 0:
        raise answer
    if code in {-signal.SIGALRM, -signal.SIGXCPU}:
        raise UNREADABLE.refusal("too_slow", source, seconds=MAX_READING_SECONDS)
    if code in {_NO_MEMORY_EXIT_CODE, -signal.SIGABRT, -signal.SIGKILL}:
        raise _too_much(source)
    raise UNREADABLE.refusal("reader_ended", source)


def _received(file: IO[bytes]) -> RawTable | Exception | None:
    """Return what the child sent; None where it was ended before."""
    try:
        answer: RawTable | Exception = pickle.load(file)  # noqa: S301 - of our own process
    except (EOFError, pickle.UnpicklingError):
        return None
    return answer


def _read_and_leave(read: Callable[[], RawTable], sending: int) -> NoReturn:
    """Be the child: read, send, and leave without the ends of anything that the parent began."""
    code = _NO_MEMORY_EXIT_CODE
    with contextlib.suppress(BaseException):
        _limit()
        answer: RawTable | Exception
        try:
            answer = read()
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - raised again in the parent
            answer = error
        with os.fdopen(sending, "wb") as file:
            pickle.dump(answer, file, pickle.HIGHEST_PROTOCOL)
        code = 0
    os._exit(code)


def _limit() -> None:
    """Limit memory and time, and let a library that ends the process say nothing of it."""
    import resource

    gc.disable()  # it would touch, and so copy, all that the parent has
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(MAX_READING_SECONDS)
    faulthandler.disable()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + MAX_READING_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _too_much(source: str) -> Exception:
    return UNREADABLE.refusal("too_much_memory", source, size=MAX_READING_BYTES // 1_000_000)
