"""Tuning as an experiment asks for it: refused below its threshold, overridden aloud, the same in the bundle."""

import numpy as np
import pytest

from responder.errors import ConfigError, DataRefusedError
from responder.experiment import bundle_of, plan_experiment, resolve_experiment, run_experiment
from responder.experiment.pipelines import pipeline_for
from responder.experiment.random import rng_for
from responder.validate.refit import ModelPipeline, Refits
from responder.validate.splits import stratified_bootstrap
from responder.validate.tune import TunedPipeline

MODELS = ["prevalence", "ridge:0.1", "ridge:1", "gp"]


@pytest.fixture(scope="module")
def ask(root):
    """A function that resolves the reference experiment with some tuning."""

    def resolve(*settings, tuned=("ridge",), override=True, **flags):
        flags = {"models": MODELS, "tuning.models": list(tuned), "tuning.override": override, **flags}
        settings = ("bootstrap.draws=20", "validation.tournament=false", *settings)
        return resolve_experiment(root / "experiments/rp_ld_il2.toml", flags=flags, settings=settings, environment={})

    return resolve


@pytest.fixture(scope="module")
def tuned(ask):
    return run_experiment(ask(primary="ridge:1"))


def test_below_its_threshold_tuning_is_refused(ask):
    with pytest.raises(DataRefusedError) as caught:
        plan_experiment(ask(override=False))
    assert "RSP309" in str(caught.value) or "tuning of ridge" in str(caught.value)
    assert caught.value.exit_code == 3


def test_an_override_is_said(tuned):
    finding = next(f for f in tuned.findings if f.code == "RSP309")
    assert str(finding.severity) == "caution"
    assert "n = 9 and 3 in the smaller class" in str(finding.message)


def test_models_of_a_kind_become_one_tuned_model(ask, tuned):
    assert [m.id for m in tuned.models] == ["prevalence", "ridge:tuned", "gp"]
    assert tuned.primary == "ridge:tuned"
    assert "tuned in every fit" in str(tuned.primary_model.title)
    by_id = ask(tuned=["ridge:1"]).experiment
    assert by_id.pipeline_ids == ("prevalence", "ridge:0.1", "ridge:tuned", "gp")
    assert by_id.primary_model == "ridge:0.1"


def test_its_tuning_is_inside_the_permutation_test(tuned):
    """Leave-pair-out of any deterministic pipeline has mean 0.5 over all labelings; choosing outside would not."""
    test = tuned.primary_model.permutation
    assert test.exact
    assert test.labelings == 84
    assert test.null_mean == pytest.approx(0.5, abs=1e-9)
    assert tuned.familywise.p["ridge:tuned"] >= test.p
    assert str(tuned.primary_model.verdict.statement).count("p = ") == 1


def test_unstable_choices_are_a_finding(tuned):
    report = tuned.primary_model.tuning
    assert report.spread[0] >= 0.5
    finding = next(f for f in tuned.findings if f.code == "RSP310")
    assert "bootstrap refits chose c between" in str(finding.message)
    assert tuned.model("gp").tuning is None


def test_the_bundle_is_refitted_by_the_same_pipeline(tuned):
    wanted, outcome = tuned.experiment.experiment, tuned.cohort.outcome
    bundle = bundle_of(tuned)
    pipeline = pipeline_for(tuned.table, "ridge:tuned", wanted)
    assert isinstance(pipeline, TunedPipeline)
    counts = stratified_bootstrap(outcome, 20, rng_for(wanted.seed, "bootstrap"))
    everybody = np.broadcast_to(np.arange(9), counts.shape)
    expected = pipeline.predict(Refits.of_outcome(counts, outcome, everybody)).logit[:, :, 0]
    band = bundle.ensemble.logit(tuned.table.derived, tuned.table.missing)
    np.testing.assert_allclose(band.T, expected, atol=1e-8)
    np.testing.assert_allclose(
        bundle.pipeline.logit(tuned.cohort.values), pipeline.fit(outcome).logit(tuned.cohort.values), atol=1e-12
    )


def test_settings_that_are_not_tuned_are_kept(ask):
    plan = plan_experiment(ask("settings.gp.offset_variance=9.0", tuned=["gp"]))
    pipeline = next(p for p in plan.pipelines if p.id == "gp:tuned")
    assert pipeline._any_model.offset_variance == 9.0
    assert all(isinstance(p, ModelPipeline) for p in plan.pipelines if p is not pipeline)


def test_the_plan_counts_every_inner_fit(ask):
    plain = plan_experiment(ask(tuned=(), models=["prevalence", "ridge:1"], primary=""))
    tuned = plan_experiment(ask(models=["prevalence", "ridge:1"], primary=""))
    (alone,), (inside,) = plain.permutations.values(), tuned.permutations.values()
    assert inside.seconds / inside.fits > 40 * alone.seconds / alone.fits


def test_a_journal_is_kept_in_the_project(ask, tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    plan = plan_experiment(ask("tuning.storage='trials/ridge.log'", "tuning.trials=2"))
    pipeline = next(p for p in plan.pipelines if p.id == "ridge:tuned")
    pipeline.fit(plan.cohort.outcome)
    assert (tmp_path / "trials/ridge.log").is_file()
    url = "sqlite:///elsewhere.db"
    plan = plan_experiment(ask(f"tuning.storage='{url}'"))
    assert next(p for p in plan.pipelines if p.id == "ridge:tuned").storage == url


@pytest.mark.parametrize(("tuned", "words"), [(["firth"], "cannot be tuned"), (["logf"], "not among the models")])
def test_what_cannot_be_tuned_is_refused(ask, tuned, words):
    with pytest.raises(ConfigError, match=words):
        ask(tuned=tuned)
