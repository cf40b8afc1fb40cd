"""Simulated cohorts: the planted truth is there, the endpoint says it, and intake accepts it."""

import numpy as np
import pytest

from responder.cohort import load_cohort, scan_cohort
from responder.errors import ConfigError
from responder.evidence.simulate import simulate_cohort, simulated_provenance
from responder.features import compile_features
from responder.study import load_study
from responder.study.model import Study


@pytest.fixture(scope="module")
def study():
    return load_study("rp-ld-il2")


def changed(study, simulation=None, endpoint=None):
    """The study with other simulation settings, or another primary endpoint."""
    content = study.model_dump(by_alias=True)
    content["simulation"] |= simulation or {}
    if endpoint is not None:
        content["endpoint"] = [{**content["endpoint"][0], "applies_unless_met_at": "", **endpoint}]
    return Study.model_validate(content)


def test_the_same_seed_gives_the_same_cohort_and_another_seed_the_same_truth(study):
    first, truth = simulate_cohort(study, 25, np.random.default_rng(3))
    again, _ = simulate_cohort(study, 25, np.random.default_rng(3))
    other, other_truth = simulate_cohort(study, 25, np.random.default_rng(4))
    assert first.equals(again)
    assert not first.equals(other)
    for key in ("intercept", "log_odds_per_sd", "feature_mean", "feature_sd", "auc"):
        assert truth[key] == other_truth[key]


def test_intake_reads_what_was_simulated_and_calls_it_simulated(study, tmp_path):
    table, truth = simulate_cohort(study, 200, np.random.default_rng(0))
    path = tmp_path / "planted.csv"
    table.to_csv(path, index=False)
    (tmp_path / "provenance.toml").write_text(simulated_provenance("planted", list(table.columns)))
    cohort = load_cohort(path, study)
    assert cohort.n == 200
    assert set(cohort.traits) == set(study.simulation.traits)
    assert str(cohort.illustration) == "illustrative: rests on simulated values"
    assert cohort.outcome.tolist() == [int(v == 0) for v in table["rpdai_week12"]]
    assert set(truth["provenance"]) == set(table.columns)


def test_the_planted_effects_are_those_of_the_table(study):
    # A logistic regression on many patients must find what was planted, within four standard errors.
    from sklearn.linear_model import LogisticRegression

    table, truth = simulate_cohort(study, 20_000, np.random.default_rng(11))
    names = list(study.simulation.traits)
    traits = [t.name for t in study.baseline_traits if t.name in names]
    spec = compile_features(study, traits)
    values = np.hstack([[study.trait(t).code.encode(cell) for cell in table[t]] for t in traits])
    derived = spec.derive(values)
    at = [[step.name for step in spec.steps].index(name) for name in truth["log_odds_per_sd"]]
    mean, sd = (
        np.array([truth[key][name] for name in truth["log_odds_per_sd"]]) for key in ("feature_mean", "feature_sd")
    )
    x = (derived[:, at] - mean) / sd
    y = (table["rpdai_week12"] == 0).to_numpy().astype(int)
    fit = LogisticRegression(C=np.inf).fit(x, y)
    p = fit.predict_proba(x)[:, 1]
    design = np.column_stack([np.ones(len(y)), x])
    covariance = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)
    found = np.concatenate([fit.intercept_, fit.coef_[0]])
    planted = np.array([truth["intercept"], *truth["log_odds_per_sd"].values()])
    assert np.all(np.abs(found - planted) < 4 * np.sqrt(np.diag(covariance)))
    assert y.mean() == pytest.approx(study.simulation.prevalence, abs=4 * np.sqrt(0.25 / len(y)))
    # the best attainable AUC: that of the true probabilities
    from scipy.stats import rankdata

    ranks = rankdata(truth["probability"])
    auc = (ranks[y == 1].mean() - (y.sum() + 1) / 2) / (len(y) - y.sum())
    assert auc == pytest.approx(truth["auc"], abs=0.01)


