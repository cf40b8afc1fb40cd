"""Simulate what intervals for a leave-pair-out AUC really cover, and write the table that ships.

    python benchmarks/coverage.py            # writes src/responder/validate/data/auc_coverage.json
    python benchmarks/coverage.py --check    # only compares the batched fits with scikit-learn

A cohort is six independent standard normal features whose class means differ along three of them, by as
much as gives the oracle (the true log-likelihood ratio) a chosen AUC. The learner is ridge logistic
regression at C = 0.1 per standard deviation, standardised and refitted for every left-out pair. Its true
AUC is exact: for weights w and a mean difference d it is Phi(w'd / (sqrt(2) |w|)).

Two quantities are to be covered: the expected true AUC of the pipeline trained on n - 2 patients (the
mean over cohorts and left-out pairs), and the true AUC of the model fitted on all n patients of the
cohort at hand. For every cohort and method the script keeps the smallest ``z`` with which the interval
would have held the truth. The first half of the cohorts calibrates: at each true effect Newcombe's ``z``
is the upper 99% confidence limit of its quantile, the greater of both quantities; between the effects it is
linear in the AUC. Coverage is reported from the second half, which calibration has not seen. ``elsewhere``
tries the calibrated interval on other learners and on correlated, binary and skewed features.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get in the way

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import binom

from responder.validate.intervals import delong_standard_error, half_pair, newcombe_variance

Array = NDArray[np.float64]

SEED = 20251030
LEVEL = 0.95
CALIBRATED_LEVELS = (0.8, 0.9, 0.95)
COHORTS = {9: 8000, 12: 8000, 20: 6000, 40: 2600, 70: 1400, 100: 1000}
SMALLER_SHARES = (1 / 5, 1 / 3, 1 / 2)
ORACLE_AUCS = (0.5, 0.65, 0.775, 0.9, 0.975)
CHUNK_ELEMENTS = 400_000  # patients x pairs x cohorts held at once
TABLE = Path(__file__).parents[1] / "src/responder/validate/data/auc_coverage.json"


@dataclass(frozen=True)
class Scenario:
    """How a cohort's features are made from independent normals, and the learner that meets them."""

    name: str
    n_features: int = 6
    n_informative: int = 3
    inverse_penalty: float = 0.1
    correlation: float = 0.0
    coarse: bool = False  # a third of the features cut to binary, a third made log-normal

    def shift(self, oracle_auc: float) -> Array:
        """Return the mean difference of the classes that gives independent normals this oracle AUC."""
        informative = np.arange(self.n_features) < self.n_informative
        return np.where(informative, math.sqrt(2 / self.n_informative) * ndtri(oracle_auc), 0.0)

    def cohorts(self, rng: np.random.Generator, count: int, labels: Array, oracle_auc: float) -> Array:
        """Return features, shape (count, n, n_features)."""
        features = rng.standard_normal((count, len(labels), self.n_features))
        if self.correlation:
            shared = rng.standard_normal((count, len(labels), 1))
            features = math.sqrt(1 - self.correlation) * features + math.sqrt(self.correlation) * shared
        features += labels[:, None] * self.shift(oracle_auc)
        if self.coarse:
            features[..., 0::3] = features[..., 0::3] > 0.5
            features[..., 1::3] = np.exp(features[..., 1::3])
        return features

    def true_auc(self, weights: Array, oracle_auc: float, rng: np.random.Generator) -> Array:
        """Return the true AUC of linear scores, exactly for independent normals, else on 4,000 pairs."""
        if not self.correlation and not self.coarse:
            separation = weights @ self.shift(oracle_auc)
            return np.asarray(ndtr(separation / math.sqrt(2) / np.linalg.norm(weights, axis=-1)))
        fresh = self.cohorts(rng, 1, np.repeat([1.0, 0.0], 4000), oracle_auc)[0]
        margin = weights @ (fresh[:4000] - fresh[4000:]).T
        return np.asarray((margin > 0).mean(-1) + 0.5 * (margin == 0).mean(-1))


def fit_ridge(features: Array, labels: Array, kept: Array, inverse_penalty: float, start: Array) -> Array:
    """Return (intercept, weights) of every training set, shape (cohorts, sets, 1 + n_features).

    ``kept`` (sets, n) is 1 for training rows. Standardising inside the training set and penalising the
    standardised weights is the same as penalising each raw weight by its training variance.
    """
    rows = kept.sum(-1)[:, None]
    mean = kept @ features / rows
    variance = kept @ features**2 / rows - mean**2
    # a feature constant in the training set keeps its own scale, as scikit-learn's scaler has it
    penalty = np.where(variance > 1e-12, variance, 1.0) / inverse_penalty
    design = np.concatenate([np.ones((*features.shape[:2], 1)), features], axis=-1)
    first, second = np.triu_indices(design.shape[-1])
    products = design[..., first] * design[..., second]
    transposed = np.swapaxes(design, -1, -2)
    diagonal = np.arange(1, design.shape[-1])
    hessian = np.empty((*start.shape, start.shape[-1]))
    weights = start
    for _ in range(50):
        probability = expit(weights @ transposed)
        gradient = ((labels - probability) * kept) @ design
        gradient[..., 1:] -= penalty * weights[..., 1:]
        curvature = (probability * (1 - probability) * kept) @ products
        hessian[..., first, second] = hessian[..., second, first] = curvature
        hessian[..., diagonal, diagonal] += penalty
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        weights = weights + step
        if np.abs(step).max() < 1e-4:  # Newton: the error left is of the order of its square
            return weights
    raise RuntimeError("Newton's method did not converge")


