"""Endpoints of a study: levels in place of numbers, and what is refused."""

import pytest
from pydantic import ValidationError

from responder.study import load_study
from responder.study.model import Study
from responder.study.rule_words import response_words, rule_words
from responder.words import languages

GRADES = [{"name": name} for name in ("None", "Some", "Marked")]


def study(endpoint, column=None, **more):
    """A small study with one endpoint on `out`; `column` is what the outcome trait is besides."""
    return Study.model_validate(
        {
            "schema": "responder/study/1", "id": "s", "title": "s", "intervention": "i", "population": "p",
            "trait": [
                {"name": "first", "kind": "count", "group": "g", "unit": "points", "label": "score"},
                {"name": "age", "kind": "continuous", "group": "g", "unit": "years", "label": "age"},
                {"name": "out", "kind": "ordinal", "group": "g", "timing": "outcome", "label": "improved",
                 "levels": GRADES} | (column or {}),
            ],
            "endpoint": [{"name": "e", "label": "e", "column": "out"} | endpoint],
        } | more
    )  # fmt: skip


NUMBER = {"kind": "count", "unit": "points", "levels": []}


def test_levels_are_numbers_of_the_column():
    endpoint = study({"levels": ["Some", "Marked"]}).endpoint
    assert endpoint.level_numbers == (1.0, 2.0)
    assert [endpoint.met_by(number) for number in (0.0, 1.0, 2.0)] == [False, True, True]
    yes = study({"levels": ["yes"]}, {"kind": "binary", "levels": []}).endpoint
    assert yes.level_numbers == (1.0,)


def test_a_study_written_out_and_read_again_keeps_its_rule():
    one = study({"levels": ["Marked"]})
    again = Study.model_validate(one.model_dump(by_alias=True))
    assert again == one
    assert again.endpoint.level_numbers == one.endpoint.model_copy(update={"withdrawal": "non_responder"}).level_numbers


@pytest.mark.parametrize(
    ("endpoint", "column", "problem"),
    [
        ({}, None, "needs either 'operator' and 'threshold'"),
        ({"operator": "=="}, None, "needs either 'operator' and 'threshold'"),
        ({"levels": ["Some"], "operator": "==", "threshold": 1}, None, "not both"),
        ({"levels": ["Strong"]}, None, "not a level of 'out'"),
        ({"levels": ["None", "Some", "Marked"]}, None, "every level"),
        ({"levels": ["Some"]}, NUMBER, "binary or ordinal"),
        ({"operator": "==", "threshold": 0, "applies_unless_met_at": "start"}, NUMBER, "which is not a trait"),
        ({"operator": "==", "threshold": 0, "applies_unless_met_at": "age"}, NUMBER, "kind and unit"),
        ({"operator": "==", "threshold": 0, "applies_unless_met_at": "first", "measure": "change", "baseline": "first"},
         NUMBER, "can only be used with the measure 'value'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(endpoint, column, problem):
    with pytest.raises(ValidationError, match=problem):
        study(endpoint, column)


@pytest.mark.parametrize(
    ("endpoint", "column", "words", "chinese"),
    [
        ({"levels": ["Some", "Marked"]}, None, "improved is Some or Marked", "improved为Some或Marked"),
        ({"operator": ">=", "threshold": 1}, None, "improved is Some or Marked", "improved为Some或Marked"),
        ({"operator": "==", "threshold": 1}, {"kind": "binary", "levels": []}, "improved is yes", "improved为是"),
        ({"operator": ">", "threshold": 7}, None, "improved is above 7", "improved高于7"),
        ({"operator": "<=", "threshold": 2.5}, NUMBER | {"unit": "mg/L"}, "improved is at most 2.5 mg/L",
         "improved不高于2.5 mg/L"),
    ],
)  # fmt: skip
def test_the_rule_is_said_in_words(endpoint, column, words, chinese):
    one = study(endpoint, column)
    assert str(rule_words(one, one.endpoint)) == words
    assert rule_words(one, one.endpoint).in_language("zh") == chinese


@pytest.mark.parametrize(
    ("measure", "operator", "threshold", "words"),
    [
        ("change", "<=", -2, "at least 2 lower than"), ("change", "<", -2, "more than 2 lower than"),
        ("change", ">=", 3, "at least 3 higher than"), ("change", ">", 3, "more than 3 higher than"),
        ("change", "==", -1, "exactly 1 lower than"), ("change", "==", 1, "exactly 1 higher than"),
        ("change", "<", 0, "is lower than"), ("change", ">", 0, "is higher than"),
        ("change", "<=", 0, "not higher than"), ("change", ">=", 0, "not lower than"), ("change", "==", 0, "as at"),
        ("percent_change", "<=", -50, "at least 50% lower"), ("percent_change", ">=", -50, "at least -50%"),
        ("percent_change", "<=", 50, "at most 50%"), ("change", ">", -2, "above -2"), ("change", "<", 2, "below 2"),
    ],
)  # fmt: skip
def test_a_change_is_said_by_size_and_direction(measure, operator, threshold, words):
    one = study({"measure": measure, "baseline": "first", "operator": operator, "threshold": threshold}, NUMBER)
    assert words in str(rule_words(one, one.endpoint))
    assert "基线" in rule_words(one, one.endpoint).in_language("zh")


@pytest.mark.parametrize("language", languages())
def test_every_endpoint_of_the_shipped_study_is_said(language):
    shipped = load_study("rp-ld-il2")
    said = [response_words(shipped, endpoint, 6, 9).in_language(language) for endpoint in shipped.endpoints]
    assert len(set(said)) == len(said)
    later = shipped.endpoints[2].model_copy(update={"week": None})
    assert "12" not in rule_words(shipped, later).in_language(language)


def test_a_level_that_persists_is_said_so():
    shipped = load_study("rp-ld-il2")
    stays = shipped.endpoints[2].model_copy(update={"threshold": 1.0})
    assert str(rule_words(shipped, stays)) == "ear or nose chondritis present at baseline is still there at week 12"


def test_a_rule_of_resolution_tells_presence_from_absence():
    shipped = load_study("rp-ld-il2").model_dump(by_alias=True)
    shipped["endpoint"][2]["threshold"] = 5
    with pytest.raises(ValidationError, match="presence"):
        Study.model_validate(shipped)


def test_what_else_must_hold_is_an_endpoint_of_its_own():
    from responder.study import load_study

    rule, *more = load_study("sle-ld-il2").endpoint.parts
    assert (rule.column, rule.also) == ("sledai_week12", ())
    assert [part.column for part in more] == ["new_bilag_a_week12", "new_bilag_b_week12", "pga_week12"]
    assert {part.name for part in more} == {"sri4"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('column = "new_bilag_a_week12"', 'column = "new_bilag_c"', "new_bilag_c"),
        ('column = "new_bilag_a_week12"', 'column = "rash"', "rash"),
        ('measure = "change", baseline = "pga"', 'measure = "change"', "baseline"),
    ],
)
def test_a_part_that_names_what_is_not_there_is_refused(old, new, words, tmp_path):
    from responder.errors import ConfigError
    from responder.study import load_study
    from responder.study.load import LIBRARY

    text = (LIBRARY / "sle-ld-il2.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "own.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_study(str(tmp_path / "own.toml"))
