"""What a fit that leaves a pair out costs, by patients, features and models, beside its nominal cost and a cold fit's.

Run ``python benchmarks/fits.py`` (about a minute). Beside the cost of a fit stands that of cold fits in the same run,
and both ways are checked to agree. Where there are more pairs than are looked at, seconds are those of the sample; the
standard error is that of its AUC.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np

from responder.features.spec import FeatureSpec, FeatureStep
from responder.models import build_model
from responder.validate.pairs import leave_pair_out
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.splits import leave_out, opposite_pairs

MODELS = ("ridge:0.1", "logf:2", "bayes", "firth", "gp")
COLD_PAIRS = 40


def make_table(n: int, features: int, rng: np.random.Generator) -> tuple[Table, np.ndarray]:
    """Return normal features of n patients, and an outcome that the first of them tells of."""
    names = [f"x{i}" for i in range(features)]
    steps = tuple(FeatureStep(name, "identity", (i,), (name,)) for i, name in enumerate(names))
    spec = FeatureSpec(tuple(names), steps, {name: i for i, name in enumerate(names)}, dict.fromkeys(names, ""))
    values = rng.standard_normal((n, features))
    return Table(spec, values, {}), (values[:, 0] + rng.standard_normal(n) > 0).astype(int)


def measure(model: str, n: int, features: int, most_pairs: int) -> dict[str, float]:
    """Return what leave-pair-out of one model costs, and how a part of it compares with cold fits."""
    table, outcome = make_table(n, features, np.random.default_rng([n, features]))
    pipeline = ModelPipeline(table, build_model(model, table.feature_table))
    affordable = min(most_pairs, max(20, int(5.0 / pipeline.seconds_per_fit())))
    start = time.process_time()
    found = leave_pair_out(pipeline, outcome, most_pairs=affordable, rng=np.random.default_rng(0))
    seconds = time.process_time() - start
    pairs = opposite_pairs(outcome)[:COLD_PAIRS]
    asked = Refits.of_outcome(leave_out(n, pairs), outcome, pairs)
    start = time.process_time()
    cold = pipeline.predict_cold(asked).logit
    cold_fit = (time.process_time() - start) / len(pairs)
    np.testing.assert_allclose(pipeline.predict(asked).logit, cold, atol=1e-6)
    return {
        "pairs": found.pairs,
        "seconds": seconds,
        "a_fit": seconds / found.pairs,
        "nominal": pipeline.seconds_per_fit(),
        "cold": cold_fit,
        "error": found.standard_error,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--features", type=int, nargs="+", default=[10])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--pairs", type=int, default=2000)
    chosen = parser.parse_args()
    print("| model | features | n | pairs | seconds | µs a fit | nominal | cold | standard error | MB | slope |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for model in chosen.models:
        for features in chosen.features:
            last = None
            for n in chosen.patients:
                one = measure(model, n, features, chosen.pairs)
                slope = "" if last is None else f"{np.log(one['a_fit'] / last[1]) / np.log(n / last[0]):.2f}"
                last = n, one["a_fit"]
                megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                times = " | ".join(f"{1e6 * one[name]:,.0f}" for name in ("a_fit", "nominal", "cold"))
                print(
                    f"| {model} | {features} | {n} | {one['pairs']:,.0f} | {one['seconds']:.2f} | {times} | "
                    f"{one['error']:.4f} | {megabytes} | {slope} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
