"""The one error tree: every user's mistake says what, where and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "ConfigError",
    "DataRefusedError",
    "NotEstimableError",
    "ResponderError",
    "StoreUnavailableError",
    "UsageError",
    "did_you_mean",
]


class ResponderError(Exception):
    """A failure that the user can understand and mend.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    where : str, optional
        Where it came from: a file and line, a column, an option.
    hint : str, optional
        How to mend it.

    Attributes
    ----------
    kind : str
        Stable machine-readable name, shown in ``--json`` envelopes.
    exit_code : int
        Exit code of the process that reports the error.

    Examples
    --------
    >>> print(ResponderError("no such column", where="cohort.csv", hint="add it"))
    no such column
    """

    kind = "internal"
    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def to_json(self) -> dict[str, Any]:
        """Return the error as the ``error`` member of a JSON envelope."""
        return {"kind": self.kind, "message": self.message, "where": self.where, "hint": self.hint}


class UsageError(ResponderError):
    """A command line that cannot be carried out."""

    kind = "usage"
    exit_code = 2


class ConfigError(ResponderError):
    """A study, experiment or facts file that cannot be used."""

    kind = "configuration"
    exit_code = 2


class DataRefusedError(ResponderError):
    """A cohort, profile or bundle that must not be used."""

    kind = "data_refused"
    exit_code = 3


class NotEstimableError(ResponderError):
    """A quantity that these data cannot give."""

    kind = "not_estimable"
    exit_code = 3


class StoreUnavailableError(ResponderError):
    """The tracking store cannot be reached or written."""

    kind = "store_unavailable"
    exit_code = 6


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return ``"did you mean 'x'?"`` for the nearest allowed word, or an empty string; of two as near, neither.

    Examples
    --------
    >>> did_you_mean("rpdia", ["rpdai", "age_years"])
    "did you mean 'rpdai'?"
    >>> did_you_mean("zzz", ["rpdai"]), did_you_mean("week_1", ["week_2", "week_3"])
    ('', '')
    """
    folded = {name.casefold(): name for name in allowed}
    written = word.casefold()
    near = difflib.get_close_matches(written, list(folded), n=2, cutoff=0.6)
    ratios = [difflib.SequenceMatcher(None, name, written).ratio() for name in near]
    if not near or (len(near) > 1 and ratios[0] == ratios[1] and near[0] != written):
        return ""
    return f"did you mean '{folded[near[0]]}'?"
