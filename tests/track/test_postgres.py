"""A PostgreSQL store: refusals within seconds, files where all machines find them, a server that starts again."""

import os
import threading
from pathlib import Path

import pytest
from tests.track.postgres_server import PASSWORD, PostgresServer, programs

from responder.errors import StoreUnavailableError, UsageError
from responder.experiment import resolve_experiment
from responder.track import TrackedRun
from responder.track.database import is_database, opening
from responder.track.runs import list_runs

ROOT = Path(__file__).parents[2]
pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
needs_server = pytest.mark.skipif(
    os.name != "posix" or programs() is None, reason="no PostgreSQL (Debian: sudo apt-get install postgresql)"
)


@pytest.fixture(scope="module")
def server():
    running = PostgresServer()
    yield running
    running.remove()


def resolved(uri, artifacts=""):
    settings = (f"tracking.uri={uri}", *([f"tracking.artifacts={artifacts}"] if artifacts else ()))
    return resolve_experiment(ROOT / "experiments/rp_ld_il2.toml", settings=settings)


@needs_server
def test_runs_of_several_programs_are_all_there_and_files_go_where_all_find_them(server, tmp_path):
    shared = tmp_path / "shared files"
    failed = []

    def train(name):
        try:
            with TrackedRun.start(resolved(server.uri, shared), tmp_path / name, "rp-ld-il2") as run:
                run.finished = True
        except StoreUnavailableError as error:
            failed.append(error)

    programs_at_once = [threading.Thread(target=train, args=(name,)) for name in ("one", "two", "three", "four")]
    for program in programs_at_once:
        program.start()
    for program in programs_at_once:
        program.join()
    assert failed == []
    assert len(list_runs(server.uri, 10)) == 4
    from mlflow import MlflowClient

    place = MlflowClient(tracking_uri=server.uri).get_experiment_by_name("rp-ld-il2").artifact_location
    assert place == f"{shared.as_uri()}/rp-ld-il2"


@needs_server
def test_a_server_that_starts_again_is_waited_for(server):
    server.stop()
    with pytest.raises(StoreUnavailableError, match="does not answer"), opening(server.uri):
        pass
    starts_again = threading.Timer(1.0, server.start)
    starts_again.start()
    with opening(server.uri, patience_seconds=60):
        pass
    starts_again.join()


@needs_server
def test_a_wrong_password_is_told_and_never_shown(server):
    with pytest.raises(StoreUnavailableError, match="does not let this user in") as error:
        list_runs(server.uri.replace(PASSWORD, "wrong-password"), 10)
    assert "wrong-password" not in str(error.value.to_json())


def test_a_server_that_is_not_there_ends_in_words():
    address = "postgresql+psycopg://me:secret@127.0.0.1:9/runs"
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        list_runs(address, 10)
    with pytest.raises(StoreUnavailableError, match="does not answer") as error:
        TrackedRun.start(resolved(address, "shared"), ROOT, "rp-ld-il2")
    assert error.value.where == "postgresql+psycopg://127.0.0.1:9/runs"


def test_a_missing_driver_names_the_extra():
    with pytest.raises(UsageError, match="pg8000") as error, opening("postgresql+pg8000://me@127.0.0.1:9/runs"):
        pass
    assert "responder[postgres]" in str(error.value.hint)


@needs_server
def test_without_a_place_for_files_a_database_is_refused_before_anything_is_written(server, tmp_path):
    with pytest.raises(StoreUnavailableError, match="keeps no files") as error:
        TrackedRun.start(resolved(server.uri), tmp_path, "rp-ld-il2")
    assert "tracking.artifacts" in str(error.value.hint)


def test_what_is_a_database():
    assert [is_database(uri) for uri in ("mysql://h/d", "sqlite:///a.db", "http://h:5000", "mlruns")] == [
        True, False, False, False,
    ]  # fmt: skip
