"""Whole runs: what is known of real cohorts comes out, what cannot be said is not, and a seed says the same twice."""

import json

import numpy as np
import pandas as pd
import pytest

from responder.cli.trained import describe_screen
from responder.evidence import simulate_cohort
from responder.experiment import plan_experiment, resolve_experiment, run_experiment
from responder.experiment.write import result_files, write_result
from responder.explain.firth_model import firth_inference
from responder.explain.rank_sum import expected_ranks, rank_sum_test
from responder.report import write_report
from responder.report.html import render_report
from responder.report.source import ReportInput
from responder.study import load_study
from responder.validate.refit import ModelPipeline
from responder.validate.verdict import Reason, VerdictKind

FAST = ("permutation.draws=199", "bootstrap.draws=50", "validation.rebalanced_draws=2")


def asked(root, name, models, *settings, **flags):
    path = root / f"experiments/{name}.toml"
    return resolve_experiment(
        path, flags={"models": list(models), **flags}, settings=(*FAST, *settings), environment={}
    )


def test_the_negative_control_is_not_shown_to_beat_chance(root, datasets):
    """Pneumovax-23 arm (Ravichandran et al. 2024): the traits of the other arm's signal say nothing here."""
    models = ["prevalence", "ridge:0.1", "single:log_th1_th17_ratio"]
    table = datasets / "pneumo_vaccine39_flow.csv"
    found = run_experiment(asked(root, "pneumo_pneumovax23", models, f"cohort.path={table}"))
    assert [m.verdict.kind for m in found.models[1:]] == [VerdictKind.NOT_SHOWN] * 2
    assert str(found.primary_model.verdict.statement).startswith("Not shown to beat chance")


def test_the_published_signal_is_found(root, datasets):
    """Prevnar-13 arm (Ravichandran et al. 2024, doi 10.1038/s41590-023-01717-5): Th1 / Th17 tells responders."""
    models = ["prevalence", "ridge:0.1", "single:log_th1_th17_ratio"]
    table = datasets / "pneumo_vaccine39_flow.csv"
    found = run_experiment(asked(root, "pneumo_prevnar13", models, f"cohort.path={table}"))
    assert found.primary_model.verdict.kind is VerdictKind.BEATS_CHANCE
    assert found.model("single:log_th1_th17_ratio").verdict.kind is VerdictKind.BEATS_CHANCE
    assert found.primary_model.attributions.by_construct().importance.max() > 0
    assert found.model("prevalence").verdict.reason is Reason.CONSTANT_MODEL


