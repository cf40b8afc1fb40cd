"""What must hold between columns, what follows from others, and codes that stand for a gap."""

import time

import numpy as np
import pytest
from pydantic import ValidationError

from responder.cohort import CheckStatus, scan_cohort
from responder.study import load_study
from responder.study.model import Study

STUDY = load_study("rp-ld-il2")
N = 8


@pytest.fixture
def scan(tmp_path):
    """Scan a table of columns; patients are P0 ... P7 and every second one responds."""

    def scanned(columns, study=STUDY, **options):
        outcome = [9 * (i % 2) for i in range(len(next(iter(columns.values()))))]
        columns = {"patient_id": [f"P{i}" for i in range(len(outcome))], **columns, "rpdai_week12": outcome}
        path = tmp_path / "cohort.csv"
        rows = [columns.keys(), *zip(*columns.values(), strict=True)]
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
        return scan_cohort(path, study, **options)

    return scanned


def coded(found, code):
    return [finding for finding in found.findings if finding.code == code]


def status(found, code):
    return next(check.status for check in found.findings.checks if check.code == code)


def with_one(values, other):
    return [*values[:-1], other]


AGES, LASTING = [31, 42, 53, 64, 35, 46, 57, 68], [1, 2, 3, 4, 1.5, 2.5, 3.5, 4.5]
TREG, SHARE, CD4 = [20.0] * N, [4.0] * N, [500.0] * N


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ({"age": AGES, "duration": with_one(LASTING, 59)}, "", ""),
        ({"age": with_one(AGES, 20), "duration": with_one(LASTING, 30)}, "RSP190", "disease_duration_years"),
        ({"treg": TREG, "tcon": [450] * N, "cd4": with_one(CD4, 300)}, "RSP190", "cd4_per_ul"),
        ({"treg": TREG, "tcon": [520] * N, "cd4": CD4}, "", ""),  # within the error that the study allows
        ({"treg": with_one(TREG, 40), "treg_pct": SHARE, "cd4": CD4}, "RSP191", "treg_percent_of_cd4"),
        ({"treg": with_one(TREG, 23), "treg_pct": SHARE, "cd4": CD4}, "", ""),
        ({"organs": ["ear"] * (N - 1) + ["ear;airway"], "rpdai": [9] * N}, "RSP191", "rpdai"),
        ({"organs": ["eye;joints"] * (N - 1) + ["eye;lung"], "rpdai": [6] * (N - 1) + [4]}, "RSP191", "rpdai"),
        ({"organs": ["lung"] * (N - 1) + [""], "rpdai": [2] * N}, "", ""),
    ],
)
def test_rules_across_columns(scan, columns, code, words):
    found = scan(columns)
    broken = [*coded(found, "RSP190"), *coded(found, "RSP191")]
    assert [finding.code for finding in broken] == ([code] if code else [])
    assert all("P7" in str(finding.message) and "P6" not in str(finding.message) for finding in broken)
    assert all(words in str(finding.message) and words in str(finding.where) for finding in broken)
    assert (found.cohort is None) == (code == "RSP190")


def test_a_rule_does_not_apply_where_a_column_is_absent(scan):
    assert status(scan({"age": AGES}), "RSP190") is CheckStatus.NOT_APPLICABLE
    assert status(scan({"age": AGES, "duration": LASTING}), "RSP190") is CheckStatus.PASSED


