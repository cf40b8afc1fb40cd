"""What the penalty of ridge regression does to AUC and Brier score where features outnumber patients by far.

Run ``python benchmarks/wide_penalty.py``. The outcome follows one direction that 300 markers share, ten markers, or
none; every model is judged on 400 new patients. Errors in brackets are Monte Carlo standard errors.
"""

from __future__ import annotations

import argparse

import numpy as np
from group_ridge import judged

from responder.models.logistic import RidgeModel
from responder.models.solver import expit

KINDS = ("shared", "ten", "none")
NEW_PATIENTS = 400
SIGNAL_SD = 2.0


def patients(kind: str, n: int, markers: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return markers, each with mean 0 and SD 1, and outcomes."""
    x = rng.standard_normal((n, markers))
    told = np.zeros(n)
    if kind == "shared":
        told = rng.standard_normal(n)
        x[:, :300] = (x[:, :300] + told[:, None]) / np.sqrt(2.0)
    elif kind == "ten":
        told = x[:, :10].sum(axis=1) / np.sqrt(10.0)
    return x, (rng.random(n) < expit(SIGNAL_SD * told)).astype(float)


def main() -> None:
    """Print a row for each penalty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--markers", type=int, default=2000)
    parser.add_argument("--patients", type=int, nargs="+", default=[20, 40, 60])
    parser.add_argument("--cs", type=float, nargs="+", default=[1e-4, 1e-3, 0.0045, 0.01, 0.1, 1.0])
    chosen = parser.parse_args()
    print("| outcome follows | n | prevalence, Brier | C | SD before any patient | AUC | Brier |\n|" + "---|" * 7)
    for kind in KINDS:
        for n in chosen.patients:
            rng = np.random.default_rng([n, KINDS.index(kind)])
            found, baseline = np.empty((chosen.cohorts, len(chosen.cs), 2)), np.empty(chosen.cohorts)
            for cohort in range(chosen.cohorts):
                y = np.zeros(n)
                while not 0.3 * n <= y.sum() <= 0.7 * n:
                    x, y = patients(kind, n, chosen.markers, rng)
                new, outcome = patients(kind, NEW_PATIENTS, chosen.markers, rng)
                mean, sd = x.mean(axis=0), x.std(axis=0)
                baseline[cohort] = np.mean((outcome - y.mean()) ** 2)
                for at, c in enumerate(chosen.cs):
                    logit = RidgeModel("ridge", c=c).decide((x - mean) / sd, y).logit((new - mean) / sd)
                    found[cohort, at] = judged(logit, outcome)
            error = found.std(axis=0) / np.sqrt(chosen.cohorts)
            for c, (auc, brier), (auc_error, brier_error) in zip(chosen.cs, found.mean(axis=0), error, strict=True):
                print(
                    f"| {kind} | {n} | {baseline.mean():.3f} | {c:g} | {np.sqrt(c * chosen.markers):.2g} | "
                    f"{auc:.3f} ({auc_error:.3f}) | {brier:.3f} ({brier_error:.3f}) |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
