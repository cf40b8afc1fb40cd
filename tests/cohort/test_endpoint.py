"""Endpoints: value, change, percent change, and their edges."""

import numpy as np
import pytest

from responder.cohort import evaluate_endpoint, load_cohort, scan_cohort
from responder.study import load_study
from responder.study.model import Endpoint, Study

NAN = np.nan


def endpoint(operator, threshold, measure="value", withdrawal="completers"):
    baseline = "" if measure == "value" else "b"
    return Endpoint(
        name="e", label={"en": "e"}, column="c", measure=measure, baseline=baseline, operator=operator,
        threshold=threshold, withdrawal=withdrawal,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("==", [0, 1, 0]), ("<=", [1, 1, 0]), (">=", [0, 1, 1]), ("<", [1, 0, 0]), (">", [0, 0, 1])],
)
def test_every_operator(operator, expected):
    response = evaluate_endpoint(endpoint(operator, 3), np.array([2.0, 3.0, 4.0]))
    assert response.tolist() == expected


def test_rounding_does_not_decide():
    # 15 mg lowered by exactly a quarter, in parts that binary fractions do not hold
    response = evaluate_endpoint(endpoint("<=", -25, "percent_change"), np.array([0.825]), np.array([1.1]))
    assert response.tolist() == [1]
    response = evaluate_endpoint(endpoint("<", -25, "percent_change"), np.array([0.825]), np.array([1.1]))
    assert response.tolist() == [0]


def test_change_and_percent_change():
    outcome, baseline = np.array([5.0, 5.0, NAN, 5.0, 0.0]), np.array([10.0, 6.0, 4.0, NAN, 0.0])
    change = evaluate_endpoint(endpoint("<=", -2, "change"), outcome, baseline)
    np.testing.assert_array_equal(change, [1, 0, NAN, NAN, 0])
    percent = evaluate_endpoint(endpoint("<=", -50, "percent_change"), outcome, baseline)
    np.testing.assert_array_equal(percent, [1, 0, NAN, NAN, NAN])  # percent of nothing is not defined
    with pytest.raises(ValueError, match="needs baseline"):
        evaluate_endpoint(endpoint("<=", -2, "change"), outcome)


def test_withdrawals_as_non_response():
    rule = endpoint("==", 0, withdrawal="non_responder")
    assert evaluate_endpoint(rule, np.array([0.0, 3.0, NAN])).tolist() == [1, 0, 0]
    # an outcome that is there but cannot be compared is no withdrawal
    rule = endpoint("<=", -25, "percent_change", withdrawal="non_responder")
    np.testing.assert_array_equal(evaluate_endpoint(rule, np.array([0.0, NAN]), np.array([0.0, 5.0])), [NAN, 0])


def test_withdrawal_counts_only_where_the_endpoint_applies():
    rule = endpoint("<=", -25, "percent_change", withdrawal="non_responder")
    outcome, baseline = np.array([NAN, NAN, NAN]), np.array([15.0, 0.0, NAN])
    np.testing.assert_array_equal(evaluate_endpoint(rule, outcome, baseline), [0, NAN, NAN])


def test_resolution_is_told_of_those_who_had_it():
    rule = Endpoint(
        name="e", label={"en": "e"}, column="c", measure="resolution", baseline="b", level="ear", operator="==",
        threshold=0, withdrawal="non_responder",
    )  # fmt: skip
    outcome, baseline = np.array([0.0, 1.0, 0.0, 1.0, NAN, NAN]), np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    np.testing.assert_array_equal(evaluate_endpoint(rule, outcome, baseline), [1, 0, NAN, NAN, 0, NAN])
    completers = rule.model_copy(update={"withdrawal": "completers"})
    np.testing.assert_array_equal(evaluate_endpoint(completers, outcome, baseline), [1, 0, NAN, NAN, NAN, NAN])


def test_levels_that_count_as_response():
    study = load_study("rp-ld-il2")
    sex = study.trait("sex").model_dump() | {"name": "graded", "timing": "outcome", "aliases": []}
    rule = {"name": "e", "label": "e", "column": "graded", "levels": ["female"]}
    given = study.model_dump(by_alias=True)
    graded = Study.model_validate(given | {"trait": [*given["trait"], sex], "endpoint": [rule]}).endpoint
    np.testing.assert_array_equal(evaluate_endpoint(graded, np.array([0.0, 1.0, NAN])), [1, 0, NAN])
    kept = graded.model_copy(update={"withdrawal": "non_responder"})
    np.testing.assert_array_equal(evaluate_endpoint(kept, np.array([0.0, 1.0, NAN])), [1, 0, 0])


