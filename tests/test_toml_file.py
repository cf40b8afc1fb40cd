"""What a person reads when a file does not fit its model."""

from typing import Literal

import pytest
from pydantic import Field

from responder.errors import ConfigError
from responder.evidence.reconstruction.statements import ReportedFacts
from responder.toml_file import StrictModel, parse_model, parse_toml
from responder.words import Phrase

FACTS = {"schema": "responder/facts/1", "title": "Ages", "n": 5, "variables": {"age": {"lowest": 18, "highest": 90}}}
MEAN = {"id": "mean_age", "statistic": "mean", "of": "age", "value": "45.2"}


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (MEAN | {"statistic": "avg"}, "'fact.0.statistic': should be one of median, "),
        (MEAN | {"value": "4five"}, "'fact.0': value '4five' is not a number"),
        (MEAN | {"of": "agee"}, "'mean_age' refers to 'agee', which is not a variable"),
    ],
)
def test_one_mistake_is_said_once(fact, said):
    with pytest.raises(ConfigError) as refused:
        parse_model(FACTS | {"fact": [fact]}, ReportedFacts, "ages.toml")
    assert str(refused.value.message).startswith(said)
    assert ";" not in str(refused.value.message)


def test_a_list_that_is_empty_is_too_short():
    with pytest.raises(ConfigError, match="'fact': has too few entries \\(at least 1\\)"):
        parse_model(FACTS | {"fact": []}, ReportedFacts, "ages.toml")


class Bounds(StrictModel):
    n: int = Field(ge=1)
    kind: Literal["a", "b"] = "a"
    share: float = Field(default=0.5, gt=0.0, lt=1)


@pytest.mark.parametrize(
    ("content", "code", "english", "chinese"),
    [
        ({"n": "x"}, "toml.at", "'n': should be a whole number", "“n”：应为整数"),
        ({"n": 0}, "toml.at", "'n': should be at least 1", "“n”：应不小于 1"),
        ({"n": 1, "share": 0}, "toml.at", "'share': should be greater than 0", "“share”：应大于 0"),
        ({"n": 1, "kind": "c"}, "toml.at", "'kind': should be one of a and b", "“kind”：应为 a、b 之一"),
        ({}, "toml.missing_key", "key 'n' is missing", "缺少键“n”"),
        ({"n": 1, "m": 2}, "toml.unknown_key", "unknown key 'm'", "未知的键“m”"),
        (
            {"n": 0, "kind": "c"},
            "toml.one_then_other",
            "'n': should be at least 1; 'kind': should be one of a and b",
            "“n”：应不小于 1；“kind”：应为 a、b 之一",
        ),
    ],
)
def test_pydantic_s_problems_are_said_in_every_language(content, code, english, chinese):
    with pytest.raises(ConfigError) as refused:
        parse_model(content, Bounds, "f.toml")
    message = refused.value.message
    assert (message.code, str(message), message.in_language("zh")) == (code, english, chinese)


def test_broken_toml_is_told_by_its_place():
    with pytest.raises(ConfigError) as refused:
        parse_toml("a = 1\nb = = 2", "f.toml")
    assert refused.value.message == Phrase("error.toml_syntax.what", {"line": 2, "column": 5})


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 500, "a = " + "[" * 500 + "]" * 500, "a = " + "[" * 60 + "]" * 60, "a = " + "{b=" * 500,
     ".".join("a" * 100_000) + " = 1", "[" + " . ".join(['"a"'] * 50_000) + "]"],
    ids=["open", "closed", "parsed", "tables", "key", "header"],
)  # fmt: skip
def test_deep_toml_is_refused_at_once(text):
    with pytest.raises(ConfigError, match="more than 32 levels deep"):
        parse_toml(text, "deep.toml")


def test_what_people_write_is_not_deep():
    text = "note = 'v1.2.3, see a.b.c (p. 4)... e.g. this.'\n[a.b.c.d.e]\nf = [[1, [2]], {g = [3]}]\n"
    assert parse_toml(text, "x.toml")["a"]["b"]["c"]["d"]["e"]["f"][0] == [1, [2]]
