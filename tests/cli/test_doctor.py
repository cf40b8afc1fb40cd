"""``responder doctor``: healthy, and every kind of trouble with its fix."""

from __future__ import annotations

import sqlite3
import time

import pytest

from responder.cli import health
from responder.track.abandoned import process_tags


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "requirements.lock").write_text("click==0.0.1 \\\n    --hash=sha256:0\nno-such-package==1.0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def make_store(folder, *, location, status="FINISHED", hours_ago=1.0):
    store = sqlite3.connect(folder / "mlflow.db")
    with store:
        store.execute("CREATE TABLE experiments (artifact_location TEXT)")
        store.execute("CREATE TABLE runs (run_uuid TEXT, artifact_uri TEXT, status TEXT, start_time INT, end_time INT)")
        store.execute("INSERT INTO experiments VALUES (?)", (location,))
        start = int((time.time() - hours_ago * 3600) * 1000)
        store.execute("INSERT INTO runs VALUES ('r', ?, ?, ?, NULL)", (f"{location}/r/artifacts", status, start))
    store.close()


def checks(ran):
    return {check["name"]: check for check in ran.envelope["checks"]}


def test_every_line_is_ok_warn_or_fail_and_trouble_has_a_fix(run, root, monkeypatch):
    monkeypatch.chdir(root)
    ran = run("doctor", "--json")
    found = ran.envelope["checks"]
    assert {"python", "packages", "project", "store", "disk", "chromium"} <= {check["name"] for check in found}
    assert all(check["status"] in {"ok", "warn", "fail"} for check in found)
    assert all(bool(check["fix"]) == (check["status"] != "ok") for check in found)
    failed = [check for check in found if check["status"] == "fail"]
    assert ran.code == (1 if failed else 0)
    assert ran.envelope["ok"] is not bool(failed)
    lines = run("doctor").out.splitlines()
    assert len([line for line in lines if line.split()[0] in {"ok", "warn", "fail"}]) == len(found)


def test_packages_against_the_lock(run, project):
    found = checks(run("doctor", "--json"))
    assert found["packages"]["status"] == "warn"
    assert "missing: no-such-package" in found["packages"]["message"]
    assert "(locked: 0.0.1)" in found["packages"]["message"]
    assert found["lock"]["status"] == "warn"
    (project / "pyproject.toml").write_text('[project]\nname = "responder"\ndependencies = ["click>=8"]\n')
    ran = run("doctor", "--json")
    assert ran.code == 1
    assert checks(ran)["packages"]["status"] == "fail"
    assert ran.envelope["error"]["kind"] == "unhealthy"
    ran.error_lines()


def test_without_a_lock_the_extras_are_named(run, project, monkeypatch):
    (project / "requirements.lock").unlink()
    assert checks(run("doctor", "--json"))["packages"]["status"] == "ok"
    monkeypatch.setattr(health, "extras", lambda: {"serve": ("click",), "cluster": ("no-such-package",)})
    found = checks(run("doctor", "--json"))["packages"]
    assert found["status"] == "warn"
    assert found["message"] == "installed as responder[serve]; not installed: responder[cluster]"
    assert found["fix"].endswith("'responder[cluster]'")
    monkeypatch.setattr(health, "extras", lambda: {"serve": ("no-such-package",)})
    assert checks(run("doctor", "--json"))["packages"]["fix"].endswith("'responder[all]'")


def test_lock_and_stamp(run, project):
    stamp = project / ".venv" / "responder-stamp"
    stamp.parent.mkdir()
    stamp.write_bytes(b"/somewhere\n" + (project / "requirements.lock").read_bytes())
    assert checks(run("doctor", "--json"))["lock"]["status"] == "ok"
    stamp.write_text("another lock\n")
    assert checks(run("doctor", "--json"))["lock"]["status"] == "warn"


def test_a_store_that_was_moved_and_is_fixed(run, project):
    (project / "mlartifacts").mkdir()
    make_store(project, location="/gone/mlartifacts/rp", status="RUNNING", hours_ago=48)
    found = checks(run("doctor", "--json"))
    assert (found["artifacts"]["status"], found["runs"]["status"]) == ("fail", "warn")
    assert "/gone/mlartifacts" in found["artifacts"]["message"]
    ran = run("doctor", "--fix", "--json")
    assert len(ran.envelope["fixed"]) == 2
    assert not {"artifacts", "runs"} & set(checks(ran))
    assert "fixed:" not in run("doctor", "--fix").out


def test_a_locked_store(run, project):
    make_store(project, location="/gone/mlartifacts/rp")
    holder = sqlite3.connect(project / "mlflow.db")
    try:
        holder.execute("BEGIN EXCLUSIVE")
        ran = run("doctor", "--json")
    finally:
        holder.rollback()
        holder.close()
    assert ran.code == 1
    assert checks(ran)["store"]["message"].endswith("mlflow.db is locked")
    assert checks(ran)["store"]["fix"] == "another process is using it: stop it, or wait"


def test_a_file_that_is_no_store(run, project):
    (project / "mlflow.db").write_bytes(b"no database at all" * 100)
    ran = run("doctor", "--json")
    assert ran.code == 1
    assert checks(ran)["store"]["status"] == "fail"


def test_a_remote_store_is_named_without_its_password(run, project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://ann:secret@db/runs")
    ran = run("doctor", "--json")
    assert "secret" not in ran.out
    assert "postgresql://db/runs" in checks(ran)["store"]["message"]


def test_little_disk(monkeypatch, tmp_path):
    for free, status in ((5e9, "ok"), (5e8, "warn"), (5e7, "fail")):
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _, free=free: type("U", (), {"free": free}))
        (found,) = health._disk(tmp_path)
        assert found.status == status


def test_runs_of_dead_processes_are_closed_without_being_asked(run, project):
    make_store(project, location=(project / "mlartifacts").as_uri(), status="RUNNING")
    store = sqlite3.connect(project / "mlflow.db")
    with store:
        store.execute("CREATE TABLE tags (run_uuid TEXT, key TEXT, value TEXT)")
        tags = {**process_tags(), "process.creation.time": "before"}
        store.executemany("INSERT INTO tags VALUES ('r', ?, ?)", tags.items())
    assert "1 run marked as killed" in run("doctor").out
    assert store.execute("SELECT status FROM runs").fetchall() == [("KILLED",)]
    assert "marked as killed" not in run("doctor").out
    store.close()
