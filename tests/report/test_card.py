"""The card: 52 sub-items, answered by the run, by the study team, or MISSING; bound to one result."""

import hashlib
import re
import tomllib

import pytest

from responder.errors import ConfigError
from responder.report import CardAnswers, build_card, empty_answers, read_answers, write_card
from responder.report.answers import tripod_items
from responder.report.card import render_card_html, render_card_markdown
from responder.report.tripod import FILL, NOT_APPLICABLE
from responder.words import Voice

ANSWERS = """
schema = "responder/card/1"
owner = "A study team"
[tripod]
"18a" = "No funding | none"
"10" = "All completers of the trial."
"6b" = "  "
[probast.predictors]
rating = "low"
reason = "Measured before treatment by one laboratory."
[probast.analysis]
rating = "low"
reason = "We like it."
"""


@pytest.fixture
def answers(tmp_path):
    path = tmp_path / "x.card.toml"
    path.write_text(ANSWERS, encoding="utf-8")
    return read_answers(path)


def test_the_checklist_has_its_52_sub_items():
    """27 items, 52 sub-items: Collins et al., BMJ 2024;385:e078378."""
    numbers = [item.number for item in tripod_items()]
    assert len(numbers) == len(set(numbers)) == 52
    assert sorted({int(re.match(r"\d+", number)[0]) for number in numbers}) == list(range(1, 28))
    letters = {
        item: "".join(n[len(str(item)) :] for n in numbers if re.fullmatch(rf"{item}[a-z]", n)) for item in range(1, 28)
    }
    assert {k: v for k, v in letters.items() if v} == {
        3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef", 20: "abc", 23: "ab", 27: "abc",
    }  # fmt: skip


def test_what_a_run_can_answer_is_answered(reference):
    card = build_card(reference)
    answered = {each.item.number for each in card.tripod if each.status == "run"}
    assert answered == set(FILL)
    assert {each.item.number for each in card.tripod if each.status == "not applicable"} == set(NOT_APPLICABLE)
    assert {i.number for i in tripod_items() if i.from_run} == set(FILL) | set(NOT_APPLICABLE)
    assert set(card.missing) == {i.number for i in tripod_items() if not i.from_run}


def test_nothing_is_guessed(reference):
    for each in build_card(reference).tripod:
        assert bool(each.text) == (each.status != "missing")


def test_the_study_team_answers(reference, answers):
    card = build_card(reference, answers)
    said = {each.item.number: each for each in card.tripod}
    assert (said["18a"].status, said["18a"].text) == ("team", "No funding | none")
    assert said["10"].status == "run and team"
    assert "All completers of the trial." in said["10"].text
    assert "There are 3 patients in the smaller class for" in said["10"].text
    assert said["6b"].status == "missing"
    assert "A study team" in render_card_markdown(card)


def test_risk_of_bias_is_on_page_one_and_cannot_be_talked_down(reference, answers):
    card = build_card(reference, answers)
    domains = {domain.name: domain for domain in card.domains}
    assert domains["analysis"].rating == "high"
    assert domains["analysis"].judged_by == "run"
    assert "We like it." in " ".join(domains["analysis"].reasons)
    assert (domains["predictors"].rating, domains["predictors"].judged_by) == ("low", "team")
    assert domains["outcome"].rating == "high"  # organs and RPDAI are part of the endpoint's score
    assert any("High risk of bias by design" in text and "Analysis" in text for text in card.head)


def test_observed_values_and_an_uncoupled_endpoint(convincing):
    domains = {domain.name: domain for domain in build_card(convincing).domains}
    assert domains["participants"].rating == "unclear"
    assert domains["outcome"].rating == "unclear"
    assert domains["analysis"].rating == "high"


def test_the_card_belongs_to_one_result(reference, convincing, reference_result, tmp_path):
    from responder.experiment.write import result_files

    digest = hashlib.sha256(result_files(reference_result)["result.json"].encode()).hexdigest()
    for language in ("en", "zh"):
        for path in write_card(reference, tmp_path, language=language).values():
            text = path.read_text(encoding="utf-8")
            assert digest in text
    assert digest not in render_card_markdown(build_card(convincing))


def test_same_run_same_card(reference):
    one, two = build_card(reference), build_card(reference)
    assert render_card_markdown(one) == render_card_markdown(two)
    assert render_card_html(one) == render_card_html(two)


def test_markdown_tables_hold(reference, answers):
    text = render_card_markdown(build_card(reference, answers))
    widths = {}
    for block in text.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        widths |= {rows[0]: {len(re.findall(r"(?<!\\)\|", row)) for row in rows}} if rows else {}
    assert widths
    assert all(len(found) == 1 for found in widths.values())
    assert "No funding \\| none" in text


def test_a_hostile_title_is_only_text(hopeless):
    card = build_card(hopeless)
    assert "<script" not in render_card_markdown(card)
    assert "<script" not in render_card_html(card)


def test_what_is_asked_can_be_answered(reference, answers, tmp_path):
    text = empty_answers(answers, Voice("en", "report"))
    content = tomllib.loads(text)
    assert content["tripod"]["18a"] == "No funding | none"
    assert set(content["tripod"]) == {i.number for i in tripod_items() if not i.from_run} | {"10"}
    path = tmp_path / "asked.toml"
    path.write_text(text, encoding="utf-8")
    assert read_answers(path) == answers


@pytest.mark.parametrize("text", ['say "no"\\', "two\nlines", "tab\t", "中文"])
def test_answers_survive_the_file(text, tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(empty_answers(CardAnswers(owner=text), Voice("en", "report")), encoding="utf-8")
    assert read_answers(path).owner == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tripod]\n"18g" = "x"', "18"),
        ('[probast.analyses]\nrating = "low"\nreason = "x"', "analysis"),
        ('[probast.analysis]\nrating = "fine"\nreason = "x"', "rating"),
        ("ownr = 1", "owner"),
    ],
)
def test_answers_that_cannot_be_used(text, message, tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_answers(path)
    assert message in f"{raised.value.message} {raised.value.hint}"
