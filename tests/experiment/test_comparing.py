"""The primary model against the others, and subgroups: what a run hands on, and what it refuses to say."""

from dataclasses import replace

import pytest

from responder.experiment import plan_experiment, resolve_experiment, run_experiment
from responder.experiment.comparing import declared_subgroups, said_of_comparisons
from responder.validate.subgroups import FEWEST_OF_EACH_OUTCOME

FAST = ("permutation.draws=99", "bootstrap.draws=0", "validation.rebalanced_draws=0", "permutation.budget_seconds=0.5")


def run(root, name, models):
    path = root / f"experiments/{name}.toml"
    return run_experiment(resolve_experiment(path, flags={"models": models}, settings=FAST, environment={}))


@pytest.fixture(scope="module")
def planted(root):
    return run(root, "planted60", ["prevalence", "ridge:0.1", "ridge:1", "gp"])


def test_nine_patients_cannot_be_compared(root):
    found = run(root, "rp_ld_il2", ["prevalence", "ridge:0.1", "gp"])
    (only,) = found.comparisons
    assert (only.model, only.other, only.p, only.reason) == ("ridge:0.1", "gp", None, "few_patients")
    assert only.difference == pytest.approx(found.model("ridge:0.1").lpo.auc - found.model("gp").lpo.auc)
    assert all(one.auc is None and one.brier is None for one in found.subgroups)
    (why,) = said_of_comparisons(found)
    assert str(why).startswith("No model can be called better than another at n = 9 (3 in the smaller class)")


def test_every_other_model_is_compared_on_the_same_pairs(planted):
    """A costlier model looks at fewer pairs in its test; the primary one is tested again on these."""
    assert [one.other for one in planted.comparisons] == ["ridge:1", "gp"]
    for one in planted.comparisons:
        assert one.reason == ""
        assert one.p <= one.p_adjusted <= 1.0
        assert one.pairs == 34 * 26
    pairs = [planted.model(name).permutation.pairs for name in ("ridge:0.1", "gp")]
    assert pairs[0] > pairs[1] == planted.comparisons[1].pairs_tested
    assert planted.to_json()["comparisons"] == [one.to_json() for one in planted.comparisons]
    said = [str(one) for one in said_of_comparisons(planted)]
    assert [line.split(" on ")[0] for line in said] == ["ridge:0.1 compared with ridge:1", "ridge:0.1 compared with gp"]
    assert f"adjusted {planted.comparisons[1].p_adjusted:.3f}" in said[1]


def test_subgroups_are_estimated_where_enough_are_in_them(planted):
    assert planted.subgroups
    for one in planted.subgroups:
        assert one.n < planted.cohort.n
        assert (one.auc is not None) == one.is_estimable
        assert one.needed == FEWEST_OF_EACH_OUTCOME
    by_level = {one.level: one for one in planted.subgroups if one.trait == "organs=airway"}
    assert by_level["yes"].n + by_level["no"].n == 60


def test_subgroups_of_levels_and_strata(root):
    plan = plan_experiment(resolve_experiment(root / "experiments/pneumo_prevnar13.toml", environment={}))
    groups = declared_subgroups(plan.cohort)
    assert {group.trait for group in groups} == {"sex", "cmv_positive"}
    sexes = [group for group in groups if group.trait == "sex"]
    assert sorted(i for group in sexes for i in group.members) == list(range(plan.cohort.n))
    centres = ("north", "south") * 20
    named = declared_subgroups(replace(plan.cohort, strata=centres[: plan.cohort.n]), "centre")
    assert [(group.level, group.members[0]) for group in named if group.trait == "centre"] == [
        ("north", 0),
        ("south", 1),
    ]
