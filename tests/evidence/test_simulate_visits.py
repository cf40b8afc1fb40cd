"""Simulated visits: intake takes them, what was planted is there, and they never pass for observed."""

import math

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.evidence import simulate_visits, simulated_provenance
from responder.study import load_study
from responder.study.model import Study
from responder.trial import read_visits, summarise_events


@pytest.fixture(scope="module")
def study():
    return load_study("rp-ld-il2")


def changed(study, **plan):
    """The study with other assumptions about its visits."""
    content = study.model_dump(by_alias=True)
    content["trial"]["simulation"] |= plan
    return Study.model_validate(content)


def read(table, study, folder):
    path = folder / "visits.csv"
    table.to_csv(path, index=False)
    path.with_name("provenance.toml").write_text(simulated_provenance("visits", list(table.columns)), encoding="utf-8")
    return read_visits(path, study)


@pytest.fixture(scope="module")
def many(study, tmp_path_factory):
    """2,000 patients, as read back, with the truth behind them."""
    table, truth = simulate_visits(study, 2000, np.random.default_rng(11))
    return read(table, study, tmp_path_factory.mktemp("many")), truth


def near(observed, expected, n):
    """Within four standard errors of a proportion."""
    return abs(observed - expected) <= 4 * math.sqrt(expected * (1 - expected) / n) + 1e-9


def test_same_seed_same_table(study):
    first, truth = simulate_visits(study, 20, np.random.default_rng(5))
    again, same = simulate_visits(study, 20, np.random.default_rng(5))
    other, _ = simulate_visits(study, 20, np.random.default_rng(6))
    assert first.equals(again)
    assert truth == same
    assert not first.equals(other)


def test_intake_takes_them_and_calls_them_simulated(many):
    visits, truth = many
    assert {str(kind) for kind in visits.provenance.values()} == {"simulated"}
    assert str(visits.illustration) == "illustrative: rests on simulated values"
    assert {finding.code for finding in visits.findings} <= {"RSP114", "RSP145"}
    assert set(truth["provenance"].values()) == {"simulated"}
    assert truth["note"]
    assert all(truth["sources"].values())


def test_patterns_are_the_declared_ones(many):
    visits, _ = many
    baseline = {level: visits.values[f"organs={level}"][:, 0] for level in ("ear_nose", "airway", "eye", "arthritis")}
    whole = 50.8 + 38.9 + 4.8 + 5.6
    assert near(baseline["ear_nose"].mean(), (50.8 + 4.8) / whole, visits.n)
    assert near(baseline["airway"].mean(), (38.9 + 4.8) / whole, visits.n)
    assert near(baseline["eye"].mean(), 0.118, visits.n)
    assert near(baseline["arthritis"].mean(), 1 - (1 - 5.6 / whole) * (1 - 0.294), visits.n)


def test_levels_clear_at_the_declared_chance(study, tmp_path):
    plan = {"log_odds_per_sd": {}, "withdrawal_per_visit": 0.0, "week_sd": 0.0}
    calm = changed(study, **plan)
    table, truth = simulate_visits(calm, 1500, np.random.default_rng(2))
    visits = read(table, calm, tmp_path)
    for level in ("ear_nose", "airway"):
        active = visits.values[f"organs={level}"]
        had = active[:, 0] == 1
        for visit, week in enumerate(("4", "8", "12"), start=1):
            expected = truth["cleared_by_week"][level][week]
            assert near((active[had, visit] == 0).mean(), expected, had.sum())
        assert np.all(np.diff(active, axis=1) <= 0)  # what is gone stays gone
    assert visits.members("completers").all()


