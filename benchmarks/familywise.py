"""How often would any model of an experiment beat chance on noise, under each rule for several models?

    python benchmarks/familywise.py 9 60     # patients, cohorts
    python benchmarks/familywise.py 12 60

Every labeling of every cohort is enumerated, so that each labeling stands once for what was observed. Features are made
without the outcome; the tables are those of the tests of the refit engine. Decision 18 shows the figures.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get in the way

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.validate.test_refit import make_table

from responder.models import build_model
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline

Array = NDArray[np.float64]

MODELS = ("ridge:0.1", "ridge:1", "logf:2", "firth", "gp", "single:rpdai")
SEED = 1000
LEVEL = 0.05
TOLERANCE = 1e-9


def null_aucs(seed: int, n: int) -> Array:
    """Return the AUC of each model under every labeling of a cohort, shape (models, labelings)."""
    table, outcome = make_table(seed, n)
    labelings = draw_labelings(outcome, most_exact=10**6, draws=1, rng=np.random.default_rng(0))
    pipelines = [ModelPipeline(table, build_model(model, table.feature_table)) for model in MODELS]
    return np.array([permutation_test(pipeline, labelings).auc for pipeline in pipelines])


def adjusted(statistics: Array) -> Array:
    """Return the p of the largest statistic, for each model and each labeling as if it were observed."""
    largest = np.sort(statistics.max(axis=0))
    return np.asarray(1.0 - np.searchsorted(largest, statistics - TOLERANCE) / len(largest))


def rejections(aucs: Array) -> dict[str, float]:
    """Return the share of labelings in which each rule lets any model beat chance."""
    own = np.stack([adjusted(row[None])[0] for row in aucs])
    first = own[0] <= LEVEL
    standardised = (aucs - aucs.mean(axis=1, keepdims=True)) / aucs.std(axis=1, keepdims=True)
    together = {"max-T, raw": aucs, "max-T, by SD": standardised, "min-P": -own}
    found = {"any own p": (own <= LEVEL).any(axis=0).mean(), "the gate, then min-P": first.mean()}
    for name, statistics in together.items():
        found[f"no primary: {name}"] = (adjusted(statistics) <= LEVEL).any(axis=0).mean()
        others = (adjusted(statistics)[1:] <= LEVEL).any(axis=0)
        found[f"own p of the primary, {name} of the rest"] = (first | others).mean()
    return {name: float(share) for name, share in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patients", type=int)
    parser.add_argument("cohorts", type=int)
    arguments = parser.parse_args()
    found = [rejections(null_aucs(SEED + seed, arguments.patients)) for seed in range(arguments.cohorts)]
    for name in found[0]:
        shares = np.array([one[name] for one in found])
        print(f"{name:45s} {shares.mean():.3f} ± {shares.std(ddof=1) / len(shares) ** 0.5:.3f}")


if __name__ == "__main__":
    main()
