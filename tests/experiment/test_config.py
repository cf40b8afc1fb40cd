"""Experiment files: every value knows where it came from, and a typing slip is named."""

import pytest

from responder.errors import ConfigError
from responder.experiment.resolve import resolve_experiment


@pytest.fixture
def reference(root):
    return root / "experiments/rp_ld_il2.toml"


def test_flag_beats_set_beats_environment_beats_file_beats_default(reference):
    found = resolve_experiment(
        reference,
        flags={"models": ["prevalence", "ridge:1"], "primary": ""},
        settings=["permutation.draws=199", "seed=3"],
        environment={"RESPONDER_PERMUTATION__DRAWS": "299", "RESPONDER_BOOTSTRAP__DRAWS": "50", "HOME": "x"},
    )
    told = found.to_json()
    assert told["models"] == {"value": ["prevalence", "ridge:1"], "source": "flag"}
    assert told["permutation.draws"] == {"value": 199, "source": "--set"}
    assert told["seed"] == {"value": 3, "source": "--set"}
    assert told["bootstrap.draws"] == {"value": 50, "source": "environment"}
    assert told["study"] == {"value": "rp-ld-il2", "source": "file"}
    assert told["permutation.alpha"] == {"value": 0.05, "source": "default"}


@pytest.mark.parametrize(
    ("setting", "words", "hint"),
    [
        ("permutaton.draws=9", "permutaton.draws", "permutation"),
        ("permutation.drawz=9", "permutation.drawz", "draws"),
        ("permutation.draws=9", "permutation.draws", ""),
        ("seed", "KEY=VALUE", "--set"),
        ("models=['ridge:1']", "prevalence", ""),
        ("models=['prevalence', 'ridge:0.1', 'ridge:0.10']", "'ridge:0.1' and 'ridge:0.10' are the same model", ""),
        ("primary='ridge:2'", "ridge:2", ""),
        ("decision.thresholds=[1.5]", "thresholds", ""),
        ("imputation.method='multiple'", "gp, bayes and lightgbm", ""),
        ("imputation.method='mean'", "imputation.method", ""),
        ("name.first='x'", "name.first", ""),
        ("settings.lightgmb.rounds=3", "lightgmb", "did you mean 'lightgbm'"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(reference, setting, words, hint):
    with pytest.raises(ConfigError) as caught:
        resolve_experiment(reference, settings=[setting], environment={})
    assert words in str(caught.value)
    assert hint in str(caught.value.hint)


def test_a_wrong_value_names_where_it_came_from(reference):
    def origin(**given):
        with pytest.raises(ConfigError) as refused:
            resolve_experiment(reference, **{"environment": {}, **given})
        return str(refused.value.where)

    assert origin(settings=["seed=abc"]) == "--set"
    assert origin(environment={"RESPONDER_SEED": "x"}) == "environment variable RESPONDER_SEED"
    assert origin(flags={"cohort.path": 3}) == "--cohort"
    assert origin(flags={"tuning.models": ["firth"]}) == f"{reference} and --tune"
    assert origin(environment={"RESPONDER_SEED": "x"}, settings=["seed=3", "name='?'"]) == "--set"
    # keys that contradict each other: every place that had a say
    assert origin(flags={"models": ["prevalence", "gp"]}) == f"{reference} and --models"


def test_an_unknown_key_of_the_file_gets_did_you_mean(tmp_path, reference):
    file = tmp_path / "e.toml"
    file.write_text(
        reference.read_text(encoding="utf-8") + '\nstrata = "centre"\n[permutations]\ndraws = 99\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        resolve_experiment(file, environment={})
    assert "permutations" in str(caught.value)
    assert str(caught.value.hint) == "did you mean 'permutation'?"
    assert caught.value.where == str(file)


def test_an_unknown_environment_variable_is_named(reference):
    with pytest.raises(ConfigError) as caught:
        resolve_experiment(reference, environment={"RESPONDER_SEDE": "3"})
    assert str(caught.value.where) == "environment variable RESPONDER_SEDE"


def test_the_cohort_is_sought_beside_the_file_or_where_the_flag_says(reference):
    beside = resolve_experiment(reference, environment={})
    assert beside.cohort_path.resolve() == reference.parents[1].resolve() / "data/rp_ld_il2/cohort.csv"
    flagged = resolve_experiment(reference, flags={"cohort.path": "mine.csv"}, environment={})
    assert str(flagged.cohort_path) == "mine.csv"


def test_the_primary_model_is_declared_or_the_first_that_looks_at_traits(reference):
    assert resolve_experiment(reference, environment={}).experiment.primary_model == "ridge:0.1"
    undeclared = resolve_experiment(reference, flags={"primary": ""}, environment={})
    assert undeclared.experiment.primary_model == "ridge:0.1"


def test_a_missing_or_broken_file_is_refused(tmp_path, reference):
    with pytest.raises(ConfigError, match="no such file") as caught:
        resolve_experiment(reference.with_name("rp_ld_il3.toml"), environment={})
    assert "rp_ld_il2.toml" in str(caught.value.hint)
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        resolve_experiment(broken, environment={})
    broken.write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        resolve_experiment(broken, environment={})


def test_tuning_and_multiple_imputation_do_not_go_together(reference):
    asked = ["models=['prevalence', 'ridge:1']", "primary='ridge:1'", "imputation.method='multiple'"]
    assert resolve_experiment(reference, settings=asked, environment={}).experiment.imputation.draws == 20
    with pytest.raises(ConfigError, match="tuning does not work with multiple imputation"):
        resolve_experiment(reference, settings=[*asked, "tuning.models=['ridge']"], environment={})


def test_the_shipped_experiment_that_is_tuned_is_large_enough(root):
    from responder.experiment import plan_experiment

    plan = plan_experiment(resolve_experiment(root / "experiments/planted120_tuned.toml", environment={}))
    assert [p.id for p in plan.pipelines] == ["prevalence", "ridge:tuned", "ridge:0.1"]
    assert plan.experiment.experiment.primary_model == "ridge:tuned"
    assert plan.cohort.n == 120
    assert plan.cohort.smaller_class >= 30
    assert not [found for found in plan.findings if found.code == "RSP309"]
