"""Words that cells answer with: gaps, yes and no, none of them, the sexes, ranks."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from responder.values.text import fold_word, plain_text

__all__ = ["gap_word", "is_gap", "is_none", "rank_word", "sex_spellings", "yes_no"]


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files("responder.values").joinpath("words.toml").read_text(encoding="utf-8"))


@lru_cache
def _folded(table: str, key: str) -> frozenset[str]:
    return frozenset(map(fold_word, _words()[table][key]))


@lru_cache(maxsize=1)
def _answers() -> Mapping[str, float]:
    return dict.fromkeys(_folded("answer", "no"), 0.0) | dict.fromkeys(_folded("answer", "yes"), 1.0)


@lru_cache(maxsize=1)
def _ranks() -> Mapping[str, int]:
    return {fold_word(word): rank for rank, words in enumerate(_words()["rank"]["order"]) for word in words}


def is_gap(value: object) -> bool:
    """Return whether a cell says that nothing was recorded. The word "none" is an answer, not a gap.

    ``ND`` is no gap either: it may mean "not detected"; a study declares what it means.

    Examples
    --------
    >>> is_gap("N/A"), is_gap(None), is_gap("未查"), is_gap("none"), is_gap("ND"), is_gap(0)
    (True, True, True, False, False, False)
    """
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str):
        return _is_gap_text(value)
    # pandas' own missing scalar is neither None nor a float
    return type(value).__name__ in {"NAType", "NaTType"}


@lru_cache(maxsize=1 << 12)  # the cells of a column are looked at by several questions, one after the other
def _is_gap_text(text: str) -> bool:
    return not text or fold_word(text) in _folded("gap", "usual")


def gap_word(value: object) -> str | None:
    """Return a gap's unusual word, fit to be shown: a missing-data code of REDCap, or an error of a spreadsheet.

    Examples
    --------
    >>> gap_word("UNK"), gap_word("#DIV/0!"), gap_word("unk"), gap_word("NA"), gap_word("12")
    ('UNK', '#DIV/0!', None, None, None)
    """
    return _gap_text(value) if isinstance(value, str) else None


@lru_cache(maxsize=1 << 12)
def _gap_text(value: str) -> str | None:
    text = plain_text(value)
    return text if text in _words()["gap"]["codes"] or fold_word(text) in _folded("gap", "signs") else None


def yes_no(value: object) -> float | None:
    """Return 1 for a word of yes, presence or a positive finding, 0 for its contrary, None for anything else.

    Examples
    --------
    >>> [yes_no(word) for word in ("ja", "Non", "阳性", "無", "+", True, 0.0, "2", "perhaps")]
    [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, None, None]
    """
    if isinstance(value, str):
        return _answers().get(fold_word(value))
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number in {0.0, 1.0} else None


def is_none(value: str) -> bool:
    """Return whether a cell says that none of several things is present.

    Examples
    --------
    >>> is_none("none"), is_none("无"), is_none("")
    (True, True, False)
    """
    return fold_word(value) in _folded("answer", "none")


def sex_spellings(sex: str) -> frozenset[str]:
    """Return the folded spellings of ``female`` or ``male`` in all languages that are known.

    Examples
    --------
    >>> {"女", "w", "femme"} <= sex_spellings("female"), "m" in sex_spellings("male")
    (True, True)
    """
    return _folded("sex", sex)


def rank_word(value: str) -> int | None:
    """Return the rank of a word of degree, 0 for negative, or None where it is none.

    Examples
    --------
    >>> [rank_word(word) for word in ("阴性", "±", "+", "2+", "+++", "12")]
    [0, 1, 2, 3, 4, None]
    """
    return _ranks().get(fold_word(value))
