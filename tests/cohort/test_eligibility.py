"""Patients at every border of the trial's criteria. Oracle: NCT04077736 and the trial's news summary, read by hand."""

from __future__ import annotations

import csv

import pytest

from responder.cohort.eligibility import scan_eligibility
from responder.errors import ConfigError
from responder.study import load_study

ELIGIBLE = {
    "patient_id": "P1",
    "age_years": "44",
    "weight_kg": "60",
    "prednisone_mg_per_day": "15",
    "uncontrolled_weeks": "12",
    "intolerant_of_earlier_therapy": "no",
    "background_stable_weeks": "4",
    "highest_glucocorticoid_mg_per_kg_per_day_last_month": "1",
    "nyha_class": "II",
    "recent_monoclonal_antibody": "no",
    "auricular_chondritis_history": "active",
    "nasal_chondritis_history": "past",
    "laryngotracheal_chondritis_history": "never",
    "seronegative_inflammatory_arthritis_history": "never",
    "ocular_inflammation_history": "never",
    "hearing_loss_history": "never",
    "vestibular_dysfunction_history": "never",
}


@pytest.fixture
def judge(tmp_path):
    """A function that judges one patient and returns the verdicts by set and by criterion."""

    def verdicts(**changed):
        row = {**ELIGIBLE, **changed}
        path = tmp_path / "patients.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, row)
            writer.writeheader()
            writer.writerow(row)
        scan = scan_eligibility(path, load_study("rp-ld-il2"))
        found = scan.patients
        assert found is not None, list(scan.findings)
        sets = {group.id: str(found.verdict(group, 0)) for group in found.sets}
        return sets | {f"{one.group.id}.{one.criterion.id}": str(one.verdict(0)) for one in found.judged}

    return verdicts


def test_an_eligible_patient_meets_both_sets_of_entry(judge):
    found = judge()
    assert (found["registry"], found["report"], found["michet_1986"]) == ("met", "met", "met")


@pytest.mark.parametrize(
    ("criterion", "changed", "verdict"),
    [
        ("registry.age", {"age_years": "17.99"}, "not met"),
        ("registry.age", {"age_years": "18"}, "met"),
        ("registry.age", {"age_years": "70"}, "met"),
        ("registry.age", {"age_years": "70.01"}, "not met"),
        ("registry.age", {"age_years": ""}, "cannot be judged"),
        ("registry.background_dose", {"prednisone_mg_per_day": "30"}, "met"),
        ("report.background_dose_below", {"prednisone_mg_per_day": "30"}, "not met"),
        ("registry.background_dose", {"prednisone_mg_per_day": "30.1"}, "not met"),
        ("report.background_dose_below", {"prednisone_mg_per_day": "29.9"}, "met"),
        ("report.background_dose_below", {"prednisone_mg_per_day": "0", "weight_kg": ""}, "met"),
        ("report.background_dose_below", {"weight_kg": ""}, "cannot be judged"),
        ("registry.highest_dose", {"highest_glucocorticoid_mg_per_kg_per_day_last_month": "1.01"}, "not met"),
        ("registry.highest_dose", {"highest_glucocorticoid_mg_per_kg_per_day_last_month": "1"}, "met"),
        ("registry.inadequate_response", {"uncontrolled_weeks": "4"}, "met"),
        ("registry.inadequate_response", {"uncontrolled_weeks": "3.9"}, "not met"),
        ("report.refractory", {"uncontrolled_weeks": "12"}, "met"),
        ("report.refractory", {"uncontrolled_weeks": "11.9"}, "not met"),
        ("report.refractory", {"uncontrolled_weeks": "0", "intolerant_of_earlier_therapy": "yes"}, "met"),
        ("report.refractory", {"uncontrolled_weeks": "", "intolerant_of_earlier_therapy": "no"}, "cannot be judged"),
        ("report.stable", {"background_stable_weeks": "3.9"}, "not met"),
        ("registry.heart_failure", {"nyha_class": "III"}, "not met"),
        ("registry.antibody", {"recent_monoclonal_antibody": "yes"}, "not met"),
        ("report.michet", {"nasal_chondritis_history": "never"}, "not met"),
        ("report.michet", {"nasal_chondritis_history": ""}, "cannot be judged"),
        (
            "michet_1986.michet_1986",
            {"nasal_chondritis_history": "never", "hearing_loss_history": "past", "ocular_inflammation_history": "yes"},
            "met",
        ),
        ("mcadam_1976.mcadam_1976", {}, "cannot be judged"),
    ],
)
def test_every_border(judge, criterion, changed, verdict):
    assert judge(**changed)[criterion] == verdict


def test_what_is_absent_is_named_and_never_read_as_favourable(tmp_path):
    path = tmp_path / "patients.csv"
    path.write_text("patient_id,age_years\nP1,44\nP2,71\n")
    found = scan_eligibility(path, load_study("rp-ld-il2")).patients
    assert "nyha_class" in found.absent
    assert "age_years" not in found.absent
    registry = found.sets[0]
    assert [str(found.verdict(registry, row)) for row in range(2)] == ["cannot be judged", "not met"]


def test_a_study_without_criteria_is_told_so(tmp_path):
    study = load_study("rp-ld-il2").model_copy(update={"eligibility": None})
    with pytest.raises(ConfigError, match="declares no criteria"):
        scan_eligibility(tmp_path / "none.csv", study)
