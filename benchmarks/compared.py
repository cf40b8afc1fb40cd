"""Simulate how often two equally good models are called different: the test in use, and two that were rejected.

    python benchmarks/compared.py                # prints the table of docs/decisions/0028
    python benchmarks/compared.py --share 0.1    # a quick look

Patients have six independent normal traits; in an informative cohort the responders' mean of each is higher by the same
amount, so that models of as many traits are equally good. Three pairs of models: ridge on one trait each, ridge on
three each, ridge and a Gaussian process on the same three (equally good where there is nothing to find; nearly so
elsewhere). Rejected at 0.05, two-sided:

- labelings: `paired_comparison`, both pipelines refitted for every labeling (all 84 of nine patients, else 199 drawn);
- exchanged: the two models' out-of-fold ranks exchanged patient by patient, 512 to 999 exchanges (Bandos, Rockette and
  Gur 2005, doi 10.1002/sim.2149);
- DeLong: the paired variance of the two AUCs, scores taken as given (DeLong, DeLong and Clarke-Pearson 1988,
  doi 10.2307/2531595).

Leave-pair-out gives wins of pairs, not scores; the two rejected tests look at leave-one-out logits.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import itertools
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from responder.features.spec import FeatureSpec, FeatureStep
from responder.models import build_model
from responder.validate.compared import paired_comparison
from responder.validate.loo import leave_one_out_predictions
from responder.validate.pairs import leave_pair_out
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table

Array = NDArray[np.float64]

SEED, LEVEL, DRAWS, EXCHANGES = 20251128, 0.05, 199, 999
SIZES = {(3, 6): 300, (7, 8): 150, (5, 10): 150, (15, 15): 60}
"""Patients of the smaller and the larger class, and cohorts of each kind."""
SHIFT = {"noise": 0.0, "informative": 1.0}


@dataclass(frozen=True)
class Pair:
    """Two models: each a name of the registry, and the traits that it looks at."""

    name: str
    one: tuple[str, tuple[int, ...]]
    other: tuple[str, tuple[int, ...]]


PAIRS = (
    Pair("one trait each", ("ridge:0.1", (0,)), ("ridge:0.1", (1,))),
    Pair("three traits each", ("ridge:0.1", (0, 1, 2)), ("ridge:0.1", (3, 4, 5))),
    Pair("ridge and gp", ("ridge:0.1", (0, 1, 2)), ("gp", (0, 1, 2))),
)
TESTS = ("labelings", "exchanged", "DeLong")


def pipeline_of(model: str, columns: tuple[int, ...], values: Array) -> ModelPipeline:
    """Return a pipeline on some of the traits."""
    names = tuple(f"x{column}" for column in columns)
    steps = tuple(FeatureStep(name, "identity", (at,), (name,)) for at, name in enumerate(names))
    spec = FeatureSpec(names, steps, {name: at for at, name in enumerate(names)}, dict.fromkeys(names, ""))
    table = Table(spec, values[:, columns], {})
    return ModelPipeline(table, build_model(model, table.feature_table))


def auc(score: Array, outcome: NDArray[np.int64]) -> float:
    """Return the share of pairs in which the responder has the higher score, ties counting half."""
    apart = score[outcome == 1][:, None] - score[outcome == 0]
    return float((apart > 0).mean() + 0.5 * (apart == 0).mean())


def exchanged_p(one: Array, other: Array, outcome: NDArray[np.int64], rng: np.random.Generator) -> float:
    """Return the p of exchanging two models' ranks patient by patient."""
    ranks = np.stack([rankdata(one), rankdata(other)])
    n = len(outcome)
    if 2**n <= EXCHANGES:
        swaps = np.array(list(itertools.product((False, True), repeat=n)))
    else:
        swaps = np.vstack([np.zeros(n, dtype=bool), rng.random((EXCHANGES, n)) < 0.5])
    apart = np.array([auc(np.where(s, ranks[1], ranks[0]), outcome) - auc(np.where(s, *ranks), outcome) for s in swaps])
    return float((np.abs(apart) >= abs(apart[0]) - 1e-9).mean())


def delong_p(one: Array, other: Array, outcome: NDArray[np.int64]) -> float:
    """Return the p of DeLong's paired test; 1 where both models order the patients alike."""
    places = []
    for score in (one, other):
        apart = score[outcome == 1][:, None] - score[outcome == 0]
        places.append((apart > 0) + 0.5 * (apart == 0))
    apart = places[0] - places[1]
    variance = apart.mean(axis=1).var(ddof=1) / apart.shape[0] + apart.mean(axis=0).var(ddof=1) / apart.shape[1]
    if variance <= 0:
        return 0.0 if abs(apart.mean()) > 1e-9 else 1.0
    return float(2 * norm.sf(abs(apart.mean()) / np.sqrt(variance)))


def p_values(pair: Pair, responders: int, others: int, shift: float, seed: int) -> tuple[float, ...]:
    """Return the p of each test on one simulated cohort."""
    rng = np.random.default_rng([SEED, responders, others, PAIRS.index(pair), round(100 * shift), seed])
    outcome = np.repeat(np.array([1, 0], dtype=np.int64), (responders, others))
    values = rng.standard_normal((len(outcome), 6)) + shift * outcome[:, None]
    pipelines = [pipeline_of(*side, values) for side in (pair.one, pair.other)]
    labelings = draw_labelings(outcome, most_exact=DRAWS, draws=DRAWS, rng=rng)
    lpo = [leave_pair_out(pipeline, outcome) for pipeline in pipelines]
    tests = [permutation_test(pipeline, labelings) for pipeline in pipelines]
    found = paired_comparison("one", "other", lpo[0], lpo[1], tests[0], tests[1])
    one, other = (leave_one_out_predictions(pipeline, outcome).logit for pipeline in pipelines)
    return float(found.p or 1.0), exchanged_p(one, other, outcome, rng), delong_p(one, other, outcome)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the cohorts")
    options, start = parser.parse_args(), time.perf_counter()
    print(f"| patients | cohorts | truth | models | {' | '.join(TESTS)} |\n|{'---|' * (4 + len(TESTS))}")
    for (smaller, larger), cohorts in SIZES.items():
        count = max(2, round(cohorts * options.share))
        for truth, shift in SHIFT.items():
            for pair in PAIRS:
                found = np.array([p_values(pair, smaller, larger, shift, seed) for seed in range(count)])
                shares = (found <= LEVEL + 1e-9).mean(axis=0)
                told = [f"{share:.2f} ± {np.sqrt(share * (1 - share) / count):.2f}" for share in shares]
                print(f"| {smaller} + {larger} | {count} | {truth} | {pair.name} | {' | '.join(told)} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
