"""Ten estimators of scikit-learn through the whole path: AUC, p, seconds, explainer.

Run ``python benchmarks/estimators.py`` (some minutes). The cohort is the invented leukaemia table of the experiments;
``--cohort PATH`` takes the published one. The test looks at 40 fixed pairs and 99 random labelings, so that a forest
takes seconds; p is coarse, and valid.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.pop(0)  # this folder, whose coverage.py would pass for the package of that name, which numba looks for
os.environ.setdefault("OMP_NUM_THREADS", "1")

from responder.experiment import plan_experiment, resolve_experiment, run_experiment

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


def main() -> None:
    """Print the table, a line as soon as an estimator is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", help="another table than the invented one")
    parser.add_argument("--only", nargs="+", default=list(ESTIMATORS), choices=list(ESTIMATORS))
    given = parser.parse_args()
    print(f"{'estimator':32} {'LPO AUC':>7} {'p':>6} {'seconds':>8}  explainer", flush=True)
    for name in given.only:
        flags: dict[str, object] = {
            "models": ("prevalence", f"sklearn:{name}"),
            "primary": f"sklearn:{name}",
            "estimators": {name: ESTIMATORS[name]},
            "bootstrap.draws": 20,
        }
        if given.cohort:
            flags["cohort.path"] = given.cohort
        plan = plan_experiment(resolve_experiment(EXPERIMENT, flags=flags))
        start = time.process_time()
        metrics = run_experiment(plan).primary_model.metrics
        seconds, trial = time.process_time() - start, plan.trials[0]
        auc, p = metrics.get("lpo_auc", float("nan")), metrics.get("permutation_p", float("nan"))
        print(f"{trial.kind:32} {auc:7.3f} {p:6.2f} {seconds:8.1f}  {trial.explainer}", flush=True)


if __name__ == "__main__":
    main()