def test_columns_nobody_asked_for_are_checked_and_never_refused_for_a_cell(scan):
    wrong = {"age": with_one(AGES, 20), "duration": with_one(LASTING, 30), "sex": ["f", "m"] * (N // 2)}
    assert coded(scan(wrong, traits=["sex"]), "RSP190")
    unreadable = wrong | {"duration": with_one(LASTING, "since long")}
    found = scan(unreadable, traits=["sex"])
    assert found.cohort is not None
    assert status(found, "RSP190") is CheckStatus.NOT_APPLICABLE


def test_no_value_is_shown(scan):
    found = scan({"age": with_one(AGES, 19), "duration": with_one(LASTING, 27.25)})
    said = " ".join(str(finding.message) + str(finding.where) + str(finding.hint) for finding in found.findings)
    assert "27.25" not in said


# ---------------------------------------------------------------- computed


def column(cohort, name):
    return cohort.values[:, cohort.columns.index(name)].tolist()


def test_a_missing_one_of_three_is_computed(scan):
    found = scan({"treg": with_one(TREG, ""), "treg_pct": ["", *SHARE[1:]], "cd4": [500, "", *CD4[2:]]})
    assert column(found.cohort, "treg_per_ul") == TREG
    assert column(found.cohort, "treg_percent_of_cd4") == SHARE
    assert column(found.cohort, "cd4_per_ul") == CD4
    assert len(coded(found, "RSP193")) == 3
    assert "1 of 8" in str(coded(found, "RSP193")[0].message)


def test_a_whole_column_is_computed_and_measured_ones_stay(scan):
    found = scan({"treg_pct": SHARE, "cd4": CD4})
    assert column(found.cohort, "treg_per_ul") == TREG
    assert "treg_per_ul" in found.cohort.traits
    assert "8 of 8" in str(coded(found, "RSP193")[0].message)
    # nobody asked for a CD4 count that was not measured; who does, gets it
    found = scan({"treg_pct": SHARE, "treg": TREG})
    assert "cd4_per_ul" not in found.cohort.traits
    asked = scan({"treg_pct": SHARE, "treg": TREG}, traits=["cd4_per_ul"])
    assert column(asked.cohort, "cd4_per_ul") == CD4


def test_a_computed_value_is_held_to_the_plausible_range(scan):
    found = scan({"treg_pct": [30] * N, "cd4": [4000] * N})
    assert coded(found, "RSP131")
    assert found.cohort is None


def test_doses_of_other_drugs_count(scan):
    found = scan({"泼尼松": [10, "", 0, 5, 10, 10, 10, 10], "甲泼尼龙": ["", 8, 4, "", 0, "", "", ""]})
    assert column(found.cohort, "prednisone_mg_per_day") == [10, 10, 5, 5, 10, 10, 10, 10]
    assert "2 of 8" in str(coded(found, "RSP194")[0].message)
    assert not coded(found, "RSP116")  # the column is known
    found = scan({"dexamethasone_mg_per_day": [0.75] * N, "hydrocortisone": [20] * N})
    np.testing.assert_allclose(column(found.cohort, "prednisone_mg_per_day"), 10.0)


def test_a_cell_may_name_its_drug_or_its_weight(scan):
    doses = ["10", "甲泼尼龙 8mg", "0.2 mg/kg/d", "Prednisolone: 5 mg", "泼尼松 15mg/d", "7.5 mg/d", "", "0.1mg/kg"]
    found = scan({"prednisone": doses, "体重": [60, 60, 50, 60, 60, 60, 60, 80]})
    np.testing.assert_allclose(column(found.cohort, "prednisone_mg_per_day"), [10, 10, 10, 5, 15, 7.5, np.nan, 8])


def test_a_header_may_say_that_doses_are_by_weight(scan):
    found = scan({"泼尼松 (mg/kg/d)": [0.25] * N, "weight": [60] * N})
    assert column(found.cohort, "prednisone_mg_per_day") == [15.0] * N


def test_a_dose_by_weight_without_weight_is_refused(scan):
    found = scan({"prednisone": ["10"] * (N - 1) + ["0.2 mg/kg"]})
    assert found.cohort is None
    refused = coded(found, "RSP195")[0]
    assert "P7" in str(refused.message)
    assert "weight_kg" in str(refused.hint)
    found = scan({"prednisone (mg/kg)": [0.2] * N, "weight": with_one([60] * N, "")})
    assert "P7" in str(coded(found, "RSP195")[0].message)
    assert "P6" not in str(coded(found, "RSP195")[0].message)


def test_two_drugs_in_one_cell_are_refused(scan):
    found = scan({"prednisone": ["10"] * (N - 1) + ["prednisone 10 + methylprednisolone 4"]})
    assert coded(found, "RSP117")


def test_later_doses_are_counted_in_the_same_way(scan):
    doses = {"prednisone": [16] * N, "weight": [50] * N}
    later = ["甲泼尼龙 4mg", "16", "0.1 mg/kg", "16", "10", "16", "12.0", ""]
    found = scan(doses | {"prednisone_mg_per_day_week12": later}, endpoint="steroid_reduction_25_percent")
    assert found.cohort.ids == tuple(f"P{i}" for i in range(7))
    assert found.cohort.outcome.tolist() == [1, 0, 1, 0, 1, 0, 1]


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize(
    ("columns", "refused"),
    [
        ({"age": with_one(AGES, 999)}, "RSP131"),
        ({"duration": with_one(LASTING, -9)}, "RSP131"),
        ({"prednisone": [10, 5, 7.5, 10, 15, 5, 20, 99.9]}, ""),
    ],
)
def test_usual_missing_codes_are_named(scan, columns, refused):
    found = scan(columns)
    assert len(coded(found, "RSP192")) == 1
    assert "P7" in str(coded(found, "RSP192")[0].message)
    assert [f.code for f in found.findings.refused] == ([refused] if refused else [])


# ---------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("sanity", {"id": "x", "kind": "at_most", "of": ["age_years"], "severity": "caution"}, "not have the traits"),
        ("sanity", {"id": "x", "kind": "at_most", "of": ["age_years", "sex"], "severity": "caution"}, "binary"),
        ("sanity", {"id": "x", "kind": "at_most", "of": ["age_years", "rpdai_week12"], "severity": "caution"},
         "baseline"),
        ("sanity", {"id": "x", "kind": "score_at_least", "of": ["organs"], "whole": "rpdai", "severity": "caution"},
         "items"),
        ("sanity", {"id": "x", "kind": "score_at_least", "of": ["organs"], "whole": "rpdai", "severity": "caution",
                    "items": {"heart": ["myocarditis"]}}, "must be a level"),
        ("relation", {"id": "x", "product": "rpdai", "of": ["age_years", "weight_kg"]}, "not a continuous"),
        ("relation", {"id": "x", "product": "weight_kg", "of": ["age_years", "cd4_per_ul"]}, "give a trait"),
        ("equivalent", {"of": "prednisone_mg_per_day", "factors": {"age_years": 1}, "source": "s"}, "not a helper"),
        ("equivalent", {"of": "sex", "factors": {"weight_kg": 1}, "source": "s"}, "not a continuous"),
        ("helper", {"name": "sex", "label": "x"}, "two traits or helpers"),
        ("helper", {"name": "x", "label": "x", "in_column_of": "rpdai_week12"}, "that of a baseline"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(key, change, words):
    given = STUDY.model_dump(by_alias=True)
    with pytest.raises(ValidationError, match=words):
        Study.model_validate(given | {key: [*given[key], change]})


def test_the_reference_cohort_contradicts_nothing(root):
    found = scan_cohort(root / "data" / "rp_ld_il2" / "cohort.csv", STUDY)
    assert status(found, "RSP190") is CheckStatus.PASSED
    assert status(found, "RSP191") is CheckStatus.PASSED


def test_a_thousand_patients_take_no_time(scan):
    rng = np.random.default_rng(1)
    n = 1000
    columns = {
        "age": rng.integers(40, 80, n), "duration": rng.uniform(1, 20, n).round(1), "treg_pct": [4.0] * n,
        "cd4": [500] * n, "prednisone": ["0.2 mg/kg"] * n, "weight": [60] * n,
    }  # fmt: skip
    start = time.perf_counter()
    found = scan(columns, traits=["age_years", "treg_per_ul", "prednisone_mg_per_day"])
    assert time.perf_counter() - start < 20
    assert "1000 of 1000" in str(coded(found, "RSP193")[0].message)
