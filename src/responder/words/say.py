"""Turn a code and its values into a sentence; one catalogue a language, one key a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "MOST_LISTED", "catalogue", "knows", "languages", "say", "say_list"]

FOLDER = Path(__file__).parent
"""Where the catalogues lie: a language is a file of its code with the ending ``.toml``."""

MOST_LISTED = 30
"""As many names of one list, and rows of one table, are told to a person; a wide table has thousands."""
NO_LANGUAGE = frozenset({"glossary"})


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that have a catalogue, English first.

    Examples
    --------
    >>> languages()
    ('en', 'zh')
    """
    found = {path.stem for path in FOLDER.glob("*.toml")} - NO_LANGUAGE
    return ("en", *sorted(found - {"en"}))


def catalogue(language: str) -> Mapping[str, Any]:
    """Return every sentence of a language by its dotted key."""
    return {key: words for name in _tables(language) for key, words in _part(language, name).items()}


def knows(key: str) -> bool:
    """Return whether there is a sentence of this key."""
    words = _part_of(key, "en")
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
    words = _part_of(key, language)
    text = words.get(key)
    if text is None:
        text = words.get(f"{key}.one") if values.get("n") in _part(language, "grammar")["grammar.one"] else None
        text = words[f"{key}.other"] if text is None else text
    if not values:
        return str(text)
    shown = {name: say_list(v, language) if isinstance(v, list | tuple) else v for name, v in values.items()}
    return str(text).format(**shown)


def say_list(items: Sequence[Any], language: str = "en") -> str:
    """Return items as one enumeration; of very many the first, and how many more there are.

    Examples
    --------
    >>> say_list(["ear", "nose", "eye"]), say_list(["耳", "鼻"], "zh")
    ('ear, nose and eye', '耳、鼻')
    >>> say_list([f"gene{i}" for i in range(2000)])[-21:]
    'gene29 and 1,970 more'
    """
    texts = [str(item) for item in items]
    if len(texts) > MOST_LISTED + 1:
        more = say("list.more", language, n=len(texts) - MOST_LISTED)
        texts = [*texts[:MOST_LISTED], more]
    if len(texts) < 2:
        return "".join(texts)
    grammar = _part(language, "grammar")
    return f"{grammar['grammar.comma'].join(texts[:-1])}{grammar['grammar.and']}{texts[-1]}"


def _part_of(key: str, language: str) -> Mapping[str, Any]:
    return _part(language, key.partition(".")[0])


@cache
def _part(language: str, name: str) -> Mapping[str, Any]:
    """Return the sentences of the tables of a name, and those that stand in no table: the others are not parsed."""
    own = dict(_flat(tomllib.loads(_tables(language).get(name, ""))))
    return {**_part(language, ""), **own} if name else own


@cache
def _tables(language: str) -> Mapping[str, str]:
    """Return the text of a catalogue by the first name of its tables; what stands before any table has none."""
    head, *tables = re.split(r"(?m)^(?=[ \t]*\[)", (FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    found = {"": head}
    for table in tables:
        name = re.split(r"[.\]]", table.lstrip()[1:], maxsplit=1)[0].strip()
        found[name] = found.get(name, "") + table
    return found


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
