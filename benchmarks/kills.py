"""Kill trainings at random moments, and look whether anything is lost: the kill table of decision 36.

Run ``python benchmarks/kills.py`` (``--kills 200 --seed 1``; about ten minutes on one core). Trainings follow each
other under one name, in turn with two seeds, so that an old run can be told from a new one. Each is ended by SIGKILL,
SIGTERM or SIGINT, half of them at a moment drawn from the seconds of a whole training, half at a file operation drawn
from all of them; every tenth is the first of a new project. After each

- the folder of results and the bundle are both the old or both the new, or a journal says that they are being swapped;
- a command that reads the run finds the old or the new, whole;
- the next training that nobody kills, with ``--resume`` or without, ends well and leaves what an uninterrupted one
  leaves, byte for byte but for the number of its tracked run, and nothing else;
- that training leaves no run RUNNING in the tracking store.

Ctrl-C ends it early, with the table so far; ``--most-seconds`` does the same. Batches of different seeds may be summed.
A training whose processor time stands still for a minute hangs: its stacks are printed.

Trainings are forked off a process that has imported all that they need. Of the figures one is drawn, because all of
them cost five times what the rest of a training does; ``--all-figures`` draws them.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib
import io
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ["RESPONDER_LANG"] = "en"
os.environ.pop("MLFLOW_TRACKING_URI", None)

ROOT = Path(__file__).resolve().parents[1]
NAME = "rp_ld_il2"
QUICK = ("--models", "ridge:0.1", "--set", "bootstrap.draws=10")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
EXIT_CODES = {signal.SIGKILL: {-9}, signal.SIGTERM: {143, -15}, signal.SIGINT: {130, -2}}
FILE_OPERATIONS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link", "sqlite3.connect"}
RUN_ID = re.compile(rb"\b[0-9a-f]{32}\b")
STILL_SECONDS = 60

Files = dict[str, bytes]
State = tuple[Files, Files]
"""Files of the run and of the bundle, by name; the number of the tracked run is taken out."""


@dataclass(frozen=True)
class Ended:
    """How a forked command ended: its exit code, negative for a signal, the last step that it told, and its seconds."""

    code: int
    step: str
    seconds: float


@dataclass(frozen=True)
class Kill:
    """What ended a training, and at which step; and what the next commands found."""

    number: signal.Signals
    at: str
    step: str
    code: int
    found: str
    faults: tuple[str, ...]


class Project:
    """A folder in which trainings follow each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("experiments", "data"):
            shutil.copytree(ROOT / part, folder / part)

    def train(self, version: int, *more: str, **how: Any) -> Ended:
        """Train one version to its end, or until it is killed."""
        command = ("train", f"experiments/{NAME}.toml", *QUICK, "--set", f"seed={version}", *more)
        return forked(self.folder, command, **how)

    def state(self) -> State | None:
        """Return what is there of run and bundle; None between the two moves of a swap."""
        if (self.folder / "runs" / f".{NAME}.swap" / "plan.json").exists():
            return None
        return files_of(self.folder / "runs" / NAME), files_of(self.folder / "models" / NAME)

    def running(self) -> int:
        """Return how many runs the tracking store holds for running."""
        if not (self.folder / "mlflow.db").is_file():
            return 0
        with contextlib.closing(sqlite3.connect(self.folder / "mlflow.db")) as store:
            return int(store.execute("select count(*) from runs where status = 'RUNNING'").fetchone()[0])

    def left_over(self) -> list[str]:
        """Return what a killed training left beside the folders that are meant to be there."""
        rooms = {"": {"experiments", "data", "runs", "models", "mlflow.db", "mlartifacts"},
                 "runs": {NAME, ".checkpoints"}, "models": {NAME}, "runs/.checkpoints": set()}  # fmt: skip
        return [
            f"{room}/{path.name}"
            for room, meant in rooms.items()
            if (self.folder / room).is_dir()
            for path in (self.folder / room).iterdir()
            if path.name not in meant and not path.name.startswith("mlflow.db-")
        ]


