"""What penalties of their own for groups of markers gain where the groups tell something, and cost where they do not.

    python benchmarks/group_ridge.py               # prints the table of docs/decisions/0062
    python benchmarks/group_ridge.py --cohorts 10  # a quick look

Cohorts of normal markers in two groups. The outcome follows markers of the first group alone (``group``), of both
groups alike (``all``), as many as the first group has but scattered over both (``scattered``), or nothing (``none``).
The linear predictor has SD 2. Both models are fitted to each cohort and judged on 1,000 new patients; differences are
paired, with their Monte Carlo error.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import rankdata

from responder.models import FeatureTable, build_model
from responder.models.solver import expit

CELLS = ((20, 5, 20, 0.1), (20, 10, 190, 0.01), (40, 10, 190, 0.01), (20, 20, 1980, 0.001), (40, 20, 1980, 0.001))
TRUTHS = ("group", "all", "scattered", "none")
NEW, PREDICTOR_SD = 1000, 2.0


def effects(truth: str, first: int, rest: int, rng: np.random.Generator) -> np.ndarray:
    """Return log odds per SD of each marker."""
    found = np.zeros(first + rest)
    where = {
        "group": np.arange(first),
        "all": np.arange(first + rest),
        "scattered": rng.permutation(first + rest)[:first],
        "none": np.arange(0),
    }[truth]
    found[where] = rng.normal(size=len(where))
    length = np.linalg.norm(found)
    return found * (PREDICTOR_SD / length if length else 1.0)


def judged(logit: np.ndarray, outcome: np.ndarray) -> tuple[float, float]:
    """Return AUC and Brier score."""
    ones = outcome == 1
    n1 = int(ones.sum())
    auc = (rankdata(logit)[ones].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(outcome) - n1))
    return float(auc), float(((expit(logit) - outcome) ** 2).mean())


def cell(n: int, first: int, rest: int, c: float, truth: str, cohorts: int) -> np.ndarray:
    """Return AUC and Brier score of ridge and of the model by groups, shape (cohorts, 2, 2), and seconds of each."""
    names = tuple(f"x{i}" for i in range(first + rest))
    groups = ("first",) * first + ("rest",) * rest
    table = FeatureTable(names, tuple((name,) for name in names), groups=groups)
    models = [build_model(f"{kind}:{c}", table) for kind in ("ridge", "groupridge")]
    found = np.empty((cohorts, 2, 3))
    for number in range(cohorts):
        rng = np.random.default_rng([n, first, rest, TRUTHS.index(truth), number])
        slopes = effects(truth, first, rest, rng)
        x, new = rng.normal(size=(n, first + rest)), rng.normal(size=(NEW, first + rest))
        y, later = ((rng.random(len(z)) < expit(z @ slopes)).astype(float) for z in (x, new))
        y[:2] = 0, 1
        mean, sd = x.mean(axis=0), x.std(axis=0)
        for which, model in enumerate(models):
            start = time.process_time()
            decision = model.decide((x - mean) / sd, y)
            seconds = time.process_time() - start
            found[number, which] = (*judged(decision.logit((new - mean) / sd), later), seconds)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200)
    cohorts = parser.parse_args().cohorts
    print(
        "| n | markers | C | outcome follows | ridge, AUC / Brier | by groups | AUC gained | Brier | processor time |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for n, first, rest, c in CELLS:
        for truth in TRUTHS:
            found = cell(n, first, rest, c, truth, cohorts)
            (ridge, groups), apart = found.mean(axis=0), found[:, 1] - found[:, 0]
            gained, error = apart.mean(axis=0), apart.std(axis=0, ddof=1) / np.sqrt(cohorts)
            print(
                f"| {n} | {first} + {rest:,} | {c} | {truth} | {ridge[0]:.3f} / {ridge[1]:.3f} | "
                f"{groups[0]:.3f} / {groups[1]:.3f} | {gained[0]:+.3f} ({error[0]:.3f}) | "
                f"{gained[1]:+.4f} ({error[1]:.4f}) | {groups[2] / ridge[2]:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
