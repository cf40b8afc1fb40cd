"""Turn a code and its values into a sentence; one catalogue a language, one key a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "catalogue", "knows", "languages", "say", "say_list"]

FOLDER = Path(__file__).parent
"""Where the catalogues lie: a language is a file of its code with the ending ``.toml``."""

NO_LANGUAGE = frozenset({"glossary"})


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a catalogue, English first.

    Examples
    --------
    >>> languages()
    ('en', 'zh')
    """
    found = {path.stem for path in FOLDER.glob("*.toml")} - NO_LANGUAGE
    return ("en", *sorted(found - {"en"}))


@lru_cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Return every sentence of a language by its dotted key."""
    return _flat(_content(language))


def knows(key: str) -> bool:
    """Return whether there is a sentence of this key."""
    words = catalogue("en")
    return key in words or f"{key}.other" in words


def say(key: str, language: str = "en", /, **values: Any) -> str:
    """Return the words of a key in a language, with values put in their places.

    Where the catalogue has ``KEY.one`` beside ``KEY.other``, the value ``n`` chooses between them, by what
    ``grammar.one`` of the language lists. A list becomes an enumeration.

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
        text = words.get(f"{key}.one") if values.get("n") in words["grammar.one"] else None
        text = words[f"{key}.other"] if text is None else text
    if not values:
        return str(text)
    shown = {name: say_list(v, language) if isinstance(v, list | tuple) else v for name, v in values.items()}
    return str(text).format(**shown)


def say_list(items: Sequence[Any], language: str = "en") -> str:
    """Return items as one enumeration.

    Examples
    --------
    >>> say_list(["ear", "nose", "eye"]), say_list(["耳", "鼻"], "zh")
    ('ear, nose and eye', '耳、鼻')
    """
    words = catalogue(language)
    texts = [str(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    return f"{words['grammar.comma'].join(texts[:-1])}{words['grammar.and']}{texts[-1]}"


def _content(language: str) -> dict[str, Any]:
    content = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    for part in sorted((FOLDER / language).glob("*.toml")):
        content = _merged(content, tomllib.loads(part.read_text(encoding="utf-8")))
    return content


def _merged(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in other.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
