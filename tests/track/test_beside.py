"""A thread that speaks to the store: what fails is told at the end, and an interruption ends the run all the same."""

import threading
from types import SimpleNamespace

import pytest

from responder.errors import StoreUnavailableError
from responder.track import TrackedBeside


class Run:
    """A tracked run that notes what it is told, and in which thread."""

    def __init__(self):
        self.told = []

    def log_models(self, result):
        self.told.append(("models", result, threading.current_thread()))

    def log_files(self, result, folder, bundle=None):
        self.told.append(("files", folder, threading.current_thread()))

    def __exit__(self, kind, error, trace):
        self.told.append(("end", kind, None))


def unavailable():
    raise StoreUnavailableError("store_failed", where="sqlite:///mlflow.db", error="OSError", why="full")


def test_everything_is_told_in_order_by_one_other_thread(tmp_path):
    run, result = Run(), SimpleNamespace()
    with TrackedBeside(lambda: run) as tracked:
        tracked.log_models(result)
        tracked.log_files(result, tmp_path)
        assert tracked.run is run
    assert [(what, given) for what, given, _ in run.told] == [("models", result), ("files", tmp_path), ("end", None)]
    threads = {thread for _, _, thread in run.told[:2]}
    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_a_store_that_is_unavailable_is_told_when_everything_else_is_done(tmp_path):
    with TrackedBeside(unavailable) as tracked:
        assert tracked.run is None
        tracked.log_models(SimpleNamespace())
        with pytest.raises(StoreUnavailableError, match="full"):
            tracked.log_files(SimpleNamespace(), tmp_path)


def test_a_run_that_opens_late_is_ended_by_an_interruption_too():
    run, interrupted = Run(), threading.Event()

    def opened_late():
        assert interrupted.wait(10)
        return run

    def interrupt():
        interrupted.set()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), TrackedBeside(opened_late):
        interrupt()
    assert [(what, kind) for what, kind, _ in run.told] == [("end", KeyboardInterrupt)]
