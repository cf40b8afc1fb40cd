"""Where the time of ``responder train`` goes, on the reference cohort with every model.

Run ``python benchmarks/train.py``. Seconds of the processor stand beside those of the clock, because a busy machine
stretches the second only.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print what a step cost."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    print(f"{name:28} {time.perf_counter() - wall:6.2f} s  {time.process_time() - processor:6.2f} s of processor")


def main() -> None:
    """Train in a temporary folder and print the steps."""
    with tempfile.TemporaryDirectory() as folder, step("in all"):
        with step("imports"):
            from responder.experiment import (
                export_bundle,
                resolve_experiment,
                run_experiment,
                write_result,
            )
            from responder.report import write_report
            from responder.track import TrackedRun
        resolved = resolve_experiment(ROOT / "experiments/rp_ld_il2.toml")
        project = Path(folder)
        with step("open the tracking store"):
            run = TrackedRun.start(resolved, project, "rp-ld-il2")
        with run:
            with step("run"):
                result = run_experiment(resolved)
            for name, seconds in result.seconds.items():
                print(f"  {name:26} {seconds:6.2f} s")
            with step("results and bundle"):
                written = write_result(result, project / "runs/rp_ld_il2")
                bundle = export_bundle(result, project / "models/rp_ld_il2")
            with step("figures, report, card"):
                write_report(result, written, languages=("en",))
            with step("log to MLflow"):
                run.log(result, written, bundle)


if __name__ == "__main__":
    main()
