"""What a plan says of each step is what the run does there."""

import json
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from responder.experiment import plan_experiment, resolve_experiment, run_experiment
from responder.experiment.validating import Clock
from responder.models.foreign import ForeignModel
from responder.validate import bootstrap, patient_interval
from responder.validate.refit import ModelPipeline

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"


def asked(*settings, name="rp_ld_il2"):
    return resolve_experiment(EXPERIMENTS / f"{name}.toml", settings=settings)


@pytest.fixture
def counted(monkeypatch):
    """Count the fits that a run makes in each of its steps; a fit costs a second, nominally."""
    fits, step = Counter(), []

    @contextmanager
    def at(_clock, name):
        step.append(name)
        yield
        step.pop()

    def counting(owner, name, number):
        own = getattr(owner, name)

        def called(*args, **kwargs):
            here, outer = (step[-1] if step else ""), len(busy)
            if not outer:  # a fit within a fit is the same one
                fits[here] += number(*args)
            busy.append(name)
            try:
                return own(*args, **kwargs)
            finally:
                busy.pop()

        monkeypatch.setattr(owner, name, called)

    busy = []
    monkeypatch.setattr(Clock, "step", at)
    counting(ModelPipeline, "predict", lambda _self, refits: refits.fits)
    counting(ModelPipeline, "fit", lambda *_args: 1)
    counting(bootstrap, "_fits_at_once", lambda _asked, chunk: len(chunk))
    counting(patient_interval._NeutralRefits, "predict", lambda _self, refits: len(refits))
    for name in ("seconds_per_fit", "seconds_per_cold_fit"):
        monkeypatch.setattr(ModelPipeline, name, lambda _self: 1.0)
    monkeypatch.setattr("responder.experiment.plan_seconds.seconds_of_fit", lambda *_args: 1.0)
    return fits


def test_plan_and_run_count_the_same_fits_in_every_step(counted):
    endless = ("validation.budget_seconds=1e9", "permutation.budget_seconds=1e9", "bootstrap.draws=60")
    plan = plan_experiment(asked(*endless, "models=['prevalence', 'ridge:0.1', 'single:organs']"))
    counted.clear()
    run_experiment(plan)
    planned = plan.seconds_by_step
    for step in ("permutation", "leave-one-out", "leave-pair-out", "resampling", "scores", "comparison"):
        assert counted[step] == pytest.approx(planned[step], abs=0.2), step
    for step in ("stability", "explanation"):  # beside the fits, what is made of them; and one to learn its size
        assert counted[step] == pytest.approx(planned[step], abs=6), step


def test_a_comparison_repeats_the_wider_test(counted):
    few = ("bootstrap.draws=0", "permutation.draws=99", "validation.most_pairs=50", "validation.tournament=false")
    models = "models=['prevalence', 'ridge:0.1', 'ridge:1']"
    plan = plan_experiment(asked(*few, "validation.rebalanced_draws=0", models, name="planted60"))
    narrow = plan.permutations["ridge:1"]
    tests = {**plan.permutations, "ridge:0.1": type(narrow)(100, False, 300, narrow.all_pairs, 15_000, 15_000.0, True)}
    object.__setattr__(plan, "permutations", tests)
    assert narrow.pairs == 200
    assert plan.seconds_by_step["comparison"] == pytest.approx(narrow.fits)


def test_steps_are_named_as_in_a_result_and_add_up():
    plan = plan_experiment(asked())
    told = json.loads(json.dumps(plan.to_json()))
    assert sum(told["seconds_by_step"].values()) == pytest.approx(plan.expected_seconds, abs=0.1)
    assert told["seconds_beside"] == pytest.approx(plan.seconds_beside, abs=0.01)
    assert set(plan.seconds_by_step) <= {
        "permutation", "leave-one-out", "leave-pair-out", "stability", "resampling", "explanation", "scores",
        "comparison", "screen", "ensemble",
    }  # fmt: skip


def test_a_foreign_estimator_is_expected_at_what_it_took():
    plan = plan_experiment(asked("models=['prevalence', 'sklearn:svm']", "primary=''", name="leukemia51_estimators"))
    assert any(isinstance(p.model, ForeignModel) for p in plan.pipelines)
    slower = [type(t)(**{**vars(t), "measured_seconds": 1.0}) for t in plan.trials]
    before = plan.seconds_by_step
    object.__setattr__(plan, "trials", tuple(slower))
    assert plan.seconds_by_step["permutation"] > 100 * before["permutation"]
    assert plan.seconds < plan.expected_seconds


def test_what_random_orders_cost_is_bounded_as_in_the_run():
    """A Bayesian model of many features ranks over fewer refits, and a plan knows how many."""
    few, many = (
        plan_experiment(
            asked("models=['prevalence', 'bayes']", "primary='bayes'", f"bootstrap.draws={draws}", name="planted60")
        ).seconds_by_step["explanation"]
        for draws in (0, 500)
    )
    assert few < many < few + 20
