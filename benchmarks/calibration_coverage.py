"""Simulate what calibration figures really cover, and write the table that ships.

    python benchmarks/calibration_coverage.py --workers 2   # fills what is missing of the table
    python benchmarks/calibration_coverage.py --again       # computes every cell anew

It fills src/responder/validate/data/calibration_coverage.json cell by cell; finished cells are kept, so that it may be
stopped and started again. Every cell has a generator of its own.

Features are independent standard normals whose class means differ along some of them, by as much as gives the true
log-likelihood ratio a chosen AUC. Everything is fitted by the project's own pipelines.

``slope``: cohorts of a fixed split. The truth is the slope of the logit of new patients' true probability on the logit
of the model fitted to all n patients of that cohort: w'd / w'w for linear weights w and a mean difference d, else from
2,000 new patients. For each cohort the script keeps the smallest ``z`` whose interval would have held the truth; a
cell's ``z`` is, by number of features, the greatest of the scenarios' 95% quantiles. Coverage is of cohorts that this
calibration had not seen: each half is judged by the z of the other.

``probabilities``: cohorts whose outcomes are drawn, so that their share of responders is off, too; those with fewer
than three in the smaller class are drawn again. New patients' true probabilities are compared with their Venn-Abers
interval and with the 95% band of bootstrap refits; calibration-in-the-large with its interval; .632+ with the measure
of the fitted model on new patients.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get in the way
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit, ndtri

from responder.models import build_model
from responder.plan.population import plain_features
from responder.validate.calibration import calibration
from responder.validate.loo import leave_one_out_predictions
from responder.validate.optimism import bootstrap_performance
from responder.validate.pair_slope import pair_slope, signed_root
from responder.validate.pairs import leave_pair_out
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.resampling import RESAMPLING_ABOVE_N
from responder.validate.splits import stratified_bootstrap
from responder.validate.venn_abers import venn_abers, venn_abers_table

Array = NDArray[np.float64]

SEED = 20261128
LEVEL = 0.95
NOMINAL = float(ndtri(0.5 + LEVEL / 2))
SHARES = (0.5, 0.2)
SINGLE = "single:x1"
MODELS = ("ridge:0.1", "ridge:1", "bayes", "firth", "gp", "lightgbm", "logf:2", SINGLE)
SLOPE_SCENARIOS = ((6, 0.5), (6, 0.65), (6, 0.775), (6, 0.9), (2, 0.65), (2, 0.9), (12, 0.65), (12, 0.9))
SINGLE_SCENARIOS = ((1, 0.5), (1, 0.65), (1, 0.775), (1, 0.9))
"""Features and true AUC of the likelihood ratio; a single marker looks at one feature, whatever else is there."""
ORACLE_AUCS = (0.5, 0.65, 0.775, 0.9)
INFORMATIVE = {1: 1, 2: 1, 6: 3, 12: 3}
SLOPE_COHORTS = {9: 80, 15: 80, 20: 80, 30: 80, 60: 80, 100: 40, 200: 40}
PROBABILITY_COHORTS = 40
COHORTS_OF_SLOW_MODELS = 25
SLOW = frozenset({"firth", "gp", "lightgbm"})
LINEAR = frozenset({"ridge", "firth"})
PAIRS = 400  # of a cohort with more, so many are drawn
REFITS, NEW_PATIENTS, MANY_NEW_PATIENTS = 100, 40, 2000
TABLE = Path(__file__).parents[1] / "src/responder/validate/data/calibration_coverage.json"


@dataclass(frozen=True)
class Scenario:
    """Normal features whose class means differ, and the share of responders among new patients."""

    n_features: int
    oracle_auc: float
    prevalence: float

    @property
    def difference(self) -> Array:
        """Return the mean of responders less that of others."""
        informative = INFORMATIVE[self.n_features]
        apart = math.sqrt(2 / informative) * ndtri(self.oracle_auc)
        return np.where(np.arange(self.n_features) < informative, apart, 0.0)

    def features(self, outcome: NDArray[Any], rng: np.random.Generator) -> Array:
        """Return features of patients with these outcomes, shape (n, n_features)."""
        return rng.standard_normal((len(outcome), self.n_features)) + outcome[:, None] * self.difference

    def true_logit(self, features: Array) -> Array:
        """Return the logit of the true probability of response."""
        apart = self.difference
        return np.asarray(features @ apart - apart @ apart / 2 + logit(self.prevalence))

    def new_patients(self, count: int, rng: np.random.Generator) -> Array:
        """Return features of new patients, of whom the share of responders is exact."""
        return self.features(np.arange(count) < round(self.prevalence * count), rng)


def pipeline_of(model: str, features: Array) -> ModelPipeline:
    table = Table(plain_features(features.shape[1]), features, {})
    return ModelPipeline(table, build_model(model, table.feature_table))


def true_slope(model: str, scenario: Scenario, fitted: Any, rng: np.random.Generator) -> float:
    """Return the slope that new patients would show."""
    if model.partition(":")[0] in LINEAR:
        probes = fitted.logit(np.vstack([np.zeros(scenario.n_features), np.eye(scenario.n_features)]))
        weights = probes[1:] - probes[0]
        return float(weights @ scenario.difference / (weights @ weights))
    new = scenario.new_patients(MANY_NEW_PATIENTS, rng)
    return recalibrated(fitted.logit(new), expit(scenario.true_logit(new)))


def recalibrated(score: Array, probability: Array) -> float:
    """Return the slope of a logistic regression of true probabilities on a score."""
    spread = float(score.std())
    design = np.column_stack([np.ones_like(score), (score - score.mean()) / spread])

    def loss(beta: Array) -> float:
        eta = design @ beta
        return float((np.logaddexp(0.0, eta) - probability * eta).mean())

    def gradient(beta: Array) -> Array:
        return np.asarray(design.T @ (expit(design @ beta) - probability) / len(score))

    def curvature(beta: Array) -> Array:
        mean = expit(design @ beta)
        return np.asarray((design * (mean * (1 - mean))[:, None]).T @ design / len(score))

    found = minimize(loss, np.zeros(2), jac=gradient, hess=curvature, method="trust-exact", options={"gtol": 1e-9})
    if np.abs(found.jac).max() > 1e-6:
        raise RuntimeError(f"the slope was not found: {found.message}")
    return float(found.x[1] / spread)


def slope_of_cohort(model: str, scenario: Scenario, n: int, rng: np.random.Generator) -> dict[str, float]:
    """Return one cohort's true slope, its two estimates, and the z at which the interval holds the truth."""
    outcome = (np.arange(n) < round(scenario.prevalence * n)).astype(int)
    pipeline = pipeline_of(model, scenario.features(outcome, rng))
    truth = true_slope(model, scenario, pipeline.fit(outcome), rng)
    pairs = leave_pair_out(pipeline, outcome, most_pairs=PAIRS, rng=rng).difference
    old = calibration(outcome, leave_one_out_predictions(pipeline, outcome).probability, LEVEL).slope
    new = pair_slope(pairs, NOMINAL)
    zero = signed_root(pairs, 0.0)
    return {
        "truth": truth,
        "leave_one_out": math.nan if old.value is None else old.value,
        "held": math.nan if old.value is None else float(old.lower <= truth <= old.upper),
        "estimate": math.nan if new.value is None else new.value,
        "z": abs(signed_root(pairs, truth)),
        "z_of_zero": zero if new.value is not None else 0.0,
    }


