"""Simulate what multiple imputation inside every fold is worth against medians with missing indicators.

    python benchmarks/imputation.py                # prints the table of docs/decisions/0029
    python benchmarks/imputation.py --share 0.1    # a quick look

A cohort is four normal traits, each pair correlated at 0.5, and a yes/no trait made of one of them; response depends on
the first two (oracle AUC about 0.80, two fifths respond). The first two traits and the yes/no trait lack about a
quarter of their values: completely at random (MCAR), the more often the higher the third trait, which is always known
(MAR), or the more often the higher the missing value itself (MNAR). New patients lack values in the same way.

All methods meet the same cohorts through the project's own engine, with ridge:1: medians with missing indicators,
medians alone, multiple imputation. Leave-pair-out AUC, leave-one-out Brier score, and the model of all n patients on
300 new ones, with the share of their true probabilities that the next patient's 95% interval holds. Differences are
paired, with standard error.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from responder.features.imputation import MultipleImputation
from responder.features.spec import FeatureSpec, FeatureStep
from responder.models import build_model
from responder.models.posterior import NeutralPosterior
from responder.validate.imputed import ImputedPipeline
from responder.validate.loo import leave_one_out_predictions
from responder.validate.pairs import leave_pair_out
from responder.validate.patient_interval import patient_coverage
from responder.validate.refit import ModelPipeline, Table

Array = NDArray[np.float64]

SEED, MODEL, DRAWS, NEW, MOST_PAIRS = 20251128, "ridge:1", 10, 300, 40
COHORTS = {15: 80, 30: 40, 60: 16}
NAMES = ("x0", "x1", "x2", "x3", "flag")
WITH_GAPS, MISSING, CORRELATION = (0, 1, 4), 0.25, 0.5
SPEC = FeatureSpec(
    NAMES,
    tuple(FeatureStep(name, "identity", (j,), (name,)) for j, name in enumerate(NAMES)),
    {name: j for j, name in enumerate(NAMES)},
    dict.fromkeys(NAMES, ""),
)
IMPUTATION = MultipleImputation(DRAWS, 0, {"flag": (0.0, 1.0)})
MECHANISMS = ("MCAR", "MAR", "MNAR")
METHODS = ("median", "median alone", "multiple")
MEASURES = ("LPO AUC", "LOO Brier", "new AUC", "new Brier", "coverage")


@dataclass(frozen=True)
class WithoutIndicators(Table):
    """Medians alone."""

    @property
    def indicators(self) -> tuple[str, ...]:
        """None."""
        return ()


def table_of(method: str, values: Array) -> Table:
    """Return the table that a method sees."""
    if method == "multiple":
        return Table(SPEC, values, {}, IMPUTATION)
    return (WithoutIndicators if method == "median alone" else Table)(SPEC, values, {})


def draw(n: int, mechanism: str, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64], Array]:
    """Return values with gaps, outcomes and true probabilities of n patients."""
    shared = rng.standard_normal((n, 1))
    x = np.sqrt(CORRELATION) * shared + np.sqrt(1.0 - CORRELATION) * rng.standard_normal((n, 4))
    flag = (x[:, 3] + rng.standard_normal(n) > 0.5).astype(float)
    probability = expit(-0.5 + 0.9 * x[:, 0] + 0.9 * x[:, 1])
    outcome = (rng.random(n) < probability).astype(np.int64)
    values = np.column_stack([x, flag])
    for column in WITH_GAPS:
        cause = {"MCAR": np.zeros(n), "MAR": x[:, 2], "MNAR": values[:, column]}[mechanism]
        chance = MISSING if mechanism == "MCAR" else expit(-1.5 + 1.5 * cause)
        values[rng.random(n) < chance, column] = np.nan
    return values, outcome, probability


def auc(score: Array, outcome: NDArray[np.int64]) -> float:
    """Return the share of pairs in which the responder has the higher score."""
    above = score[outcome == 1][:, None] - score[outcome == 0]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def measure(n: int, mechanism: str, seed: int, methods: Sequence[str]) -> Array:
    """Return the measures of each method on one cohort, shape (methods, measures)."""
    rng = np.random.default_rng([SEED, n, MECHANISMS.index(mechanism), seed])
    while True:
        values, outcome, _ = draw(n, mechanism, rng)
        if 4 <= outcome.sum() <= n - 4:
            break
    new, new_outcome, truth = draw(NEW, mechanism, rng)
    found = []
    for method in methods:
        table = table_of(method, values)
        build = ModelPipeline if table.imputation is None else ImputedPipeline
        pipeline = build(table, build_model(MODEL, table.feature_table))
        pairs = leave_pair_out(pipeline, outcome, most_pairs=MOST_PAIRS, rng=np.random.default_rng(seed))
        loo = leave_one_out_predictions(pipeline, outcome).probability
        fitted = pipeline.fit(outcome)
        logit = fitted.logit(new)
        columns = range(len(table.feature_table.names))
        posterior = NeutralPosterior.fit(fitted.features.transform(values), outcome, columns)
        reach = patient_coverage(int(outcome.sum()), n - int(outcome.sum()), len(columns)).reach
        limits = expit(posterior.interval(fitted.features.transform(new), reach))
        lower, upper = np.minimum(limits[:, 0], expit(logit)), np.maximum(limits[:, 1], expit(logit))
        found.append(
            [
                float(pairs.auc),
                float(((loo - outcome) ** 2).mean()),
                auc(logit, new_outcome),
                float(((expit(logit) - truth) ** 2).mean() + (truth * (1.0 - truth)).mean()),
                float(((truth >= lower) & (truth <= upper)).mean()),
            ]
        )
    return np.array(found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the cohorts")
    parser.add_argument("--methods", nargs="+", default=METHODS, help="the first is compared with the others")
    parser.add_argument("--mechanisms", nargs="+", default=MECHANISMS)
    options, start = parser.parse_args(), time.perf_counter()
    methods = options.methods
    print(f"| n | gaps | cohorts | method | {' | '.join(MEASURES)} |\n|{'---|' * (4 + len(MEASURES))}")
    for n, cohorts in COHORTS.items():
        for mechanism in options.mechanisms:
            count = max(2, round(cohorts * options.share))
            found = np.array([measure(n, mechanism, seed, methods) for seed in range(count)])
            rows = {name: [f"{v:.3f}" for v in found[:, at].mean(axis=0)] for at, name in enumerate(methods)}
            for at, name in enumerate(methods[1:], start=1):
                gain = found[:, at] - found[:, 0]
                error = gain.std(axis=0, ddof=1) / np.sqrt(count)
                rows[f"{name} less {methods[0]}"] = [
                    f"{v:+.3f} ± {e:.3f}" for v, e in zip(gain.mean(axis=0), error, strict=True)
                ]
            for method, cells in rows.items():
                print(f"| {n} | {mechanism} | {count} | {method} | {' | '.join(cells)} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
