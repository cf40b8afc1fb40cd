"""How training grows: patients by traits by models, in seconds planned and taken, megabytes, and log-log slopes.

Run ``python benchmarks/growth.py``, or a part of the grid: ``--patients 20 60 --traits 5 --kinds ridge all``. Every
cell is a cohort of normal traits, the first three of which tell of the outcome, and the whole command ``train``
in a process of its own, with report, figures, bundle and tracking. Planned is what ``--dry-run`` says, start-up and
report included. Cheap cells come first; what the plan holds for longer than ``--limit`` is named and left out. Every
finished cell is written to a file (``--kept growth.csv``), and is not run again: a grid may be ended and taken up.

``--experiment "FILE --set KEY=VALUE"``, several times, does the same for experiments of this project. ``--through "nice
-n 5"`` is what trainings are run through. What a single fit costs is told by ``benchmarks/fits.py``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np

from responder.experiment import resolve_experiment
from responder.experiment.plan import Plan, open_cohort, plan_cohort, plan_experiment

ROOT = Path(__file__).resolve().parents[1]
KINDS = {
    "ridge": "ridge:0.1",
    "logf": "logf:2",
    "firth": "firth",
    "gp": "gp",
    "bayes": "bayes",
    "lightgbm": "lightgbm",
    "single": "single:gene0",
    "all": "ridge:0.1,ridge:1,logf:2,firth,gp,bayes,single:gene0,lightgbm",
}
"""Each beside the prevalence; the first is the primary model. ``all`` is the list that is shipped."""
TRAIN = """
import atexit, time
# a busy machine stretches the clock: steps are told in seconds of the processor
time.perf_counter = time.process_time

@atexit.register
def tell_memory():
    status = open("/proc/self/status").read()
    open("memory.txt", "w").write(status.partition("VmHWM:")[2].split()[0])

