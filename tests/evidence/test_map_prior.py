"""As how many patients a prior counts, and the prior made of a file of evidence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from responder.errors import ConfigError
from responder.evidence import (
    NormalMixture,
    effective_patients,
    load_predictors,
    map_prior,
)

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize(("slope", "share"), [(0.0, 0.5), (1.0, 2 / 3), (2.0, 0.8)])
def test_a_patient_tells_what_logistic_regression_learns_from_one(slope, share):
    """Oracle: Fisher's information of slope and intercept over simulated patients, the groups' means a slope apart.

    A prior so narrow that a patient tells the same all over it counts as its precision over that of one patient.
    """
    rng = np.random.default_rng(4)
    responds = rng.random(400_000) < share
    x = rng.normal(size=responds.size) + np.where(responds, slope / 2, -slope / 2)
    p = expit(np.log(share / (1 - share)) + slope * x)
    weight = p * (1 - p)
    one = (weight * x**2).mean() - (weight * x).mean() ** 2 / weight.mean()
    narrow = NormalMixture(np.ones(1), np.array([slope]), np.array([0.01]))
    assert effective_patients(narrow, share) == pytest.approx(1e4 / one, rel=0.01)


@settings(max_examples=20)
@given(st.floats(0.02, 0.2), st.floats(-1.0, 1.0))
def test_a_normal_prior_counts_as_its_information(sd, mean):
    """Oracle: Neuenschwander 2020, a narrow normal prior: its information over that of a patient at its mean."""
    at = np.array([mean])
    one = effective_patients(NormalMixture(np.array([1.0]), at, np.array([sd])))
    narrow = effective_patients(NormalMixture(np.array([1.0]), at, np.array([0.01])))
    assert one == pytest.approx(narrow * (0.01 / sd) ** 2, rel=0.12)


def test_a_vague_component_makes_the_prior_count_less():
    mean, sd = np.array([1.0, 0.0]), np.array([0.4, 1.0])
    counts = [effective_patients(NormalMixture(np.array([w, 1.0 - w]), mean, sd)) for w in (1.0, 0.8, 0.5)]
    assert counts[0] > counts[1] > counts[2]


def test_the_reference_evidence_is_read_and_carries_only_what_was_published_in_numbers():
    sds = {"log_treg": 0.5, "log_treg_tcon_ratio": 0.6, "log_disease_duration": 1.0, "organs=ear_nose": 0.5}
    found = map_prior(load_predictors(DATA / "rp_ld_il2/predictors.toml"), sds, weight=0.6, vague_sd=0.7)
    assert found.prior.features == ("log_treg_tcon_ratio", "log_disease_duration")
    assert found.prior.mean[0] > 0.0 > found.prior.mean[1]
    assert (found.prior.weight, found.prior.vague_sd) == (0.6, 0.7)
    table = found.frame().set_index("feature")
    assert table.loc["log_treg", "with_numbers"] == 0
    assert np.isnan(table.loc["log_treg", "patients"])
    assert table.loc["log_treg_tcon_ratio", "patients"] > 0.0
    marker = {m["feature"]: m for m in found.to_json()["markers"]}["log_treg_tcon_ratio"]
    assert {study["direction"] for study in marker["studies"]} == {"higher", "lower"}


def test_a_prior_of_another_unit_says_the_same():
    """Log odds per SD do not know the unit of a feature."""
    file = load_predictors(DATA / "sle_ld_il2/predictors.toml")
    one, tenth = (map_prior(file, {"log_treg_tcon_ratio": sd}).prior for sd in (1.0, 10.0))
    assert one.mean == pytest.approx(10.0 * tenth.mean)
    assert one.covariance == pytest.approx(100.0 * tenth.covariance)


ENTRY = """schema = "responder/predictors/1"
[[predictor]]
id = "one"
disease = "lupus"
trait = "c3"
features = ["log_c3"]
direction = "lower"
n = "40"
finding = "Low C3 goes with response."
source = "nowhere"
"""
AUC = 'report = { kind = "auc", auc = 0.3, responders = 20, others = 20 }\n'


@pytest.mark.parametrize(
    ("rows", "case"),
    [
        (AUC, "report_not_placed"),
        (AUC.replace("0.3", "0.7") + 'closeness = "same_drug"\n', "report_other_direction"),
        (AUC + 'closeness = "same_drug"\ntiming = "on_treatment"\n', "report_on_treatment"),
        ('report = { kind = "odds_ratio", odds_ratio = 2, lower = 3, upper = 4 }\n', "report_not_within"),
        ('report = { kind = "counts", responders = [1, 0], others = [3, 4], divided = true }\n', "report_groups"),
        (
            'report = { kind = "medians", responders = { n = 9, median = 1 }, others = { n = 9, median = 1 } }\n',
            "report_median_alone",
        ),
    ],
)
def test_a_report_that_cannot_be_used_is_refused_with_its_reason(tmp_path, rows, case):
    path = tmp_path / "predictors.toml"
    path.write_text(ENTRY + rows)
    with pytest.raises(ConfigError) as caught:
        load_predictors(path)
    assert case in repr(vars(caught.value))


@pytest.mark.parametrize(
    "report",
    [
        'kind = "odds_ratio", odds_ratio = 0.5, lower = 0.2, upper = 1.1, sds = 1',
        'kind = "means", responders = 9, mean = 1, sd = 1, others = 9, mean_others = 2, sd_others = 1',
        'kind = "medians", responders = {n=9, median=1, range=[0, 3]}, others={n=9, median=2, range=[1, 3]}',
        'kind = "counts", responders = [2, 7], others = [6, 3], divided = false',
        'kind = "correlation", responders = 9, others = 9, r = -0.3',
        'kind = "no_association", responders = 9, others = 9',
    ],
)
def test_every_kind_of_report_reaches_the_prior(tmp_path, report):
    path = tmp_path / "predictors.toml"
    path.write_text(ENTRY + f'closeness = "same_class"\nreport = {{ {report} }}\n')
    found = map_prior(load_predictors(path), {"log_c3": 1.0})
    assert found.prior.features == ("log_c3",)
    assert found.prior.mean[0] <= 0.0
