"""Findings and errors in Chinese: the English is a closed set of sentences with places for values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from responder.words.phrase import from_json

__all__ = ["PLACE", "Part", "in_chinese", "said", "sentences"]

Part = Literal["titles", "values", "messages", "hints", "places", "steps"]
CATALOGUES = ("findings_zh.toml", "errors_zh.toml")
PLACE = re.compile(r"\{(\w+)\}")
SHORTENED = re.compile(r" and (\d+) more$")
OF_A_MODEL = re.compile(r"(.+) \(([^()]+)\)")
CODED = re.compile(r"(RSP\d+): (.+)", re.DOTALL)
AND_MORE = re.compile(r"(.+) \(and (\d+) more: ([^()]+)\)", re.DOTALL)
OF_A_KEY = re.compile(r"'([\w.]+)': (.+)", re.DOTALL)


@lru_cache(maxsize=1)
def sentences() -> dict[Part, dict[str, str]]:
    """Return every sentence of a finding or an error in English, with its places, and the same in Chinese, by part."""
    found: dict[Part, dict[str, str]] = {}
    for name in CATALOGUES:
        for part, known in tomllib.loads(files("responder.words").joinpath(name).read_text(encoding="utf-8")).items():
            found.setdefault(part, {}).update(known)  # type: ignore[arg-type]
    return found


@lru_cache(maxsize=1)
def _patterns() -> dict[Part, list[tuple[re.Pattern[str], str]]]:
    # sentences that say more come first, where two would match
    return {
        part: [
            (re.compile(PLACE.sub(r"(?P<\1>.+?)", re.sub(r"([^\w\s{}])", r"\\\1", en)), re.DOTALL), zh)
            for en, zh in sorted(known.items(), key=lambda item: -len(PLACE.sub("", item[0])))
        ]
        for part, known in sentences().items()
    }


def in_chinese(text: str, part: Part) -> str:
    """Return a title, message, hint, place or step in Chinese; as it is, where the catalogue has it not.

    Examples
    --------
    >>> in_chinese("'age' is missing in 2 of 9 patients", "messages")
    '“age”在 9 名患者中缺失 2 名'
    >>> in_chinese("all pairs scored (ridge:0.1)", "titles")
    '所有患者对都已计分（ridge:0.1）'
    >>> in_chinese("RSP102: the file is empty (and 1 more: all are listed)", "messages")
    'RSP102：文件是空的（另有 1 条：均已列出）'
    """
    found = _whole(text, part)
    if found is not None:
        return found
    if part == "titles" and (of_a_model := OF_A_MODEL.fullmatch(text)):
        return f"{in_chinese(of_a_model[1], part)}（{of_a_model[2]}）"
    return _composed(text) if part == "messages" else text


def said(text: Any, part: Part, language: str) -> str:
    """Return a part of a finding or an error in a language.

    Examples
    --------
    >>> said("add one row a patient", "hints", "en"), said("add one row a patient", "hints", "zh")
    ('add one row a patient', '请为每名患者补一行')
    """
    if isinstance(text, Mapping):
        text = from_json(text)
    if not isinstance(text, str):
        return str(text.in_language(language))
    return in_chinese(text, part) if language == "zh" else str(text)


def _whole(text: str, part: Part) -> str | None:
    for pattern, zh in _patterns().get(part, ()):
        match = pattern.fullmatch(text)
        if match:
            return zh.format(**{name: _value(value) for name, value in match.groupdict().items()})
    return None


def _composed(text: str) -> str:
    """Return a message made of others: with a code before it, a count behind it, or several in a row."""
    if coded := CODED.fullmatch(text):
        return f"{coded[1]}：{in_chinese(coded[2], 'messages')}"
    if more := AND_MORE.fullmatch(text):
        return f"{in_chinese(more[1], 'messages')}（另有 {more[2]} 条：{_value(more[3])}）"
    if "; " in text:
        return "；".join(in_chinese(one, "messages") for one in text.split("; "))
    if of_a_key := OF_A_KEY.fullmatch(text):
        return f"“{of_a_key[1]}”：{in_chinese(of_a_key[2], 'messages')}"
    return text


def _value(value: str) -> str:
    found = _whole(value, "values")
    return SHORTENED.sub(r" 等（另有 \1 个）", value) if found is None else found
