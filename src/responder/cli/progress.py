"""Narration on stderr: on a terminal one line that renews itself, elsewhere a line a step; for a program, JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from typing import IO

from responder.cli.table import clip
from responder.words import Language, Spoken, plain, said

__all__ = ["Narrator"]

SECONDS_BETWEEN_UPDATES = 0.05
SECONDS_BETWEEN_LINES = 0.25
PROGRESS = "RESPONDER_PROGRESS"
"""``json``: every step is one line of JSON, code and values, for a program that shows it in its own words."""
_ERASE_LINE = "\r\x1b[2K"


class Narrator:
    """Tell what is going on.

    Parameters
    ----------
    quiet : bool
        Tell nothing.
    stream : text stream, optional
        Where to write; stderr by default.
    lang : str
        Language in which steps are said.

    Examples
    --------
    >>> import sys
    >>> narrate = Narrator(stream=sys.stdout)
    >>> for done in range(3):
    ...     narrate("permuting labels", done, 3)
    permuting labels
    """

    def __init__(self, *, quiet: bool = False, stream: IO[str] | None = None, lang: Language = "en") -> None:
        self._stream = sys.stderr if stream is None else stream
        self._quiet, self._lang = quiet, lang
        self._as_json = os.environ.get(PROGRESS) == "json"
        self._renews = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._step = ""
        self._last_update = 0.0
        self._line_is_open = False

    def __call__(self, step: str | Spoken, done: int = 0, total: int = 0) -> None:
        """Tell a step, and how much of it is done."""
        if self._quiet:
            return
        told = said(step, self._lang)
        if self._as_json:
            self._tell_program(step, told, done, total)
            return
        if not self._renews:
            if told != self._step:
                self._stream.write(f"{told}\n")
                self._stream.flush()
            self._step = told
            return
        now = time.monotonic()
        if told == self._step and done != total and now - self._last_update < SECONDS_BETWEEN_UPDATES:
            return
        self._step, self._last_update, self._line_is_open = told, now, True
        line = f"{told} {done}/{total}" if total else told
        self._stream.write(_ERASE_LINE + clip(line, shutil.get_terminal_size().columns - 1))
        self._stream.flush()

    def _tell_program(self, step: str | Spoken, told: str, done: int, total: int) -> None:
        now = time.monotonic()
        if told == self._step and done != total and now - self._last_update < SECONDS_BETWEEN_LINES:
            return
        self._step, self._last_update = told, now
        self._stream.write(json.dumps({"step": plain(step), "done": done, "total": total}) + "\n")
        self._stream.flush()

    def say(self, text: str | Spoken) -> None:
        """Tell something that stays on the screen."""
        if not self._quiet:
            self.close()
            self._stream.write(f"{said(text, self._lang)}\n")
            self._stream.flush()

    def close(self) -> None:
        """Clear the line that renews itself, so that the result starts on an empty one."""
        if self._line_is_open:
            self._stream.write(_ERASE_LINE)
            self._stream.flush()
            self._line_is_open = False
