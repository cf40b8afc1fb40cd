"""Narration on stderr: on a terminal one line that renews itself, elsewhere a line a step."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import IO

from responder.cli.table import clip
from responder.words import Language, Spoken, said

__all__ = ["Narrator"]

SECONDS_BETWEEN_UPDATES = 0.05
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
        self._renews = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._step = ""
        self._last_update = 0.0
        self._line_is_open = False

    def __call__(self, step: str | Spoken, done: int = 0, total: int = 0) -> None:
        """Tell a step, and how much of it is done."""
        if self._quiet:
            return
        told = said(step, self._lang)
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
