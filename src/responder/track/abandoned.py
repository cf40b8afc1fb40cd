"""Close the runs whose process is gone: a killed program cannot say that its run has ended."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from responder.process import ProcessId

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["close_abandoned", "process_tags"]

# names of OpenTelemetry's semantic conventions; without the prefix of this project's tags, none is shown with a run
_PID, _HOST, _STARTED = "process.pid", "host.name", "process.creation.time"
_MOST_RUNS = 1000


def process_tags() -> dict[str, str]:
    """Return the tags by which a run says which process it belongs to."""
    own = ProcessId.own()
    return {_PID: str(own.pid), _HOST: own.host, _STARTED: own.started}


def close_abandoned(client: MlflowClient) -> None:
    """Mark as killed the runs, and those of their models, whose process of this machine is gone."""
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    running = client.search_runs(experiments, "attributes.status = 'RUNNING'", max_results=_MOST_RUNS)
    gone = set()
    for run in running:
        tags = run.data.tags
        if _PID in tags and ProcessId(int(tags[_PID]), tags.get(_HOST, ""), tags.get(_STARTED, "")).is_gone():
            gone.add(run.info.run_id)
    gone |= {run.info.run_id for run in running if run.data.tags.get("mlflow.parentRunId") in gone}
    for run_id in gone:
        with contextlib.suppress(Exception):  # a store that may only be read is shown as it is
            client.set_terminated(run_id, status="KILLED")
