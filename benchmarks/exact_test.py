"""The exact permutation test against refitting a scikit-learn pipeline for every labeling and pair.

Run ``python benchmarks/exact_test.py`` (about a minute) or with ``--growth`` (several minutes) for the
curve to n = 200. Every ratio stands beside a check that both ways gave the same AUC for every labeling.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import sys
import time

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from responder.features.spec import FeatureSpec, FeatureStep
from responder.models import build_model
from responder.validate.budget import plan_permutation
from responder.validate.permutation import Labelings, draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table

TRAITS = 6
MISSING = 0.05
SEED = 20251030
REPEATS = 5


def cohort(n: int, responders: int) -> tuple[Table, np.ndarray]:
    """Return a made-up cohort of `TRAITS` continuous traits with `MISSING` of the cells empty."""
    rng = np.random.default_rng([SEED, n, responders])
    values = rng.normal(size=(n, TRAITS))
    values[rng.random(values.shape) < MISSING] = np.nan
    names = tuple(f"trait_{i}" for i in range(TRAITS))
    steps = tuple(FeatureStep(name, "identity", (i,), (name,)) for i, name in enumerate(names))
    spec = FeatureSpec(names, steps, {name: i for i, name in enumerate(names)}, dict.fromkeys(names, "clinical"))
    outcome = np.zeros(n, dtype=int)
    outcome[:responders] = 1
    return Table(spec, values, {}), outcome


def ridge(table: Table) -> ModelPipeline:
    """Return the pipeline under test: median imputation, indicators, scaling, ridge at C = 1."""
    return ModelPipeline(table, build_model("ridge:1", table.feature_table))


def scikit_learn(table: Table, labelings: Labelings) -> tuple[np.ndarray, int, float]:
    """Return the AUC of every labeling, the refits and the seconds of the same test with scikit-learn."""
    pipeline = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(C=1.0, tol=1e-10, max_iter=1000),
    )
    x, aucs, refits = table.values, [], 0
    start = time.perf_counter()
    for labels in labelings.labels:
        wins = []
        for i, j in itertools.product(np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)):
            rest = np.setdiff1d(np.arange(table.n), [i, j])
            score = clone(pipeline).fit(x[rest], labels[rest]).decision_function(x[[i, j]])
            wins.append(0.5 if abs(score[0] - score[1]) <= 1e-10 else float(score[0] > score[1]))
            refits += 1
        aucs.append(np.mean(wins))
    return np.array(aucs), refits, time.perf_counter() - start


def headline() -> None:
    """Print the ratio at n = 9, 3 against 6."""
    table, outcome = cohort(9, 3)
    labelings = draw_labelings(outcome, most_exact=100, draws=1, rng=np.random.default_rng(0))
    pipeline = ridge(table)
    seconds = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        ours = permutation_test(pipeline, labelings)
        seconds.append(time.perf_counter() - start)
    theirs, refits, their_seconds = scikit_learn(table, labelings)
    difference = float(np.abs(ours.auc - theirs).max())
    if difference > 1e-9:
        sys.exit(f"the two ways differ by {difference}")
    own = float(np.median(seconds[1:]))
    print(f"n = 9 (3 vs 6), {TRAITS} traits, {MISSING:.0%} missing, ridge, whole pipeline in every fold")
    print(f"  labelings {len(labelings)}, refits {refits}, distinct fits {ours.fits}")
    print(f"  largest difference of any labeling's AUC: {difference:.1e}")
    print(f"  responder      {own / refits * 1e6:10.2f} us a refit ({own * 1e3:.1f} ms)")
    print(f"  scikit-learn   {their_seconds / refits * 1e6:10.2f} us a refit ({their_seconds:.1f} s)")
    print(f"  ratio          {their_seconds / own:10.0f}")


def exact(n: int, responders: int) -> None:
    """Print time and memory of one exact test."""
    table, outcome = cohort(n, responders)
    labelings = draw_labelings(outcome, most_exact=10**6, draws=1, rng=np.random.default_rng(0))
    start = time.perf_counter()
    found = permutation_test(ridge(table), labelings)
    seconds = time.perf_counter() - start
    print(
        f"n = {n} ({responders} vs {n - responders}): {len(labelings):,} labelings, {found.fits:,} distinct fits, "
        f"{seconds:.2f} s, mean AUC {found.null_mean:.12f}, peak memory {peak_mb():.0f} MB"
    )


def growth() -> None:
    """Print time and memory of 999 labelings with pairs sampled to a budget, as n grows."""
    for n in (9, 12, 16, 24, 36, 51, 75, 100, 150, 200):
        table, outcome = cohort(n, n // 3)
        pipeline = ridge(table)
        plan = plan_permutation(pipeline, outcome, most_exact=20_000, draws=999, budget_seconds=8.0)
        labelings = draw_labelings(outcome, most_exact=20_000, draws=999, rng=np.random.default_rng(0))
        start = time.perf_counter()
        found = permutation_test(
            pipeline,
            labelings.thinned(plan.labelings, np.random.default_rng(1)),
            pairs=plan.choose_pairs(n, np.random.default_rng(2)),
        )
        seconds = time.perf_counter() - start
        print(
            f"n = {n:3}: {plan.labelings:6,} labelings, {found.pairs:5,} of {plan.all_pairs:6,} pairs, "
            f"{found.fits:9,} fits, {seconds:6.2f} s (planned {plan.seconds:5.2f}), "
            f"{seconds / found.fits * 1e6:6.2f} us a fit, peak memory {peak_mb():.0f} MB",
            flush=True,
        )


def peak_mb() -> float:
    """Return the largest memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--growth", action="store_true", help="also time and memory to n = 200")
    arguments = parser.parse_args()
    headline()
    exact(12, 6)
    exact(16, 8)
    if arguments.growth:
        growth()
