"""Simulate, for every kind of model, what the calibrated interval covers and by how much winners are too good.

    python benchmarks/coverage_by_model.py --workers 2      # fills what is missing in the shipped tables
    python benchmarks/coverage_by_model.py --only single    # one kind of model
    python benchmarks/coverage_by_model.py --again          # simulates again what is there

Cohorts are those of ``coverage.py`` (independent normal features, half of them informative); the learner is the
program's own pipeline, refitted for every left-out pair, or for a seeded sample of pairs where there are many (its
variance is part of Newcombe's then, as in the program). Cells are independent, each with a seed of its own, and are
written as they are finished: an interrupted run goes on where it stopped, with any number of workers.

Half of the cohorts calibrate ``z``, the others judge it, as in ``coverage.py``; but each limit has a ``z`` of its own.
A weak single marker changes its direction between folds, and its AUC then collapses far below the truth: the upper
limit has to reach far, and the lower one need not.
Winners are the cohorts whose AUC no more than 5% of the cohorts without any effect reach: what a permutation test at
that level lets through. Their mean AUC beside the true one is the winner's curse.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get in the way

import argparse
import json
import math
import multiprocessing
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from coverage import (
    CALIBRATED_LEVELS,
    LEVEL,
    Scenario,
    one_row_a_line,
)
from numpy.typing import NDArray
from scipy.special import logit, ndtr, ndtri
from scipy.stats import rankdata

from responder.features.spec import FeatureSpec, FeatureStep
from responder.models import build_model
from responder.models.decision import LinearDecision
from responder.models.fitted import FittedPipeline
from responder.validate.intervals import delong_standard_error, half_pair, newcombe_variance
from responder.validate.pairs import leave_pair_out
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import leave_out, opposite_pairs

Array = NDArray[np.float64]

SEED = 20261128
ALPHA = 0.05
BEYOND = 0.03
"""How far a fitted model's true AUC lies beyond the pipeline's mean where the two are no longer near."""
FRESH = 400
"""New patients a class on whom the true AUC of a model that is not linear is measured."""
DATA = Path(__file__).parents[1] / "src/responder/validate/data"
COVERAGE, WINNERS = DATA / "auc_coverage_by_model.json", DATA / "winners_curse.json"
COHORTS = {20: 500, 40: 300, 9: 600, 100: 200, 200: 150}
SMALLER_SHARES = (1 / 5, 1 / 2)
LIMITS = {"z_upper": 1.0, "z_lower": -1.0}
TARGETS = ("expected", "fitted")
LIKELY = (0.5, 0.65, 0.775, 0.9)


@dataclass(frozen=True)
class Kind:
    """A model and what of it can be afforded: the most patients, pairs a cohort, and share of the cohorts.

    ``elsewhere`` is the same for cells of other than the usual number of features.
    """

    model: str
    features: tuple[int, ...] = (2, 6, 12, 20)
    most_patients: int = 200
    most_pairs: int = 400
    share: float = 1.0
    elsewhere: tuple[int, int, float] | None = None
    """Most patients, most pairs, share of the cohorts up to 40 patients."""
    large: int | None = None
    """Cohorts at each effect from 100 patients on; 80 are the fewest whose half has a 97.5% order statistic."""


KINDS = (
    Kind("single:f1", (1,), share=2.0),
    Kind("ridge:0.1"),
    Kind("ridge:1"),
    Kind("logf:2", elsewhere=(200, 150, 0.5)),
    Kind("bayes", elsewhere=(200, 150, 0.5)),
    Kind("firth", most_pairs=150, share=0.6, elsewhere=(200, 150, 0.4)),
    Kind("gp", most_pairs=150, share=0.6, elsewhere=(200, 150, 0.4), large=80),
    Kind("lightgbm", most_pairs=150, share=0.3, elsewhere=(200, 150, 0.3), large=80),
)
USUAL = frozenset({1, 6})


@dataclass(frozen=True)
class Cell:
    """One model at one number of features, one size and split."""

    kind: Kind
    features: int
    n: int
    smaller: int

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What tells cells apart in the tables."""
        return self.kind.model.removesuffix(":f1"), self.features, self.n, self.smaller

    @property
    def count(self) -> int:
        """Cohorts at each true effect."""
        if self.kind.large is not None and self.n >= 100:
            return self.kind.large
        share = self._elsewhere[2] if self._elsewhere and self.n <= 40 else self.kind.share
        return round(COHORTS[self.n] * share)

    @property
    def most_pairs(self) -> int:
        """Pairs that a cohort is scored on."""
        return self._elsewhere[1] if self._elsewhere else self.kind.most_pairs

    @property
    def most_patients(self) -> int:
        """The largest cohort that is affordable."""
        return self._elsewhere[0] if self._elsewhere else self.kind.most_patients

    @property
    def _elsewhere(self) -> tuple[int, int, float] | None:
        return None if self.features in USUAL else self.kind.elsewhere


