"""The one error tree: every user's mistake says what, where and how to fix it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from responder.words import Phrase, Spoken, knows, said, what_and_fix

__all__ = [
    "ConfigError",
    "DataRefusedError",
    "InvalidValueError",
    "NotEstimableError",
    "ResponderError",
    "StoreUnavailableError",
    "UsageError",
    "did_you_mean",
    "known_names",
    "nearest",
]

MOST_NAMED = 20
"""As many names are told of what there is; a wide table has thousands."""


class ResponderError(Exception):
    """A failure that the user can understand and fix.

    Parameters
    ----------
    case : str or Phrase
        What is wrong: ``no_model`` stands for the sentences ``error.no_model.what`` and ``error.no_model.fix`` of the
        catalogues.
    where : str or Phrase, optional
        Where it came from: a file and line, a column, an option.
    hint : str or Phrase, optional
        How to fix it, where that is not the ``fix`` of the case.
    **values
        What the sentences say: numbers, names, other phrases.

    Attributes
    ----------
    message, where, hint : str or Phrase
        What, where and how to fix it.
    kind : str
        Stable machine-readable name, shown in ``--json`` envelopes.
    exit_code : int
        Exit code of the process that reports the error.

    Examples
    --------
    >>> error = ConfigError("no_model", where="models", name="ridg")
    >>> print(error)
    no model 'ridg'
    """

    kind = "internal"
    exit_code = 1

    def __init__(
        self, case: str | Spoken, *, where: str | Spoken = "", hint: str | Spoken | None = None, **values: Any
    ) -> None:
        super().__init__(case)
        self.message: str | Spoken = case
        if isinstance(case, str) and knows(f"error.{case}.what"):
            self.message, fix = what_and_fix(f"error.{case}", values)
            hint = hint or fix
        self.where = where
        self.hint: str | Spoken = hint or ""

    def __str__(self) -> str:
        return said(self.message, "en")

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the error as the ``error`` member of a JSON envelope, said in a language."""
        parts = {"message": self.message, "where": self.where, "hint": self.hint}
        return {"kind": self.kind, **{name: said(text, language) for name, text in parts.items()}}


class InvalidValueError(ValueError):
    """A value in a TOML file that its model refuses; the reader of the file says where it stands.

    Parameters
    ----------
    case : str
        ``error.CASE.what`` of the catalogues says what is wrong, ``error.CASE.fix``, where there is one, how to fix it.
    **values
        What the sentences say.
    """

    def __init__(self, case: str, **values: Any) -> None:
        super().__init__(case)
        self.message, self.hint = what_and_fix(f"error.{case}", values)

    def __str__(self) -> str:
        return str(self.message)


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


def did_you_mean(word: str, allowed: Iterable[str]) -> Phrase | None:
    """Return the question whether the nearest allowed word was meant; None where none is near, or two are as near.

    Examples
    --------
    >>> print(did_you_mean("rpdia", ["rpdai", "age_years"]))
    did you mean 'rpdai'?
    >>> did_you_mean("zzz", ["rpdai"]), did_you_mean("week_1", ["week_2", "week_3"])
    (None, None)
    """
    near = nearest(word, allowed)
    return Phrase("did_you_mean", {"name": near}) if near else None


def known_names(names: Iterable[str]) -> Phrase:
    """Return the hint that names what there is, the first of very many.

    Examples
    --------
    >>> print(known_names(["age", "crp"]))
    known: age and crp
    >>> print(known_names(f"x{i}" for i in range(600)).values["n"])
    580
    """
    known = list(names)
    if len(known) <= MOST_NAMED + 1:
        return Phrase("hint.known", {"names": known})
    return Phrase("hint.known_some", {"names": known[:MOST_NAMED], "n": len(known) - MOST_NAMED})


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return the allowed word that is meant most likely, or an empty string; of two as near, neither.

    Examples
    --------
    >>> nearest("rpdia", ["rpdai", "age_years"])
    'rpdai'
    """
    folded = {name.casefold(): name for name in allowed}
    written = word.casefold()
    near = difflib.get_close_matches(written, list(folded), n=2, cutoff=0.6)
    ratios = [difflib.SequenceMatcher(None, name, written).ratio() for name in near]
    if not near or (len(near) > 1 and ratios[0] == ratios[1] and near[0] != written):
        return ""
    return folded[near[0]]
