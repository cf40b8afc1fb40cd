"""What a trained project looks like in MLflow: one parent, one child a model, nothing of a patient."""

import json
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from starlette.testclient import TestClient

from responder.errors import StoreUnavailableError
from responder.experiment.resolve import resolve_experiment
from responder.score import load_bundle
from responder.track import TrackedRun
from responder.web import create_app
from responder.words import from_json


@pytest.fixture(scope="module")
def client(trained):
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{trained.folder}/mlflow.db")


@pytest.fixture(scope="module")
def runs(client):
    experiment = client.get_experiment_by_name("rp-ld-il2")
    found = client.search_runs([experiment.experiment_id])
    parent = next(r for r in found if "mlflow.parentRunId" not in r.data.tags)
    children = {r.info.run_name: r for r in found if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id}
    return parent, children


@pytest.fixture(scope="module")
def result(trained):
    return json.loads((trained.folder / "runs/rp_ld_il2/result.json").read_text(encoding="utf-8"))


def test_one_child_a_model_and_no_other_run(runs, result):
    parent, children = runs
    assert set(children) == {m["id"] for m in result["models"]}
    assert parent.info.status == "FINISHED"
    assert {r.info.status for r in children.values()} == {"FINISHED"}


def test_metrics_are_those_of_the_result_to_four_places(runs, result):
    _, children = runs
    for model in result["models"]:
        logged = children[model["id"]].data.metrics
        for name, value in model["metrics"].items():
            assert logged[name] == pytest.approx(value, abs=5.1e-5), (model["id"], name)
        assert not any("/" in name for name in logged)


def test_the_parent_reads_as_a_summary(runs, result):
    parent, _ = runs
    note = parent.data.tags["mlflow.note.content"]
    assert note.startswith(f"**{from_json(result['answer']['lead'])}**")
    assert str(from_json(result["verdict"]["sentence"])) in note
    assert "rests on reconstructed and simulated values" in note
    for model in result["models"]:
        assert model["id"] in note
    assert parent.data.tags["responder.verdict"] == "not_shown_to_beat_chance"
    assert parent.data.tags["responder.verdict_code"] == "not_shown_to_beat_chance"
    assert parent.data.tags["responder.dirty_tree"] in {"true", "false"}
    assert parent.data.params["permutation.alpha"] == "0.05"


def test_a_model_is_compared_with_the_primary_one(runs, result):
    """Nine patients are too few for a p: the difference is kept, and why nothing more is said."""
    parent, children = runs
    for one in result["comparisons"]:
        logged = children[one["other"]].data
        assert logged.tags["responder.comparison"] == one["reason"] == "few_patients"
        assert logged.metrics["primary_auc_difference"] == pytest.approx(one["difference"], abs=5.1e-5)
        assert "comparison_p" not in logged.metrics
    assert "responder.comparison" not in children[result["primary"]].data.tags
    assert "- No model can be called better than another at n = 9" in parent.data.tags["mlflow.note.content"]


def test_the_data_set_has_name_digest_and_types_but_no_value(runs, result):
    parent, _ = runs
    (logged,) = parent.inputs.dataset_inputs
    assert logged.dataset.name == "rp_ld_il2"
    assert logged.dataset.digest == result["cohort"]["digest"][:8]
    assert "treg_per_ul" in logged.dataset.schema
    assert {"24.0", "P01"}.isdisjoint(logged.dataset.profile + logged.dataset.source)


def test_artifacts_are_the_files_of_the_run(client, runs, trained):
    parent, _ = runs
    logged = {item.path for item in client.list_artifacts(parent.info.run_id)}
    on_disk = {path.name for path in (trained.folder / "runs/rp_ld_il2").iterdir()}
    assert logged == on_disk
    assert {"result.json", "predictions.csv", "permutation.csv", "stability.csv", "shap.csv", "report.html"} <= logged


