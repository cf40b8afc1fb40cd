"""One language and one part of its catalogue, as pages ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from responder.words.phrase import Spoken, said, said_in
from responder.words.say import say, say_list

__all__ = ["Voice"]


@dataclass(frozen=True)
class Voice:
    """Says the sentences of one part of the catalogue in one language.

    Attributes
    ----------
    language : str
    part : str
        Beginning of the keys, such as ``report``; empty for whole keys.

    Examples
    --------
    >>> Voice("zh", "check")("patients", n=3)
    '3 名患者'
    """

    language: str
    part: str = ""

    def __call__(self, key: str, **values: Any) -> str:
        """Return the words of a key, with values put in their places.

        Raises
        ------
        KeyError
            If the catalogue has no such key, or a value is missing.
        """
        whole = f"{self.part}.{key}" if self.part else key
        return say(whole, self.language, **{name: said_in(value, self.language) for name, value in values.items()})

    def of(self, text: str | Spoken) -> str:
        """Return a phrase, or words given by language, in this language."""
        return said(text, self.language)

    def listed(self, items: Sequence[Any]) -> str:
        """Return items as one enumeration."""
        return say_list([said_in(item, self.language) for item in items], self.language)
