"""How training grows: patients by traits by models, in seconds planned and taken, megabytes, and log-log slopes.

Run ``python benchmarks/train_growth.py --patients 50 100 200 --traits 10``. Every cell is a cohort of normal traits, of
which the first three tell of the outcome, in a process of its own, so that its memory is its own peak. What is timed is
the run (`responder.experiment.run_experiment`) without report and tracking, which do not grow with it.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np

EVERY_MODEL = "prevalence,ridge:0.1,ridge:1,logf:2,firth,gp,bayes,single:gene0,lightgbm"
LINEAR_MODELS = "prevalence,ridge:0.1,ridge:1,single:gene0"


def write_experiment(folder: Path, n: int, traits: int, models: str, more: str = "") -> Path:
    """Write a study, a cohort and an experiment on them, and return the experiment's file."""
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
    listed = ", ".join(f'"{name}"' for name in models.split(","))
    path = folder / "growth.toml"
    path.write_text(
        f'schema = "responder/experiment/1"\nname = "growth"\nstudy = "study.toml"\nmodels = [{listed}]\n'
        f'primary = "ridge:0.1"\ncohort = {{ path = "cohort.csv" }}\n{more}'
    )
    return path


def run_one(experiment: Path, workers: str, profile: int, steps: bool) -> None:
    """Train in this process, and print what it took as JSON."""
    from responder.experiment import resolve_experiment, run_experiment
    from responder.experiment.plan import plan_experiment
    from responder.workers import open_workers

    def told(step: object, done: int, total: int) -> None:
        if steps and done in (0, total):
            print(f"{time.perf_counter() - started[0]:7.1f} s {step} {done}/{total}", file=sys.stderr, flush=True)

    profiler = cProfile.Profile()
    started = time.perf_counter(), time.process_time()
    with open_workers(workers) as engine:
        if profile:
            profiler.enable()
        plan = plan_experiment(resolve_experiment(experiment))
        planned = time.perf_counter() - started[0]
        result = run_experiment(plan, workers=engine, progress=told)
        profiler.disable()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    primary = next(m for m in result.models if m.id == result.primary)
    found = {
        "planned": plan.seconds,
        "seconds": time.perf_counter() - started[0],
        "processor": time.process_time() - started[1] + children.ru_utime + children.ru_stime,
        "checking": planned,
        "megabytes": max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss) // 1024,
        "auc": primary.lpo.auc,
        "pairs": primary.lpo.pairs,
        "error": primary.lpo.standard_error,
        "steps": {name: round(value, 1) for name, value in result.seconds.items()},
    }
    print(json.dumps(found))
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(profile)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--traits", type=int, nargs="+", default=[10])
    parser.add_argument("--models", default=EVERY_MODEL, help=f"the linear ones: {LINEAR_MODELS}")
    parser.add_argument("--workers", default="1")
    parser.add_argument("--profile", type=int, default=0, metavar="N", help="print the N dearest functions")
    parser.add_argument("--steps", action="store_true", help="print steps as they begin, and their seconds")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        run_one(chosen.one, chosen.workers, chosen.profile, chosen.steps)
        return
    print("| traits | n | planned s | processor s | wall s | MB | slope of s | AUC | pairs | standard error |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for traits in chosen.traits:
        last = None
        for n in chosen.patients:
            with tempfile.TemporaryDirectory() as folder:
                path = write_experiment(Path(folder), n, traits, chosen.models)
                own = [
                    sys.executable,
                    __file__,
                    "--one",
                    str(path),
                    "--workers",
                    chosen.workers,
                    *["--steps"] * chosen.steps,
                ]
                run = subprocess.run(
                    [*own, "--profile", str(chosen.profile)], check=True, stdout=subprocess.PIPE, text=True
                )
            one = json.loads(run.stdout)
            slope = "" if last is None else f"{np.log(one['processor'] / last[1]) / np.log(n / last[0]):.2f}"
            last = n, one["processor"]
            print(
                f"| {traits} | {n:,} | {one['planned']:.0f} | {one['processor']:.0f} | {one['seconds']:.0f} | "
                f"{one['megabytes']:,} | {slope} | {one['auc']:.4f} | {one['pairs']:,} | {one['error']:.4f} |",
                flush=True,
            )
            if chosen.steps:
                print(one["checking"], one["steps"], file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