def files_of(folder: Path) -> Files:
    """Return the content of a folder's files; the number of the tracked run is taken out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): RUN_ID.sub(b"RUN", path.read_bytes()) for path in paths}


def forked(
    folder: Path,
    command: Sequence[str],
    *,
    number: int = 0,
    after: float | None = None,
    before_operation: int | None = None,
    told: Callable[[int], None] | None = None,
) -> Ended:
    """Run a command in a forked process, and end it after some seconds or before its n-th file operation.

    `told` gets the number of file operations of a command that ran to its end.
    """
    errors, count = folder.parent / "stderr.txt", folder.parent / "operations.txt"
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        _become(folder, command, errors, count, number, before_operation)
    if after is not None:
        time.sleep(after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
    moved, ticks = time.perf_counter(), -1
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        now = time.perf_counter()
        if (spent := processor_ticks(child)) != ticks:
            moved, ticks = now, spent
        elif now - moved > STILL_SECONDS:  # it hangs, however busy the machine is; its stacks go to stderr.txt
            os.kill(child, signal.SIGUSR1)
            time.sleep(1)
            print(errors.read_text(encoding="utf-8"), flush=True)
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    steps = [line for line in errors.read_text(encoding="utf-8").splitlines() if line and not line.startswith(" ")]
    steps = [step for step in steps if not step.startswith("error:")]
    if told is not None and count.is_file():
        told(int(count.read_text()))
    return Ended(os.waitstatus_to_exitcode(status), steps[-1] if steps else "start", seconds)


def processor_ticks(process: int) -> int:
    """Return the processor time that a process has taken, in the ticks of Linux."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _become(
    folder: Path, command: Sequence[str], errors: Path, count: Path, number: int, before_operation: int | None
) -> NoReturn:
    """Be the command, in the forked process."""
    from responder.cli.main import cli

    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    for stream, path in ((1, errors.with_name("stdout.txt")), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in FILE_OPERATIONS and arguments and str(folder) in str(arguments[0]):
            seen += 1
            if seen == before_operation:
                os.kill(os.getpid(), number)

    sys.addaudithook(watch)
    code = 0
    try:
        cli.main(list(command), prog_name="responder")
    except SystemExit as leave:
        code = int(leave.code or 0)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    sys.stdout.flush()
    count.write_text(str(seen))
    os._exit(code)


def preload(project: Project) -> None:
    """Import what a training imports, taken from one, and fill what is read once a process."""
    from responder.cli.main import cli

    listing = (
        "import json, sys\nfrom responder.cli.main import cli\n"
        "try:\n    cli.main(sys.argv[1:], prog_name='responder')\n"
        "except SystemExit:\n    print()\n    print(json.dumps(sorted(sys.modules)))"
    )
    train = ("train", f"experiments/{NAME}.toml", *QUICK)
    command = [sys.executable, "-c", listing, *train]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True)
    for module in json.loads(done.stdout.splitlines()[-1]):
        if module != "__main__":
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
    for arguments in ((*train, "--dry-run"), ("report", NAME, "--out", "report.html")):
        with contextlib.ExitStack() as around:
            around.enter_context(contextlib.chdir(project.folder))
            around.enter_context(contextlib.redirect_stdout(io.StringIO()))
            around.enter_context(contextlib.redirect_stderr(io.StringIO()))
            around.enter_context(contextlib.suppress(SystemExit))
            cli.main(list(arguments), prog_name="responder")
    (project.folder / "report.html").unlink()


def draw_one_figure() -> None:
    """Leave the report and the folder of figures a single figure, which needs no processes to draw it."""
    from responder.report import figures
    from responder.workers import local

    local.cores = lambda: 1

    every = figures.possible_figures
    figures.possible_figures = lambda source: dict([*every(source).items()][:1])
    figures.MOST_WATERFALLS = 0


def named(state: State | None, old: State | None, new: State) -> str:
    """Return which of two states one is."""
    if state is None:
        return "in the swap"
    if state == new:
        return "new"
    return "old" if state == (old if old is not None else ({}, {})) else "half"


