"""A moved project finds its artifacts again; a run that never ended is not running for ever."""

import shutil
import sqlite3
import time

import mlflow
import pytest

from responder.track.relocate import MovedFolder, end_stale_runs, moved_folders, open_store, relocate, stale_runs


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, new_store):
    """A project with one tracked run, made where it then no longer is."""
    project = tmp_path_factory.mktemp("old") / "a project"
    project.mkdir()
    _, client = new_store(project)
    location = (project / "mlartifacts" / "rp").resolve().as_uri()
    experiment = client.create_experiment("rp", artifact_location=location)
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "the report", "report.txt")
    client.set_terminated(run.info.run_id)
    stuck = client.create_run(experiment, start_time=int((time.time() - 48 * 3600) * 1000))
    client.create_run(experiment)  # running now
    return project, run.info.run_id, stuck.info.run_id


@pytest.fixture
def moved(tracked, tmp_path):
    project, run, stuck = tracked
    new = tmp_path / "new place"
    shutil.copytree(project, new)
    hidden = project.with_name("hidden")
    project.rename(hidden)
    yield project, new, run, stuck
    hidden.rename(project)


def test_nothing_to_do_where_the_project_is_where_it_was(tracked):
    project, _, _ = tracked
    assert moved_folders(project / "mlflow.db", project) == ()


def test_a_moved_project_finds_its_artifacts(moved):
    old, new, run, _ = moved
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{new}/mlflow.db")
    assert client.list_artifacts(run) == []
    folders = moved_folders(new / "mlflow.db", new)
    uri = (old.parent.resolve() / old.name / "mlartifacts").as_uri()
    assert folders == (MovedFolder(uri, (new / "mlartifacts").resolve().as_uri()),)
    # the experiment and its three runs
    assert relocate(new / "mlflow.db", folders) == 4
    assert [item.path for item in client.list_artifacts(run)] == ["report.txt"]
    assert moved_folders(new / "mlflow.db", new) == ()
    assert relocate(new / "mlflow.db", folders) == 0


def test_a_copy_does_not_write_into_the_project_it_was_copied_from(tracked, tmp_path):
    project, _, _ = tracked
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    folders = moved_folders(copy / "mlflow.db", copy)
    assert len(folders) == 1
    assert relocate(copy / "mlflow.db", folders) == 4
    with open_store(copy / "mlflow.db") as connection:
        uris = [uri for (uri,) in connection.execute("SELECT artifact_uri FROM runs")]
    assert all(uri.startswith((copy / "mlartifacts").resolve().as_uri()) for uri in uris)
    assert moved_folders(project / "mlflow.db", project) == ()


def test_a_folder_that_is_nowhere_is_left_alone(moved):
    _, new, _, _ = moved
    shutil.rmtree(new / "mlartifacts")
    assert moved_folders(new / "mlflow.db", new) == ()


def test_runs_that_never_ended(moved):
    _, new, run, stuck = moved
    store = new / "mlflow.db"
    assert stale_runs(store) == 1
    assert end_stale_runs(store) == 1
    assert stale_runs(store) == 0
    with open_store(store) as connection:
        states = dict(connection.execute("SELECT run_uuid, status FROM runs"))
    assert (states.pop(run), states.pop(stuck)) == ("FINISHED", "KILLED")
    assert list(states.values()) == ["RUNNING"]


def test_a_store_is_never_made_by_looking(tmp_path):
    with pytest.raises(sqlite3.OperationalError), open_store(tmp_path / "none.db"):
        pass
    assert list(tmp_path.iterdir()) == []
