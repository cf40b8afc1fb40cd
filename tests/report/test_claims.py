"""No sentence claims more than its number: the family of verdicts, intervals, stability, Venn-Abers, silence."""

import re
from pathlib import Path

import pytest
from tests.report.test_html import text_of

from responder.cli.trained import describe_result
from responder.report import render_report
from responder.report.card import build_card, render_card_markdown
from responder.report.result_tables import every_patient, model_table
from responder.track.summary import run_description
from responder.words import Voice, from_json
from responder.words.say import catalogue


@pytest.fixture(scope="module")
def hopeless_page(hopeless, hopeless_figures):
    return text_of(render_report(hopeless, figures=hopeless_figures))


def test_where_nothing_can_be_estimated_nothing_below_says_otherwise(hopeless, hopeless_figures, hopeless_page):
    for model in hopeless.models:
        if model["is_baseline"]:
            continue
        assert model["verdict"]["kind"] == "cannot_be_estimated"
        assert model["importance"] == []
        assert model["conformal"] == []
        assert model["intervals"] == []
        for part in ("stability", "ranks", "tournament", "calibration", "decision_curve", "scores"):
            assert model[part] is None, part
        assert not {"lpo_auc", "brier_skill_loo", "venn_abers_width", "rebalanced_loo_auc"} & set(model["metrics"])
    assert not {"attributions", "stability", "roc", "ranks", "waterfall_01"} & set(hopeless_figures)
    assert "gets a probability" not in hopeless_page
    assert "No individual probability, because nothing can be estimated with" in hopeless_page
    assert "Nothing can be estimated from these patients, so nothing is explained." in hopeless_page
    assert not re.search(r"effective sample size (is|of) \d", hopeless_page)


def test_only_a_model_that_beats_chance_gives_a_new_patient_a_probability(convincing, reference, page):
    assert text_of(render_report(convincing, figures={})).count("gets a probability of response") == 1
    assert text_of(page).count("No individual probability, because ridge:0.1 is not shown to beat chance") == 1
    assert "What follows describes these patients only" in text_of(page)


def test_no_auc_is_told_of_a_model_that_does_not_count(hopeless, reference):
    for source in (hopeless, reference):
        told = [f for f in source.content["findings"] if f["code"] == "RSP305"]
        silent = {m["id"] for m in source.models if m["verdict"]["kind"] == "cannot_be_estimated"}
        assert silent
        assert not [f for f in told if from_json(f["where"]).values["model"] in silent]


def test_a_marker_that_is_part_of_the_endpoint_is_marked(reference, reference_result, page):
    for language, said in (("en", "not evidence of biology"), ("zh", "不是生物学证据")):
        rows = model_table(reference, Voice(language, "report")).rows
        assert [row[0].endswith(" †") for row in rows] == [False, False, True]
        assert f"† {'Part' if language == 'en' else '属于'}" in render_card_markdown(
            build_card(reference, None, language)
        )
        terminal = describe_result(reference_result, Path("runs"), Path("models"), language)
        assert re.search(r"^single:organs \+ ", terminal, re.MULTILINE)
        assert re.search(rf"^\+ .*{said}", terminal, re.MULTILINE)
    assert "† Part of the endpoint" in text_of(page)
    assert "| single:organs + |" in run_description(reference_result)


def test_the_rule_for_all_verdicts_stands_wherever_they_are_listed(reference, reference_result, page):
    said = "If the traits say nothing about the outcome, at most 5% of cohorts yield any model that “beats chance”"
    assert said in text_of(page)
    assert said in render_card_markdown(build_card(reference))
    for text in (describe_result(reference_result, Path("r"), Path("m")), run_description(reference_result)):
        assert "in at most 5% of cohorts" in text
        assert "p adjusted" in text or "p (adjusted)" in text


def test_the_model_named_beforehand_gates_the_others(reference_result):
    tests = {model.id: model for model in reference_result.models if model.permutation is not None}
    primary = tests["ridge:0.1"]
    assert primary.p_adjusted == primary.permutation.p > 0.05
    organs = tests["single:organs"]
    assert organs.permutation.p < 0.05 < primary.permutation.p <= organs.p_adjusted


def test_an_interval_says_whose_auc_it_covers(reference, reference_result, page):
    assert "for this pipeline trained on n − 2 patients, not for the best the traits could do" in text_of(page)
    assert "can lie anywhere in it" not in text_of(page)
    assert "not the best the traits could do" in render_card_markdown(build_card(reference))
    for language, said in (("en", "trained on n - 2 patients"), ("zh", "用 n - 2 名患者训练")):
        assert said in describe_result(reference_result, Path("r"), Path("m"), language)
    assert "trained on n - 2 patients" in run_description(reference_result)


def test_no_effective_sample_size_is_above_the_number_of_patients(reference):
    sizes = reference.tables["stability"]["effective_sample_size"].dropna()
    assert (sizes <= reference.n).all()
    assert reference.tables["stability"]["effective_sample_size"].isna().any()
    shown = {row[-1] for row in every_patient(reference, Voice("en", "report")).rows}
    assert "not shown: above n" in shown


@pytest.mark.parametrize(("language", "claim"), [("en", "it is not known which"), ("zh", "不知是哪一个")])
def test_venn_abers_claims_no_bounds_of_a_probability(language, claim):
    text = " ".join(map(str, catalogue(language).values()))
    assert "outcomes alone leave open" not in text
    assert "只看结局所留下的不确定性" not in text
    assert claim in Voice(language, "report")("patient.venn_abers", width="0.3")
