"""Every catalogue says the same: the same keys, the same places for values, and nothing that nobody says."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

import responder
from responder.words import Voice, languages, say_list
from responder.words.say import FOLDER, catalogue

PACKAGE = Path(responder.__file__).parent
OTHERS = [language for language in languages() if language != "en"]
PLACES = re.compile(r"\{\{|\}\}|\{(\w+)[^{}]*\}|\[@(\w+)\]")
ENDINGS = re.compile(r"\.(one|other|what|fix)$")


def places(text):
    found = text if isinstance(text, str) else " ".join(map(str, text))
    return sorted({"".join(groups) for groups in PLACES.findall(found)} - {""})


def without_plural(keys):
    return {re.sub(r"\.(one|other)$", "", key) for key in keys}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys(language):
    assert without_plural(catalogue(language)) == without_plural(catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_places(language):
    en, own = catalogue("en"), catalogue(language)
    assert [key for key in en.keys() & own.keys() if places(en[key]) != places(own[key])] == []


def test_chinese_is_chinese():
    en, zh = catalogue("en"), catalogue("zh")
    same = {
        key
        for key in en.keys() & zh.keys()
        if en[key] == zh[key] and re.search("[A-Za-z]{4}", PLACES.sub("", str(en[key])))
    }
    assert same <= SAME_IN_BOTH


SAME_IN_BOTH = {
    "doctor.artifacts.moved.fix",
    "doctor.bytecode.not_written.fix",
    "doctor.chromium.absent.fix",
    "doctor.lock.no_stamp.fix",
    "doctor.lock.other.fix",
    "doctor.name.libgomp",
    "doctor.runs.stale.fix",
    "encoding.mac_roman",
    "error.eligibility_michet.fix",
    "report.setting_source.--set",
    "result.brier",
}


@lru_cache(maxsize=1)
def named():
    """The texts of the code that can be keys, and the patterns of those that are put together."""
    whole, made = set(), set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if len(node.value) < 300:
                    words = set(re.findall(r"[\w.+\-]+", node.value))
                    whole |= words | {word.strip("-").replace("-", "_") for word in words}
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"[\w.\-/]+" for p in node.values]
                if re.fullmatch(r"([\w\\.\-]|\[\\w\.\\-/\]\+)*\w\w([\w\\.\-]|\[\\w\.\\-/\]\+)*", "".join(parts)):
                    made.add("".join(parts))
    for path in [*PACKAGE.rglob("*.j2"), *PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.toml")]:
        if FOLDER not in path.parents:
            whole |= set(re.findall(r"[\w.+\-]+", path.read_text(encoding="utf-8")))
    made = {pattern for pattern in made if re.search(r"[a-z]{2}", pattern.replace(r"[\w.\-/]+", ""))}
    return whole, [re.compile(pattern) for pattern in made]


def is_said(key):
    whole, made = named()
    keys = [key.split("."), ENDINGS.sub("", key).split(".")]
    names = {".".join(parts[at:]) for parts in keys for at in range(len(parts))} - {"what", "fix", "one", "other"}
    return any(name in whole or any(pattern.fullmatch(name) for pattern in made) for name in names)


def test_no_sentence_is_left_over():
    """The code names a key: whole, without the part of the catalogue that it asks, or by what it computes."""
    left = [key for key in catalogue("en") if not key.startswith("grammar.") and not is_said(key)]
    assert left == []


def test_enumerations():
    assert say_list([]) == ""
    assert say_list(["a"]) == "a"
    assert say_list(["a", "b", "c"]) == "a, b and c"
    assert say_list(["甲", "乙"], "zh") == "甲、乙"


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        Voice("en")("nothing.like.this")