from responder.cli.main import main
main()
"""
"""The command; a child's peak memory as its parent sees it would be at least the parent's own."""


@dataclass(frozen=True)
class Row:
    """What a whole training took: processor seconds, megabytes at most, and the pairs that its AUC rests on."""

    cell: str
    seconds: float
    wall_seconds: float
    megabytes: int
    pairs: int
    standard_error: float
    steps: str


def write_cohort(folder: Path, n: int, traits: int) -> None:
    """Write a study and a cohort of normal traits."""
    rng = np.random.default_rng([n, traits])
    values = rng.standard_normal((n, traits)).round(4)
    told = values[:, :3] @ np.array([1.0, 0.7, 0.5])[: min(3, traits)]
    responded = (told + 1.5 * rng.logistic(size=n) > 0).astype(int)
    names = [f"gene{i}" for i in range(traits)]
    rows = [f"p{i:05},{','.join(map(str, row))},{y}" for i, (row, y) in enumerate(zip(values, responded, strict=True))]
    (folder / "cohort.csv").write_text("\n".join([f"id,{','.join(names)},responded", *rows]) + "\n")
    text = '{ en = "Growth", zh = "Growth" }'
    study = [
        f'schema = "responder/study/1"\nid = "growth"\nid_column = "id"\ntitle = {text}\nintervention = {text}',
        f"population = {text}\n[groups]\nmarkers = {text}\noutcome = {text}",
        *(
            f'[[trait]]\nname = "{name}"\nkind = "continuous"\ngroup = "markers"\nlabel = {{ en = "{name}", zh = "-" }}'
            for name in names
        ),
        f'[[trait]]\nname = "responded"\nkind = "binary"\ngroup = "outcome"\ntiming = "outcome"\nlabel = {text}',
        f'[[endpoint]]\nname = "response"\nlabel = {text}\ncolumn = "responded"\noperator = "=="\nthreshold = 1',
    ]
    (folder / "study.toml").write_text("\n".join(study) + "\n")


def write_experiment(folder: Path, kind: str, more: str = "") -> Path:
    """Write an experiment on that cohort, and return its file."""
    models = KINDS[kind].split(",")
    listed = ", ".join(f'"{name}"' for name in ("prevalence", *models))
    path = folder / "growth.toml"
    path.write_text(
        f'schema = "responder/experiment/1"\nname = "growth"\nstudy = "study.toml"\nmodels = [{listed}]\n'
        f'primary = "{models[0]}"\ncohort = {{ path = "cohort.csv" }}\n{more}'
    )
    return path


def planned_seconds(plan: Plan) -> float:
    """Return what ``--dry-run`` says of the whole command."""
    return plan.expected_seconds + plan.seconds_beside


def train(cell: str, folder: Path, asked: Sequence[str], through: Sequence[str], workers: str) -> Row | None:
    """Run a whole command in a folder, and return what it took; None where it did not end well, which is told."""
    command = [*through, sys.executable, "-c", TRAIN, *asked, "--json", "--workers", workers]
    started = time.perf_counter()
    with (folder / "answer.json").open("wb") as answer, (folder / "told.txt").open("wb") as told:
        child = subprocess.Popen(command, cwd=folder, stdout=answer, stderr=told)
        _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    found = json.loads((folder / "answer.json").read_text() or "{}")
    if os.waitstatus_to_exitcode(status) not in {0, 4} or not found.get("ok", False):
        print(
            f"{cell}: after {wall:.0f} s", found.get("error"), (folder / "told.txt").read_text()[-500:], file=sys.stderr
        )
        return None
    result = found["result"]
    primary = next(m for m in result["models"] if m["id"] == result["primary"])
    lpo = primary["leave_pair_out"]
    return Row(
        cell,
        round(used.ru_utime + used.ru_stime, 2),
        round(wall, 2),
        int((folder / "memory.txt").read_text()) // 1024,
        lpo["pairs"],
        lpo["standard_error"] or 0.0,
        json.dumps({name: round(value, 2) for name, value in found["seconds"].items() if value >= 0.05}),
    )


def read_rows(path: Path) -> dict[str, Row]:
    """Return the rows that an earlier run left."""
    if not path.is_file():
        return {}
    with path.open(newline="") as kept:
        return {
            row["cell"]: Row(**{f.name: row[f.name] if f.type == "str" else float(row[f.name]) for f in fields(Row)})
            for row in csv.DictReader(kept)
        }


def keep(path: Path, row: Row) -> None:
    """Add a finished row to the file."""
    new = not path.is_file()
    with path.open("a", newline="") as kept:
        writer = csv.DictWriter(kept, [f.name for f in fields(Row)])
        if new:
            writer.writeheader()
        writer.writerow(asdict(row))


def cell_name(kind: str, n: int, traits: int) -> str:
    """Return how a cell is called in the file of rows."""
    return f"{kind} {n} x {traits}"


def planned_cells(sizes: Sequence[tuple[int, int]], kinds: Sequence[str]) -> dict[str, float]:
    """Return what the plan says of every cell, in seconds."""
    planned = {}
    for n, traits in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_cohort(folder, n, traits)
            cohort = open_cohort(resolve_experiment(write_experiment(folder, kinds[0])))[1]
            for kind in kinds:
                plan = plan_cohort(resolve_experiment(write_experiment(folder, kind)), cohort)
                planned[cell_name(kind, n, traits)] = planned_seconds(plan)
    return planned


def planned_experiments(asked: Sequence[str]) -> dict[str, float]:
    """Return what the plan says of experiments of this project."""
    planned = {}
    for line in asked:
        file, *options = shlex.split(line)
        settings = [option for option in options if option != "--set"]
        planned[line] = planned_seconds(plan_experiment(resolve_experiment(ROOT / file, settings=settings)))
    return planned


def run_cell(cell: str, through: Sequence[str], workers: str) -> Row | None:
    """Run a cell of the grid, or an experiment, in a project of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if " x " not in cell:
            for part in ("experiments", "data"):
                shutil.copytree(ROOT / part, folder / part)
            command = "landmark" if "landmark" in cell else "train"
            return train(cell, folder, [command, *shlex.split(cell)], through, workers)
        (folder / "experiments").mkdir()  # makes it a project
        kind, n, _, traits = cell.split()
        write_cohort(folder, int(n), int(traits))
        path = write_experiment(folder, kind)
        return train(cell, folder, ["train", path.name], through, workers)


def slopes(sizes: Sequence[int], seconds: Sequence[float | None]) -> str:
    """Return the log-log slope from each size to the next that was run.

    Examples
    --------
    >>> slopes([10, 100, 1000], [1.0, None, 100.0]), slopes([10, 100], [1.0, 10.0])
    ('1.00', '1.00')
    """
    known = [(size, taken) for size, taken in zip(sizes, seconds, strict=True) if taken is not None]
    return ", ".join(
        f"{np.log(after[1] / before[1]) / np.log(after[0] / before[0]):.2f}" for before, after in pairwise(known)
    )


