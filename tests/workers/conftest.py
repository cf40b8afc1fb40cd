"""A Dask scheduler and its workers on this machine, each a process of its own; skipped where Dask is not installed."""

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass
class Cluster:
    """A scheduler and its workers.

    `replace` starts another worker, with further variables in its environment.
    """

    address: str
    scheduler: subprocess.Popen
    workers: list

    def replace(self, **environment):
        self.workers.append(_start("worker", self.address, "--nthreads", "1", "--no-dashboard", **environment))

    def stop(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
        for process in [*self.workers, self.scheduler]:
            process.wait()


def _start(*arguments, **environment):
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def start_cluster(tmp_path_factory):
    """A function that starts a scheduler and so many workers."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    clusters = []

    def start(count):
        file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
        address = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        scheduler = _start("scheduler", *address, "--scheduler-file", str(file))
        patience = time.monotonic() + START_SECONDS
        while not file.exists() and time.monotonic() < patience:
            time.sleep(0.1)
        import json

        cluster = Cluster(json.loads(file.read_text())["address"], scheduler, [])
        clusters.append(cluster)
        for _ in range(count):
            cluster.replace()
        from distributed import Client

        if count:
            with Client(cluster.address, set_as_default=False) as client:
                client.wait_for_workers(count, timeout=START_SECONDS)
        return cluster

    yield start
    for cluster in clusters:
        with contextlib.suppress(OSError):
            cluster.stop()


@pytest.fixture(scope="session")
def cluster(start_cluster):
    """A scheduler and two workers, for tests that leave them as they are."""
    return start_cluster(2)
