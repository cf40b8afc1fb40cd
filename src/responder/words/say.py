"""Turn a code and its values into a sentence; one catalogue a language, one key a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

__all__ = ["LANGUAGES", "Language", "catalogue", "say", "say_list"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@lru_cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every sentence of a language by its dotted key."""
    text = files("responder.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return _flat(tomllib.loads(text))


def say(key: str, language: str = "en", /, **values: Any) -> str:
    """Return the words of a key in a language, with values put in their places.

    Where the catalogue has ``KEY.one`` beside ``KEY.other``, the value ``n`` chooses between them.

    Raises
    ------
    KeyError
        If the catalogue has no such key, or a value is missing.

    Examples
    --------
    >>> say("check.patients", n=1), say("check.patients", n=14), say("check.patients", "zh", n=14)
    ('1 patient', '14 patients', '14 名患者')
    """
    words = catalogue(language)
    text = words.get(key)
    if text is None:
        text = words.get(f"{key}.one") if values.get("n") == 1 else None
        text = words[f"{key}.other"] if text is None else text
    return text.format(**values)


def say_list(items: Sequence[str], language: str = "en") -> str:
    """Return items as one enumeration.

    Examples
    --------
    >>> say_list(["ear", "nose", "eye"]), say_list(["耳", "鼻"], "zh")
    ('ear, nose and eye', '耳、鼻')
    """
    if language == "zh" or len(items) < 2:
        return ("、" if language == "zh" else ", ").join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