def slope_cell(model: str, n: int, share: float) -> dict[str, Any]:
    """Return one cell: the z that is needed, and what was covered before and with it."""
    count = min(SLOPE_COHORTS[n], COHORTS_OF_SLOW_MODELS) if model in SLOW else SLOPE_COHORTS[n]
    found = []
    scenarios = SINGLE_SCENARIOS if model == SINGLE else SLOPE_SCENARIOS
    for at, (n_features, auc) in enumerate(scenarios):
        scenario = Scenario(n_features, auc, round(share * n) / n)
        rng = np.random.default_rng([SEED, 1, MODELS.index(model), n, round(100 * share), at])
        cohorts = [slope_of_cohort(model, scenario, n, rng) for _ in range(count)]
        found.append({key: np.array([cohort[key] for cohort in cohorts]) for key in cohorts[0]})
    counts = np.array([n_features for n_features, _ in scenarios])
    needed = np.array([one["z"] for one in found])
    by_half = [quantile_by_features(half, counts) for half in (needed[:, ::2], needed[:, 1::2])]
    covered = [
        np.mean([np.mean(row[::2] <= by_half[1][p]), np.mean(row[1::2] <= by_half[0][p])])
        for row, p in zip(needed, counts.tolist(), strict=True)
    ]
    z = {p: math.ceil(100 * limit) / 100 for p, limit in quantile_by_features(needed, counts).items()}
    return {
        "model": stored(model), "n": n, "smaller": smaller_class(n, share), "cohorts": count,
        "scenarios": [list(one) for one in scenarios], "z": z,
        "coverage": rounded(covered),
        "coverage_nominal": rounded(np.mean(one["z"] <= NOMINAL) for one in found),
        "coverage_leave_one_out": rounded(np.nanmean(one["held"]) for one in found),
        "truth": rounded(np.median(one["truth"]) for one in found),
        "estimate": rounded(np.nanmedian(one["estimate"]) for one in found),
        "error": rounded(np.nanmedian(one["estimate"] - one["truth"]) for one in found),
        "error_leave_one_out": rounded(np.nanmedian(one["leave_one_out"] - one["truth"]) for one in found),
        "above_zero": rounded(np.mean(one["z_of_zero"] > z[p]) for one, p in zip(found, counts.tolist(), strict=True)),
        "separated": rounded(np.mean(np.isnan(one["estimate"])) for one in found),
    }  # fmt: skip