def test_unplanted_traits_do_not_go_with_the_outcome(study):
    table, _ = simulate_cohort(study, 20_000, np.random.default_rng(5))
    y = (table["rpdai_week12"] == 0).to_numpy()
    for trait in ("age_years", "prednisone_mg_per_day", "tcon_per_ul"):
        x = table[trait].to_numpy(dtype=float)
        assert abs(np.corrcoef(x, y)[0, 1]) < 4 / np.sqrt(len(y)), trait


@pytest.mark.parametrize(
    "endpoint",
    [
        {"operator": "<=", "threshold": 5},
        {"operator": "<", "threshold": 3},
        {"operator": ">", "threshold": 20},
        {"measure": "change", "baseline": "rpdai", "operator": "<=", "threshold": -2},
        {"column": "treg_per_ul_week12", "operator": ">=", "threshold": 30.5},
        {"column": "prednisone_mg_per_day_week12", "measure": "percent_change",
         "baseline": "prednisone_mg_per_day", "operator": "<=", "threshold": -25},
    ],
)  # fmt: skip
def test_any_endpoint_rule_can_be_written(study, endpoint, tmp_path):
    other = changed(study, endpoint=endpoint)
    table, _ = simulate_cohort(other, 60, np.random.default_rng(2))
    path = tmp_path / "planted.csv"
    table.to_csv(path, index=False)
    cohort = scan_cohort(path, other).cohort
    assert cohort.n == 60
    expected = np.random.default_rng(2)  # who responds does not depend on how the endpoint is written
    reference, _ = simulate_cohort(study, 60, expected)
    assert cohort.outcome.tolist() == [int(v == 0) for v in reference["rpdai_week12"]]


def test_levels_that_count_as_response_can_be_written(study, tmp_path):
    content = study.model_dump(by_alias=True)
    levels = [{"name": name} for name in ("none", "some", "marked")]
    graded = {"name": "improved", "kind": "ordinal", "group": "outcome", "timing": "outcome", "label": "improved"}
    content["trait"] = [*content["trait"], graded | {"levels": levels}]
    rule = {"column": "improved", "levels": ["some", "marked"], "operator": None, "threshold": None}
    content["endpoint"] = [content["endpoint"][0] | rule | {"applies_unless_met_at": ""}]
    other = Study.model_validate(content)
    table, _ = simulate_cohort(other, 60, np.random.default_rng(2))
    path = tmp_path / "planted.csv"
    table.to_csv(path, index=False)
    cohort = scan_cohort(path, other).cohort
    assert cohort.outcome.tolist() == [int(word != "none") for word in table["improved"]]
    assert 0 < cohort.responders < 60


@pytest.mark.parametrize(
    ("simulation", "words"),
    [
        ({"traits": {"treg_per_u": {"kind": "normal", "median": 1, "spread": 1}}}, "not a baseline trait"),
        ({"traits": {"rpdai_week12": {"kind": "normal", "median": 1, "spread": 1}}}, "not a baseline trait"),
        ({"log_odds_per_sd": {"log_trg": 1.0}}, "not a feature"),
        ({"traits": {"age_years": {"kind": "normal", "median": 1000, "spread": 1}}}, "implausible"),
        ({"traits": {"age_years": {"kind": "normal", "median": 40}}}, "median and a spread"),
        ({"traits": {"organs": {"kind": "patterns", "probabilities": {"airway": 0.5}}}}, "sum to 1"),
    ],
)  # fmt: skip
def test_mistakes_of_the_description(study, simulation, words):
    with pytest.raises(ConfigError, match=words):
        simulate_cohort(changed(study, {"log_odds_per_sd": {}} | simulation), 10, np.random.default_rng(0))


def test_a_study_without_simulation_and_no_patients(study, root):
    other = load_study(str(root / "experiments/studies/leukemia51_aml.toml"))
    with pytest.raises(ConfigError, match=r"has no \[simulation\] section"):
        simulate_cohort(other, 10, np.random.default_rng(0))
    with pytest.raises(ConfigError, match="cannot simulate 0"):
        simulate_cohort(study, 0, np.random.default_rng(0))