def after_the_kill(project: Project, old: State | None, new: State) -> Iterator[str]:
    """Read the run, and yield every fault that is found."""
    was = project.state()
    if named(was, old, new) == "half":
        yield "half a run"
    read = forked(project.folder, ("explain", NAME, "--json"))
    if read.code != (2 if was == ({}, {}) else 0):
        yield f"a reader ended with {read.code}"
    if named(project.state(), old, new) not in ("old", "new"):
        yield "a reader left half a run"


def after_the_next(project: Project, version: int, new: State, resume: bool) -> Iterator[str]:
    """Train again, and yield every fault that is found."""
    following = project.train(version, *(["--resume"] if resume else []))
    if following.code != 0:
        yield f"the next training ended with {following.code}"
    if project.state() != new:
        yield "the next run differs"
    if left := project.left_over():
        yield f"left over: {', '.join(left)}"
    if project.running():
        yield "a run left RUNNING"


def main() -> None:
    """Kill, look, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-seconds", type=float, default=float("inf"))
    parser.add_argument("--all-figures", action="store_true")
    asked = parser.parse_args()
    kills: list[Kill] = []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as base, contextlib.suppress(KeyboardInterrupt):
        if not asked.all_figures:
            draw_one_figure()
        for kill in killed(Path(base), asked.kills, random.Random(asked.seed)):  # noqa: S311 - moments, not secrets
            kills.append(kill)
            for fault in kill.faults:
                print(f"kill {len(kills)}, {kill.number.name} at {kill.at}, in '{kill.step}': {fault}", flush=True)
            if time.perf_counter() - start > asked.most_seconds:
                break
    print("\n".join(table(kills)))
    sys.exit(any(kill.faults for kill in kills))


def killed(base: Path, many: int, draw: random.Random) -> Iterator[Kill]:
    """Yield kill after kill, with what was found after it."""
    folders = (base / str(count) / "project" for count in range(many + 1))
    project = Project(next(folders))
    preload(project)
    whole: dict[int, State] = {}
    operations: list[int] = []
    for version in (1, 2):
        ended = project.train(version, told=operations.append)
        state = project.state()
        if ended.code or state is None:
            sys.exit(f"a training that nobody kills ends with {ended.code}")
        whole[version] = state
    seconds = ended.seconds
    print(f"a whole training: {seconds:.2f} s, {operations[-1]} file operations", flush=True)
    version, old = 1, whole[2]
    for turn in range(many):
        if turn % 10 == 9:
            project, old = Project(next(folders)), None
        number = SIGNALS[turn % 3]
        if turn % 2:
            before = draw.randint(1, operations[-1])
            ended = project.train(version, number=number, before_operation=before)
            at = f"operation {before}"
        else:
            after = draw.uniform(0, 1.05 * seconds)
            ended = project.train(version, number=number, after=after)
            at = f"{after:.3f} s"
        found = named(project.state(), old, whole[version])
        faults = list(after_the_kill(project, old, whole[version]))
        if ended.code not in EXIT_CODES[number] | {0}:
            faults.append(f"ended with {ended.code}")
        if draw.random() < 0.5 or turn % 10 == 8 or turn == many - 1:
            faults += after_the_next(project, version, whole[version], resume=draw.random() < 0.5)
            version, old = 3 - version, whole[version]
        yield Kill(number, at, ended.step, ended.code, found, tuple(faults))


def table(kills: Sequence[Kill]) -> Iterator[str]:
    """Yield a line for each step: how often each signal came in it, and what it left."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for kill in kills:
        counts = rows[kill.step] if kill.code else rows["(ended before)"]
        counts.update([kill.number.name, kill.found, *(["fault"] if kill.faults else [])])
    columns = ("SIGKILL", "SIGTERM", "SIGINT", "old", "new", "in the swap", "half", "fault")
    yield "| last step told | " + " | ".join(columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for step, counts in rows.items():
        yield f"| {step} | " + " | ".join(str(counts[column]) for column in columns) + " |"
    total = sum(rows.values(), Counter())
    yield f"| in all, {len(kills)} | " + " | ".join(str(total[column]) for column in columns) + " |"


if __name__ == "__main__":
    main()
