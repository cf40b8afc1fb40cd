"""Open questions: they stand in the file, are found there, and stop every command until they are answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cohort.draft.toml_text import line
from responder.errors import UsageError
from responder.study import load_study
from responder.study.questions import Answers, OpenQuestionsError, Question, find_questions
from responder.toml_file import parse_toml
from responder.words import Phrase
from responder.words.say import catalogue

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=20)


@given(TEXT, st.lists(TEXT, max_size=4, unique=True), TEXT)
def test_a_question_is_read_back_as_it_was_written(header, choices, suggestion):
    question = Question("timing", "timing_second", {"header": header, "other": "b"}, tuple(choices), suggestion)
    written = "\n".join(line("timing", question)[-1:])
    assert find_questions(parse_toml(written, "t")) == (question,)


def test_every_question_has_its_words_in_both_languages():
    for key in catalogue("en"):
        if key.startswith("question."):
            assert key in catalogue("zh"), key


def test_a_study_with_open_questions_is_refused_three_lines_each(tmp_path, root):
    text = (root / "experiments/studies/remission27_lee1974.toml").read_text(encoding="utf-8")
    question = '{ ask = "timing_unclear", about = { header = "cell" }, choices = ["baseline", "outcome"] }'
    text = text.replace('name = "cell"\n', f'name = "cell"\ntiming = {question}\n')
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OpenQuestionsError) as refused:
        load_study(str(path))
    assert refused.value.exit_code == 3
    assert [question.key for question in refused.value.questions] == ["trait.cell.timing"]
    assert refused.value.hint == Phrase("question.choices", {"choices": "baseline | outcome"})
    assert refused.value.where == Phrase("place.question", {"file": str(path), "key": "trait.cell.timing"})
    assert Question("trait.cell.timing", "nobody_knows").in_language("en") == "What is 'trait.cell.timing'?"


def test_a_question_that_lacks_what_its_sentence_names_is_asked_by_its_place():
    assert Question("trait.crp.cells.UNK", "cell_word", {"header": "crp"}).phrase.code == "question.by_place"


def test_an_answer_that_is_no_choice_is_refused():
    with pytest.raises(UsageError, match="'x' is not an answer to 'k'") as refused:
        Answers({"k": "x"}).settle(Question("k", "title", {}, ("a", "b")))
    assert str(refused.value.hint) == "write one of: a | b"


def test_an_answer_to_nothing_is_refused_and_the_nearest_question_named():
    answers = Answers({"trait.crp.timng": "baseline"})
    answers.settle(Question("trait.crp.timing", "timing_unclear", {"header": "crp"}))
    with pytest.raises(UsageError) as refused:
        answers.refuse_unasked()
    assert "trait.crp.timing" in str(refused.value.hint)


def test_several_levels_are_answered_at_once():
    question = Question("k", "response_levels", {"header": "h"}, ("Some", "Marked", "None"))
    assert Answers({"k": "Some; Marked"}).settle_several(question) == ("Some", "Marked")
    assert Answers({"k": "None"}).settle_several(question) == ("None",)
