"""``responder ui``, without a browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest


def test_nothing_tracked_yet(run, tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    ran = run("ui", "--no-browser")
    assert ran.code == 6
    assert ran.error_lines()[2] == "train first: responder train EXPERIMENT.toml"
    assert not (tmp_path / "mlflow.db").exists()


def test_a_server_that_is_gone(run, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    ran = run("ui", "--no-browser")
    assert ran.code == 6
    ran.error_lines()


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_no_such_port(port, run):
    ran = run("ui", "--port", port)
    assert ran.code == 2
    ran.error_lines()


@pytest.mark.slow
def test_prints_the_link_serves_and_ends_clean(environment, free_port, tmp_path):
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    experiment = client.create_experiment("rp", artifact_location=(tmp_path / "mlartifacts").as_uri())
    client.create_run(experiment)
    call = [sys.executable, "-m", "responder.cli.main", "ui", "--no-browser", "--json"]
    call += ["--port", str(free_port())]
    local = {name: value for name, value in environment.items() if name != "MLFLOW_TRACKING_URI"}
    with subprocess.Popen(
        call, cwd=tmp_path, env=local, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(process.stdout.readline())
            assert lines[-1], process.stderr.read()
        envelope = json.loads("".join(lines))
        assert envelope["schema"] == "responder/ui/1"
        assert envelope["url"].endswith(
            f"/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey=responder"
        )
        assert "mlflow.sharedViewState.responder" in client.get_experiment(experiment).tags
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err
    if Path("/proc").is_dir():
        assert not Path(f"/proc/{envelope['pid']}").exists()