@pytest.mark.parametrize("withdrawal", ["completers", "non_responder"])
def test_the_target_met_before_treatment_is_no_response(withdrawal):
    rule = load_study("rp-ld-il2").endpoint.model_copy(update={"withdrawal": withdrawal})
    outcome, baseline = np.array([0.0, 0.0, 9.0, NAN, 0.0, NAN]), np.array([9.0, 0.0, 0.0, 0.0, NAN, NAN])
    unknown = 0 if withdrawal == "non_responder" else NAN
    np.testing.assert_array_equal(evaluate_endpoint(rule, outcome, baseline), [1, NAN, NAN, NAN, 1, unknown])
    np.testing.assert_array_equal(evaluate_endpoint(rule, outcome), [1, 1, 0, unknown, 1, unknown])


def test_a_cohort_names_those_at_the_target_before_treatment(tmp_path):
    rows = ["patient_id,age,rpdai,rpdai_week12", *(f"P{i},4{i},9,{9 * (i % 2)}" for i in range(8)), "P8,50,0,0"]
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(rows))
    scan = scan_cohort(path, load_study("rp-ld-il2"), traits=["age_years"])
    assert scan.cohort is not None
    assert (scan.cohort.n, scan.cohort.responders) == (8, 4)
    found = [finding for finding in scan.findings if finding.code in {"RSP211", "RSP213"}]
    assert [finding.code for finding in found] == ["RSP213"]
    assert "P8" in str(found[0].message)
    # without the baseline column the rule cannot be looked at, and nobody needs it
    path.write_text("\n".join(row.rsplit(",", 2)[0] + "," + row.rsplit(",", 1)[1] for row in rows))
    scan = scan_cohort(path, load_study("rp-ld-il2"), traits=["age_years"])
    assert scan.cohort is not None
    assert scan.cohort.n == 9


SRI4 = "patient_id,treg_per_ul,sledai,pga,sledai_week12,new_bilag_a_week12,new_bilag_b_week12,pga_week12\n"


@pytest.mark.parametrize(
    ("row", "response"),
    [
        ("20,12,2.0,8,0,1,2.2", 1),
        ("20,12,2.0,9,0,0,2.0", 0),  # SLEDAI lower by 3
        ("20,12,2.0,8,1,0,2.0", 0),  # a new BILAG A
        ("20,12,2.0,8,0,2,2.0", 0),  # two new BILAG B
        ("20,12,2.0,8,0,0,2.3", 0),  # PGA worse by 0.3
        ("20,12,2.0,8,0,0,2.29", 1),
        ("20,12,2.0,9,0,0,", 0),  # one part is not met: the others do not matter
        ("20,12,2.0,8,0,0,", None),  # cannot be told
    ],
)
def test_every_part_of_sri4_must_hold(row, response, tmp_path):
    others = ["A,10,12,2.0,8,0,0,2.0", "B,11,12,2.0,12,0,0,2.0", "C,12,12,2.0,8,0,0,2.0"]
    (tmp_path / "lupus.csv").write_text(SRI4 + "\n".join([*others, f"X,{row}"]))
    cohort = load_cohort(tmp_path / "lupus.csv", load_study("sle-ld-il2"))
    found = dict(zip(cohort.ids, cohort.outcome.tolist(), strict=True))
    assert found.get("X") == response
    assert set(cohort.provenance) >= {"sledai_week12", "new_bilag_a_week12", "pga_week12"}


def test_the_answer_as_reported_is_an_endpoint_too(tmp_path):
    text = "patient_id,treg_per_ul,sri4\nA,10,yes\nB,11,no\nC,12,yes\nD,9,no\n"
    (tmp_path / "lupus.csv").write_text(text)
    cohort = load_cohort(tmp_path / "lupus.csv", load_study("sle-ld-il2"), endpoint="sri4_reported")
    assert cohort.outcome.tolist() == [1, 0, 1, 0]
