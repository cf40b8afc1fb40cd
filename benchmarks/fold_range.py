"""Simulate what it costs, and saves, to hold out-of-fold values near the range of their training fold.

    python benchmarks/fold_range.py                # prints the tables of docs/decisions/0016
    python benchmarks/fold_range.py --share 0.05   # a quick look

A cohort is six normal features whose class means differ along three of them (oracle AUC 0.80, a third responders),
seen through three kinds of measurement: as they are; log-normal; nearly constant (two rare binary columns, two that
are zero in four of five patients and tiny or large in the fifth). Every rule meets the same cohorts through the
project's own engine: leave-pair-out AUC, leave-one-out Brier score, and the model of all n patients on 300 new ones.

Rules: nothing; values held at the training range and so many training SDs to either side; winsorising at the 5th and
95th percentile of the training rows, which moves training rows too. Differences are paired, with their standard error.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from responder.features.spec import FeatureSpec, FeatureStep, fit_scaling
from responder.models import build_model
from responder.models.base import Predictions
from responder.validate.intervals import calibrated_interval
from responder.validate.loo import leave_one_out_predictions
from responder.validate.pairs import leave_pair_out
from responder.validate.refit import ModelPipeline, Refits, Table

Array = NDArray[np.float64]

SEED = 20251030
FEATURES, INFORMATIVE, ORACLE_AUC, NEW = 6, 3, 0.80, 300
KINDS = ("ordinary", "skewed", "near-constant")
COHORTS = {9: 160, 15: 24, 30: 40, 60: 24}
MOST_PAIRS = 120
MODELS = ("ridge:0.1", "ridge:1", "firth", "gp")
RULES: dict[str, float | None] = {"none": None, "0": 0.0, "0.5": 0.5, "1": 1.0, "2": 2.0, "winsor": -1.0}
NAMES = tuple(f"x{j}" for j in range(FEATURES))
SPEC = FeatureSpec(
    NAMES,
    tuple(FeatureStep(name, "identity", (j,), (name,)) for j, name in enumerate(NAMES)),
    {name: j for j, name in enumerate(NAMES)},
    dict.fromkeys(NAMES, ""),
)


@dataclass(frozen=True)
class HeldTable(Table):
    """A table whose out-of-fold values are held by a rule."""

    rule: str = "none"

    def standardised(self, train: Array) -> Array:
        """See `Table.standardised`."""
        if self.rule == "winsor":
            return _winsorised(self.derived, train)
        return fit_scaling(self.derived, self.missing, train, margin_sd=RULES[self.rule]).apply(
            self.derived, self.missing
        )


class ColdPipeline(ModelPipeline):
    """A pipeline that asks its table for every training set: fits that start from everybody's know one rule alone."""

    def predict(self, refits: Refits) -> Predictions:
        """See `Pipeline.predict`."""
        return self.predict_cold(refits)


def _winsorised(values: Array, train: Array) -> Array:
    """Return values cut at the 5th and 95th percentile of each training set, then standardised by it."""
    inside = np.where((train > 0)[:, :, None], values[None], np.nan)
    low, high = np.nanquantile(inside, [0.05, 0.95], axis=1)
    cut = np.clip(values[None], low[:, None], high[:, None])
    share = (train / train.sum(axis=1, keepdims=True))[:, :, None]
    mean = (cut * share).sum(axis=1)[:, None]
    sd = np.sqrt(((cut - mean) ** 2 * share).sum(axis=1))[:, None]
    return np.where(sd > 1e-12, (cut - mean) / np.where(sd > 1e-12, sd, 1.0), 0.0)


