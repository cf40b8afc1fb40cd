"""Cold start of the command line beside the imports that it avoids, interleaved in one run.

Run ``python benchmarks/startup.py`` after ``make train``. Each figure is the median of whole processes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROFILE = str(ROOT / "data/rp_ld_il2/example_profile.json")
CLI = (sys.executable, "-m", "responder.cli.main")
COMMANDS = {
    'python -c "pass"': (sys.executable, "-c", "pass"),
    'python -c "import numpy"': (sys.executable, "-c", "import numpy"),
    "responder --help": (*CLI, "--help"),
    "responder score PROFILE": (*CLI, "score", PROFILE),
    'python -c "import sklearn.linear_model"': (sys.executable, "-c", "import sklearn.linear_model"),
    'python -c "import mlflow"': (sys.executable, "-c", "import mlflow"),
}
YARDSTICK = 'python -c "import numpy"'


def main() -> None:
    """Print milliseconds and the ratio to importing NumPy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    for turn in range(runs + 1):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
            if done.returncode not in (0, 5):  # to abstain from a score is an answer
                sys.exit(done.stderr.decode())
            if turn:  # the first turn fills the file cache
                seconds[name].append(time.perf_counter() - start)
    yardstick = statistics.median(seconds[YARDSTICK])
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:42} {median * 1e3:8.0f} ms  {median / yardstick:6.2f} of NumPy's")


if __name__ == "__main__":
    main()