def test_planted_effects_are_found_again_and_no_others(study, tmp_path):
    """Logistic regression of clearing by week 4 on standardised features gives back the planted slopes."""
    from sklearn.linear_model import LogisticRegression

    plan = {"log_odds_per_sd": {"log_treg": -0.8}, "patterns": {"ear_nose": 1}, "also": {}, "withdrawal_per_visit": 0.0}
    planted = changed(study, **plan)
    table, truth = simulate_visits(planted, 2000, np.random.default_rng(9))
    visits = read(table, planted, tmp_path)
    cleared = 1 - visits.values["organs=ear_nose"][:, 1]
    treg = (np.log(visits.values["treg_per_ul"][:, 0]) - truth["feature_mean"]["log_treg"]) / truth["feature_sd"][
        "log_treg"
    ]
    prednisone = visits.values["prednisone_mg_per_day"][:, 0]
    features = np.column_stack([treg, (prednisone - prednisone.mean()) / prednisone.std()])
    fitted = LogisticRegression(C=1e6).fit(features, cleared)
    np.testing.assert_allclose(fitted.coef_[0], [-0.8, 0.0], atol=0.2)  # standard error about 0.05
    assert fitted.intercept_[0] == pytest.approx(math.log(0.6 / 0.4), abs=0.2)


def test_treg_rises_as_declared(many):
    visits, truth = many
    ratio = visits.values["treg_per_ul"][:, 1:] / visits.values["treg_per_ul"][:, :1]
    np.testing.assert_allclose(np.nanmedian(ratio, axis=0), truth["factor"]["treg_per_ul"], rtol=0.02)


def test_dose_is_stable_then_lowered(many):
    visits, _ = many
    dose = visits.values["prednisone_mg_per_day"]
    assert np.all((dose[:, 1] == dose[:, 0]) | np.isnan(dose[:, 1]))
    at_week_8 = dose[~np.isnan(dose[:, 2])]
    assert near((at_week_8[:, 2] < at_week_8[:, 0]).mean(), 0.6, len(at_week_8))
    assert np.all(dose[~np.isnan(dose)] % 2.5 == 0)


def test_withdrawal_windows_and_events(many):
    visits, truth = many
    assert near(visits.members("completers").mean(), truth["stays_to_end"], visits.n)
    late = np.abs(visits.weeks - np.array(visits.design.weeks))
    assert np.nanmax(late) <= visits.design.window_weeks
    events = {row.event: row for row in summarise_events(visits) if row.population == "enrolled"}
    reaction = events["injection_site_reaction"]
    assert near(reaction.reports / reaction.asked, 0.5, reaction.asked)
    assert near(events["infection"].reports / events["infection"].asked, 0.02, reaction.asked)


def test_airway_decides_most_of_the_endpoint(many):
    visits, _ = many
    score, airway = visits.values["rpdai"][:, -1], visits.values["organs=airway"][:, 0]
    known = ~np.isnan(score)
    assert (score[known & (airway == 1)] == 0).mean() < 0.4 < 0.7 < (score[known & (airway == 0)] == 0).mean()


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"clearing_per_visit": {"ear": 0.5}}, "'ear', which is not a level"),
        ({"items": {"ear_nose": {"auricular": 1.0}}}, "'auricular', which is not an item"),
        ({"dose": {"prednison": {"stable_until_week": 4, "chance": 1, "factor": 0.5, "step": 1}}}, "'prednison'"),
        ({"course": {"treg_per_ul": {"factor": [2.0]}}}, "one factor for each of the 3 visits"),
        ({"trait": "rpdai"}, "not a set-valued trait"),
    ],
)
def test_wrong_assumptions_are_refused_with_the_study(plan, said, study):
    with pytest.raises(ValueError, match=said):
        changed(study, **plan)


def test_nothing_to_simulate(study):
    for without in (study.model_copy(update={"trial": None}), study.model_copy(update={"simulation": None})):
        with pytest.raises(ConfigError, match="how to simulate visits"):
            simulate_visits(without, 5, np.random.default_rng(1))
    with pytest.raises(ConfigError, match="cannot simulate 0"):
        simulate_visits(study, 0, np.random.default_rng(1))
    with pytest.raises(ConfigError, match="not a feature"):
        simulate_visits(changed(study, log_odds_per_sd={"log_tregs": 1.0}), 5, np.random.default_rng(1))
