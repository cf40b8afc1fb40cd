"""Start a Dask scheduler here and workers on a Slurm cluster, for ``responder train --workers tls://HOST:PORT``.

scripts/launch python scripts/slurm_workers.py --workers 20 --dry-run   # print the job that would be submitted
scripts/launch python scripts/slurm_workers.py --workers 20             # submit, print the address, wait for Ctrl-C
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CERTIFICATES = ("ca.pem", "worker.pem")
ONE_THREAD = "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1"
NEW_WORKER_SECONDS = 120  # a worker of a queue may come late; the scheduler does not give it up sooner


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2, help="jobs, each one worker of one thread")
    parser.add_argument("--memory", default="4GB", help="of each worker")
    parser.add_argument("--time", default="04:00:00", help="longest time of a job")
    parser.add_argument("--partition", help="Slurm partition")
    parser.add_argument(
        "--certificates", default="certificates", help="folder with ca.pem and worker.pem, on all nodes"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the job and submit nothing")
    return parser.parse_args(given)


def of_each(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what a worker's job is made of; dask-jobqueue knows it by these names."""
    from distributed.security import Security

    ca, own = (str(Path(asked.certificates).resolve() / name) for name in CERTIFICATES)
    own_of = {f"tls_{role}_{kind}": own for role in ("scheduler", "worker", "client") for kind in ("cert", "key")}
    return {
        "job_name": "responder",
        "cores": 1,
        "processes": 1,
        "memory": asked.memory,
        "walltime": asked.time,
        "queue": asked.partition,
        "python": sys.executable,
        "job_script_prologue": [f"export {ONE_THREAD}"],
        "security": Security(tls_ca_file=ca, require_encryption=True, **own_of),
        "protocol": "tls",
        "death_timeout": NEW_WORKER_SECONDS,
    }


def job(asked: argparse.Namespace, scheduler: str) -> str:
    """Return the Slurm script of one worker; nothing is started for it."""
    from dask_jobqueue.slurm import SLURMJob

    return str(SLURMJob(scheduler=scheduler, name="responder", **of_each(asked)).job_script())


def main(given: Sequence[str] | None = None) -> int:
    """Print the job, or start scheduler and workers."""
    asked = arguments(given)
    if asked.dry_run:
        print(job(asked, "tls://HOST:PORT"))
        return 0
    import signal

    from dask_jobqueue import SLURMCluster

    with SLURMCluster(n_workers=asked.workers, **of_each(asked)) as cluster:
        print(cluster.scheduler_address, flush=True)
        print(cluster.dashboard_link, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    sys.exit(main())
