"""What becomes of an exception: three lines on stderr, an envelope under ``--json``, and an exit code.

::

    error: what is wrong
      where: where it came from
      fix: how to fix it
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from click.exceptions import Exit, NoArgsIsHelpError

import responder
from responder.cli.checkpoints import RESUMING
from responder.cli.language import asked_language
from responder.cli.output import print_error, print_failure, schema_name
from responder.cli.signals import TerminatedInterrupt, ended_by_signals
from responder.cli.spoken import COMMAND_KEY
from responder.cli.usage import usage_error
from responder.errors import ResponderError, UsageError
from responder.extras import extra_of
from responder.words import Phrase

__all__ = [
    "InternalFaultError",
    "InterruptedByUserError",
    "NoRoomError",
    "TerminatedError",
    "as_responder_error",
    "open_streams",
    "run_guarded",
]

PIPE_CLOSED_EXIT_CODE = 141
"""What a shell reports of a process that SIGPIPE ended."""

_SIGNAL_EXIT_CODES = 128
_USERS_OS_ERRORS = {
    FileNotFoundError: "file_not_found",
    PermissionError: "file_not_permitted",
    IsADirectoryError: "file_is_folder",
    NotADirectoryError: "file_below_file",
    FileExistsError: "file_exists",
}
_NO_ROOM = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_quota",
    errno.EROFS: "disk_read_only",
    errno.EFBIG: "disk_file_limit",
}


class InternalFaultError(ResponderError):
    """A fault of this program; the exception's own message may hold a patient's value and is left out."""

    kind = "internal"
    exit_code = 1


class NoRoomError(ResponderError):
    """There is no room, or no right, to write."""

    kind = "no_room"
    exit_code = 7


class InterruptedByUserError(ResponderError):
    """The user pressed Ctrl-C."""

    kind = "interrupted"
    exit_code = 130


class TerminatedError(ResponderError):
    """Another program, or the end of the session, ended the command; the exit code is what a shell reports of it."""

    kind = "terminated"

    def __init__(self, case: str, number: int, **values: Any) -> None:
        super().__init__(case, **values)
        self.exit_code = _SIGNAL_EXIT_CODES + number


def open_streams() -> None:
    """Open what the caller has closed: the next file that is opened must not be taken for stdout.

    Without a stdout nothing is done, and the process ends: its result would be lost.
    """
    closed = [name for name in ("stdin", "stdout", "stderr") if getattr(sys, name) is None]
    for name in closed:  # in this order, each gets the descriptor that is its own
        setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w"))
    if "stdout" in closed:
        error = NoRoomError("stdout_closed", where="stdout")
        print_error(error, asked_language(sys.argv[1:]))
        sys.exit(error.exit_code)


def run_guarded(group: click.Group, args: Sequence[str] | None, prog_name: str, **extra: Any) -> NoReturn:
    """Run a command group and leave the process with the exit code of its outcome.

    Parameters
    ----------
    group : click.Group
        The commands.
    args : sequence of str, optional
        The command line; the process's own by default.
    prog_name : str
        How the program calls itself.
    """
    arguments = list(sys.argv[1:] if args is None else args)
    flags = arguments[: arguments.index("--")] if "--" in arguments else arguments
    language = asked_language(flags)
    command = ""
    try:
        try:
            with ended_by_signals(), group.make_context(prog_name, arguments, obj=language, **extra) as ctx:
                try:
                    code = group.invoke(ctx)
                finally:
                    command = ctx.meta.get(COMMAND_KEY, "")
            sys.stdout.flush()
        except Exit as leave:
            code = leave.exit_code
        except NoArgsIsHelpError as missing:
            click.echo(missing.format_message(), err=True)
            code = missing.exit_code
    except BrokenPipeError:
        _silence_stdout()
        code = PIPE_CLOSED_EXIT_CODE
    except (Exception, KeyboardInterrupt) as exception:  # noqa: BLE001 - the last place that can name it
        error = as_responder_error(exception, command or prog_name)
        if "--debug" in flags:
            traceback.print_exception(exception)
        print_error(error, language)
        code = error.exit_code
        try:
            if "--json" in flags:
                print_failure(schema_name(command), error, language)
            sys.stdout.flush()
        except OSError:
            _silence_stdout()  # stdout itself cannot be written to: that is said already
    sys.exit(code if isinstance(code, int) else 0)


def as_responder_error(exception: BaseException, command: str) -> ResponderError:
    """Return what, where and how to fix it, for any exception.

    Parameters
    ----------
    exception : BaseException
        What was raised.
    command : str
        The command that was running, such as ``responder check``.
    """
    if isinstance(exception, ResponderError):
        return exception
    keeps = command.rpartition(" ")[2] in RESUMING
    if isinstance(exception, TerminatedInterrupt):
        case = "resumable_terminated" if keeps else "terminated"
        return TerminatedError(case, exception.number, where=command)
    if isinstance(exception, KeyboardInterrupt | EOFError | click.Abort):
        case = "resumable_interrupted" if keeps else "interrupted"
        return InterruptedByUserError(case, where=command)
    if isinstance(exception, click.ClickException):
        return usage_error(exception, command)
    if isinstance(exception, ModuleNotFoundError) and (brought := extra_of(exception.name or "")):
        package, extra = brought
        return UsageError("package_missing", where=command, package=package, extra=extra)
    if isinstance(exception, OSError):
        where = str(exception.filename or command)
        if exception.errno in _NO_ROOM:
            return NoRoomError(_NO_ROOM[exception.errno], where=where)
        if isinstance(exception, PermissionError) and _is_closed_to_writing(Path(where)):
            return NoRoomError("not_writable", where=where)
        case = next((case for kind, case in _USERS_OS_ERRORS.items() if isinstance(exception, kind)), "")
        if case:
            return UsageError(case, where=where)
    where_in = _last_own_line(exception) or command
    return InternalFaultError("internal_fault", where=where_in, name=type(exception).__name__)


def _is_closed_to_writing(path: Path) -> bool:
    """Return whether a path may be read, or made out of a folder that may be, but not written."""
    there = path if path.exists() else path.parent
    return os.access(there, os.R_OK) and not os.access(there, os.W_OK)


def _last_own_line(exception: BaseException) -> Phrase | None:
    """Return the deepest line of this package in a traceback: enough to report, nothing of the data."""
    home = Path(responder.__file__).parent
    for frame in reversed(traceback.extract_tb(exception.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(home):
            file = (home.name / path.relative_to(home)).as_posix()
            return Phrase("place.code", {"file": file, "line": frame.lineno, "function": frame.name})
    return None


def _silence_stdout() -> None:
    """Point stdout at nothing, so that Python's own flush at exit does not complain a second time."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a descriptor has nothing to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
