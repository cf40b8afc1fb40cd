"""Exact Shapley values against shap's exact explainer: the same numbers, and how much sooner.

Run ``python benchmarks/shapley.py`` (about a minute). Both explain all n patients against all n, 8 features, one fitted
decision. shap is warmed up first (numba compiles on first use), its background is the whole of the patients
(``max_samples=n``), and it asks the same function of the logit. Every ratio stands beside the largest difference.

Lines and trees have closed forms. The averaged models (bayes, gp) are enumerated by both; here a mixture of patient i
before j is that of j before i, so half of the coalitions do. For the Gaussian process most of what is left is one
matrix product, done once for each mixture and training row either way: its ratio is the smallest.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable

sys.path.pop(0)  # this folder, whose coverage.py would pass for the package of that name, which numba looks for
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    import shap

from responder.models import Decision, FeatureTable, build_model
from responder.models.shapley import shapley_values

FEATURES = 8
MODELS = ("ridge:0.1", "firth", "bayes", "gp", "lightgbm")
LARGEST_DIFFERENCE = 1e-9
SEED = 20251030


def patients(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised features and outcomes of made-up patients."""
    rng = np.random.default_rng([SEED, n])
    features = rng.normal(size=(n, FEATURES))
    outcome = (features[:, 0] - features[:, 1] + rng.normal(size=n) > 0).astype(float)
    return (features - features.mean(axis=0)) / features.std(axis=0), outcome


def best_seconds(run: Callable[[], object], at_least: float, most: int) -> float:
    """Return the shortest of several runs, in processor time: what else the machine does is left out."""
    found: list[float] = []
    while len(found) < most and (len(found) < 2 or sum(found) < at_least):
        started = time.process_time()
        run()
        found.append(time.process_time() - started)
    return min(found)


def compare(decision: Decision, features: np.ndarray, seconds: float) -> tuple[float, float, float]:
    """Return seconds of shap, own seconds, and the largest difference of values."""
    explainer = shap.explainers.Exact(decision.logit, shap.maskers.Independent(features, max_samples=len(features)))
    # beyond ten seconds shap draws a progress bar of its own accord
    difference = np.abs(
        explainer(features, silent=True).values - shapley_values(decision, features, features).values
    ).max()
    theirs = best_seconds(lambda: explainer(features, silent=True), seconds, 20)
    ours = best_seconds(lambda: shapley_values(decision, features, features), seconds, 50)
    return theirs, ours, float(difference)


def main() -> int:
    """Print the table; fail where values differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, nargs="+", default=[9, 20, 50], help="patients")
    parser.add_argument("--models", nargs="+", default=list(MODELS), help="models of the registry")
    parser.add_argument("--seconds", type=float, default=1.0, help="spent on each side of each line, after one run")
    given = parser.parse_args()
    names = tuple(f"feature_{i}" for i in range(FEATURES))
    table = FeatureTable(names, tuple((name,) for name in names))
    failed = False
    print(f"{'n':>4} {'model':10} {'shap ms':>10} {'own ms':>9} {'ratio':>7} {'difference':>11}")
    for n in given.n:
        features, outcome = patients(n)
        ratios = []
        for model in given.models:
            decision = build_model(model, table).decide(features, outcome)
            theirs, ours, difference = compare(decision, features, given.seconds)
            ratios.append(theirs / ours)
            failed |= difference > LARGEST_DIFFERENCE
            print(
                f"{n:4} {model:10} {theirs * 1e3:10.2f} {ours * 1e3:9.3f} {ratios[-1]:7.1f} {difference:11.1e}",
                flush=True,
            )
        print(f"{n:4} {'median':10} {'':10} {'':9} {np.median(ratios):7.1f}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