def cells() -> Iterator[Cell]:
    """Yield every cell: one number of features at all sizes together, the usual numbers and cheap kinds first."""
    for features in (1, 6, 12, 2, 20):
        for kind in KINDS:
            if features in kind.features:
                for n in sorted(COHORTS):
                    for share in SMALLER_SHARES:
                        cell = Cell(kind, features, n, max(2, round(share * n)))
                        if n <= cell.most_patients:
                            yield cell


def pipeline_of(cell: Cell, values: Array) -> ModelPipeline:
    """Return the program's own pipeline on a cohort's features as they are."""
    names = tuple(f"f{i + 1}" for i in range(cell.features))
    steps = tuple(FeatureStep(name, "identity", (i,), (name,)) for i, name in enumerate(names))
    spec = FeatureSpec(names, steps, {name: i for i, name in enumerate(names)}, dict.fromkeys(names, ""))
    table = Table(spec, values, {})
    return ModelPipeline(table, build_model(cell.kind.model, table.feature_table))


def true_auc(fitted: FittedPipeline, shift: Array, fresh: Array) -> float:
    """Return the true AUC of a fitted model: exact where it is linear, else on new patients (half responders)."""
    if isinstance(fitted.decision, LinearDecision):
        sd = np.where(fitted.features.scaling.constant[0], np.inf, fitted.features.scaling.sd[0])
        weights = fitted.decision.coefficients / sd
        length = float(np.linalg.norm(weights))
        return float(ndtr(weights @ shift / math.sqrt(2) / length)) if length > 0 else 0.5
    ranks = rankdata(fitted.logit(fresh))
    half = len(fresh) // 2
    return float((ranks[:half].sum() - half * (half + 1) / 2) / half**2)


Simulated = tuple[Array, Array, float, dict[str, Array]]


