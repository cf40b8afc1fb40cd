"""What borrowing gains when others were right, and what it costs when they were not.

Run ``python benchmarks/borrowing.py`` (minutes); it goes on where it was interrupted, and writes the table as Markdown.
Cohorts of 9, 15 and 30 patients with six traits are drawn; every model is fitted to each and judged on 500 new patients
from the same population, so that no resampling stands between. What is borrowed comes from historical patients, fitted
by logistic regression of prior SD 2.5, pooled over two cohorts of 30 with a between-cohort variance (DerSimonian and
Laird), as a rough stand-in for a meta-analysis. History is

right        from patients with this cohort's effects
half         from patients with twice this cohort's effects
conflicting  one of the two historical cohorts has this cohort's effects, the other their reverse
unrelated    other traits mattered there
reversed     the opposite effects held there
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.pop(0)  # this folder, whose coverage.py would pass for the package of that name
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import rankdata

from responder.models import FeatureTable, TrainingSets, build_model
from responder.models.borrow import BorrowModel
from responder.models.posterior import NeutralPosterior
from responder.models.prior import BorrowedPrior
from responder.models.solver import expit
from responder.validate.credible import credible_interval
from responder.validate.patient_interval import patient_coverage

SEED = 20251128
TRAITS = tuple("abcdef")
EFFECTS = np.array([1.0, -0.8, 0.6, 0.0, 0.0, 0.0])
SIZES = (9, 15, 30)
HISTORY = ("right", "half", "conflicting", "unrelated", "reversed")
NEW, HISTORICAL = 500, 30
TAU_SD = 0.2  # least between-cohort SD of an effect
WEIGHTS = {"borrow": 0.5, "borrow, weight 1": 1.0, "borrow, weight 0": 0.0}
VAGUE_SD = 0.5


def cohort(rng: np.random.Generator, n: int, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return n patients with at least two of either outcome."""
    while True:
        x = rng.normal(size=(n, len(TRAITS)))
        y = (rng.random(n) < expit(x @ effects)).astype(float)
        if 2 <= y.sum() <= n - 2:
            return x, y


def history(rng: np.random.Generator, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the log odds that two historical cohorts predict for the next."""
    truths = {
        "right": (EFFECTS, EFFECTS),
        "half": (2 * EFFECTS, 2 * EFFECTS),
        "conflicting": (EFFECTS, -EFFECTS),
        "unrelated": (EFFECTS[::-1], EFFECTS[::-1]),
        "reversed": (-EFFECTS, -EFFECTS),
    }[name]
    table, settings = FeatureTable(TRAITS, tuple((t,) for t in TRAITS)), {"prior_sd": 2.5}
    fits = [build_model("bayes", table, settings).decide(*cohort(rng, HISTORICAL, effects)) for effects in truths]
    mean = np.stack([fit.coefficients[1:] for fit in fits])
    variance = np.stack([np.diag(fit.covariance)[1:] for fit in fits])
    # of two estimates: their difference beyond chance
    tau2 = np.maximum((mean[0] - mean[1]) ** 2 / 2.0 - variance.mean(axis=0), TAU_SD**2)
    weight = 1.0 / (variance + tau2)
    pooled = (weight * mean).sum(axis=0) / weight.sum(axis=0)
    return pooled, np.diag(1.0 / weight.sum(axis=0) + tau2)


def auc(logit: np.ndarray, y: np.ndarray) -> float:
    """Return the area under the ROC curve."""
    positive = y.sum()
    return float((rankdata(logit)[y == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(y) - positive)))


def once(n: int, name: str, repetition: int) -> dict[str, list[float]]:
    """Return AUC, Brier, coverage and width of a 95% interval of every model on one cohort."""
    rng = np.random.default_rng([SEED, n, HISTORY.index(name), repetition])
    x, y = cohort(rng, n, EFFECTS)
    mean, covariance = history(rng, name)
    new = rng.normal(size=(NEW, len(TRAITS)))
    truth = expit(new @ EFFECTS)
    happened = (rng.random(NEW) < truth).astype(float)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    x, asked = (x - centre) / scale, (new - centre) / scale
    prior = BorrowedPrior(TRAITS, mean, covariance, 0.5, VAGUE_SD)
    declared = {t: 0.5 * float(np.sign(m)) for t, m in zip(TRAITS, mean, strict=True)}
    table = FeatureTable(TRAITS, tuple((t,) for t in TRAITS), declared)
    found: dict[str, list[float]] = {"prevalence": [0.5, float(((y.mean() - happened) ** 2).mean()), np.nan, np.nan]}
    neutral = NeutralPosterior.fit(x, y, tuple(range(len(TRAITS))))
    reach = patient_coverage(int(y.sum()), int(n - y.sum()), len(TRAITS)).reach
    for model in ("ridge:0.1", "bayes"):
        logit = build_model(model, table).decide(x, y).logit(asked)
        limits = expit(neutral.interval(asked, reach))
        limits = np.column_stack([np.minimum(limits[:, 0], expit(logit)), np.maximum(limits[:, 1], expit(logit))])
        found[model] = judged(logit, limits, truth, happened)
    sets = TrainingSets(x[None], np.ones((1, n)), y[None, :, None], scale[None])
    for model, weight in WEIGHTS.items():
        decision = BorrowModel("borrow", TRAITS, prior.at_weight(weight)).decisions(sets)[0][0]
        found[model] = judged(decision.logit(asked), credible_interval(decision, asked), truth, happened)
    return found


def judged(logit: np.ndarray, limits: np.ndarray, truth: np.ndarray, happened: np.ndarray) -> list[float]:
    """Return AUC, Brier, share of true probabilities within the limits, and the limits' mean width."""
    held = (limits[:, 0] <= truth) & (truth <= limits[:, 1])
    brier = float(((expit(logit) - happened) ** 2).mean())
    return [auc(logit, happened), brier, float(held.mean()), float((limits[:, 1] - limits[:, 0]).mean())]


def main() -> None:
    """Simulate what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--kept", type=Path, default=Path("borrowing.json"), help="finished cells")
    asked = parser.parse_args()
    kept = json.loads(asked.kept.read_text()) if asked.kept.exists() else {}
    for n in SIZES:
        for name in HISTORY:
            if (key := f"{n} {name} {asked.repetitions}") not in kept:
                runs = [once(n, name, repetition) for repetition in range(asked.repetitions)]
                numbers = {model: np.array([run[model] for run in runs]) for model in runs[0]}
                mean = {model: part.mean(axis=0).tolist() for model, part in numbers.items()}
                error = {m: (part.std(axis=0) / len(runs) ** 0.5).tolist() for m, part in numbers.items()}
                kept[key] = {"mean": mean, "error": error}
                asked.kept.write_text(json.dumps(kept))
    print("| n | history | model | AUC | Brier | coverage | width |")
    print("|---|---|---|---|---|---|---|")
    for n in SIZES:
        for name in HISTORY:
            for model, (area, brier, held, width) in kept[f"{n} {name} {asked.repetitions}"]["mean"].items():
                spread = "|" if np.isnan(held) else f"{held:.2f} | {width:.2f} |"
                print(f"| {n} | {name} | {model} | {area:.3f} | {brier:.3f} | {spread}")


if __name__ == "__main__":
    main()
