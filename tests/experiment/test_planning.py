"""What an experiment says of the next study."""

import pytest

from responder.errors import DataRefusedError
from responder.experiment import resolve_experiment, setting_of_experiment
from responder.plan import plan_study


def setting(root, name, *settings):
    return setting_of_experiment(
        resolve_experiment(root / "experiments" / f"{name}.toml", settings=settings, environment={})
    )


def test_reference(root):
    found = setting(root, "rp_ld_il2", "permutation.alpha=0.1", "permutation.side=two-sided")
    assert (found.at_hand.n, found.at_hand.responders, found.parameters) == (9, 6, 9)
    assert found.prevalence == 6 / 9
    assert (found.alpha, found.side) == (0.1, "two-sided")
    assert str(found.source("alpha")) == "permutation.alpha of the experiment (--set)"
    assert found.at_hand.coupled == ("rpdai", "organs")
    assert found.at_hand.observed.estimate == pytest.approx(15 / 18)  # what training prints


def test_a_single_marker_has_its_own_columns_only(root):
    found = setting(root, "rp_ld_il2", "primary=single:organs")
    assert found.model == "single:organs"
    assert 0 < found.parameters < len(found.population.spec.steps)


def test_every_kind_of_model_can_be_planned_on_normals_too(root):
    """The simulated table keeps the names that models look for."""
    for model in ("single:age_years", "bayes", "firth", "gp"):
        found = setting(root, "leukemia51_aml", f"models=['prevalence', '{model}']", f"primary='{model}'")
        assert str(found.population.title) == "6 independent standard normal features of equal effect"
        plan = plan_study(found.__class__(**{**vars(found), "aucs": (0.9,), "sizes": (12,)}), seed=1, cohorts=2)
        assert plan.simulated.model == model


def test_a_refused_cohort_is_not_planned_with(root, tmp_path):
    table = tmp_path / "cohort.csv"
    header, *rows = (root / "data/rp_ld_il2/cohort.csv").read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([header, *rows, rows[0]]) + "\n", encoding="utf-8")
    with pytest.raises(DataRefusedError):
        setting(root, "rp_ld_il2", f"cohort.path={table}")
