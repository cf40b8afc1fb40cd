"""Every sentence of a report, in English and in Chinese, from catalogues with the same keys in both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from responder.words import LANGUAGES, Language

__all__ = ["LANGUAGES", "Language", "Words", "words_in"]


class Words:
    """The catalogue of one language.

    Examples
    --------
    >>> words_in("en")("outcome.responder")
    'responder'
    >>> words_in("zh")("outcome.responder")
    '应答者'
    """

    def __init__(self, language: Language, catalogue: Mapping[str, str]) -> None:
        self.language = language
        self.catalogue = catalogue

    def __call__(self, key: str, **values: Any) -> str:
        """Return the words of a key, with values put in their places.

        Raises
        ------
        KeyError
            If the catalogue has no such key, or a value is missing.
        """
        text = self.catalogue[key]
        return text.format(**values) if values else text

    def pick(self, en: str, zh: str) -> str:
        """Return the one of two texts that is in this language; English where Chinese is empty."""
        return zh if self.language == "zh" and zh else en

    def listed(self, items: list[str]) -> str:
        """Return items as one enumeration."""
        if self.language == "zh":
            return "、".join(items)
        return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


@lru_cache
def words_in(language: Language, subject: str = "") -> Words:
    """Return the words of a language: of a run's report, or of another subject with a catalogue of its own."""
    name = f"{subject}_{language}" if subject else language
    text = files("responder.report").joinpath(f"text/{name}.toml").read_text(encoding="utf-8")
    return Words(language, _flat(tomllib.loads(text)))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
