"""The Slurm job of a worker, as it would be submitted: encrypted, of one thread, by this very Python."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/slurm_workers.py"
pytest.importorskip("dask_jobqueue", reason="the extra 'cluster' is not installed")


def test_a_dry_run_prints_the_job_and_starts_nothing(tmp_path):
    asked = ("--memory", "8GB", "--time", "01:00:00", "--partition", "short", "--certificates", "keys", "--dry-run")
    done = subprocess.run([sys.executable, SCRIPT, *asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    for line in ("#SBATCH -J responder", "#SBATCH -p short", "#SBATCH --mem=8G", "#SBATCH -t 01:00:00"):
        assert line in done.stdout.splitlines()
    command = done.stdout.strip().splitlines()[-1]
    assert command.startswith(f"{sys.executable} -m distributed.cli.dask_worker tls://HOST:PORT ")
    assert f"--tls-ca-file {tmp_path / 'keys/ca.pem'}" in command
    assert "--nthreads 1 " in command
    assert "OPENBLAS_NUM_THREADS=1" in done.stdout