def test_the_champion_has_a_signature_and_scores_as_everything_else(client, trained, result, monkeypatch, tmp_path):
    version = client.get_model_version_by_alias("rp-ld-il2", "champion")
    assert str(from_json(result["verdict"]["sentence"])) in version.description
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    mlflow.set_tracking_uri(f"sqlite:///{trained.folder}/mlflow.db")
    try:
        model = mlflow.pyfunc.load_model("models:/rp-ld-il2@champion")
    finally:
        mlflow.set_tracking_uri("")
    inputs = model.metadata.get_input_schema()
    assert inputs.input_names() == result["cohort"]["traits"]
    assert not any(spec.required for spec in inputs.inputs)
    profile = json.loads((trained.folder / "data/rp_ld_il2/example_profile.json").read_text(encoding="utf-8"))
    row = {name: profile[name] for name in inputs.input_names()}
    row["organs"] = ";".join(row["organs"])
    table = pd.DataFrame([row]).astype({name: float for name in row if name != "organs"})
    scored = model.predict(table)
    assert scored["decision"].tolist() == ["abstained"]
    assert scored["prevalence"].iloc[0] == pytest.approx(6 / 9)
    # the same profile through the command line, a batch file, the REST service and MLflow: identical numbers
    from_mlflow = model.predict(table, params={"show_anyway": True})["probability"].iloc[0]
    file = trained.folder / "data/rp_ld_il2/example_profile.json"
    told = json.loads(trained.run("score", file, "--show-anyway", "--json").stdout)["scores"][0]
    trained.run("score", file, "--show-anyway", "--out", tmp_path / "scored.csv")
    batch = pd.read_csv(tmp_path / "scored.csv")
    app = create_app(load_bundle(trained.folder / "models/rp_ld_il2"))
    with TestClient(app, base_url="http://127.0.0.1") as rest:
        answer = rest.post("/v1/score", params={"show_anyway": "true"}, json=profile)
    assert answer.status_code == 200, answer.text
    served = answer.json()["scores"][0]
    assert {told["probability"], served["probability"], batch["probability"].iloc[0]} == {from_mlflow}


ELSEWHERE = """
import json, sys
from pathlib import Path
model = Path(sys.argv[1])
sys.path.insert(0, str(model / "code"))
import responder
assert model in Path(responder.__file__).parents
from responder.score import load_bundle, score_table
profile = json.loads(sys.argv[2])
bundle = load_bundle(next((model / "artifacts").iterdir()))
scored = score_table(bundle, {name: [value] for name, value in profile.items()}, show_anyway=True)
print(scored.columns["probability"][0])
"""


def test_the_code_that_a_model_takes_along_scores_without_the_rest_of_the_program(trained, client):
    (model,) = client.search_logged_models([client.get_experiment_by_name("rp-ld-il2").experiment_id])
    folder = Path(model.artifact_location.removeprefix("file://"))
    assert not (folder / "code/responder/workbench").exists()
    file = trained.folder / "data/rp_ld_il2/example_profile.json"
    profile = json.loads(file.read_text(encoding="utf-8"))
    profile["organs"] = ";".join(profile["organs"])
    run = [sys.executable, "-c", ELSEWHERE, str(folder), json.dumps(profile)]
    scored = subprocess.run(run, capture_output=True, text=True, check=True, cwd="/")
    here = json.loads(trained.run("score", file, "--show-anyway", "--json").stdout)["scores"][0]
    assert float(scored.stdout) == here["probability"]


def test_an_interrupted_run_is_killed_and_a_fault_is_failed(new_store, tmp_path, root, monkeypatch):
    uri, client = new_store(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    resolved = resolve_experiment(root / "experiments/rp_ld_il2.toml", flags={"tracking.uri": uri}, environment={})
    for error, status in ((KeyboardInterrupt, "KILLED"), (RuntimeError, "FAILED")):
        run = TrackedRun.start(resolved, tmp_path, "rp-ld-il2")
        with pytest.raises(error), run:
            raise error
        assert client.get_run(run.run_id).info.status == status


def test_a_store_that_is_down_is_named_without_its_password(tmp_path, root):
    uri = "http://somebody:secret@127.0.0.1:9"
    resolved = resolve_experiment(root / "experiments/rp_ld_il2.toml", flags={"tracking.uri": uri}, environment={})
    start = time.monotonic()
    with pytest.raises(StoreUnavailableError) as refused:
        TrackedRun.start(resolved, tmp_path, "rp-ld-il2")
    assert time.monotonic() - start < 60, "MLflow's own patience is four minutes"
    assert "secret" not in repr(refused.value.to_json()) + json.dumps(resolved.to_json())
    assert refused.value.where == "http://127.0.0.1:9"
