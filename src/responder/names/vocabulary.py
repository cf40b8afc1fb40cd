"""The words of the vocabulary as patterns; how a name is written down before they are looked for."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["alternatives", "pattern", "plain", "separated", "spaced", "vocabulary"]

_CAMEL = re.compile(
    r"(?<=[a-z])(?=[A-Z][a-z]{2})|(?<=[a-z])(?=[WMDVT]\d)|(?<=[a-z])(?=BL$)"
    r"|(?<=\bpost)(?=[A-Z])|(?<=\bpre)(?=[A-Z])|(?<=[A-Z]{3})(?=[wdm]\d{1,2}(?!\w))"
)
_NEGATIVE_NUMBER = re.compile(r"(?<=[\s_(])[-\u2212](?=\d)")
_RATE_UNITS = (
    "hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mo|years?|yrs?|y|m2"
    "|tag|woche|monat|jahr|jour|semaine|mois|dia|semana|mes"
)
_RATE = re.compile(
    rf"(?:/|(?<![a-z])(?:per|pro|par|por)[\s_]*|每)\s*(?:\d+\s*)?(?:(?:{_RATE_UNITS})(?![a-z]|[\s_]*\d)"
    r"|[日天周週月年]|小时|時間)"
)
_DIGIT_OF = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CJK_NUMBER = re.compile(
    r"[一二两三四五六七八九十]+(?=个|個|周|週|天|日|年|か|ヶ|ヵ|カ|小时|時間|次|回|疗程|療程|周期|月)"
)
_NUMBER_WORD = re.compile(r"(?<![a-z])(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?![a-z])")
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)(?![a-z])")
_ORDINAL_WORD = re.compile(r"(?<![a-z])(first|second|third|fourth|fifth|sixth)(?= (?:visit|week|month|day))")
_ORDINAL_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth")
_SEPARATORS = re.compile(r"[\s_,;:\-\u2010-\u2015()\[\]{}（）【】\"'/\\|#·•]+|\.(?!\d)|(?<!\d)\.")


@lru_cache
def vocabulary() -> dict[str, Any]:
    """Return the vocabulary as it stands in its file."""
    return tomllib.loads(files("responder.names").joinpath("vocabulary.toml").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """Return a text in lower case, in one width and without the accents of Latin letters.

    Examples
    --------
    >>> plain("Réponse à Überleben"), plain("ＣＲＰ　１２ヶ月")
    ('reponse a uberleben', 'crp 12ヶ月')
    """
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    bare = "".join(c for c in parts if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare).casefold().replace("ß", "ss")


def separated(name: str) -> str:
    """Return a name as plain words with one blank between them, and nothing taken out.

    Examples
    --------
    >>> separated("Dose_mg/day"), separated("ear, nose")
    ('dose mg day', 'ear nose')
    """
    return " ".join(_SEPARATORS.sub(" ", plain(name)).split())


def spaced(name: str) -> str:
    """Return a name as plain words with one blank between them, numbers as digits, rates (mg/day) taken out.

    Examples
    --------
    >>> spaced("TregWeek4"), spaced("RPDAI_week-12"), spaced("dose (mg/day)"), spaced("CRP 三个月")
    ('treg week4', 'rpdai week 12', 'dose mg', 'crp 3个月')
    """
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", name))
    text = _NEGATIVE_NUMBER.sub("minus ", plain(text))
    text = _RATE.sub(" ", text)
    text = " ".join(_SEPARATORS.sub(" ", text).split())
    text = _CJK_NUMBER.sub(lambda m: str(_cjk_number(m.group())), text)
    text = _ORDINAL_WORD.sub(lambda m: str(_ORDINAL_WORDS.index(m.group()) + 1), _ORDINAL.sub("", text))
    return _NUMBER_WORD.sub(lambda m: str(_NUMBER_WORDS.index(m.group()) + 1), text)


def _cjk_number(text: str) -> int:
    if "十" not in text:
        return int("".join(str(_DIGIT_OF[c]) for c in text))
    tens, _, ones = text.partition("十")
    return 10 * _DIGIT_OF.get(tens, 1) + _DIGIT_OF.get(ones, 0)


def pattern(entry: str) -> str:
    """Return the regular expression of one entry of the vocabulary.

    Examples
    --------
    >>> import re
    >>> bool(re.search(pattern("follow up*"), "crp followup")), bool(re.search(pattern("os month*"), "doses month"))
    (True, False)
    """
    words = plain(entry).strip()
    body = re.escape(words).replace(r"\.\.\.", ".*").replace(r"\*", r"[^\W\d_]*").replace(r"\#", r"\d+(?:\.\d+)?")
    body = body.replace(r"\ ", " ?")
    first, last = words[0], words[-1]
    left = r"(?<![^\W\d_])" if _is_latin(first) else r"(?<![\d.])" if first == "#" else ""
    right = r"(?![a-z])" if _is_latin(last) or last == "*" else r"(?!\d)" if last == "#" else ""
    # a Latin word may stand right behind Chinese ones
    return left.replace(r"[^\W\d_]", "[a-z]") + body + right


def alternatives(entries: Iterable[str]) -> re.Pattern[str]:
    """Return one pattern for all entries, the longest first."""
    return re.compile("|".join(f"(?:{pattern(e)})" for e in sorted(entries, key=len, reverse=True)))


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"
