"""Eligibility for the RP trial: each published rule, and where its two sources differ."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import DataRefusedError
from responder.study.instruments.rp.criteria import Fulfilment, assess_criteria
from responder.study.instruments.rp.eligibility import Candidate, assess_eligibility

MICHET = assess_criteria("michet_1986", {"auricular_chondritis": "active", "nasal_chondritis": "past"})
ELIGIBLE = Candidate(
    age_years=39,
    michet=MICHET,
    uncontrolled_weeks=12,
    intolerant=False,
    glucocorticoid_mg_per_kg_per_day=0.25,
    background_stable_weeks=4,
    highest_glucocorticoid_mg_per_kg_per_day_last_month=0.5,
    nyha_class=1,
    recent_monoclonal_antibody=False,
)


def test_eligible():
    answer = assess_eligibility(ELIGIBLE)
    assert (answer.verdict, answer.reasons) == (Fulfilment.MET, ())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"age_years": 17.9}, "age"),
        ({"age_years": 70.1}, "age"),
        ({"uncontrolled_weeks": 3}, "4 weeks"),
        ({"glucocorticoid_mg_per_kg_per_day": 0.6}, "0.5 mg/kg/day"),
        ({"background_stable_weeks": 3.9}, "stable"),
        ({"highest_glucocorticoid_mg_per_kg_per_day_last_month": 1.1}, "1 mg/kg/day"),
        ({"nyha_class": 3}, "NYHA"),
        ({"recent_monoclonal_antibody": True}, "antibody"),
        (
            {"michet": assess_criteria("michet_1986", dict.fromkeys(MICHET.missing + MICHET.present, "never"))},
            "Michet",
        ),
    ],
)
def test_each_rule_can_exclude(change, word):
    answer = assess_eligibility(replace(ELIGIBLE, **change))
    assert answer.verdict is Fulfilment.NOT_MET
    assert len(answer.reasons) == 1
    assert word in str(answer.reasons[0])


@pytest.mark.parametrize(
    "change",
    [
        {"age_years": 18},
        {"age_years": 70},
        {"nyha_class": 2},
        {"highest_glucocorticoid_mg_per_kg_per_day_last_month": 1.0},
        {"uncontrolled_weeks": 0, "intolerant": True},
        {"uncontrolled_weeks": None, "intolerant": True},
        {"glucocorticoid_mg_per_kg_per_day": 0},
    ],
)
def test_limits_that_are_allowed(change):
    assert assess_eligibility(replace(ELIGIBLE, **change)).verdict is Fulfilment.MET


@pytest.mark.parametrize(
    ("change", "word"),
    [({"uncontrolled_weeks": 8}, "registry"), ({"glucocorticoid_mg_per_kg_per_day": 0.5}, "exactly 0.5")],
)
def test_where_the_sources_differ_the_rule_is_undetermined(change, word):
    answer = assess_eligibility(replace(ELIGIBLE, **change))
    assert answer.verdict is Fulfilment.UNDETERMINED
    assert word in str(answer.reasons[0])


@given(st.sets(st.sampled_from([field.name for field in fields(Candidate)]), min_size=1))
def test_missing_is_never_favourable(names):
    answer = assess_eligibility(replace(ELIGIBLE, **dict.fromkeys(names)))
    # enough weeks without control settle the rule, whether or not tolerance is known
    settled = names <= {"intolerant"}
    assert answer.verdict is (Fulfilment.MET if settled else Fulfilment.UNDETERMINED)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"age_years": -1}, "age_years"),
        ({"nyha_class": 5}, "nyha_class"),
        ({"background_stable_weeks": float("nan")}, "background_stable_weeks"),
        ({"michet": assess_criteria("michet_1986", {}, basis="active")}, "michet"),
    ],
)
def test_impossible_values_are_named(change, named):
    with pytest.raises(DataRefusedError) as refused:
        replace(ELIGIBLE, **change)
    assert named in str(refused.value.where)


def test_frame_and_json():
    answer = assess_eligibility(Candidate())
    assert answer.verdict is Fulfilment.UNDETERMINED
    assert len(answer.frame()) == len(answer.rules) == 8
    assert json.loads(json.dumps(answer.to_json()))["verdict"] == "undetermined"