def leave_pair_out(features: Array, n_responders: int, inverse_penalty: float) -> tuple[Array, Array, Array]:
    """Return the fit on all patients, the fits without each pair, and the held-out score differences."""
    cohorts, n, _ = features.shape
    n_non_responders = n - n_responders
    labels = np.repeat([1.0, 0.0], [n_responders, n_non_responders])
    start = np.zeros((cohorts, 1, features.shape[-1] + 1))
    start[..., 0] = math.log(n_responders / n_non_responders)
    whole = fit_ridge(features, labels, np.ones((1, n)), inverse_penalty, start)
    responder, other = np.divmod(np.arange(n_responders * n_non_responders), n_non_responders)
    other += n_responders
    kept = np.ones((len(responder), n))
    kept[np.arange(len(responder)), responder] = 0
    kept[np.arange(len(responder)), other] = 0
    held_out = fit_ridge(features, labels, kept, inverse_penalty, np.repeat(whole, len(responder), axis=1))
    margin = (held_out[..., 1:] * (features[:, responder] - features[:, other])).sum(-1)
    return whole[:, 0], held_out, margin


def simulate(
    scenario: Scenario, n: int, smaller: int, oracle_auc: float, count: int, rng: np.random.Generator
) -> tuple[Array, Array, float]:
    """Return pair matrices (count, smaller, n - smaller), true AUCs of the fitted models, expected AUC."""
    labels = np.repeat([1.0, 0.0], [smaller, n - smaller])
    chunk = max(1, CHUNK_ELEMENTS // (n * smaller * (n - smaller)))
    wins, fitted, expected = [], [], []
    for start in range(0, count, chunk):
        features = scenario.cohorts(rng, min(chunk, count - start), labels, oracle_auc)
        whole, held_out, margin = leave_pair_out(features, smaller, scenario.inverse_penalty)
        tied = np.abs(margin) <= 1e-10
        wins.append(np.where(tied, 0.5, margin > 0).reshape(-1, smaller, n - smaller))
        fitted.append(scenario.true_auc(whole[:, 1:], oracle_auc, rng))
        some = held_out[:, :: max(1, held_out.shape[1] // 3), 1:]  # three or four pairs a cohort are plenty
        expected.append(scenario.true_auc(some, oracle_auc, rng).mean(-1))
    return np.concatenate(wins), np.concatenate(fitted), float(np.concatenate(expected).mean())


def needed_z(wins: Array, truth: Array | float) -> dict[str, Array]:
    """Return, for every cohort and method, the smallest ``z`` whose interval holds the truth."""
    auc = wins.mean(axis=(-2, -1))
    edge = half_pair(wins[0].size)
    error = delong_standard_error(wins)
    inside = np.clip(auc, edge, 1 - edge)
    logit_error = np.maximum(error, math.sqrt(2) * edge) / (inside * (1 - inside))
    away = np.abs(auc - truth)
    return {
        "delong": np.where(away == 0, 0.0, away / np.maximum(error, 1e-300)),
        "logit-delong": np.abs(logit(inside) - logit(truth)) / logit_error,
        "newcombe-5": away / np.sqrt(newcombe_variance(truth, *wins.shape[1:])),
    }


def quantile_upper_limit(values: Array, level: float) -> float:
    """Return the order statistic that exceeds the ``level`` quantile with 99% confidence."""
    rank = int(binom.ppf(0.99, len(values), level)) + 1
    return float(np.sort(values)[min(rank, len(values)) - 1])


def table_row(n: int, smaller: int, count: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return one row of the table: coverage of every method and calibrated z at one size and split."""
    half = count // 2
    row: dict[str, Any] = {"n": n, "smaller": smaller, "replicates": half, "expected_auc": []}
    row["z"] = {f"{level:g}": [] for level in CALIBRATED_LEVELS}
    evaluation: dict[str, list[tuple[Array, dict[str, Array]]]] = {"expected": [], "fitted": []}
    for oracle_auc in ORACLE_AUCS:
        wins, fitted, expected = simulate(Scenario("reference"), n, smaller, oracle_auc, count, rng)
        row["expected_auc"].append(round(expected, 4))
        calibration = []
        for target, truth in (("expected", np.full(count, expected)), ("fitted", fitted)):
            calibration.append(needed_z(wins[:half], truth[:half])["newcombe-5"])
            evaluation[target].append((truth[half:], needed_z(wins[half:], truth[half:])))
        for level in CALIBRATED_LEVELS:
            limit = max(quantile_upper_limit(needed, level) for needed in calibration)
            row["z"][f"{level:g}"].append(math.ceil(1000 * limit) / 1000)
    nominal = float(ndtri(0.5 + LEVEL / 2))
    row["coverage"] = {
        method: {
            target: [round(float((needed[method] <= nominal).mean()), 4) for _, needed in judged]
            for target, judged in evaluation.items()
        }
        for method in ("delong", "logit-delong", "newcombe-5")
    }
    row["coverage"]["calibrated"] = {
        target: [calibrated_coverage(row, truth, needed["newcombe-5"]) for truth, needed in judged]
        for target, judged in evaluation.items()
    }
    row["greatest_monte_carlo_error"] = round(
        max(
            math.sqrt(covered * (1 - covered) / half)
            for targets in row["coverage"].values()
            for values in targets.values()
            for covered in values
        ),
        4,
    )
    return row


def calibrated_coverage(row: dict[str, Any], truth: Array, needed: Array) -> float:
    """Return the coverage of Newcombe's interval with the calibrated ``z`` at each true AUC."""
    z = np.interp(truth, row["expected_auc"], row["z"][f"{LEVEL:g}"])
    return round(float((needed <= z).mean()), 4)


def elsewhere(rows: list[dict[str, Any]], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield the coverage of the calibrated interval under scenarios that it was not calibrated on."""
    others = (
        Scenario("two features, C = 1", n_features=2, n_informative=1, inverse_penalty=1.0),
        Scenario("twelve features", n_features=12, n_informative=3),
        Scenario("correlation 0.5", correlation=0.5),
        Scenario("a third binary, a third log-normal", coarse=True),
    )
    count = 1000
    for scenario in others:
        for n, smaller in ((9, 3), (20, 7), (40, 13)):
            row = next(row for row in rows if (row["n"], row["smaller"]) == (n, smaller))
            for oracle_auc in (0.5, 0.775, 0.9):
                wins, fitted, expected = simulate(scenario, n, smaller, oracle_auc, count, rng)
                coverage = {
                    target: calibrated_coverage(row, truth, needed_z(wins, truth)["newcombe-5"])
                    for target, truth in (("expected", np.full(count, expected)), ("fitted", fitted))
                }
                yield {
                    "scenario": scenario.name,
                    "n": n,
                    "smaller": smaller,
                    "replicates": count,
                    "expected_auc": round(expected, 4),
                    "calibrated": coverage,
                }


def check_against_sklearn() -> float:
    """Return the greatest difference between batched held-out margins and scikit-learn's, one cohort."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels = np.repeat([1.0, 0.0], [4, 8])
    features = Scenario("reference").cohorts(np.random.default_rng(SEED), 1, labels, 0.775)
    _, _, margin = leave_pair_out(features, 4, 0.1)
    worst = 0.0
    for pair, (responder, other) in enumerate((i, j) for i in range(4) for j in range(4, 12)):
        kept = np.setdiff1d(np.arange(12), [responder, other])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-12, max_iter=10_000))
        model.fit(features[0, kept], labels[kept])
        score = model.decision_function(features[0, [responder, other]])
        worst = max(worst, abs(score[0] - score[1] - margin[0, pair]))
    return float(worst)


def one_row_a_line(table: dict[str, Any]) -> str:
    """Return the table as JSON that a person can read and a diff can show."""
    members = []
    for key, value in table.items():
        text = json.dumps(value)
        if isinstance(value, list) and isinstance(value[0], dict):
            text = "[\n" + ",\n".join("  " + json.dumps(row) for row in value) + "\n ]"
        members.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--share", type=float, default=1.0, help="share of the cohorts, for a quick look")
    parser.add_argument("--check", action="store_true", help="only compare the fits with scikit-learn")
    arguments = parser.parse_args()
    difference = check_against_sklearn()
    print(f"greatest difference from scikit-learn: {difference:.1e}", file=sys.stderr)
    assert difference < 1e-6
    if arguments.check:
        return
    began = time.process_time()
    rows = []
    for n, count in COHORTS.items():
        for smaller in sorted({round(share * n) for share in SMALLER_SHARES}):
            # a generator per cell: adding a size or split leaves the others' numbers as they are
            rng = np.random.default_rng([SEED, n, smaller])
            rows.append(table_row(n, smaller, round(arguments.share * count), rng))
            print(
                f"{time.process_time() - began:5.0f} s  n = {n}, {smaller} in the smaller class",
                rows[-1]["z"][f"{LEVEL:g}"],
                file=sys.stderr,
            )
    table = {
        "schema": "responder/auc-coverage/1",
        "source": "benchmarks/coverage.py",
        "seed": SEED,
        "level": LEVEL,
        "scenario": (
            "six independent standard normal features, class means apart along three; "
            "ridge logistic regression, C = 0.1 per standard deviation, refitted for every left-out pair"
        ),
        "oracle_auc": list(ORACLE_AUCS),
        "targets": {
            "expected": "expected true AUC of the pipeline trained on n - 2 patients",
            "fitted": "true AUC of the model fitted on all n patients",
        },
        "rows": rows,
        "elsewhere": list(elsewhere(rows, np.random.default_rng(SEED))),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(one_row_a_line(table), encoding="utf-8")
    print(f"{time.process_time() - began:5.0f} s  wrote {arguments.out.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
