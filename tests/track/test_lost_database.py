"""A database that goes away while a run is logged, and comes back: the run is told once more, and once only."""

from types import SimpleNamespace

import pytest

from responder.errors import StoreUnavailableError
from responder.track import TrackedRun


class LostError(Exception):
    """What MLflow raises, by its code."""

    def __init__(self, code):
        super().__init__("the connection is lost")
        self.error_code = code


class Store:
    """A client of a store that fails with a code at the second model, once."""

    def __init__(self, code):
        self.code, self.asked, self.children, self.ended = code, 0, [], []

    def log_child(self, model):
        self.asked += 1
        if self.asked == 2:
            raise LostError(self.code)
        run = SimpleNamespace(info=SimpleNamespace(run_id=f"{model.id} {self.asked}"))
        self.children.append(run)
        return run.info.run_id

    def search_runs(self, experiments, wanted):
        assert (experiments, wanted) == (["1"], "tags.mlflow.parentRunId = 'parent'")
        return list(self.children)

    def delete_run(self, run_id):
        self.children = [run for run in self.children if run.info.run_id != run_id]

    def log_artifacts(self, run_id, folder):
        assert (run_id, folder) == ("parent", "files")

    def set_terminated(self, run_id):
        self.ended.append(run_id)


@pytest.fixture
def log(monkeypatch):
    """A function that logs a run of three models to such a store, and returns the run and the store."""

    def logged(code):
        store = Store(code)
        monkeypatch.setattr(TrackedRun, "_reached", lambda run: store)
        monkeypatch.setattr(TrackedRun, "_log_parent", lambda *given: None)
        monkeypatch.setattr(TrackedRun, "_log_dataset", lambda *given: None)
        monkeypatch.setattr(TrackedRun, "_log_child", lambda run, client, result, model: client.log_child(model))
        run = TrackedRun("sqlite:///mlflow.db", "1", "parent")
        models = [SimpleNamespace(id=name) for name in ("prevalence", "ridge:1", "firth")]
        run.log(SimpleNamespace(models=models, primary="ridge:1"), "files")
        return run, store

    return logged


def test_what_was_logged_before_is_not_there_twice(log):
    run, store = log("TEMPORARILY_UNAVAILABLE")
    assert [child.info.run_id for child in store.children] == ["prevalence 3", "ridge:1 4", "firth 5"]
    assert store.ended == ["parent"]
    assert run.finished


def test_another_failure_is_told_at_once(log):
    with pytest.raises(StoreUnavailableError, match="the connection is lost"):
        log("INTERNAL_ERROR")
