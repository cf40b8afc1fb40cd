"""Findings in Chinese: checks speak English, and what they say is a closed set of sentences with places for values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from responder.report.words import Words

__all__ = ["Part", "finding_words", "in_chinese", "sentences"]

Part = Literal["titles", "values", "messages", "hints", "places"]
PLACE = re.compile(r"\{(\w+)\}")
SHORTENED = re.compile(r" and (\d+) more$")
OF_A_MODEL = re.compile(r"(.+) \(([^()]+)\)")


@lru_cache(maxsize=1)
def sentences() -> dict[Part, dict[str, str]]:
    """Return every sentence of a finding in English, with its places, and the same in Chinese, by part."""
    found: dict[Part, dict[str, str]] = tomllib.loads(
        files("responder.report").joinpath("text/findings_zh.toml").read_text(encoding="utf-8")
    )  # type: ignore[assignment]
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
    """Return a title, message, hint or place of a finding in Chinese; as it is, where the catalogue has it not.

    Examples
    --------
    >>> in_chinese("'age' is missing in 2 of 9 patients", "messages")
    '“age”在 9 名患者中缺失 2 名'
    >>> in_chinese("all pairs scored (ridge:0.1)", "titles")
    '所有患者对都已计分（ridge:0.1）'
    """
    for pattern, zh in _patterns()[part]:
        match = pattern.fullmatch(text)
        if match:
            return zh.format(**{name: _value(value) for name, value in match.groupdict().items()})
    of_a_model = OF_A_MODEL.fullmatch(text) if part == "titles" else None
    if of_a_model:
        return f"{in_chinese(of_a_model[1], part)}（{of_a_model[2]}）"
    return text


def _value(value: str) -> str:
    return sentences()["values"].get(value) or SHORTENED.sub(r" 等（另有 \1 个）", value)


def finding_words(words: Words) -> Callable[[str, Part], str]:
    """Return how a part of a finding is said in a language."""
    return in_chinese if words.language == "zh" else lambda text, _part: text
