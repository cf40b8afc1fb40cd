"""Baseline, endpoints under both withdrawal rules, courses and safety: against counts by hand."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from responder.trial import analyse_trial, followed_values, responses
from responder.words import from_json


@pytest.fixture
def small(scan):
    def analysed(*args, **options):
        return analyse_trial(scan(*args, **options)[0].visits)

    return analysed


def outcome(result, name, population="completers"):
    row = result.endpoint(name, population)
    return row.responders, row.n, row.not_applicable, row.unknown


def test_both_withdrawal_rules(small):
    # P1 9 -> 0, P2 23 -> 14, P3 left after week 4
    result = small()
    assert outcome(result, "complete_rpdai_response") == (1, 2, 0, 0)
    assert outcome(result, "complete_rpdai_response", "enrolled") == (1, 3, 0, 0)
    assert outcome(result, "rpdai_change") == (2, 2, 0, 0)
    assert outcome(result, "rpdai_change", "enrolled") == (2, 3, 0, 0)


def test_endpoints_apply_to_some_only(small):
    # P3 takes no prednisone and has no ear or nose chondritis: out of both denominators, and no withdrawal there
    result = small()
    assert outcome(result, "steroid_reduction_25_percent", "enrolled") == (1, 2, 1, 0)
    assert outcome(result, "ear_nose_resolution", "enrolled") == (2, 2, 1, 0)


def test_the_target_met_before_treatment_is_no_response(small, rows_of_three):
    # P1 at RPDAI 0 from the start, P2 without a baseline score: the first cannot reach it, the second can
    rows = [row.replace("P1,0,ear_nose,9", "P1,0,none,0").replace("P2,0,ear_nose;airway,23", "P2,0,ear_nose;airway,")
            for row in rows_of_three]  # fmt: skip
    result = small(rows)
    assert outcome(result, "complete_rpdai_response") == (0, 1, 1, 0)
    assert outcome(result, "complete_rpdai_response", "enrolled") == (0, 2, 1, 0)
    found = [finding for finding in result.visits.findings if finding.code == "RSP213"]
    assert len(found) == 1
    assert "P1" in str(found[0].message)


def test_declared_rule_is_marked(reference):
    for row in reference.endpoints:
        assert row.declared == (row.population == "completers")


def test_participant_who_left_counts_as_non_responder(reference):
    assert outcome(reference, "complete_rpdai_response", "enrolled") == (6, 10, 0, 0)
    assert outcome(reference, "steroid_reduction_25_percent", "enrolled") == (6, 9, 1, 0)
    assert outcome(reference, "ear_nose_resolution", "enrolled") == (7, 8, 2, 0)


def test_intervals_are_exact(reference):
    """Oracle: scipy.stats.binomtest, Clopper-Pearson."""
    for row in reference.endpoints:
        oracle = binomtest(row.responders, row.n).proportion_ci(0.95, method="exact")
        assert (row.lower, row.upper) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


def test_seen_but_not_measured_is_unknown_not_withdrawn(small, rows_of_three):
    rows = [row.replace("P1,12,none,0,", "P1,12,none,,") for row in rows_of_three]
    result = small(rows)
    assert outcome(result, "complete_rpdai_response") == (0, 1, 0, 1)
    assert outcome(result, "complete_rpdai_response", "enrolled") == (0, 2, 0, 1)


def test_visit_outside_the_endpoints_own_window(small, rows_of_three, scan):
    rows = [row.replace("P1,12,", "P1,13,") for row in rows_of_three]
    visits = scan(rows)[0].visits
    narrow = visits.study.endpoint.model_copy(update={"window_weeks": 0.5})
    study = visits.study.model_copy(update={"endpoints": (narrow,)})
    from dataclasses import replace

    result = analyse_trial(replace(visits, study=study))
    assert outcome(result, "complete_rpdai_response") == (0, 1, 0, 1)


def test_nobody_to_apply_to_cannot_be_estimated(small, rows_of_three):
    rows = [row.replace("ear_nose;airway", "airway").replace("ear_nose", "airway") for row in rows_of_three]
    row = small(rows).endpoint("ear_nose_resolution")
    assert (row.n, row.responders) == (0, 0)
    assert np.isnan([row.estimate, row.lower, row.upper]).all()
    assert row.to_json()["estimate"] is None


def test_endpoint_without_its_column_is_left_out(small, header_of_three):
    result = small(header=header_of_three.replace("prednisone_mg_per_day", "dose"))
    assert "steroid_reduction_25_percent" not in {row.endpoint for row in result.endpoints}
    assert "prednisone_mg_per_day" not in {row.course for row in result.courses}


def test_responses_of_each_patient(reference):
    visits = reference.visits
    told = dict(zip(visits.ids, responses(visits, visits.study.endpoint), strict=True))
    assert {patient for patient, value in told.items() if value == 0} == {"P05", "P07", "P08"}
    assert np.isnan(told["P09"])
    with pytest.raises(KeyError):
        responses(visits, visits.study.endpoint.model_copy(update={"week": 6.0}))


def test_courses_use_pairs_only(small):
    row = small().at_week("rpdai", 8, "enrolled")
    assert (row.values.n, row.change.pairs, row.change.changed, row.change.p_exact) == (1, 1, 1, 1.0)


def test_dose_is_followed_in_those_who_take_it(small, reference):
    result = small()
    assert result.at_week("prednisone_mg_per_day", 0, "enrolled").values.n == 2
    course = next(c for c in reference.visits.design.courses if c.name == "prednisone_mg_per_day")
    values = followed_values(reference.visits, course)
    assert np.isnan(values[reference.visits.ids.index("P10")]).all()


def test_ratio_of_two_traits(small):
    row = small().at_week("treg_tcon_ratio", 0, "enrolled")
    assert row.values.median == pytest.approx(sorted([13 / 360, 18 / 340, 22 / 489])[1])


def test_holm_covers_a_family(reference):
    treg = [r for r in reference.courses if r.family == "treg" and r.population == "completers" and r.change]
    assert {r.change.tests_in_family for r in treg} == {9}
    assert all(r.change.p_holm == pytest.approx(min(1, 9 * r.change.p_exact)) for r in treg)
    dose = [r for r in reference.courses if r.family == "dose" and r.population == "completers" and r.change]
    assert {r.change.tests_in_family for r in dose} == {2}  # nobody's dose changed by week 4: no test


def test_baseline_counts_and_numbers(small):
    rows = {(r.trait, getattr(r, "level", "")): r for r in small().baseline if r.population == "enrolled"}
    assert (rows["organs", "airway"].count, rows["organs", "airway"].n) == (2, 3)
    assert (rows["prednisone_mg_per_day", "taken"].count, rows["prednisone_mg_per_day", ""].values.n) == (2, 2)
    assert rows["rpdai", ""].values.median == 14


def test_safety_by_hand(small, rows_of_three, header_of_three):
    rows = [f"{row},0" for row in rows_of_three]
    events = {(r.event, r.population): r for r in small(rows, header_of_three + ",infection").safety}
    rash = events["rash", "enrolled"]
    assert (rash.patients, rash.n, rash.reports, rash.asked) == (2, 3, 2, 6)
    infection = events["infection", "completers"]
    assert (infection.patients, infection.n, infection.special) == (0, 2, True)
    assert infection.rule_of_three == 1.0
    assert infection.upper_one_sided == pytest.approx(1 - 0.05**0.5)
    assert np.isnan(rash.rule_of_three)


def test_no_events_recorded_is_not_no_events(small, header_of_three):
    assert small(header=header_of_three.replace("adverse_events", "remarks")).safety == ()


def test_frames_say_what_each_row_rests_on(reference):
    frames = reference.frames()
    assert set(frames) == {
        "baseline", "endpoints", "courses", "safety", "doses", "doses_by_visit", "subgroups", "together", "by_response",
    }  # fmt: skip
    courses = frames["courses"].set_index(["course", "week", "population"])
    assert courses.loc[("rpdai", 12, "completers"), "rests_on"] == "reconstructed"
    assert courses.loc[("treg_per_ul", 12, "completers"), "rests_on"] == "simulated"
    assert all("rests_on" in frame for frame in frames.values() if not frame.empty)


def test_to_json_is_json(reference):
    told = json.loads(json.dumps(reference.to_json(), allow_nan=False))
    assert from_json(told["illustration"]) == reference.illustration
    assert told["endpoints"][0]["label_zh"] == "完全应答（第12周RPDAI = 0）"
    assert len(told["courses"]) == len(reference.courses)


def test_two_hundred_patients_take_no_time(small, rows_of_three, header_of_three):
    rng = np.random.default_rng(1)
    rows = [
        f"Q{i},{week},{rng.choice(['airway', 'ear_nose'])},{rng.choice([0, 9, 14])},10,{5 + rng.random():.2f},"
        f"{20 + 9 * rng.random():.2f},400,none"
        for i in range(200)
        for week in (0, 4, 8, 12)
    ]
    result = small(rows)
    assert result.at_week("treg_per_ul", 12).change.pairs == 200
