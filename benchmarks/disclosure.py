"""What bundles of the reference cohort give away before and after, and what differential privacy would cost.

Run ``python benchmarks/disclosure.py``; it trains every shipped kind of model once, without tracking.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from responder.disclosure import Audit, audit
from responder.errors import UsageError
from responder.experiment import bundle_of, plan_experiment, resolve_experiment, run_experiment
from responder.models.decision import LinearDecision
from responder.score.bundle import Bundle
from responder.score.shareable import shareable

ROOT = Path(__file__).resolve().parents[1]
MODELS = (
    "ridge:0.1",
    "ridge:1",
    "logf:2",
    "firth",
    "flac",
    "ml",
    "gp",
    "bayes",
    "single:organs",
    "lightgbm",
    "borrow",
)
PRIOR = {"log_disease_duration": {"mean": -0.7, "sd": 0.4}}
EPSILONS = (0.5, 1.0, 3.0, 10.0, 100.0)
DRAWS = 5000


def counts(found: Audit) -> str:
    """Return rows, outcomes, values and draws that were recovered."""
    values = found.n * found.features if found.rows_known else found.values_known
    return f"{found.rows_known:4} {found.outcomes_known:8} {values:6} {found.draws_known:5}"


def cost(bundle: Bundle, outcome: np.ndarray, epsilon: float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the noise over the coefficients, the apparent AUC and the share of signs kept of a private ridge.

    Output perturbation (Chaudhuri, Monteleoni and Sarwate 2011, J Mach Learn Res 12:1069, algorithm 1): rows scaled
    into the unit ball, noise of Gamma-distributed length added to the coefficients. Means, SDs and the largest row are
    taken as known beforehand, which is too kind to it: they are of the same patients.
    """
    decision, rows = bundle.pipeline.decision, bundle.background
    assert isinstance(decision, LinearDecision)
    n, size = rows.shape
    radius = np.linalg.norm(rows, axis=1).max()
    strength = float(bundle.model.id.partition(":")[2]) ** -1 / (n * radius**2)
    weights = decision.coefficients * radius
    length = rng.gamma(size, 2.0 / (n * strength * epsilon), DRAWS)
    direction = rng.standard_normal((DRAWS, size))
    noise = direction * (length / np.linalg.norm(direction, axis=1))[:, None]
    scores = rows @ (weights + noise).T
    gaps = scores[outcome == 1][:, None] - scores[outcome == 0][None]
    kept = np.sign(weights + noise) == np.sign(weights)
    return (
        float(np.median(length) / np.linalg.norm(weights)),
        float((np.sign(gaps) / 2 + 0.5).mean()),
        float(kept.mean()),
    )


def main() -> None:
    """Print both tables."""
    print("recovered       rows outcomes values draws   shareable: rows outcomes values draws")
    for model in MODELS:
        flags = {
            "permutation.draws": 99,
            "bootstrap.draws": 50,
            "models": ("prevalence", model),
            "primary": model,
        }
        flags |= {"borrow.prior": PRIOR} if model == "borrow" else {}
        result = run_experiment(plan_experiment(resolve_experiment(ROOT / "experiments/rp_ld_il2.toml", flags=flags)))
        whole = bundle_of(result)
        try:
            after = counts(audit(shareable(whole)))
        except UsageError as error:
            after = error.message
        print(f"{model:15} {counts(audit(whole))}   {'':10} {after}", flush=True)
        if model == "ridge:0.1":
            ridge, outcome = whole, result.cohort.outcome
    rng = np.random.default_rng(0)
    for epsilon in EPSILONS:
        noise, auc, kept = cost(ridge, outcome, epsilon, rng)
        told = f"noise {noise:5.1f} times the coefficients, apparent AUC {auc:.2f}, signs kept {kept:.0%}"
        print(f"epsilon {epsilon:5g}: {told}")


if __name__ == "__main__":
    main()
