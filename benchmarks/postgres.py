"""Four trainings and a UI on one PostgreSQL server that is restarted midway: is any run lost?

Run ``python benchmarks/postgres.py`` (PostgreSQL is needed, as by `tests/track/test_postgres.py`).
Each training is a process of its own with a project of its own; they share the server and a folder of artifacts. The
server is restarted as soon as one of them begins to log, and stays away for some seconds. Afterwards all runs must be
FINISHED with their models, metrics and files, none RUNNING, and the UI must still answer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the server of the tests, instead of this folder

from tests.track.postgres_server import PostgresServer

TRAININGS = 4
AWAY_SECONDS = 3.0
COMMAND = (sys.executable, "-m", "responder.cli.main")
COMMANDS: list[subprocess.Popen[str]] = []
QUICK = ("--models", "ridge:0.1", "--set", "bootstrap.draws=20")


def project(folder: Path) -> Path:
    """Return a new project with the reference experiment."""
    for part in ("experiments", "data"):
        shutil.copytree(ROOT / part, folder / part)
    return folder


def started(folder: Path, *arguments: str, uri: str) -> subprocess.Popen[str]:
    """Start a command in a project, with what it tells in ``log.txt``."""
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri, "OMP_NUM_THREADS": "1", "RESPONDER_LANG": "en"}
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        command = [*COMMAND, *arguments]
        COMMANDS.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, text=True))
    return COMMANDS[-1]


def wait_for(told: str, folders: list[Path], most_seconds: float = 900) -> str:
    """Return the first log that tells something."""
    end = time.monotonic() + most_seconds
    while time.monotonic() < end:
        for folder in folders:
            text = (folder / "log.txt").read_text(encoding="utf-8")
            if re.search(told, text):
                return text
        time.sleep(0.1)
    sys.exit(f"nobody told '{told}' within {most_seconds:g} s")


def main() -> int:
    """Train, restart the server, count, and return 1 where anything is lost."""
    server = PostgresServer()
    base = Path(tempfile.mkdtemp())
    try:
        return restarted(server, base)
    finally:
        for command in COMMANDS:
            command.terminate()
            command.wait()
        server.remove()
        shutil.rmtree(base)


def restarted(server: PostgresServer, base: Path) -> int:
    """Do it, with a running server and an empty folder."""
    first = project(base / "ui")
    started(first, "ui", "--no-browser", uri=server.uri)
    places = [project(base / f"training_{number}") for number in range(TRAININGS)]
    shared = ("--set", f"tracking.artifacts={base / 'shared'}")
    begun = time.monotonic()
    trainings = [
        started(place, "train", "experiments/rp_ld_il2.toml", *QUICK, *shared, uri=server.uri) for place in places
    ]
    wait_for("log to MLflow", places)
    server.stop()
    time.sleep(AWAY_SECONDS)
    server.start()
    codes = [training.wait() for training in trainings]
    seconds = time.monotonic() - begun
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server.uri)
    (experiment,) = [one for one in client.search_experiments() if one.name == "rp-ld-il2"]
    runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    whole = [
        run
        for run in parents
        if run.info.status == "FINISHED"
        and "permutation_p" in run.data.metrics
        and {"report.html", "result.json"} <= {file.path for file in client.list_artifacts(run.info.run_id)}
    ]
    url = re.search(r"http://\S+", wait_for("http://", [first]))
    assert url is not None
    with urlopen(url[0].partition("#")[0]) as answer:  # noqa: S310 - the UI's own address
        ui_answers = answer.status == 200
    running = sum(run.info.status == "RUNNING" for run in runs)
    print(f"{TRAININGS} trainings in {seconds:.0f} s, exit codes {codes}; server away {AWAY_SECONDS:g} s while logging")
    print(f"runs: {len(parents)}, whole: {len(whole)}, of models: {len(runs) - len(parents)}, left RUNNING: {running}")
    print(f"the UI answers afterwards: {'yes' if ui_answers else 'no'}")
    for place, code in zip(places, codes, strict=True):
        if code:
            print((place / "log.txt").read_text(encoding="utf-8")[-600:])
    kept = len(whole) == len(parents) == TRAININGS and len(runs) == 3 * TRAININGS
    return int(not (kept and not running and ui_answers and codes == [0] * TRAININGS))


if __name__ == "__main__":
    sys.exit(main())