def quantile_by_features(needed: Array, counts: NDArray[Any]) -> dict[int, float]:
    """Return for each number of features the greatest of its scenarios' 95% quantiles."""
    quantile = np.quantile(needed, LEVEL, axis=1)
    return {int(p): float(quantile[counts == p].max()) for p in np.unique(counts)}


def probabilities_of_cohort(model: str, scenario: Scenario, n: int, rng: np.random.Generator) -> dict[str, float]:
    """Return what one cohort's figures cover."""
    smaller = 0
    while smaller < 3:
        outcome = (rng.random(n) < scenario.prevalence).astype(int)
        smaller = min(outcome.sum(), n - outcome.sum())
    features, new = scenario.features(outcome, rng), scenario.new_patients(NEW_PATIENTS, rng)
    pipeline = pipeline_of(model, features)
    fitted = pipeline.fit(outcome)
    truth = expit(scenario.true_logit(new))
    loo = leave_one_out_predictions(pipeline, outcome)
    interval = venn_abers(venn_abers_table(loo.logit, outcome), fitted.logit(new))
    # new patients stand in the table with weight 0: they are asked, and train nothing
    both = pipeline_of(model, np.vstack([features, new]))
    counts = stratified_bootstrap(outcome, REFITS, rng)
    everybody = np.broadcast_to(np.arange(n + NEW_PATIENTS), (REFITS, n + NEW_PATIENTS))
    weights = np.hstack([counts, np.zeros((REFITS, NEW_PATIENTS))])
    padded = np.append(outcome, np.zeros(NEW_PATIENTS))
    refits = both.predict(Refits.of_outcome(weights, padded, everybody)).logit[:, :, 0]
    lower, upper = np.nanquantile(expit(refits[:, n:]), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    many = scenario.new_patients(MANY_NEW_PATIENTS, rng)
    score, probability = fitted.logit(many), expit(scenario.true_logit(many))
    large = calibration(outcome, loo.probability, LEVEL).in_the_large
    shift = brentq(lambda a: float((expit(a + score) - probability).mean()), -30, 30)
    result = {
        # no estimate where every prediction is 0 or 1: it holds nothing
        "in_the_large": 0.0 if large.value is None else float(large.lower <= shift <= large.upper),
        "in_the_large_error": math.nan if large.value is None else large.value - shift,
        "venn_abers": float(((interval.p0 <= truth) & (truth <= interval.p1)).mean()),
        "band": float(((lower <= truth) & (truth <= upper)).mean()),
    }
    if n > RESAMPLING_ABOVE_N:
        measured = bootstrap_performance(outcome, fitted.logit(features), refits[:, :n], counts)
        result["auc_632plus"] = measured.auc.estimate_632plus - true_auc(score, probability)
        brier = np.mean((expit(score) - probability) ** 2 + probability * (1 - probability))
        result["brier_632plus"] = measured.brier.estimate_632plus - float(brier)
    return result


def true_auc(score: Array, probability: Array) -> float:
    """Return the AUC among patients whose probabilities are known: each counts for both outcomes."""
    order = np.argsort(score)
    won = probability[order], 1 - probability[order]
    below = np.cumsum(won[1]) - won[1]
    return float((won[0] * (below + won[1] / 2)).sum() / (won[0].sum() * won[1].sum()))


def probability_cell(model: str, n: int, share: float) -> dict[str, Any]:
    """Return one cell: what is covered at each true AUC."""
    count = PROBABILITY_COHORTS
    cell: dict[str, Any] = {"model": stored(model), "n": n, "smaller": smaller_class(n, share), "cohorts": count}
    for at, auc in enumerate(ORACLE_AUCS):
        rng = np.random.default_rng([SEED, 2, MODELS.index(model), n, round(100 * share), at])
        scenario = Scenario(1 if model == SINGLE else 6, auc, share)
        cohorts = [probabilities_of_cohort(model, scenario, n, rng) for _ in range(count)]
        for key in cohorts[0]:
            values = np.array([cohort[key] for cohort in cohorts])
            if key.endswith("632plus"):
                within = float(np.quantile(np.abs(values), LEVEL))
                cell.setdefault(key, []).append({"error": rounded([values.mean()])[0], "within": rounded([within])[0]})
            else:
                reduced = np.nanmedian(values) if key.endswith("error") else values.mean()
                cell.setdefault(key, []).extend(rounded([reduced]))
    return cell


def stored(model: str) -> str:
    """Return the name of a model's cells."""
    return "single" if model == SINGLE else model


def smaller_class(n: int, share: float) -> int:
    return min(round(share * n), n - round(share * n))


def rounded(values: Any) -> list[float]:
    return [round(float(value), 3) for value in values]


ORDER = {stored(model): at for at, model in enumerate(MODELS)}
KINDS = {"slope": slope_cell, "probabilities": probability_cell}
Key = tuple[str, str, int, int]


def cells(models: list[str], sizes: list[int], kinds: list[str]) -> Iterator[tuple[str, str, int, float]]:
    """Yield kind, model, n and share of every cell asked for, the quick ones first."""
    for n in sorted(sizes):
        for model in models:
            for kind in kinds:
                for share in SHARES:
                    if smaller_class(n, share) >= (3 if kind == "slope" else 2):
                        yield kind, model, n, share


def compute(kind: str, model: str, n: int, share: float) -> tuple[str, dict[str, Any], float]:
    began = time.process_time()
    return kind, KINDS[kind](model, n, share), time.process_time() - began


def as_text(rows: dict[Key, dict[str, Any]]) -> str:
    """Return the table as JSON that a person can read and a diff can show: one cell a line."""
    head: dict[str, Any] = {
        "schema": "responder/calibration-coverage/1",
        "source": "benchmarks/calibration_coverage.py",
        "seed": SEED,
        "level": LEVEL,
        "scenario": (
            "independent standard normal features, class means apart along half of six (one of two, three of twelve); "
            "every model refitted by the project's own pipelines"
        ),
        "oracle_auc": list(ORACLE_AUCS),
        "most_pairs": PAIRS,
        "refits": REFITS,
    }
    members = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for kind in KINDS:
        lines = [json.dumps(rows[key]) for key in sorted(rows, key=lambda k: (ORDER[k[1]], k)) if key[0] == kind]
        members.append(f' "{kind}": [\n  ' + ",\n  ".join(lines) + "\n ]" if lines else f' "{kind}": []')
    return "{\n" + ",\n".join(members) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SLOPE_COHORTS), choices=list(SLOPE_COHORTS))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--again", action="store_true", help="compute anew what the table holds")
    arguments = parser.parse_args()
    rows: dict[Key, dict[str, Any]] = {}
    if arguments.out.exists():
        kept = json.loads(arguments.out.read_text(encoding="utf-8"))
        rows = {(kind, row["model"], row["n"], row["smaller"]): row for kind in KINDS for row in kept[kind]}
        for key, row in rows.items():
            if key[0] == "slope" and "scenarios" not in row:
                rows[key] = {
                    **{k: row[k] for k in ("model", "n", "smaller", "cohorts")},
                    "scenarios": [list(one) for one in SLOPE_SCENARIOS],
                    **row,
                }
    wanted = [
        cell
        for cell in cells(arguments.models, arguments.sizes, arguments.kinds)
        if arguments.again or (cell[0], stored(cell[1]), cell[2], smaller_class(cell[2], cell[3])) not in rows
    ]
    with ProcessPoolExecutor(arguments.workers) as pool:
        for done in as_completed([pool.submit(compute, *cell) for cell in wanted]):
            kind, row, seconds = done.result()
            rows[kind, row["model"], row["n"], row["smaller"]] = row
            arguments.out.write_text(as_text(rows), encoding="utf-8")
            print(f"{seconds:5.0f} s  {kind} {row['model']} n = {row['n']}, {row['smaller']}", file=sys.stderr)


if __name__ == "__main__":
    main()
