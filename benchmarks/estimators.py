"""Ten estimators of scikit-learn through the whole path: AUC, p, seconds, explainer.

Run ``python benchmarks/estimators.py`` (some minutes). The cohort is the invented leukaemia table of the experiments;
``--cohort PATH`` takes the published one. The test looks at 40 fixed pairs and 99 random labelings, so that a forest
takes about a minute; p is coarse, and valid. ``--out FILE`` keeps each estimator as it is done, and skips those in it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose coverage.py would pass for the package of that name, which numba looks for
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.naive_bayes import GaussianNB

from responder.experiment import plan_experiment, resolve_experiment, run_experiment
from responder.explain.foreign import foreign_shapley
from responder.models import Status
from responder.models.foreign import foreign_model

EXPERIMENT = Path(__file__).resolve().parents[1] / "experiments/leukemia51_estimators.toml"
ESTIMATORS = {
    "logistic": {"class": "sklearn.linear_model.LogisticRegression", "C": 0.1, "tol": 1e-10, "max_iter": 10_000},
    "lda": {"class": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis"},
    "bayes": {"class": "sklearn.naive_bayes.GaussianNB"},
    "neighbours": {"class": "sklearn.neighbors.KNeighborsClassifier", "n_neighbors": 9},
    "svm": {"class": "sklearn.svm.SVC"},
    "process": {"class": "sklearn.gaussian_process.GaussianProcessClassifier"},
    "tree": {"class": "sklearn.tree.DecisionTreeClassifier", "max_depth": 2},
    "forest": {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 10, "max_depth": 3},
    "boosted": {"class": "sklearn.ensemble.GradientBoostingClassifier", "n_estimators": 10, "max_depth": 2},
    "histogram": {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "max_iter": 10, "min_samples_leaf": 5},
}


def compile_explainer() -> None:
    """Let shap's Exact explainer be compiled, once a process, so that no estimator is charged with it."""
    x, y = np.arange(12.0).reshape(6, 2) % 5, np.array([0.0, 1, 0, 1, 0, 1])
    foreign_shapley(foreign_model(GaussianNB(), "first").decide(x, y), x[:2], x, weight=None, seed=0)


HEAD = "| estimator | leave-pair-out AUC | p | fits | failed | seconds | explainer |\n|---|---|---|---|---|---|---|"


def measured(name: str, cohort: str | None) -> dict[str, object]:
    """Train one estimator as the model named beforehand, and return its line of the table."""
    flags: dict[str, object] = {
        "models": ("prevalence", f"sklearn:{name}"),
        "primary": f"sklearn:{name}",
        "estimators": {name: ESTIMATORS[name]},
        "bootstrap.draws": 20,
    }
    if cohort:
        flags["cohort.path"] = cohort
    start = time.process_time()
    plan = plan_experiment(resolve_experiment(EXPERIMENT, flags=flags))
    model = run_experiment(plan).primary_model
    seconds, (trial,), test = time.process_time() - start, plan.trials, model.permutation
    assert test is not None
    return {
        "name": name,
        "kind": trial.kind,
        "auc": model.lpo.auc,
        "pairs": model.lpo.pairs,
        "p": test.p,
        "labelings": test.labelings,
        "fits": model.lpo.pairs + len(model.loo.status) + test.fits,
        "failed": model.lpo.failed + test.failed + int((model.loo.status == Status.FAILED).sum()),
        "seconds": seconds,
        "explainer": trial.explainer,
    }


def line(row: dict[str, Any]) -> str:
    """Return a line of the table."""
    numbers = f"{row['auc']:.2f} | {row['p']:.2f} | {row['fits']:,} | {row['failed']} | {row['seconds']:.0f}"
    return f"| {row['kind']} | {numbers} | {row['explainer']} |"


def main() -> None:
    """Print the table, a line as soon as an estimator is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", help="another table than the invented one")
    parser.add_argument("--only", nargs="+", default=list(ESTIMATORS), choices=list(ESTIMATORS))
    parser.add_argument("--out", type=Path, help="a JSON file of estimators that are done, to go on with")
    given = parser.parse_args()
    done = json.loads(given.out.read_text(encoding="utf-8")) if given.out and given.out.is_file() else {}
    start = time.process_time()
    compile_explainer()
    print(f"shap's Exact explainer compiled in {time.process_time() - start:.0f} s", file=sys.stderr, flush=True)
    print(HEAD, flush=True)
    for name in given.only:
        if name not in done:
            done[name] = measured(name, given.cohort)
            if given.out:
                given.out.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
        print(line(done[name]), flush=True)


if __name__ == "__main__":
    main()
