"""How long a fit of `borrow` takes beside one of `bayes` and one of `ridge`, in one run, turn by turn.

Run ``python benchmarks/borrow_beside_bayes.py`` (seconds). `borrow` fits two components where the others fit one. Times
are of the processor; the ratio is of each turn, so that a busy machine slows both alike.
"""

from __future__ import annotations

import os
import sys
import time

sys.path.pop(0)  # this folder, whose coverage.py would pass for the package of that name
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from responder.models import FeatureTable, TrainingSets, build_model
from responder.models.prior import BorrowedPrior

NAMES = tuple("abcdef")
MODELS = ("ridge:0.1", "bayes", "borrow")
CASES = ((9, 36, 84), (30, 200, 99))  # patients, training sets, labelings
TURNS = 7


def main() -> None:
    """Print microseconds a fit, and borrow over bayes."""
    prior = BorrowedPrior(NAMES, np.array([1.0, -0.8, 0.6, 0.0, 0.0, 0.0]), 0.3 * np.eye(6), 0.5, 0.5)
    table = FeatureTable(NAMES, tuple((name,) for name in NAMES), dict.fromkeys(NAMES, 0.5), prior)
    models = {id_: build_model(id_, table) for id_ in MODELS}
    print(
        "| n | fits | "
        + " | ".join(f"{id_}, us a fit" for id_ in MODELS)
        + " | borrow / bayes (lowest, median, highest) |"
    )
    for n, designs, labelings in CASES:
        rng = np.random.default_rng(1)
        labels = np.broadcast_to((rng.random((n, labelings)) < 0.5).astype(float), (designs, n, labelings)).copy()
        labels[:, 0], labels[:, 1] = 0.0, 1.0
        sets = TrainingSets(rng.normal(size=(designs, n, 6)), np.ones((designs, n)), labels, np.ones((designs, 6)))
        ask, seconds = np.tile(np.arange(2), (designs, 1)), {id_: np.empty(TURNS) for id_ in MODELS}
        for turn in range(TURNS):
            for id_, model in models.items():
                start = time.process_time()
                model.predict(sets, ask)
                seconds[id_][turn] = time.process_time() - start
        fits = designs * labelings
        ratio = seconds["borrow"] / seconds["bayes"]
        each = " | ".join(f"{1e6 * seconds[id_].min() / fits:.1f}" for id_ in MODELS)
        print(f"| {n} | {fits} | {each} | {ratio.min():.2f}, {np.median(ratio):.2f}, {ratio.max():.2f} |")


if __name__ == "__main__":
    main()
