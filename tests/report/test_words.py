"""Two catalogues that say the same, and nothing that is cited and not listed."""

import re
from pathlib import Path

import pytest

import responder.report
from responder.report.methods import references
from responder.report.words import words_in

PACKAGE = Path(responder.report.__file__).parent
EN, ZH = words_in("en").catalogue, words_in("zh").catalogue


def places(text):
    return sorted(re.findall(r"\{(\w+)\}|\[@(\w+)\]", text))


def test_both_languages_have_the_same_keys():
    assert set(EN) == set(ZH)


def test_both_languages_have_the_same_places():
    assert [key for key in EN if places(EN[key]) != places(ZH[key])] == []


def test_chinese_is_chinese():
    same = [key for key in EN if EN[key] == ZH[key] and re.search("[A-Za-z]{4}", EN[key].replace("{id}", ""))]
    assert set(same) <= {"setting_source.--set", "models.coverage"}


def test_every_citation_is_listed_and_every_listed_work_is_cited():
    cited = set(re.findall(r"\[@(\w+)\]", " ".join(EN.values())))
    assert cited == set(references())


def test_no_sentence_is_left_over():
    """A key is named whole in the code, or by its first part with a value that the code computes."""
    texts = [path.read_text(encoding="utf-8") for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.j2")]]
    code = "\n".join(texts)
    computed = set(re.findall(r"f[\"']([\w.]+)\.\{", code)) | {"limits", "section"}
    left = [key for key in EN if f'"{key}"' not in code and key.rpartition(".")[0] not in computed]
    assert [key for key in left if not key.startswith(("figure.permutation.seen_", "methods."))] == []


def test_enumerations():
    assert words_in("en").listed([]) == ""
    assert words_in("en").listed(["a"]) == "a"
    assert words_in("en").listed(["a", "b", "c"]) == "a, b and c"
    assert words_in("zh").listed(["甲", "乙"]) == "甲、乙"


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        words_in("en")("nothing.like.this")
