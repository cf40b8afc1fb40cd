"""A run whose process is gone is closed; one that may still be at work is not."""

import pytest

from responder.process import ProcessId
from responder.track.abandoned import close_abandoned, close_abandoned_of, process_tags

BY_CLIENT_OR_FILE = [lambda uri, client: close_abandoned(client), lambda uri, client: close_abandoned_of(uri)]


@pytest.mark.parametrize("close", BY_CLIENT_OR_FILE, ids=["client", "file"])
def test_only_runs_of_dead_processes_of_this_machine_are_closed(new_store, tmp_path, close):
    uri, client = new_store(tmp_path)

    def running(**tags):
        return client.create_run("0", tags=tags).info.run_id

    dead = running(**{**process_tags(), "process.creation.time": "before"})
    child = running(**{"mlflow.parentRunId": dead})
    alive = running(**process_tags())
    elsewhere = running(**{**process_tags(), "host.name": f"not-{ProcessId.own().host}", "process.creation.time": "x"})
    untold = running()
    assert close(uri, client) == 2
    states = {run: client.get_run(run).info.status for run in (dead, child, alive, elsewhere, untold)}
    assert {run for run, status in states.items() if status == "KILLED"} == {dead, child}
    assert {run for run, status in states.items() if status == "RUNNING"} == {alive, elsewhere, untold}
