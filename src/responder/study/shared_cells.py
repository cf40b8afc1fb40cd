"""Cells of one column that speak of another quantity: ``0.3 mg/kg`` or ``methylprednisolone 8 mg`` among doses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from responder.values import fold_unit

__all__ = ["SharedCell", "claim"]

_NUMBER_AND_UNIT = re.compile(r"^([+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+))\s*(\S.*)?$")
_MERE_NUMBER = re.compile(r"[0-9.,+-]*")
_BETWEEN = " \t\u00a0\u3000:,;()"


@dataclass(frozen=True)
class SharedCell:
    """A quantity that may stand in the column of a trait, and how it is told from it.

    Attributes
    ----------
    name : str
        The quantity; that of the trait itself for its own words.
    words : tuple of str
        Words before or behind the number that name it.
    units : tuple of str
        Units that only it has.

    Examples
    --------
    >>> shared = (SharedCell("by_weight", units=("mg/kg",)), SharedCell("other_drug", words=("methylprednisolone",)))
    >>> claim("0.3 mg/kg", shared), claim("Methylprednisolone 8 mg", shared), claim("15 mg", shared)
    (('by_weight', '0.3 mg/kg'), ('other_drug', '8 mg'), ('', '15 mg'))
    """

    name: str
    words: tuple[str, ...] = ()
    units: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**asdict(self), "words": list(self.words), "units": list(self.units)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> SharedCell:
        """Rebuild from `to_json`."""
        return cls(content["name"], tuple(content["words"]), tuple(content["units"]))


@lru_cache(maxsize=64)
def _words(shared: tuple[SharedCell, ...]) -> tuple[tuple[str, str], ...]:
    """Return each word with whose it is, the longest first."""
    return tuple(sorted(((w.casefold(), one.name) for one in shared for w in one.words), key=lambda s: -len(s[0])))


def claim(text: str, shared: Sequence[SharedCell]) -> tuple[str, str]:
    """Return whose number a cell is and the cell without the word that says so; an empty name where nothing does.

    A cell with a word and no plain number beside it (two drugs in one cell) is nobody's, and stays as it is.
    """
    if _MERE_NUMBER.fullmatch(text):
        return "", text
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    for word, name in _words(tuple(shared)):
        before, within, behind = plain.partition(word)
        # a word within a longer one ("fluprednisolone") is another word
        if not within or (before and behind) or (word.isascii() and (before[-1:].isalpha() or behind[:1].isalpha())):
            continue
        rest = (before or behind).strip(_BETWEEN)
        return (name, rest) if _NUMBER_AND_UNIT.match(rest) else ("", text)
    number = _NUMBER_AND_UNIT.match(plain)
    if number and number.group(2):
        unit = fold_unit(number.group(2))
        for one in shared:
            if unit in map(fold_unit, one.units):
                return one.name, text
    return "", text
