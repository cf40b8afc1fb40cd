"""What a training leaves, by name: a training that became faster by leaving something out would be told here.

``training.json`` beside this file was written by the code of before the trainings became faster, figures as PNG apart,
which ``responder figures`` makes. Numbers are tested where they are computed.
"""

import json
import re
from pathlib import Path

import mlflow
import pytest

EXPECTED = json.loads(Path(__file__).with_name("training.json").read_text(encoding="utf-8"))
OF_A_CHECKOUT = "mlflow.source.git."


def files_below(folder, *, without=()):
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not set(path.parts) & {"__pycache__", *without})


def artifacts(client, run, folder=None):
    found = []
    for file in client.list_artifacts(run.info.run_id, folder):
        found += artifacts(client, run, file.path) if file.is_dir else [file.path]
    return sorted(found)


def names_of(tags):
    return sorted(name for name in tags if not name.startswith(OF_A_CHECKOUT))


def content_of_run(client, run):
    data = run.data
    return {
        "artifacts": artifacts(client, run),
        "metrics": sorted(data.metrics),
        "params": sorted(data.params),
        "tags": names_of(data.tags),
        "inputs": [[one.dataset.name, [tag.key for tag in one.tags]] for one in run.inputs.dataset_inputs],
        "models": len(run.outputs.model_outputs),
    }


def content_of_model(model):
    folder = Path(model.artifact_location.removeprefix("file://"))
    return {
        # whoever loads it by its name in the registry leaves that name beside it
        "files": files_below(folder, without=["code", "registered_model_meta"]),
        "code": (folder / "code/responder/score/__init__.py").is_file(),
        "keys": re.findall(r"^(\w+):", (folder / "MLmodel").read_text(encoding="utf-8"), re.MULTILINE),
        "tags": names_of(model.tags),
        "metrics": sorted(metric.key for metric in model.metrics),
        "params": sorted(model.params),
    }


def content_of_training(folder):
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name("rp-ld-il2")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    (model,) = client.search_logged_models([experiment.experiment_id])
    (version,) = client.search_model_versions("name = 'rp-ld-il2'")
    run = folder / "runs/rp_ld_il2"
    report = (run / "report.html").read_text(encoding="utf-8")
    return {
        "run": files_below(run),
        "bundle": files_below(folder / "models/rp_ld_il2"),
        "report": {
            "sections": re.findall(r'<h[23] id="(\w+)"', report),
            "headings": [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<h[23].*?</h[23]>", report)],
            "figures": len(re.findall(r'<svg [^>]*role="img"', report)),
            "tables": report.count("<table"),
        },
        "experiment": {"tags": sorted(experiment.tags)},
        "runs": {name: content_of_run(client, run) for name, run in sorted(runs.items())},
        "model": content_of_model(model),
        "version": {"aliases": version.aliases, "described": bool(version.description)},
    }


@pytest.fixture(scope="module")
def content(trained):
    return content_of_training(trained.folder)


@pytest.mark.parametrize("part", EXPECTED)
def test_a_training_leaves_what_it_always_left(content, part):
    assert content[part] == EXPECTED[part]


def test_nothing_else_is_looked_at(content):
    assert content.keys() == EXPECTED.keys()
