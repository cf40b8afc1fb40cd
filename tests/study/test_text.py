"""Words by language: as many languages as have a catalogue, and no other."""

import pytest

from responder.errors import ConfigError
from responder.study.text import Text
from responder.toml_file import StrictModel, parse_model
from responder.words import Given, languages


class Titled(StrictModel):
    """A file with a title."""

    title: Text


def test_a_plain_string_is_english_and_stands_in_for_what_is_absent():
    text = parse_model({"title": "a cohort"}, Titled, "f.toml").title
    assert text == Text(en="a cohort")
    assert {text.in_language(language) for language in languages()} == {"a cohort"}


def test_words_are_kept_by_language_and_empty_ones_left_out():
    text = Text.model_validate({"en": "age", "zh": "年龄"})
    assert text.by_language == {"en": "age", "zh": "年龄"}
    assert text.given == Given({"en": "age", "zh": "年龄"})
    assert Text.model_validate({"en": "age", "zh": ""}).by_language == {"en": "age"}
    assert Text.model_validate(text.model_dump()) == text


def test_a_language_without_a_catalogue_is_refused_by_name():
    with pytest.raises(ConfigError) as refused:
        parse_model({"title": {"en": "age", "xx": "x"}}, Titled, "f.toml")
    said = refused.value.message.values["problem"]
    assert (said.code, said.values["name"]) == ("error.text_unknown_language.what", "xx")
