"""What is said of the slope and of .632+: of a size that has one, of one that has none, of a model without cells."""

from types import SimpleNamespace

import pytest

from responder.report.calibration_words import calibration_covered, calibration_intervals
from responder.words import Voice

SLOPE = {
    "z": 2.5, "lowest": 0.94, "highest": 1.0, "monte_carlo_error": 0.02, "is_own_model": True,
    "n": 30, "smaller": 15, "smallest_n": 30,
}  # fmt: skip
LARGE = {
    "in_the_large": [0.85, 0.97], "auc_632plus_within": 0.08, "brier_632plus_within": 0.03,
    "n": 200, "smaller": 100,
}  # fmt: skip
ESTIMATE = {"value": 1.2, "lower": 0.3, "upper": 2.9, "reason": None}


def source(slope=ESTIMATE, simulated=SLOPE, metrics=()):
    model = {
        "calibration": {
            "slope": slope, "in_the_large": ESTIMATE, "slope_coverage": simulated, "in_the_large_coverage": LARGE
        },
        "metrics": dict.fromkeys(metrics, 0.7),
    }  # fmt: skip
    return SimpleNamespace(model=lambda: model, model_title=lambda model, words: "Ridge")


def without(reason):
    return {"value": None, "lower": None, "upper": None, "reason": reason}


def test_a_slope_stands_beside_what_its_interval_covers():
    words = Voice("en", "report")
    (said,) = calibration_covered(source(), words)
    assert "0.94 to 1.00 of simulated cohorts (n = 30, 15 in the smaller class; Monte Carlo error 0.02)" in said
    slope, large = calibration_intervals(source(), source().model(), words)
    assert slope[2:] == ("0.30 to 2.90", "–", "0.94 to 1.00")
    assert large[-1] == "0.85 to 0.97"


def test_too_few_patients_are_told_how_many_are_enough():
    few = source(without("too_few_patients"))
    assert "cannot be estimated below n = 30" in calibration_covered(few, Voice("en", "report"))[0]
    assert "n < 30" in calibration_covered(few, Voice("zh", "report"))[0]
    assert len(calibration_intervals(few, few.model(), Voice("en", "report"))) == 1
    nowhere = source(without("not_simulated"), {**SLOPE, "smallest_n": None})
    assert "no simulated cohort" in calibration_covered(nowhere, Voice("en", "report"))[0]


def test_a_model_without_its_own_simulation_says_so():
    said = calibration_covered(source(simulated={**SLOPE, "is_own_model": False}), Voice("en", "report"))
    assert said[-1].startswith("Ridge was not simulated itself")
    constant = source(without("constant_prediction"), {**SLOPE, "is_own_model": False})
    assert calibration_covered(constant, Voice("en", "report")) == []


@pytest.mark.parametrize(("language", "number"), [("en", "within 0.08"), ("zh", "不超过 0.08")])
def test_632plus_says_how_near_it_comes(language, number):
    assert number in calibration_covered(source(metrics=["auc_632plus"]), Voice(language, "report"))[0]


def test_the_page_of_nine_patients_says_from_how_many_on_there_is_a_slope(reference):
    simulated = reference.model()["calibration"]["slope_coverage"]
    (said,) = calibration_covered(reference, Voice("en", "report"))
    assert reference.model()["calibration"]["slope"]["reason"] == "too_few_patients"
    assert f"n = {simulated['smallest_n']}" in said
    assert "calibration_slope" not in reference.model()["metrics"]
