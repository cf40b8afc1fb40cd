"""Where a command writes: the result on stdout, the narration on stderr, one envelope for programs."""

from __future__ import annotations

import functools
import json
import math
import os
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import IO, Any, Concatenate, ParamSpec

import click

from responder.cli.language import lang_option, language_of
from responder.cli.progress import Narrator
from responder.errors import ResponderError
from responder.words import Language, said, said_in, say

__all__ = [
    "Output",
    "common_options",
    "is_terminal",
    "json_ready",
    "paint",
    "print_error",
    "print_failure",
    "schema_name",
]

ENVELOPE_VERSION = 1

P = ParamSpec("P")
Text = str | Callable[[], str]
_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "bold": 1, "dim": 2}


class Output:
    """Where one command writes.

    Parameters
    ----------
    command : str
        Path of the command, such as ``responder study show``.
    as_json : bool
        Write the envelope instead of text.
    quiet : bool
        Write no narration.
    debug : bool
        The user asked for details.
    lang : str
        Language of all that is said.

    Attributes
    ----------
    narrate : Narrator
        The narration: ``out.narrate("fitting ridge", done, total)`` tells a step; hand it to an engine as its
        ``progress`` callback.
    """

    def __init__(
        self,
        command: str,
        *,
        as_json: bool = False,
        quiet: bool = False,
        debug: bool = False,
        lang: Language = "en",
    ) -> None:
        self.command = command
        self.as_json = as_json
        self.debug = debug
        self.lang = lang
        self.narrate = Narrator(quiet=quiet, lang=lang)

    def result(
        self,
        payload: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        text: Text,
        *,
        error: ResponderError | None = None,
    ) -> int:
        """Write the result.

        Parameters
        ----------
        payload : Mapping[str, Any] or callable
            Members of the envelope besides ``schema`` and ``ok``; a callable is asked only when they are needed.
        text : str or callable
            What a person reads; a callable is asked only when it is needed.
        error : ResponderError, optional
            A refusal that goes with the result (the findings of a refused cohort, say).

        Returns
        -------
        int
            The exit code: 0, or that of the error.
        """
        self.narrate.close()
        if self.as_json:
            content = payload() if callable(payload) else payload
            print_envelope(schema_name(self.command), content, error, self.lang)
        else:
            click.echo(text() if callable(text) else text)
        if error is not None:
            print_error(error, self.lang)
            return error.exit_code
        return 0


def common_options(function: Callable[Concatenate[Output, P], int]) -> Callable[..., int]:
    """Give a command ``--lang``, ``--json``, ``--quiet`` and ``--debug``, and an `Output` as its first argument."""

    @lang_option
    @click.option("--json", "as_json", is_flag=True)
    @click.option("--quiet", "-q", is_flag=True)
    @click.option("--debug", is_flag=True)
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, quiet: bool, debug: bool, **kwargs: Any) -> int:
        context = click.get_current_context()
        lang = language_of(context)
        out = Output(context.command_path, as_json=as_json, quiet=quiet, debug=debug, lang=lang)
        try:
            return function(out, *args, **kwargs)
        finally:
            out.narrate.close()

    return run


def schema_name(command: str) -> str:
    """Return the schema of a command's envelope.

    Examples
    --------
    >>> schema_name("responder study show")
    'responder/study-show/1'
    """
    name = "-".join(command.split()[1:]) or "usage"
    return f"responder/{name}/{ENVELOPE_VERSION}"


def print_envelope(
    schema: str, payload: Mapping[str, Any], error: ResponderError | None = None, lang: Language = "en"
) -> None:
    """Write one envelope on stdout; its phrases are said in a language."""
    head: dict[str, Any] = {"schema": schema, "ok": error is None}
    if error is not None:
        head["error"] = {k: _one_line(v) if isinstance(v, str) else v for k, v in error.to_json(lang).items()}
    # outside UTF-8 the escapes of JSON are the only safe spelling
    as_ascii = "utf" not in (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    content = said_in(json_ready({**head, **payload}), lang)
    click.echo(json.dumps(content, indent=2, ensure_ascii=as_ascii, allow_nan=False))


def print_failure(schema: str, error: ResponderError, lang: Language = "en") -> None:
    """Write the envelope of a command that has no result."""
    print_envelope(schema, {}, error, lang)


def print_error(error: ResponderError, lang: Language = "en") -> None:
    """Write the three lines of an error on stderr; of an error that stands for several, three lines each."""
    spoken = error.in_language(lang) if hasattr(error, "in_language") else error
    for one in getattr(spoken, "every", ()) or (spoken,):
        _print_one(one, lang)


def _print_one(error: ResponderError, lang: Language) -> None:
    head = paint(say("error.head", lang), "red", sys.stderr)
    what = _one_line(said(error.message, lang))
    where = _one_line(said(error.where, lang)) or say("error.command_line", lang)
    fix = _one_line(said(error.hint, lang)) or say("error.see_help", lang)
    click.echo(say("error.what", lang, head=head, what=what), err=True)
    click.echo(say("error.where", lang, where=where), err=True)
    click.echo(say("error.fix", lang, fix=fix), err=True)


def json_ready(value: Any) -> Any:
    """Return a value made of JSON types alone; a number that is not finite becomes null.

    Examples
    --------
    >>> json_ready({"auc": float("nan"), "n": (1, 2)})
    {'auc': None, 'n': [1, 2]}
    """
    if isinstance(value, Enum):
        return json_ready(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_ready(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays, without importing NumPy
        return json_ready(value.tolist())
    if hasattr(value, "to_json"):
        return json_ready(value.to_json())
    return str(value)


def is_terminal() -> bool:
    """Return whether a person sits at both ends: there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def paint(text: str, colour: str, stream: IO[str] | None = None) -> str:
    """Return text in a colour where the stream is a terminal and ``NO_COLOR`` is not set."""
    target = sys.stdout if stream is None else stream
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not target.isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def _one_line(text: str) -> str:
    """Return text on one line and without control characters: a file name must not paint the terminal."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