def lines_of_grid(
    kinds: Sequence[str],
    patients: Sequence[int],
    traits: Sequence[int],
    rows: dict[str, Row],
    planned: dict[str, float],
) -> Iterator[str]:
    """Yield the table of a grid as Markdown: seconds / planned, megabytes; slopes in n beside it and in p below."""

    def shown(cell: str) -> str:
        row = rows.get(cell)
        if row is None:
            return f"- / {planned[cell]:,.0f}" if cell in planned else ""
        return f"{row.seconds:,.0f} / {planned[cell]:,.0f}, {row.megabytes:,.0f}"

    def taken(cell: str) -> float | None:
        return rows[cell].seconds if cell in rows else None

    yield f"| models | traits | {' | '.join(f'{n:,}' for n in patients)} | slope in n |"
    yield f"|---|---|{'---|' * len(patients)}---|"
    for kind in kinds:
        for p in traits:
            cells = [cell_name(kind, n, p) for n in patients]
            told = " | ".join(map(shown, cells))
            yield f"| {kind} | {p:,} | {told} | {slopes(patients, [taken(cell) for cell in cells])} |"
        in_p = " | ".join(slopes(traits, [taken(cell_name(kind, n, p)) for p in traits]) for n in patients)
        yield f"| {kind} | slope in p | {in_p} | |"


def lines_of_cells(rows: dict[str, Row], planned: dict[str, float], cells: Sequence[str]) -> Iterator[str]:
    """Yield one line a cell as Markdown, with its dearest steps."""
    yield "| cell | planned s | processor s | taken / planned | wall s | MB | pairs (standard error) | steps, s |"
    yield "|---|---|---|---|---|---|---|---|"
    for cell in cells:
        if cell not in rows:
            yield f"| {cell} | {planned[cell]:,.0f} | not run | | | | | |"
            continue
        row = rows[cell]
        steps = sorted(json.loads(row.steps).items(), key=lambda step: -step[1])[:4]
        yield (
            f"| {cell} | {planned[cell]:,.1f} | {row.seconds:,.1f} | {row.seconds / planned[cell]:.2f} | "
            f"{row.wall_seconds:,.1f} | {row.megabytes:,.0f} | {row.pairs:,.0f} ({row.standard_error:.4f}) | "
            f"{', '.join(f'{name} {value:.1f}' for name, value in steps)} |"
        )


def main() -> None:
    """Run what is not kept yet, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[20, 60, 200, 600, 2000])
    parser.add_argument("--traits", type=int, nargs="+", default=[5, 20, 50, 200, 2000])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--experiment", action="append", default=[], help="instead of the grid; options after the file")
    parser.add_argument("--kept", type=Path, default=Path("growth.csv"))
    parser.add_argument("--limit", type=float, default=480.0, help="planned seconds above which a cell is left out")
    parser.add_argument("--until", type=float, default=float("inf"), help="begin no training after so many seconds")
    parser.add_argument("--through", default="", help="what trainings are run through")
    parser.add_argument("--workers", default="1")
    parser.add_argument("--print", action="store_true", help="run nothing")
    chosen = parser.parse_args()
    started = time.monotonic()
    if chosen.experiment:
        planned = planned_experiments(chosen.experiment)
    else:
        planned = planned_cells([(n, p) for n in chosen.patients for p in chosen.traits], chosen.kinds)
    rows = read_rows(chosen.kept)
    for cell, seconds in sorted(planned.items(), key=lambda one: one[1]):
        late = time.monotonic() - started > chosen.until
        if cell in rows or chosen.print or late or seconds > chosen.limit:
            continue
        row = run_cell(cell, shlex.split(chosen.through), chosen.workers)
        if row is not None:
            rows[cell] = row
            keep(chosen.kept, row)
            print(f"{cell}: {seconds:.1f} planned, {row.seconds:.1f} taken", file=sys.stderr, flush=True)
    if not chosen.experiment:
        print("\n".join(lines_of_grid(chosen.kinds, chosen.patients, chosen.traits, rows, planned)))
    print("\n".join(lines_of_cells(rows, planned, list(planned))))


if __name__ == "__main__":
    main()
