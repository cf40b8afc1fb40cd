"""The MLflow UI opens on the table of models with its columns chosen: looked at in a browser."""

import json
import os
from pathlib import Path

import pytest
from mlflow.entities import Metric, RunTag

from responder.track.server import MlflowServer
from responder.track.view import VIEW_METRICS, VIEW_TAGS, experiments_url, run_url, runs_url, view_tags

MODELS = {"prevalence": 0.0, "ridge": 0.75, "gp": 0.6111}


def test_tags_are_plain_json_that_names_every_column():
    tags = view_tags("rp-ld-il2")
    state = json.loads(tags["mlflow.sharedViewState.responder"])
    assert set(state["selectedColumns"]) == {
        *(f"metrics.`{name}`" for name in VIEW_METRICS),
        *(f"tags.`{name}`" for name in VIEW_TAGS),
        "attributes.`Dataset`",
    }
    assert set(state["columnWidths"]) == set(state["columnOrder"])
    assert set(state["selectedColumns"]) <= set(state["columnOrder"])
    assert state["orderByKey"] in state["selectedColumns"]
    assert all(len(value) < 5000 for value in tags.values())  # MLflow's limit of an experiment tag


def test_links():
    server = "http://127.0.0.1:5000"
    assert runs_url(server, "7").endswith(
        "/#/experiments/7/runs?workflowType=machine_learning&viewStateShareKey=responder"
    )
    assert run_url(server, "7", "a/b") == f"{server}/#/experiments/7/runs/a%2Fb?workflowType=machine_learning"
    assert experiments_url(f"{server}/") == f"{server}/#/experiments?workflowType=machine_learning"


@pytest.fixture(scope="module")
def store(tmp_path_factory, new_store):
    folder = tmp_path_factory.mktemp("store")
    uri, client = new_store(folder)
    experiment = client.create_experiment("rp-ld-il2", artifact_location=(folder / "mlartifacts").as_uri())
    parent = client.create_run(experiment, run_name="rp_ld_il2")
    for name, auc in MODELS.items():
        run = client.create_run(experiment, run_name=name, tags={"mlflow.parentRunId": parent.info.run_id})
        metrics = [Metric(metric, auc, 0, 0) for metric in VIEW_METRICS]
        client.log_batch(run.info.run_id, metrics, tags=[RunTag(tag, f"{tag} of {name}") for tag in VIEW_TAGS])
    return uri, folder, experiment


def processes_of(group):
    """Ids of the processes of a group, from Linux's own table."""
    stats = (path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat"))
    return [stat for stat in stats if int(stat[2]) == group and stat[0] != "Z"]


@pytest.mark.browser
@pytest.mark.slow
def test_the_ui_opens_on_the_models(browser, free_port, store):
    uri, folder, experiment = store
    with MlflowServer.running(uri, folder, free_port()) as server:
        url = server.experiment_url()
        assert url == runs_url(server.url, experiment)
        assert server.experiment_url("rp-ld-il2") == url
        if Path("/proc").is_dir():
            assert len(processes_of(server.pid)) == 1
        page = browser.new_page(viewport={"width": 1900, "height": 800})
        page.goto(url)
        for row in range(len(MODELS)):  # the table is drawn piece by piece
            page.wait_for_selector(f".ag-row[row-index='{row}'] [col-id='metrics.`lpo_auc`']", timeout=60_000)
        for column in [*(f"metrics.`{name}`" for name in VIEW_METRICS), *(f"tags.`{name}`" for name in VIEW_TAGS)]:
            page.wait_for_selector(f".ag-header-cell[col-id='{column}']", state="attached", timeout=60_000)
        assert page.locator("text=Error loading shared view").count() == 0
        assert page.locator(".ag-header-cell[col-id='params.`model`']").count() == 0
        order = [
            page.locator(f".ag-row[row-index='{i}'] [col-id='attributes.`Run Name`']").inner_text() for i in range(3)
        ]
        assert [name.split()[-1] for name in order] == ["ridge", "gp", "prevalence"]  # after the colour's name
        cell = page.locator(".ag-row[row-index='0'] [col-id='metrics.`lpo_auc`']")
        assert cell.inner_text().strip() == "0.75"
        if os.environ.get("RESPONDER_SCREENSHOTS"):
            page.screenshot(path=Path(os.environ["RESPONDER_SCREENSHOTS"]) / "mlflow_runs.png")
        page.close()
        pid = server.pid
    if Path("/proc").is_dir():
        assert processes_of(pid) == []