def draw(kind: str, n: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
    """Return features and outcome of n patients, a third of them responders."""
    outcome = (np.arange(n) < round(n / 3)).astype(np.int64)
    shift = np.where(np.arange(FEATURES) < INFORMATIVE, np.sqrt(2 / INFORMATIVE) * ndtri(ORACLE_AUC), 0.0)
    latent = rng.standard_normal((n, FEATURES)) + outcome[:, None] * shift
    if kind == "skewed":
        return np.exp(latent), outcome
    if kind == "near-constant":
        latent[:, 0::3] = latent[:, 0::3] > 1.3
        latent[:, 1::3] = np.maximum(0.0, latent[:, 1::3] - 1.0) ** 3
    return latent, outcome


def judged(kind: str, n: int, rng: np.random.Generator) -> dict[tuple[str, str], list[float]]:
    """Return, for each model and rule, the measures of one cohort."""
    own, outcome = draw(kind, n, rng)
    new, truth = draw(kind, NEW, rng)
    order = rng.permutation(n)
    own, outcome = own[order], outcome[order]
    both = np.concatenate([own, new])
    labels = np.concatenate([outcome, truth])
    train = (np.arange(len(both)) < n).astype(float)[None]
    found = {}
    for name in MODELS:
        for rule in RULES:
            table = HeldTable(SPEC, own, {}, rule=rule)
            pipeline = ColdPipeline(table, build_model(name, table.feature_table))
            # every rule scores the same pairs
            lpo = leave_pair_out(pipeline, outcome, most_pairs=MOST_PAIRS, rng=np.random.default_rng(SEED))
            loo = leave_one_out_predictions(pipeline, outcome)
            interval = None if lpo.sampled else calibrated_interval(lpo.wins)
            everybody = HeldTable(SPEC, both, {}, rule=rule)
            whole = ColdPipeline(everybody, pipeline.model)
            logit = whole.predict(Refits.of_outcome(train, labels, np.arange(n, n + NEW)[None])).logit[0, :, 0]
            margin = logit[truth == 1][:, None] - logit[truth == 0][None, :]
            found[name, rule] = [
                lpo.auc,
                float(((loo.probability - outcome) ** 2).mean()),
                float((np.sign(margin) + 1).mean() / 2),
                float(((expit(logit) - truth) ** 2).mean()),
                float(np.abs(loo.logit).max()),
                np.nan if interval is None else interval.lower,
                np.nan if interval is None else interval.upper,
                *_slope_sums(logit, truth),
            ]
    return found


def _slope_sums(logit: Array, truth: NDArray[np.int64]) -> tuple[float, float]:
    """Return covariance and variance of which the ratio over cohorts is the linear calibration slope of p on y."""
    p = expit(logit)
    return float(np.mean((p - p.mean()) * (truth - truth.mean()))), float(p.var())


def report(kind: str, n: int, cohorts: list[dict[tuple[str, str], list[float]]]) -> None:
    """Print one line a model and rule: means, and paired differences from doing nothing with standard errors."""
    for name in MODELS:
        plain = np.array([cohort[name, "none"] for cohort in cohorts])
        for rule in RULES:
            own = np.array([cohort[name, rule] for cohort in cohorts])
            gained = own[:, :4] - plain[:, :4]
            error = gained.std(axis=0, ddof=1) / np.sqrt(len(own))
            expected = own[:, 2].mean()
            covered = ((own[:, 5] <= expected) & (expected <= own[:, 6])).mean()
            shown = "-" if np.isnan(own[:, 5]).all() else f"{covered:.3f}"
            slope = own[:, 7].sum() / own[:, 8].sum()
            paired = " | ".join(f"{own[:, j].mean():.3f} {gained[:, j].mean():+.4f} ({error[j]:.4f})" for j in range(4))
            tail = f"{np.median(own[:, 4]):.2f} | {own[:, 4].max():.1f} | {shown} | {slope:.2f}"
            print(f"| {kind} | {n} | {name} | {rule} | {paired} | {tail} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="share of the cohorts, for a quick look")
    arguments = parser.parse_args()
    print(
        "| features | n | model | rule | LPO AUC | LOO Brier | new AUC | new Brier | largest logit: median | max ",
        end="",
    )
    print("| covered | slope |\n|" + "---|" * 12)
    for n, count in COHORTS.items():
        for place, kind in enumerate(KINDS):
            began = time.process_time()
            # a generator per cell: adding a size or a kind leaves the others' numbers as they are
            rng = np.random.default_rng([SEED, n, place])
            report(kind, n, [judged(kind, n, rng) for _ in range(max(2, round(count * arguments.share)))])
            print(f"<!-- {time.process_time() - began:.0f} s -->", flush=True)


if __name__ == "__main__":
    main()
