"""The coefficients of Firth models in the report: limits, p, and what p is not."""

from dataclasses import replace

import pytest

from responder.report import render_report
from responder.report.result_tables import coefficient_notes, coefficient_table
from responder.words import Voice

FOUND = [
    {"name": "intercept", "estimate": 0.5, "lower": -0.25, "upper": 1.5, "chi2": 1.0, "p": 0.3173},
    {"name": "prednisone_mg_per_day", "estimate": 1.25, "lower": 0.1, "upper": 3.0, "chi2": 4.0, "p": 0.0455},
]


def with_coefficients(source, why, found):
    inference = {"method": "firth", "why": why, "n": 18, "level": 0.95, "coefficients": found}
    models = [dict(model) for model in source.models]
    models[1] |= {"coefficients": inference}
    return replace(source, content={**source.content, "models": models})


@pytest.mark.parametrize(
    ("language", "says", "caption"),
    [
        ("en", "none shows that a model predicts", "Coefficients with confidence limits"),
        ("zh", "也不说明模型具有预测能力", "系数及其"),
    ],
)
def test_limits_and_p_of_each_coefficient(convincing, language, says, caption):
    source, words = with_coefficients(convincing, "ok", FOUND), Voice(language, "report")
    rows = coefficient_table(source, words).rows
    assert rows[0][2:] == (
        words("estimate", value="0.50", lower="−0.25", upper="1.50"),
        "1.00",
        "0.317",
    )
    assert rows[1][1] == source.feature_label("prednisone_mg_per_day", words)
    page = render_report(source, figures={}, language=language)
    assert says in page
    assert caption in page


def test_what_cannot_be_told_apart_is_said(convincing):
    source, words = with_coefficients(convincing, "not_identified", []), Voice("en", "report")
    assert not coefficient_table(source, words).rows
    (note,) = coefficient_notes(source, words)
    assert "18 patients cannot identify" in note


def test_a_run_without_such_a_model_says_nothing_of_coefficients(convincing):
    assert not coefficient_notes(convincing, Voice("en", "report"))
    assert "Coefficients" not in render_report(convincing, figures={})
