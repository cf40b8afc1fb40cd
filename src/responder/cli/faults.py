"""What becomes of an exception: three lines on stderr, an envelope under ``--json``, and an exit code.

::

    error: what is wrong
      where: where it came from
      mend: how to mend it
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
from responder.cli.output import COMMAND_KEY, asked_language, print_error, print_failure, schema_name
from responder.errors import ResponderError, did_you_mean
from responder.words import Spoken

__all__ = ["InternalFaultError", "InterruptedByUserError", "as_responder_error", "run_guarded"]

PIPE_CLOSED_EXIT_CODE = 141
"""What a shell reports of a process that SIGPIPE ended."""

_USERS_OS_ERRORS = (
    FileNotFoundError,
    PermissionError,
    IsADirectoryError,
    NotADirectoryError,
    FileExistsError,
)


class InternalFaultError(ResponderError):
    """A fault of this program; the exception's own message may hold a patient's value and is left out."""

    kind = "internal"
    exit_code = 1


class InterruptedByUserError(ResponderError):
    """The user pressed Ctrl-C."""

    kind = "interrupted"
    exit_code = 130


class _CommandLineError(ResponderError):
    kind = "usage"
    exit_code = 2


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
    flags = set(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    command = ""
    try:
        try:
            with group.make_context(prog_name, arguments, **extra) as ctx:
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
        if isinstance(exception, click.UsageError) and exception.ctx is not None:
            command = exception.ctx.command_path
        error = as_responder_error(exception, command or prog_name)
        if "--debug" in flags:
            traceback.print_exception(exception)
        print_error(error, asked_language(arguments))
        code = error.exit_code
        try:
            if "--json" in flags:
                print_failure(schema_name(command), error)
            sys.stdout.flush()
        except OSError:
            _silence_stdout()  # stdout itself cannot be written to: that is said already
    sys.exit(code if isinstance(code, int) else 0)


def as_responder_error(exception: BaseException, command: str) -> ResponderError:
    """Return what, where and how to mend it, for any exception.

    Parameters
    ----------
    exception : BaseException
        What was raised.
    command : str
        The command that was running, such as ``responder check``.
    """
    if isinstance(exception, ResponderError):
        return exception
    if isinstance(exception, KeyboardInterrupt | EOFError | click.Abort):
        again = "finished work is kept: add --resume to go on" if command.endswith(" train") else "run it again"
        return InterruptedByUserError("interrupted", where=command, hint=again)
    if isinstance(exception, click.ClickException):
        return _from_click(exception, command)
    if isinstance(exception, _USERS_OS_ERRORS):
        return _from_os(exception, command)
    if isinstance(exception, OSError) and exception.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
        return InternalFaultError(
            (exception.strerror or "cannot write").lower(),
            where=str(exception.filename or command),
            hint="free some space or choose another place to write",
        )
    return InternalFaultError(
        f"internal fault: {type(exception).__name__}",
        where=_last_own_line(exception) or command,
        hint="run it again with --debug for the traceback, and report that",
    )


def _from_click(exception: click.ClickException, command: str) -> ResponderError:
    hint: str | Spoken = f"see '{command} --help'"
    message = exception.format_message()
    if isinstance(exception, click.NoSuchOption | click.NoSuchCommand):
        message = exception.message
        name = exception.option_name if isinstance(exception, click.NoSuchOption) else exception.command_name
        hint = did_you_mean(name, exception.possibilities or ()) or hint
    message = message.rstrip(".")
    return _CommandLineError(message[:1].lower() + message[1:], where=command, hint=hint)


def _from_os(exception: OSError, command: str) -> ResponderError:
    hints = {
        FileNotFoundError: "check the path",
        PermissionError: "check who may read and write it",
        IsADirectoryError: "name a file, not a folder",
        NotADirectoryError: "a part of the path is a file, not a folder",
        FileExistsError: "choose another name",
    }
    hint = next(text for kind, text in hints.items() if isinstance(exception, kind))
    message = (exception.strerror or "cannot open the file").lower()
    return _CommandLineError(message, where=str(exception.filename or command), hint=hint)


def _last_own_line(exception: BaseException) -> str:
    """Return the deepest line of this package in a traceback: enough to report, nothing of the data."""
    home = Path(responder.__file__).parent
    for frame in reversed(traceback.extract_tb(exception.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(home):
            return f"{(home.name / path.relative_to(home)).as_posix()} line {frame.lineno}, in {frame.name}"
    return ""


def _silence_stdout() -> None:
    """Point stdout at nothing, so that Python's own flush at exit does not complain a second time."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a descriptor has nothing to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