def test_leukaemia_is_predicted_as_well_as_by_a_scikit_learn_loop(root, datasets):
    """51 adults: leave-pair-out AUC near .84, and the same as scikit-learn refitted without each pair."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    table = datasets / "leukemia51_aml.csv"
    found = run_experiment(asked(root, "leukemia51_aml", ["prevalence", "ridge:0.1"], f"cohort.path={table}"))
    model, outcome, x = found.primary_model, found.cohort.outcome, found.table.derived
    difference = model.lpo.difference.matrix
    assert model.lpo.auc == pytest.approx(0.84, abs=0.01)
    assert model.verdict.kind is VerdictKind.BEATS_CHANCE
    for row, column in [(0, 0), (3, 11), (20, 5), (23, 26)]:
        pair = [model.lpo.responders[row], model.lpo.non_responders[column]]
        rest = np.delete(np.arange(51), pair)
        scaler = StandardScaler().fit(x[rest])
        inside = scaler.transform(x[rest])
        theirs = LogisticRegression(C=0.1, tol=1e-10).fit(inside, outcome[rest])
        held = np.clip(scaler.transform(x[pair]), inside.min(axis=0) - 1.0, inside.max(axis=0) + 1.0)
        first, second = theirs.decision_function(held)
        assert difference[row, column] == pytest.approx(first - second, abs=1e-6)


def test_two_in_the_smaller_class_cannot_be_estimated(root, tmp_path):
    table = pd.read_csv(root / "data/rp_ld_il2/cohort.csv", dtype=str)
    spared = table.index[table["rpdai_week12"] != "0"][0]
    table.loc[spared, "rpdai_week12"] = "0"
    path = tmp_path / "cohort.csv"
    table.to_csv(path, index=False)
    found = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1", "gp"], **{"cohort.path": str(path)}))
    assert found.cohort.smaller_class == 2
    for model in found.models:
        assert model.verdict.kind is VerdictKind.CANNOT_BE_ESTIMATED
        assert model.verdict.reason is Reason.CLASSES_TOO_SMALL
        assert model.permutation is None
        assert not model.metrics.keys() & {"lpo_auc", "rebalanced_loo_auc", "venn_abers_width"}
    for model in found.models[1:]:
        assert model.attributions is None
        assert model.stability is None
        assert model.conformal == ()
    assert not [finding for finding in found.findings if finding.code == "RSP305"]
    assert "permutation_p" not in found.primary_model.metrics
    json.dumps(found.to_json(), allow_nan=False)


def test_labelings_are_told_only_of_models_whose_auc_can_be_estimated(root):
    """A third of a percent is less than any of 84 labelings can reach."""
    strict = asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], "permutation.alpha=0.003")
    found = run_experiment(strict)
    model = found.primary_model
    assert model.verdict.reason is Reason.SMALLEST_P_ABOVE_ALPHA
    assert model.permutation is not None
    assert not model.has_auc
    assert "ridge:0.1" not in set(found.permutations()["model"])


def test_one_in_the_smaller_class_cannot_be_estimated_and_is_written_all_the_same(root, tmp_path):
    cohort = pd.read_csv(root / "data/rp_ld_il2/cohort.csv")
    cohort.loc[cohort.index[1:], "rpdai_week12"] = 0
    cohort.loc[0, "rpdai_week12"] = 9
    cohort.to_csv(tmp_path / "cohort.csv", index=False)
    models = ["prevalence", "ridge:0.1", "lightgbm"]
    found = run_experiment(asked(root, "rp_ld_il2", models, **{"cohort.path": str(tmp_path / "cohort.csv")}))
    assert {m.verdict.reason for m in found.models} == {Reason.CLASSES_TOO_SMALL}
    assert not any(m.metrics.keys() & {"lpo_auc", "lpo_auc_lower", "brier_loo"} for m in found.models)
    files = result_files(found)
    assert json.loads(files["result.json"])["models"][1]["leave_pair_out"]["auc"] is None
    write_result(found, tmp_path / "run")
    page = write_report(found, tmp_path / "run", languages=("en",))
    assert page


def test_gates_that_are_not_met_are_named(root):
    """The command turns them into exit code 4 (tests/cli/test_train.py)."""
    gates = ("gates.lpo_auc_at_least=0.99", "gates.permutation_p_at_most=0.9", "gates.brier_skill_at_least=0.9")
    found = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *gates))
    assert [gate.values["name"] for gate in found.failed_gates] == ["lpo_auc", "brier_skill_loo"]
    assert "at least 0.99 required" in str(found.failed_gates[0])
    assert found.to_json()["failed_gates"] == [gate.to_json() for gate in found.failed_gates]


def test_coefficients_of_firth_and_flac_have_limits_and_p(root):
    """Of standardised features and everybody: what `firth_inference` says of them; nothing of other models."""
    models = ["prevalence", "ridge:0.1", "firth", "flac"]
    found = run_experiment(asked(root, "rp_ld_il2", models, *CHEAP, "traits=['prednisone_mg_per_day', 'tcon_per_ul']"))
    names = found.table.feature_table.names
    features = found.model("firth").fitted.features.transform(found.table.values)
    assert found.model("firth").coefficients == firth_inference(features, found.cohort.outcome, names)
    assert found.model("flac").coefficients.why == "ok"
    assert found.model("ridge:0.1").coefficients is None
    table = found.coefficients()
    assert table["model"].tolist() == ["firth"] * (len(names) + 1) + ["flac"] * (len(names) + 1)
    assert table["name"].tolist() == ["intercept", *names] * 2
    written = json.loads(result_files(found)["result.json"])["models"][2]["coefficients"]["coefficients"]
    assert written[1]["p"] == found.model("firth").coefficients.coefficients[1].p
    everything = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1", "firth"], *CHEAP))
    assert everything.model("firth").coefficients.why == "not_identified"


EVERY_KIND = (
    "prevalence",
    "ridge:0.1",
    "ridge:1",
    "logf:2",
    "firth",
    "flac",
    "gp",
    "bayes",
    "single:organs",
    "lightgbm",
)
CHEAP = ("bootstrap.draws=10", "permutation.budget_seconds=0.5", "validation.tournament=false")


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(root):
    tuned = ("tuning.models=['ridge:1']", "tuning.override=true", "tuning.trials=3", "tuning.inner_folds=3")
    question = asked(root, "rp_ld_il2", EVERY_KIND, *CHEAP, *tuned)
    first, second = (result_files(run_experiment(question)) for _ in range(2))
    assert first == second
    other = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *CHEAP, "seed=7"))
    assert json.loads(first["result.json"])["models"][1]["stability"] != other.primary_model.to_json()["stability"]


def test_an_interrupted_run_is_resumed_to_the_same_bytes(root, tmp_path, monkeypatch):
    from responder.experiment import headline

    question = asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1", "gp", "logf:2"], *CHEAP)
    whole = result_files(run_experiment(question))

    tested, compute = [], headline.permutation_test

    def watched(pipeline, *args, **kwargs):
        tested.append(pipeline.id)
        if len(tested) == 3:
            raise KeyboardInterrupt
        return compute(pipeline, *args, **kwargs)

    monkeypatch.setattr(headline, "permutation_test", watched)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(question, checkpoint=tmp_path)
    first, second, interrupted = tested  # the longest first
    finished = {f"permutation_{model.replace(':', '_')}.npz" for model in (first, second)}
    assert {p.name for p in tmp_path.rglob("*.npz")} == finished
    assert result_files(run_experiment(question, checkpoint=tmp_path)) == whole
    assert tested[3:] == [interrupted]
    # other settings have another key: nothing that was kept is used
    run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *CHEAP, "seed=9"), checkpoint=tmp_path)
    assert tested[4:] == ["ridge:0.1"]


def test_conformal_sets_say_what_nine_patients_cannot(root):
    found = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *CHEAP))
    assert found.model("prevalence").conformal == ()
    eighty, ninety = found.primary_model.to_json()["conformal"]
    assert (eighty["level"], ninety["level"]) == (0.8, 0.9)
    assert (eighty["is_informative"], eighty["n_needed"]) == (True, 4)
    assert not ninety["is_informative"]
    assert ninety["patients"] == {"response": 0, "non_response": 0, "both": 9, "neither": 0}
    assert 0 < found.primary_model.metrics["venn_abers_width"] < 1


@pytest.fixture(scope="module")
def large(root, tmp_path_factory):
    """A question about a simulated cohort of 140, with some settings more."""
    path = tmp_path_factory.mktemp("large") / "cohort.csv"
    table, _ = simulate_cohort(load_study("rp-ld-il2"), 140, np.random.default_rng(5))
    table.to_csv(path, index=False)
    flags = {"cohort.path": str(path), "traits": ["rpdai", "treg_per_ul"]}

    def resolve(*settings):
        return asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], "validation.tournament=false", *settings, **flags)

    return resolve


def test_a_large_cohort_is_resampled_too(large):
    found = run_experiment(large("permutation.budget_seconds=0.2"))
    assert found.cohort.n > 100
    model, metrics = found.primary_model, found.primary_model.metrics
    assert abs(metrics["kfold_auc"] - metrics["lpo_auc"]) < 0.06
    assert abs(metrics["auc_632plus"] - metrics["kfold_auc"]) < 0.06
    assert abs(metrics["brier_632plus"] - metrics["brier_loo"]) < 0.03
    assert model.resampling.bootstrap.n_refits == 50
    assert model.resampling.bootstrap.brier.apparent <= model.resampling.bootstrap.brier.out_of_bag
    assert found.model("prevalence").metrics["kfold_auc"] == 0.5
    assert set(model.to_json()["resampling"]) == {"k_fold", "bootstrap"}


def test_a_large_cohort_is_tuned_without_an_override(large):
    plan = plan_experiment(large("tuning.models=['ridge']"))
    assert [p.id for p in plan.pipelines] == ["prevalence", "ridge:tuned"]
    assert not [f for f in plan.findings if f.code == "RSP309"]
    assert plan.permutations["ridge:tuned"].is_cut


def test_the_plan_is_an_upper_bound_on_the_fits(root, monkeypatch):
    question = asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1", "gp"])
    fits, predict, fit = [], ModelPipeline.predict, ModelPipeline.fit

    def counting_predict(self, refits):
        fits.append(refits.fits)
        return predict(self, refits)

    def counting_fit(self, *args):
        fits.append(1)
        return fit(self, *args)

    monkeypatch.setattr(ModelPipeline, "predict", counting_predict)
    monkeypatch.setattr(ModelPipeline, "fit", counting_fit)
    run_experiment(question)
    bound = plan_experiment(question).fits
    assert 0.6 * bound < sum(fits) <= bound


def test_a_small_cohort_is_not(root):
    found = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *CHEAP))
    assert found.primary_model.resampling is None
    assert "kfold_auc" not in found.primary_model.metrics


def test_a_screen_tells_of_every_feature_alone(root):
    """The p of each is that of the exact rank-sum test, which counts another way."""
    found = run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *CHEAP, "screen.most_exact=100"))
    screen = found.screen
    assert (screen.exact, screen.labelings) == (True, 84)
    assert 1 / 84 <= screen.smallest_attainable_p <= screen.p_adjusted.min()
    for at, step in enumerate(found.table.spec.steps):
        one = rank_sum_test(expected_ranks(found.table.derived[:, at], "higher"), found.cohort.outcome)
        assert (screen.names[at], screen.n[at]) == (step.name, 9)
        assert (screen.auc[at], screen.p[at]) == (pytest.approx(one.auc), pytest.approx(one.p))
    files = result_files(found)
    assert len(files["screen.csv"].splitlines()) == 1 + len(screen.names)
    assert json.loads(files["result.json"])["screen"]["first"][0]["marker"] == screen.names[screen.order[0]]
    assert "Screen of 9 markers" in describe_screen(found, screen, "en")
    assert "全部 84 种标签排列" in describe_screen(found, screen, "zh")
    for language, told in (("en", "None of 9 passes at 0.05"), ("zh", "9 个标志物中无一达到")):
        page = render_report(ReportInput.from_result(found), language, figures={})
        assert 'id="screen"' in page
        assert told in page
    assert "screen" not in run_experiment(asked(root, "rp_ld_il2", ["prevalence", "ridge:0.1"], *CHEAP)).to_json()
