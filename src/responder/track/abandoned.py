"""Close the runs whose process is gone: a killed program cannot say that its run has ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from responder.process import ProcessId
from responder.project import store_file
from responder.track.relocate import open_store

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["close_abandoned", "close_abandoned_of", "process_tags"]

# names of OpenTelemetry's semantic conventions; without the prefix of this project's tags, none is shown with a run
_PID, _HOST, _STARTED = "process.pid", "host.name", "process.creation.time"
_PARENT = "mlflow.parentRunId"
_MOST_RUNS = 1000


def process_tags() -> dict[str, str]:
    """Return the tags by which a run says which process it belongs to."""
    own = ProcessId.own()
    return {_PID: str(own.pid), _HOST: own.host, _STARTED: own.started}


def close_abandoned(client: MlflowClient) -> int:
    """Mark as killed the runs, and those of their models, whose process of this machine is gone.

    Returns
    -------
    int
        How many were marked.
    """
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    running = client.search_runs(experiments, "attributes.status = 'RUNNING'", max_results=_MOST_RUNS)
    closed = 0
    for run_id in _gone({run.info.run_id: run.data.tags for run in running}):
        with contextlib.suppress(Exception):  # a store that may only be read is shown as it is
            client.set_terminated(run_id, status="KILLED")
            closed += 1
    return closed


def close_abandoned_of(uri: str) -> int:
    """Mark such runs of a tracking store, whatever has opened it so far; of a SQLite file without MLflow's help.

    Raises
    ------
    Exception
        If the store cannot be read or written.
    """
    file = store_file(uri)
    if file is None:
        from responder.track.client import open_client

        return close_abandoned(open_client(uri))
    with open_store(file) as store:
        told: dict[str, dict[str, str]] = {}
        running = "SELECT tags.run_uuid, key, value FROM tags JOIN runs USING (run_uuid) WHERE status = 'RUNNING'"
        for run_id, key, value in store.execute(running):
            told.setdefault(run_id, {})[key] = value
        gone = _gone(told)
        ended = "UPDATE runs SET status = 'KILLED', end_time = ? WHERE run_uuid = ?"
        store.executemany(ended, [(int(time.time() * 1000), run_id) for run_id in sorted(gone)])
    return len(gone)


def _gone(running: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Return those of the runs marked as running, given by their tags, that nobody is at work on."""
    gone = {run_id for run_id, tags in running.items() if _process_is_gone(tags)}
    # of a training that was interrupted while it logged, the run is closed already and that of a model is not
    at_work = set(running) - gone
    return gone | {run_id for run_id, tags in running.items() if _PARENT in tags and tags[_PARENT] not in at_work}


def _process_is_gone(tags: Mapping[str, str]) -> bool:
    return _PID in tags and ProcessId(int(tags[_PID]), tags.get(_HOST, ""), tags.get(_STARTED, "")).is_gone()
