"""Limits are there because of numbers, and absent without them."""

from math import comb

import pytest

from responder.report import render_report
from responder.report.limits import chance_of_separation, describe_limits
from responder.words import Voice


@pytest.mark.parametrize(("features", "n", "responders"), [(1, 9, 6), (8, 9, 6), (8, 51, 24), (5, 2000, 900)])
def test_chance_of_separation(features, n, responders):
    assert chance_of_separation(features, n, responders) == pytest.approx(1 - (1 - 2 / comb(n, responders)) ** features)


def test_limits_of_the_reference(reference):
    limits = " ".join(describe_limits(reference, Voice("en", "report")))
    assert "rests on reconstructed and simulated values" in limits
    assert "9 patients, 3 in the smaller class, for 9 features: 0.3 patients" in limits
    assert "With 84 labelings, no p below 0.024 can be reached" in limits
    assert "would be 19.5%" in limits  # 1 - (1 - 2/84)^9
    assert "Always predicting the larger class is right in 66.7%" in limits
    assert "RPDAI and Organs involved (active in the last 28 days) also enter the endpoint’s own score" in limits
    assert "have at least one missing" not in limits


def test_limits_of_observed_values_with_gaps(convincing):
    limits = " ".join(describe_limits(convincing, Voice("en", "report")))
    assert "reconstructed" not in limits
    assert "endpoint's own score" not in limits
    assert "2 of 18 patients have at least one missing value" in limits
    assert "can be reached, whatever" not in limits  # random labelings: no floor of the cohort is known


def test_limits_where_nothing_can_be_estimated(hopeless):
    limits = describe_limits(hopeless, Voice("en", "report"))
    assert not any("nan" in limit for limit in limits)
    assert len(limits) >= 5


@pytest.mark.parametrize(
    ("language", "override", "limit", "methods"),
    [
        (
            "en",
            "because tuning.override is set: {}.",
            "Because tuning.override is set, models were tuned on 12 patients with 6 in the smaller class",
            "Tuned by grid",
        ),
        ("zh", "经 tuning.override 调参：{}。", "在 12 名患者、较小类别 6 名时调了参", "搜索调参（2 次试验"),
    ],
)
def test_an_override_of_tuning_is_said_whichever_model_was_named_beforehand(tuned, language, override, limit, methods):
    words = Voice(language, "report")
    (model,) = tuned.tuned
    assert model["id"] != tuned.primary
    page = render_report(tuned, language, figures={})
    assert override.format(tuned.model_title(model, words)) in page
    assert limit in page
    assert methods in page


def test_without_tuning_nothing_is_said_of_it(reference):
    page = render_report(reference, figures={})
    assert "tuning can be trusted" not in page
    assert "Shrinkage was fixed, not tuned" in page
