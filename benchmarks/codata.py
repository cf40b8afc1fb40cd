"""What penalties by group of markers gain and lose: AUC and Brier score of new patients, beside plain ridge.

Run ``python benchmarks/codata.py --patients 20 50 --cohorts 60``. Two groups of normal markers, 30 and 300, without
correlation. The signal is spread evenly over all markers of the small group, of the large one, over both in proportion
to their sizes (groups that tell nothing), or there is none; both models see the same cohorts, and are asked about
1,000 new patients.
"""

from __future__ import annotations

import argparse
import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np

from responder.models.codata import CodataRidgeModel
from responder.models.logistic import RidgeModel
from responder.models.solver import expit

SIZES = (30, 300)
SIGNAL_SD = 2.0
NEW_PATIENTS = 1000
GROUPS = (tuple(range(SIZES[0])), tuple(range(SIZES[0], sum(SIZES))))
WHERE = {"the small group": GROUPS[0], "the large group": GROUPS[1], "both alike": GROUPS[0] + GROUPS[1], "none": ()}
MODELS = (RidgeModel("ridge:0.1", c=0.1), CodataRidgeModel("codata:0.1", c=0.1, groups=GROUPS))


def auc(logit: np.ndarray, outcome: np.ndarray) -> float:
    """Return the share of pairs in which the responder has the higher logit."""
    apart = logit[outcome == 1][:, None] - logit[outcome == 0]
    return float(((apart > 0) + 0.5 * (apart == 0)).mean())


def one_cohort(n: int, told: tuple[int, ...], rng: np.random.Generator) -> list[float]:
    """Return AUC and Brier score on new patients of each model."""
    beta = np.zeros(sum(SIZES))
    beta[list(told)] = rng.standard_normal(len(told)) * SIGNAL_SD / max(1.0, np.sqrt(len(told)))
    while True:
        x = rng.standard_normal((n + NEW_PATIENTS, len(beta)))
        y = (rng.random(len(x)) < expit(x @ beta)).astype(float)
        if 3 <= y[:n].sum() <= n - 3:
            break
    scaled = (x - x[:n].mean(axis=0)) / x[:n].std(axis=0)
    found = []
    for model in MODELS:
        logit = model.decide(scaled[:n], y[:n]).logit(scaled[n:])
        found += [auc(logit, y[n:]), float(np.square(expit(logit) - y[n:]).mean())]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--cohorts", type=int, default=60)
    asked = parser.parse_args()
    print("| signal in | n | AUC: ridge, co-data | gain (error) | Brier: ridge, co-data | gain (error) |")
    print("|---|---|---|---|---|---|")
    for where, told in WHERE.items():
        for n in asked.patients:
            rng = np.random.default_rng([n, len(told)])
            found = np.array([one_cohort(n, told, rng) for _ in range(asked.cohorts)])
            mean = found.mean(axis=0)
            gain = np.column_stack([found[:, 2] - found[:, 0], found[:, 1] - found[:, 3]])
            by, error = gain.mean(axis=0), gain.std(axis=0, ddof=1) / np.sqrt(asked.cohorts)
            print(
                f"| {where} | {n} | .{1000 * mean[0]:03.0f}, .{1000 * mean[2]:03.0f} | {by[0]:+.3f} ({error[0]:.3f}) | "
                f".{1000 * mean[1]:03.0f}, .{1000 * mean[3]:03.0f} | {by[1]:+.3f} ({error[1]:.3f}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