def simulate(cell: Cell, oracle_auc: float, rng: np.random.Generator) -> Simulated:
    """Return AUCs, true AUCs of the fitted models, the expected true AUC, and the ``z`` that each method needed.

    Positive where the AUC lies below the truth, so that the upper limit has to reach it.
    """
    scenario = Scenario("", n_features=cell.features, n_informative=max(1, cell.features // 2))
    labels = np.repeat([1.0, 0.0], [cell.smaller, cell.n - cell.smaller])
    shift = scenario.shift(oracle_auc)
    fresh = scenario.cohorts(rng, 1, np.repeat([1.0, 0.0], FRESH), oracle_auc)[0]
    pairs = opposite_pairs(labels)
    aucs, fitted, expected, errors, scored = [], [], [], [], 0
    for values in scenario.cohorts(rng, cell.count, labels, oracle_auc):
        pipeline = pipeline_of(cell, values)
        left = leave_pair_out(pipeline, labels, most_pairs=cell.most_pairs, rng=rng)
        scored = left.pairs
        aucs.append(left.auc)
        errors.append(float(delong_standard_error(left.wins)))
        fitted.append(true_auc(pipeline.fit(labels), shift, fresh))
        for pair in pairs[rng.choice(len(pairs), size=2, replace=False)]:
            train = leave_out(cell.n, pair[None])[0]
            expected.append(true_auc(pipeline.fit(labels, train), shift, fresh))
    auc, truth, mean = np.array(aucs), np.array(fitted), float(np.mean(expected))
    needed: dict[str, Array] = {}
    sampling = (1 - scored / len(pairs)) / scored
    edge = half_pair(scored)
    inside = np.clip(auc, edge, 1 - edge)
    logit_error = np.maximum(np.array(errors), math.sqrt(2) * edge) / (inside * (1 - inside))
    for target, true in (("expected", np.full(len(auc), mean)), ("fitted", truth)):
        variance = newcombe_variance(true, cell.smaller, cell.n - cell.smaller) + sampling * true * (1 - true)
        needed[f"newcombe-5 {target}"] = (true - auc) / np.sqrt(np.maximum(variance, 1e-12))
        kept = np.clip(true, 1e-6, 1 - 1e-6)
        needed[f"logit-delong {target}"] = (logit(kept) - logit(inside)) / logit_error
    return auc, truth, mean, needed


def simulated(cell: Cell) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a cell's row of both tables."""
    model, features, n, smaller = cell.key
    rng = np.random.default_rng([SEED, zlib.crc32(model.encode()), features, n, smaller])
    found = [simulate(cell, oracle_auc, rng) for oracle_auc in LIKELY]
    half = cell.count // 2
    same = {"model": model, "features": features, "n": n, "smaller": smaller}
    row: dict[str, Any] = {**same, "replicates": cell.count - half}
    row["expected_auc"] = np.maximum.accumulate([round(mean, 4) for _, _, mean, _ in found]).tolist()
    for name, sign in LIMITS.items():
        row[name] = {f"{level:g}": _calibrated(found, sign, half, level) for level in CALIBRATED_LEVELS}
    nominal = float(ndtri(0.5 + LEVEL / 2))
    row["coverage"] = {
        method: {
            target: [
                round(float((np.abs(needed[f"{method} {target}"][half:]) <= nominal).mean()), 4) for *_, needed in found
            ]
            for target in TARGETS
        }
        for method in ("logit-delong", "newcombe-5")
    }
    row["coverage"]["calibrated"] = {
        target: [
            _covered(row, truth[half:] if target == "fitted" else mean, needed[f"newcombe-5 {target}"][half:])
            for _, truth, mean, needed in found
        ]
        for target in TARGETS
    }
    # the least AUC that no more than 5% of cohorts without any effect reach
    null = np.sort(found[0][0])[::-1]
    above = null[int(ALPHA * len(null))]
    winners = {**same, "replicates": cell.count, "expected_auc": row["expected_auc"], "share": [], "auc": []}
    for auc, *_ in found:
        won = auc > above + 1e-12
        winners["share"].append(round(float(won.mean()), 4))
        winners["auc"].append(round(float(auc[won].mean()), 4) if won.sum() >= 5 else None)
    return row, winners


def _calibrated(found: list[Simulated], sign: float, half: int, level: float) -> list[float]:
    """Return the ``z`` of one limit at each true effect, the greater of both targets.

    The true AUC of a single marker's fitted model is that of the marker, or one less it, and not near the mean of both:
    where it lies beyond its own place on the grid, what it needs holds at the next place too.
    """
    needs = [
        {target: _quantile(sign * needed[f"newcombe-5 {target}"][:half], level) for target in TARGETS}
        for *_, needed in found
    ]
    z = [max(need.values()) for need in needs]
    for at, (_, truth, mean, _) in enumerate(found[:-1]):
        if np.median(truth) > mean + BEYOND:
            z[at + 1] = max(z[at + 1], needs[at]["fitted"])
    return z


def _quantile(signed: Array, level: float) -> float:
    """Return the ``z`` that one limit needs at half of what ``level`` leaves: the order statistic of split conformal
    inference, which a further cohort exceeds no more often than that.
    """
    ordered = np.sort(np.maximum(signed, 0.0))
    rank = math.ceil((len(ordered) + 1) * (0.5 + level / 2))
    return math.ceil(1000 * ordered[min(rank, len(ordered)) - 1]) / 1000


def _covered(row: dict[str, Any], truth: Array | float, signed: Array) -> float:
    """Return the coverage of the interval whose limits have the row's ``z`` at each true AUC."""
    upper, lower = (np.interp(truth, row["expected_auc"], row[name][f"{LEVEL:g}"]) for name in LIMITS)
    return round(float(((signed <= upper) & (-signed <= lower)).mean()), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="a kind of model, such as gp")
    parser.add_argument("--most-patients", type=int, default=200)
    parser.add_argument("--usual", action="store_true", help="six features alone")
    parser.add_argument("--again", action="store_true")
    arguments = parser.parse_args()
    rows, winners = _known(COVERAGE), _known(WINNERS)
    wanted = [
        cell
        for cell in cells()
        if cell.kind.model.startswith(arguments.only)
        and cell.n <= arguments.most_patients
        and (cell.features in USUAL or not arguments.usual)
        and (arguments.again or cell.key not in rows)
    ]
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(arguments.workers) as pool:
        for row, won in pool.imap_unordered(simulated, wanted):
            key = (row["model"], row["features"], row["n"], row["smaller"])
            rows[key], winners[key] = row, won
            _write(COVERAGE, rows, "responder/auc-coverage-by-model/1")
            _write(WINNERS, winners, "responder/winners-curse/1")
            print(
                f"{time.monotonic() - began:5.0f} s  {key}  {row['coverage']['calibrated']['expected']}",
                file=sys.stderr,
            )


def _known(path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return {(row["model"], row["features"], row["n"], row["smaller"]): row for row in rows}


def _write(path: Path, rows: dict[tuple[Any, ...], dict[str, Any]], schema: str) -> None:
    table = {
        "schema": schema,
        "source": "benchmarks/coverage_by_model.py",
        "seed": SEED,
        "level": LEVEL,
        "alpha": ALPHA,
        "oracle_auc": list(LIKELY),
        "rows": [rows[key] for key in sorted(rows)],
    }
    other = path.with_suffix(".tmp")
    other.write_text(one_row_a_line(table), encoding="utf-8")
    other.replace(path)


if __name__ == "__main__":
    main()
