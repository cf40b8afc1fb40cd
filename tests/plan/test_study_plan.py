"""The plan as a whole: sentences, frame and JSON say the same."""

import json
from dataclasses import replace

import pytest

from responder.plan import AtHand, of_numbers, overridden, plan_study
from responder.words import from_json, languages, said, said_in


@pytest.fixture(scope="module")
def plan():
    setting = replace(of_numbers(0.4, 5), at_hand=AtHand("cohort.csv", 25, 10, None))
    return plan_study(overridden(setting, aucs=(0.7, 0.8, 0.9), sizes=(12, 25, 50)), seed=1, cohorts=3)


def test_the_sentence_answers_for_the_middle_and_the_ends(plan):
    asked = {row.auc: row.n for row in plan.riley}
    needed = {need.auc: need.size for need in plan.needed(0.8)}
    for language in languages():
        answer = plan.answer.in_language(language)
        for auc in (0.7, 0.8, 0.9):
            assert needed[auc].in_language(language) in answer
            assert f"{asked[auc]:,}" in answer
    told = str(plan.answer)
    assert told.startswith("If the true AUC is 0.80, showing with 80% power that ridge:0.1 beats chance takes ")
    assert told.endswith("The cohort at hand has 25 patients.")


def test_a_single_auc_is_said_once(plan):
    alone = plan_study(replace(plan.setting, aucs=(0.8,)), seed=1, simulate=False)
    assert str(alone.answer).count("0.80") == 1
    assert alone.needed(0.8) == ()
    assert alone.typical_auc == 0.8


def test_shortfall_is_what_the_criteria_ask_for_beyond_the_cohort(plan):
    for asked, lack in zip(plan.riley, plan.shortfalls, strict=True):
        assert lack.patients == asked.n - 25
        assert lack.events == round(lack.patients * 0.4)
    enough = plan_study(
        replace(plan.setting, at_hand=AtHand("cohort.csv", 2000, 800, None)), seed=1, simulate=False
    ).shortfalls
    assert all(lack.patients == lack.events == 0 and lack.shrinkage > 0.9 for lack in enough)


def test_frame_has_a_row_an_auc_and_size(plan):
    frame = plan.frame()
    assert list(zip(frame["auc"], frame["n"], strict=True)) == [
        (a, n) for a in (0.5, 0.7, 0.8, 0.9) for n in (12, 25, 50)
    ]
    chance = frame[frame["auc"] == 0.5]
    assert chance["riley_n"].isna().all()
    own = frame[(frame["auc"] == 0.8) & (frame["n"] == 25)].iloc[0]
    assert own["riley_short_by"] == plan.shortfalls[1].patients
    assert own["power"] == plan.simulated.at(0.8)[1].power


def test_json_is_plain_and_whole(plan):
    content = json.loads(json.dumps(plan.to_json(), allow_nan=False))
    assert from_json(content["answer"]) == plan.answer
    assert [from_json(row["name"]) for row in content["assumed"]] == [row.name for row in plan.assumptions]
    sources = [said_in(row["source"], "zh") for row in content["assumed"]]
    assert sources == [said(row.source, "zh") for row in plan.assumptions]
    assert len(content["simulation"]["points"]) == 12
    assert {(row["auc"], row["power"]) for row in content["simulation"]["needed"]} == {
        (auc, power) for auc in (0.7, 0.8, 0.9) for power in (0.8, 0.9)
    }
    assert [from_json(row) for row in content["limits"]] == list(plan.limits)


def test_limits_are_said_where_they_apply(plan):
    assert "study_plan.limit.strong" in [limit.code for limit in plan.limits]
    weak = plan_study(replace(plan.setting, aucs=(0.7,)), seed=1, simulate=False)
    codes = {limit.code.rpartition(".")[2] for limit in weak.limits}
    assert codes == {"no_control", "optimistic"}


def test_a_cohort_that_was_not_observed_and_a_trait_of_the_endpoint_are_limits(plan):
    at_hand = AtHand("cohort.csv", 9, 6, None, rests_on=("simulated",), coupled=("rpdai",))
    limits = plan_study(replace(plan.setting, at_hand=at_hand, aucs=(0.7,)), seed=1, simulate=False).limits
    assert [limit.code.rpartition(".")[2] for limit in limits[:2]] == ["illustrative", "coupled"]
    nobody = plan_study(replace(plan.setting, at_hand=None, aucs=(0.7,)), seed=1, simulate=False)
    assert nobody.shortfalls == ()
    assert "illustrative" not in [limit.code.rpartition(".")[2] for limit in nobody.limits]


def test_missing_events_are_those_of_the_rarer_outcome(plan):
    """With 70% responders, 3 of 10 further patients are events, as with 30%."""
    for prevalence in (0.3, 0.7):
        many = plan_study(replace(plan.setting, prevalence=prevalence), seed=1, simulate=False)
        for lack in many.shortfalls:
            assert lack.events == round(lack.patients * 0.3)
