"""The card: 52 sub-items, answered by the run, by the study team, or MISSING; bound to one result."""

import hashlib
import json
import re
import tomllib
from dataclasses import replace

import pytest

from responder.errors import ConfigError
from responder.report import CardAnswers, ReportInput, build_card, empty_answers, read_answers, write_card
from responder.report.answers import tripod_items
from responder.report.card import render_card_html, render_card_markdown
from responder.report.tripod import FILL, NOT_APPLICABLE
from responder.report.tripod_declared import strata_performance
from responder.words import Voice, say

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


IN_PART = {"5a", "6b", "6c", "8a", "9a", "20a"}


def test_what_a_run_can_answer_is_answered(reference):
    card = build_card(reference)
    by_status = {
        status: {each.item.number for each in card.tripod if each.status == status}
        for status in ("run", "run in part", "not applicable", "missing")
    }
    can = {by: {item.number for item in tripod_items() if item.answered_by == by} for by in ("run", "both", "user")}
    no_stratum = {"23b"}
    assert by_status["run in part"] == can["both"] == IN_PART
    assert by_status["not applicable"] == set(NOT_APPLICABLE) | no_stratum
    assert by_status["run"] == set(FILL) - IN_PART - no_stratum
    assert can["run"] == (set(FILL) - IN_PART) | set(NOT_APPLICABLE)
    assert by_status["missing"] == set(card.missing) == can["user"]


def test_the_sub_items_are_counted(reference, answers):
    """By hand from `tripod.toml`: 26 the run answers, 5 of them not applicable; 6 in part; 20 that only people can."""
    alone = {"total": 52, "run": 21, "in_part": 6, "team": 0, "not_applicable": 5, "missing": 20, "asked": 26}
    assert build_card(reference).to_json()["tripod_counts"] == alone
    everything = CardAnswers(tripod={item.number: "Said." for item in tripod_items() if item.is_asked})
    complete = alone | {"in_part": 0, "team": 26, "missing": 0, "asked": 0}
    assert build_card(reference, everything).to_json()["tripod_counts"] == complete
    # 18a, which nobody had answered, and 10, which the run had; an answer of spaces is none
    card = build_card(reference, answers)
    assert card.to_json()["tripod_counts"] == alone | {"run": 20, "team": 2, "missing": 19, "asked": 25}
    for language, counted in (("en", "20 answered by the run, 6 by the run in part, 2"), ("zh", "运行回答 20 个")):
        told = build_card(reference, answers, language)
        assert counted in render_card_markdown(told)
        assert counted in render_card_html(told)


@pytest.mark.parametrize("given", [{}, {"6b": "Adults."}, {item.number: "Said." for item in tripod_items()}])
def test_every_sub_item_is_counted_once(convincing, given):
    counts = build_card(convincing, CardAnswers(tripod=given)).counts
    parts = (counts.run, counts.in_part, counts.team, counts.not_applicable, counts.missing)
    assert sum(parts) == counts.total == 52
    assert counts.team == len(given)
    assert counts.asked == sum(item.is_asked for item in tripod_items() if item.number not in given)


def test_the_rest_of_a_partial_answer_is_asked_for_and_kept_apart(reference):
    said = {each.item.number: each for each in build_card(reference, CardAnswers(tripod={"6b": "Any age."})).tripod}
    assert said["6b"].status == "run and team"
    assert said["6b"].text.endswith("Study team: Any age.")
    assert "age 18 to 70 years" in said["6b"].text
    assert "did not check" in said["6b"].text
    lines = empty_answers(CardAnswers(), Voice("en", "report")).splitlines()
    asked = lines.index('"6b" = ""')
    assert lines[asked - 1].startswith("# The run answers part of this")
    assert not lines[lines.index('"18a" = ""') - 1].startswith("# The run answers part of this")


def test_what_study_and_experiment_declare_is_reported(reference):
    said = {each.item.number: each.text for each in build_card(reference).tripod}
    assert "reconstructed and simulated" in said["5a"]
    assert "Complete response (RPDAI = 0 at week 12)" in said["8a"]
    assert "H1: " in said["4"]
    assert "no clusters" in said["12d"]
    assert "75 patients if the true AUC is 0.75" in said["10"]  # what the first page says would settle it
    assert "Models cannot be compared at n = 9" in said["12e"]


def test_strata_are_reported_as_clusters(convincing):
    """Performance by stratum comes from the subgroups of the run, and from those of the stratum's column alone."""
    content = dict(convincing.content)
    content["experiment"] = content["experiment"] | {"cohort.strata": {"value": "centre"}}
    one = {"n": 12, "responders": 6, "needed": 5, "auc": 0.75, "auc_lower": 0.5, "auc_upper": 0.9}
    one |= {"brier": None, "brier_lower": None, "brier_upper": None}
    content["subgroups"] = [{**one, "trait": "centre", "level": "Lyon"}, {**one, "trait": "sex", "level": "female"}]
    source = replace(convincing, content=content)
    said = {each.item.number: each for each in build_card(source).tripod}
    assert said["23b"].status == "run"
    assert "Lyon" in said["23b"].text
    assert "female" not in said["23b"].text
    assert "column centre" in said["12d"].text
    content["subgroups"] = content["subgroups"][1:]  # all patients are of one centre
    assert strata_performance(replace(convincing, content=content), Voice("en", "report")) == ""


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
    assert said["6b"].status == "run in part"
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
    assert set(content["tripod"]) == {i.number for i in tripod_items() if i.is_asked} | {"10"}
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


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_says_what_of_single_patients_the_bundle_holds(trained, language):
    source = ReportInput.from_folder(trained.folder / "runs/rp_ld_il2")
    bundle = json.loads((trained.folder / "models/rp_ld_il2/bundle.json").read_text(encoding="utf-8"))
    assert list(source.holds) == bundle["content"]["patient_level"]
    card = build_card(source, language=language)
    heading = Voice(language, "report")("card.patient_rows")
    section = next(each for each in card.sections if each.heading == heading)
    assert section.points == tuple(say(f"holding.{code}", language) for code in source.holds)
