"""How much faster are two Dask workers than one, and two processes than none, on pieces of a second? In one run.

scripts/launch python benchmarks/workers.py

Each arm computes the same permutation test, and its bytes are compared with those of this process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

from responder.models import build_model
from responder.plan import plain_features
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table
from responder.workers import Workers, open_workers

PATIENTS, FEATURES, DRAWS = 34, 6, 300
START_SECONDS = 60


@contextmanager
def dask(count: int) -> Iterator[str]:
    """Start a scheduler and so many workers on this machine, and give the address."""
    module = [sys.executable, "-m"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        here = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0", "--scheduler-file", str(file)]
        started = [subprocess.Popen([*module, "distributed.cli.dask_scheduler", *here], **quiet)]
        worker = [*module, "distributed.cli.dask_worker", "--nthreads", "1", "--scheduler-file", str(file)]
        try:
            while not file.exists():
                time.sleep(0.1)
            started += [subprocess.Popen(worker, **quiet) for _ in range(count)]
            from distributed import Client

            with Client(scheduler_file=str(file), set_as_default=False) as client:
                client.wait_for_workers(count, timeout=START_SECONDS)
                yield client.scheduler.address
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


def seconds(workers: Workers, pipeline: ModelPipeline, outcome: np.ndarray) -> tuple[float, bytes]:
    """Return how long the test takes, its workers warm, and its bytes."""
    rng = np.random.default_rng(0)
    few = draw_labelings(outcome, most_exact=1, draws=20, rng=rng)
    permutation_test(pipeline, few, workers=workers)
    labelings = draw_labelings(outcome, most_exact=1, draws=DRAWS, rng=np.random.default_rng(1))
    start = time.perf_counter()
    test = permutation_test(pipeline, labelings, workers=workers)
    return time.perf_counter() - start, test.auc.tobytes() + test.margin.tobytes()


def main() -> None:
    """Measure every arm and print the table."""
    rng = np.random.default_rng(2025)
    values = rng.standard_normal((PATIENTS, FEATURES))
    table = Table(plain_features(FEATURES), values, {})
    pipeline = ModelPipeline(table, build_model("gp", table.feature_table))
    outcome = (np.arange(PATIENTS) < PATIENTS // 2).astype(int)
    found = {}
    with open_workers(0) as workers:
        found["in process"] = seconds(workers, pipeline, outcome)
    with open_workers(2) as workers:
        found["2 processes"] = seconds(workers, pipeline, outcome)
    for count in (1, 2):
        with dask(count) as address, open_workers(address) as workers:
            found[f"{count} Dask"] = seconds(workers, pipeline, outcome)
    for name, (took, content) in found.items():
        print(f"{name:12} {took:6.1f} s   bytes equal: {content == found['in process'][1]}")
    print(f"efficiency of 2 Dask workers against 1: {found['1 Dask'][0] / found['2 Dask'][0] / 2:.2f}")
    print(f"load of this machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
