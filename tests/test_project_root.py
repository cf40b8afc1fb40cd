"""Where the project is, and where its runs are tracked."""

from pathlib import Path

import pytest

from responder.errors import StoreUnavailableError
from responder.project import existing_store, project_root, store_file, tracking_uri


@pytest.mark.parametrize("mark", ["mlflow.db", "experiments/", "pyproject.toml"])
def test_the_nearest_folder_with_a_mark(mark, tmp_path):
    (tmp_path / "experiments").mkdir()  # a farther one
    project = tmp_path / "project"
    inside = project / "data" / "deep"
    inside.mkdir(parents=True)
    if mark.endswith("/"):
        (project / mark).mkdir()
    else:
        (project / mark).write_text('[project]\nname = "responder"\n')
    assert project_root(inside) == project.resolve()


def test_another_packages_description_is_no_mark(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    monkeypatch.chdir(tmp_path)
    assert project_root() == tmp_path.resolve()


def test_tracking_uri(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlflow.db").touch()
    uri = tracking_uri(tmp_path)
    assert uri == f"sqlite:///{tmp_path.as_posix()}/mlflow.db"
    assert store_file(uri) == tmp_path / "mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://host/runs")
    assert tracking_uri(tmp_path) == "postgresql://host/runs"
    assert store_file(tracking_uri()) is None
    assert store_file("sqlite+pysqlite:///runs.db?timeout=5") == Path("runs.db")


def test_a_relative_store_is_that_of_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///./runs.db?timeout=5")
    assert tracking_uri(Path("/elsewhere")) == f"sqlite:///{tmp_path.resolve().as_posix()}/runs.db?timeout=5"


def test_a_store_is_never_made_by_asking_for_it(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(StoreUnavailableError, match="nothing has been tracked yet"):
        existing_store(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mlflow.db").touch()
    assert existing_store(tmp_path) == tracking_uri(tmp_path)
