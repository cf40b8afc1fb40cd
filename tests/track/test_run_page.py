"""A run as a newcomer meets it in the MLflow UI: the summary first, and the report that previews."""

import urllib.error
import urllib.request

import mlflow
import pytest

from responder.track.server import MlflowServer
from responder.track.view import run_url

PATIENCE_MS = 60_000
EXPECTED = ("lpo_auc", "permutation_p", "responder.verdict", "Sort: lpo_auc", "not_shown_to_beat_chance", "prevalence")


@pytest.fixture(scope="module")
def server(trained, free_port):
    store = f"sqlite:///{trained.folder}/mlflow.db"
    with MlflowServer.running(store, trained.folder, free_port()) as running:
        yield running, mlflow.MlflowClient(tracking_uri=store)


@pytest.fixture
def parent(server):
    _, client = server
    experiment = client.get_experiment_by_name("rp-ld-il2").experiment_id
    runs = client.search_runs([experiment])
    return next(r for r in runs if "mlflow.parentRunId" not in r.data.tags)


def test_the_runs_page_has_the_columns_and_the_sort(server, browser):
    running, _ = server
    page = browser.new_page(viewport={"width": 1900, "height": 1000})
    page.goto(running.experiment_url("rp-ld-il2"))
    for word in ("single:organs", *EXPECTED):
        page.get_by_text(word).first.wait_for(state="attached", timeout=PATIENCE_MS)
    shown = page.inner_text("body")
    assert shown.index("single:organs") < shown.index("prevalence")
    page.close()


def test_the_report_previews_among_the_artifacts(server, parent, browser):
    running, _ = server
    page = browser.new_page(viewport={"width": 1700, "height": 1000})
    base = running.experiment_url("rp-ld-il2").split("/#/")[0]
    path, query = run_url(base, parent.info.experiment_id, parent.info.run_id).split("?")
    page.goto(f"{path}/artifacts/report.html?{query}")
    frame = page.frame_locator("iframe").first
    verdict = frame.get_by_text("do not show that the baseline traits predict response").first
    verdict.wait_for(timeout=PATIENCE_MS)
    frame.get_by_text("12 of the 84 possible assignments").first.wait_for(timeout=PATIENCE_MS)
    page.close()


def test_a_bare_address_leads_to_the_runs_and_a_run_stays_in_the_same_frame(server, browser):
    running, _ = server
    page = browser.new_page(viewport={"width": 1280, "height": 800})  # of a person who was never here
    page.goto(running.url)
    verdict = page.locator(".ag-row[row-index='0'] [col-id='tags.`responder.verdict`']")
    verdict.wait_for(timeout=PATIENCE_MS)
    box = verdict.bounding_box()
    assert box["x"] + box["width"] <= 1280  # whole without scrolling
    page.locator(".ag-row a[href*='/runs/']").first.click()
    page.get_by_text("About this run").wait_for(timeout=PATIENCE_MS)
    shown = page.inner_text("body")
    assert "Judges" not in shown
    assert "Playground" not in shown
    assert page.evaluate("localStorage.getItem('mlflow.assistant.panelOpen_v1')") == "false"
    page.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_port_of_this_machine_is_refused(server, method):
    running, _ = server
    opened = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    body = b'{"max_results": 1}' if method == "POST" else None
    path = "experiments/search" if method == "POST" else "experiments/search?max_results=1"

    def asked(origin):
        headers = {"Content-Type": "application/json", "Origin": origin}
        url = f"{running.url}/api/2.0/mlflow/{path}"
        return opened(urllib.request.Request(url, body, headers, method=method), timeout=30).status

    assert asked(running.url) == 200
    with pytest.raises(urllib.error.HTTPError, match="403"):
        asked("http://localhost:1")
