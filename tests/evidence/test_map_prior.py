"""The hierarchical model against published examples, and the prior made of a file of evidence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from responder.errors import ConfigError
from responder.evidence import (
    NormalMixture,
    Pooled,
    effective_patients,
    load_predictors,
    map_prior,
    pooled,
    two_normals,
)

DATA = Path(__file__).resolve().parents[2] / "data"
CROHN = np.array([[74, -51], [166, -49], [328, -36], [20, -47], [25, -90], [58, -54]], dtype=float)


@pytest.fixture(scope="module")
def crohn():
    """RBesT's and bayesmeta's example of placebo changes in Crohn's disease; SD of a patient 88."""
    return pooled(CROHN[:, 1], 88.0 / np.sqrt(CROHN[:, 0]), tau_scale=44.0, mu_prior=(0.0, 88.0))


def integrated(log_likelihood, mu, tau, *, tau_scale, mu_prior):
    """Integrate a hierarchical model of any likelihood on a grid of mu and tau, by the trapezoidal rule."""
    log_weight = log_likelihood(mu[:, None], tau[None, :]) - 0.5 * (tau[None, :] / tau_scale) ** 2
    log_weight = log_weight - 0.5 * ((mu[:, None] - mu_prior[0]) / mu_prior[1]) ** 2
    edge = np.ones(len(tau))
    edge[[0, -1]] = 0.5
    weight = np.exp(log_weight - log_weight.max()) * edge
    weight /= weight.sum()
    grid_mu, grid_tau = np.broadcast_arrays(mu[:, None], tau[None, :])
    kept = weight > 1e-12
    return Pooled(grid_mu[kept], np.zeros(kept.sum()), grid_tau[kept], weight[kept] / weight[kept].sum())


def test_ankylosing_spondylitis_by_quadrature():
    """Oracle: RBesT's data set AS, half-normal(1) tau, N(0, 2) mu: tau .379 (.210), next rate .258 (.087); to .002."""
    n, r = np.array([107, 44, 51, 39, 139, 20, 78, 35]), np.array([23, 12, 19, 9, 39, 6, 9, 10])
    nodes, weight = np.polynomial.hermite_e.hermegauss(30)
    weight = weight / weight.sum()

    def log_likelihood(mu, tau):
        eta = mu[..., None] + tau[..., None] * nodes
        terms = [np.log((np.exp(b * eta - a * np.logaddexp(0, eta) + 60) * weight).sum(-1)) for a, b in zip(n, r)]  # noqa: B905
        return np.sum(terms, axis=0)

    grid = np.linspace(-3.2, 0.8, 101), np.linspace(0.0, 2.5, 81)
    found = integrated(log_likelihood, *grid, tau_scale=1.0, mu_prior=(0.0, 2.0))
    rate = expit(found.mu[:, None] + found.tau[:, None] * nodes)
    mean = (rate @ weight) @ found.weight
    sd = np.sqrt((rate**2 @ weight) @ found.weight - mean**2)
    assert found.mean_and_sd("tau") == pytest.approx((0.379, 0.210), abs=0.002)
    assert (mean, sd) == pytest.approx((0.258, 0.087), abs=0.002)
    assert [expit(found.quantile(p)) for p in (0.025, 0.5, 0.975)] == pytest.approx([0.111, 0.249, 0.471], abs=0.002)


def test_one_grid_and_two_grids_agree(crohn):
    """Oracle: the same model with mu on a grid of its own."""
    errors = 88.0 / np.sqrt(CROHN[:, 0])

    def log_likelihood(mu, tau):
        variance = errors[:, None, None] ** 2 + tau**2
        return (-0.5 * (CROHN[:, 1, None, None] - mu) ** 2 / variance - 0.5 * np.log(variance)).sum(axis=0)

    grid = np.linspace(-160.0, 60.0, 441), np.linspace(0.0, 264.0, 481)
    other = integrated(log_likelihood, *grid, tau_scale=44.0, mu_prior=(0.0, 88.0))
    for name in ("mu", "tau", "next"):
        assert crohn.mean_and_sd(name) == pytest.approx(other.mean_and_sd(name), abs=0.01)
    assert crohn.quantile(0.975) == pytest.approx(other.quantile(0.975), abs=0.05)


def test_two_normals_follow_the_predictive(crohn):
    mixture = two_normals(crohn)
    at = np.linspace(-140.0, 40.0, 60)
    ours = np.cumsum(mixture.components(np.linspace(-400, 300, 7001)).sum(1)) * 0.1
    assert np.interp(at, np.linspace(-400, 300, 7001), ours) == pytest.approx(crohn.below(at), abs=0.02)


def test_conflicting_studies_widen_the_prior_by_themselves():
    errors = np.array([0.3, 0.3])
    agree, conflict = (pooled(np.array(y), errors, tau_scale=0.5) for y in ([0.5, 0.5], [1.3, -0.3]))
    assert conflict.mean_and_sd("tau")[0] > 1.2 * agree.mean_and_sd("tau")[0]
    assert conflict.mean_and_sd("next")[1] > 1.2 * agree.mean_and_sd("next")[1]
    assert effective_patients(two_normals(conflict)) < effective_patients(two_normals(agree))


@settings(max_examples=20)
@given(st.floats(0.02, 0.2), st.floats(-1.0, 1.0))
def test_a_normal_prior_counts_as_its_information(sd, mean):
    """Oracle: Neuenschwander 2020, a narrow normal prior: its information over that of a patient at its mean."""
    at = np.array([mean])
    one = effective_patients(NormalMixture(np.array([1.0]), at, np.array([sd])))
    narrow = effective_patients(NormalMixture(np.array([1.0]), at, np.array([0.01])))
    assert one == pytest.approx(narrow * (0.01 / sd) ** 2, rel=0.12)


def test_a_vague_component_makes_the_prior_count_less(crohn):
    plain = NormalMixture(np.array([1.0]), np.array([1.0]), np.array([0.4]))
    counts = [effective_patients(plain.with_vague(weight, 1.0)) for weight in (1.0, 0.8, 0.5)]
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


def test_nothing_to_pool_is_refused():
    for effects, errors in ([], []), ([0.1], [0.0]):
        with pytest.raises(ValueError, match="must"):
            pooled(np.array(effects), np.array(errors), tau_scale=0.5)
