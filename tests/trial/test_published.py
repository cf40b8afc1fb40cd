"""Every published number of the trial, one by one, from the reference visits."""

import math

import pytest

from responder.errors import ConfigError
from responder.evidence import load_published
from responder.trial import compare_published, trial_numbers

# Zhang X et al. 2025 and the trial's news summary with an interview of its lead; intervals and P to four places are
# arithmetic on these. Written out here, not read from the data file: the two are independent copies.
PUBLISHED = {
    "enrolled": 10,
    "completed": 9,
    "last_week_of_withdrawn": 4,
    "baseline.sex.female.count": 9,
    "baseline.age_years.median": 39,
    "baseline.age_years.minimum": 30,
    "baseline.age_years.maximum": 62,
    "baseline.disease_duration_years.median": 2,
    "baseline.disease_duration_years.minimum": 0.5,
    "baseline.disease_duration_years.maximum": 4,
    "baseline.rpdai.median": 9,
    "baseline.rpdai.minimum": 9,
    "baseline.rpdai.maximum": 23,
    "courses.rpdai.week0.median": 9,
    "courses.rpdai.week12.median": 0,
    "courses.rpdai.week12.minimum": 0,
    "courses.rpdai.week12.maximum": 14,
    "courses.rpdai.week12.p_asymptotic": 0.0114,
    "courses.rpdai.week12.p_continuity": 0.0147,
    "baseline.organs.ear_nose.count": 7,
    "baseline.organs.airway.count": 4,
    "baseline.organs.airway.n": 9,
    "endpoints.ear_nose_resolution.responders": 7,
    "endpoints.ear_nose_resolution.n": 7,
    "endpoints.complete_rpdai_response.responders": 6,
    "endpoints.complete_rpdai_response.n": 9,
    "endpoints.complete_rpdai_response.percent": 66.7,
    "endpoints.complete_rpdai_response.lower_percent": 29.9,
    "endpoints.complete_rpdai_response.upper_percent": 92.5,
    "baseline.prednisone_mg_per_day.taken.count": 8,
    "baseline.prednisone_mg_per_day.median": 15,
    "baseline.prednisone_mg_per_day.minimum": 10,
    "baseline.prednisone_mg_per_day.maximum": 22.5,
    "endpoints.steroid_reduction_25_percent.responders": 6,
    "endpoints.steroid_reduction_25_percent.n": 8,
    "endpoints.steroid_reduction_25_percent.percent": 75,
    "endpoints.steroid_reduction_25_percent.lower_percent": 34.9,
    "endpoints.steroid_reduction_25_percent.upper_percent": 96.8,
    "safety.infection.patients": 0,
    "safety.infection.n": 9,
    "safety.infection.upper_percent": 33.6,
}


@pytest.fixture(scope="module")
def numbers(reference):
    return trial_numbers(reference)


@pytest.fixture(scope="module")
def facts(reference_file):
    return load_published(reference_file.with_name("published.toml"))


@pytest.mark.parametrize("name", PUBLISHED)
def test_number(name, numbers):
    published = PUBLISHED[name]
    digits = len(str(published).partition(".")[2])
    assert round(numbers[name], digits) == published


def test_p_of_the_trial_is_the_asymptotic_one(numbers):
    """P = 0.011 as published; the exact test, of which the paper says nothing, gives 0.016."""
    assert round(numbers["courses.rpdai.week12.p_asymptotic"], 3) == 0.011
    assert numbers["courses.rpdai.week12.p_exact"] == 2 / 2**7


@pytest.mark.parametrize("course", ["treg_percent_of_cd4", "treg_per_ul", "treg_tcon_ratio"])
@pytest.mark.parametrize("week", [4, 8, 12])
def test_treg_rose(course, week, numbers):
    assert numbers[f"courses.{course}.week{week}.median_change"] > 0
    assert numbers[f"courses.{course}.week{week}.p_exact"] < 0.05
    assert numbers[f"courses.{course}.week{week}.p_holm"] < 0.05


def test_injection_site_reaction_is_the_commonest(numbers):
    assert numbers["safety.commonest"] == "injection_site_reaction"


def test_every_number_of_the_facts_file_agrees(reference, facts):
    rows = compare_published(reference, facts)
    assert [row for row in rows if not row.agrees] == []
    assert len(rows) == 54


def test_every_fact_with_numbers_of_a_result_names_it(facts):
    """What has numbers and names no result is no result of a table of visits."""
    without = {fact.id for fact in facts.facts if fact.values and not fact.results and not fact.opinion}
    assert without == {
        "conduct", "eligibility", "eligibility_registry_age", "eligibility_registry_glucocorticoid",
        "eligibility_registry_standard_treatment", "exclusion_registry_glucocorticoid", "exclusion_registry_nyha",
        "dose", "background", "cell_definitions", "figures", "rpdai_baseline_of_nine", "both_organs", "multisets",
    }  # fmt: skip


def changed(facts, fact_id, **values):
    kept = [
        fact.model_copy(update={"values": {**fact.values, **values}}) if fact.id == fact_id else fact
        for fact in facts.facts
    ]
    return facts.model_copy(update={"facts": tuple(kept)})


@pytest.mark.parametrize(
    ("fact", "wrong"),
    [
        ("complete_response", {"responders": 5}),
        ("complete_response", {"percent": 66.6}),
        ("rpdai_week12", {"p": 0.012}),
        ("treg_rise", {"p_below": 0.003}),
        ("injection_site_reaction", {"commonest": "rash"}),
    ],
)
def test_a_wrong_number_disagrees(fact, wrong, reference, facts):
    differ = [row for row in compare_published(reference, changed(facts, fact, **wrong)) if not row.agrees]
    assert {(row.fact, row.value) for row in differ} == {(fact, next(iter(wrong)))}


def test_a_result_that_is_not_there_is_named(reference, facts):
    wrong = facts["age"].model_copy(update={"results": {"median": "baseline.age_year.median"}})
    with pytest.raises(ConfigError, match=r"'baseline.age_year.median'") as caught:
        compare_published(reference, facts.model_copy(update={"facts": (wrong,)}))
    assert str(caught.value.hint) == "did you mean 'baseline.age_years.median'?"


def test_numbers_that_do_not_exist_are_left_out(numbers):
    assert not [name for name, value in numbers.items() if isinstance(value, float) and math.isnan(value)]
    assert "courses.prednisone_mg_per_day.week4.p_exact" not in numbers
