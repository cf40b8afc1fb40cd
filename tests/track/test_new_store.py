"""A new tracking store is MLflow's own, whole or absent."""

import re
import shutil
import sqlite3
from contextlib import closing

import mlflow
import pytest

from responder.track import new_store
from responder.track.new_store import make_store


@pytest.fixture(autouse=True)
def template(tmp_path_factory, monkeypatch):
    """A place for the template that is not the environment's."""
    place = tmp_path_factory.mktemp("environment") / "var" / "mlflow.db"
    monkeypatch.setattr(new_store, "template_file", lambda: place)
    return place


def schema(file):
    with closing(sqlite3.connect(file)) as store:
        rows = store.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    # MLflow writes the constraints of a table in any order
    return sorted((kind, name, table, sorted(re.findall(r"\w+", sql or ""))) for kind, name, table, sql in rows)


@pytest.mark.parametrize("before", ["nothing", "a template", "a broken one"])
def test_it_is_the_store_that_mlflow_makes(tmp_path, template, empty_store, before, monkeypatch):
    ours, theirs = tmp_path / "ours.db", tmp_path / "theirs.db"
    template.parent.mkdir()
    if before == "a broken one":
        template.write_bytes(b"this is no database" * 100)
    elif before == "a template":
        new_store._keep(empty_store, template)
        monkeypatch.setattr(new_store, "_migrated", lambda _: pytest.fail("the template was not used"))
    make_store(ours)
    assert schema(template) == schema(ours)
    shutil.copy(empty_store, theirs)
    mlflow.MlflowClient(tracking_uri=f"sqlite:///{theirs}").search_experiments()
    assert schema(ours) == schema(theirs)
    ids = [e.experiment_id for e in mlflow.MlflowClient(tracking_uri=f"sqlite:///{ours}").search_experiments()]
    assert ids == ["0"]
    with closing(sqlite3.connect(ours)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {p.name for p in tmp_path.iterdir()} == {"ours.db", "theirs.db"}


def test_the_template_is_made_while_an_environment_is_set_up(template, empty_store, monkeypatch):
    monkeypatch.setattr(new_store, "_migrated", lambda new: shutil.copy(empty_store, new))
    new_store.make_template()
    assert schema(template) == schema(empty_store)


def test_a_store_that_is_there_is_left_alone(tmp_path):
    file = tmp_path / "mlflow.db"
    file.write_bytes(b"somebody's")
    make_store(file)
    assert file.read_bytes() == b"somebody's"


def test_who_was_first_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    file = tmp_path / "mlflow.db"
    monkeypatch.setattr(new_store.os, "fsync", lambda _: file.write_bytes(b"somebody's"))
    make_store(file)
    assert file.read_bytes() == b"somebody's"
    assert list(tmp_path.iterdir()) == [file]


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(new_store.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_store(tmp_path / "mlflow.db")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_for_the_store_to_refuse(tmp_path):
    make_store(tmp_path / "nowhere" / "mlflow.db")
    assert list(tmp_path.iterdir()) == []
