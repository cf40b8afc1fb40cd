"""What borrowing gains when others were right, and what it costs when they were not.

Run ``python benchmarks/borrowing.py`` (hours); ``--seconds 500`` stops after so long, the next call goes on, and
``--table`` prints what there is as Markdown, each number with its Monte Carlo error. Cohorts of 9, 15 and 30 patients
with six traits are drawn, with effects and without any; every model is fitted to each and judged on 500 new patients of
the same population, so that no resampling stands between. The verdict is that of the permutation test of the whole
pipeline on leave-pair-out AUC: all labelings where there are at most 126, else 99 drawn ones, and of 40 pairs at most.

Others are two cohorts of 30. Borrowed are published numbers of them (``borrow``): each cohort fitted by logistic
regression under a prior of SD 2.5, both pooled with a variance between cohorts (DerSimonian and Laird), as a rough
stand-in for a meta-analysis; or their patients (``patients``), with power 0.5. What others showed is

right        the effects that this cohort has where it has any
weak         the same, in two cohorts of 10
half         twice these effects
conflicting  one of the two cohorts has these effects, the other their reverse
unrelated    other traits mattered there
reversed     the opposite effects held there
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from pathlib import Path

sys.path.pop(0)  # this folder, whose coverage.py would pass for the package of that name
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import rankdata

from responder.evidence.power_prior import CohortSummary, overlap, power_prior
from responder.models import FeatureTable, TrainingSets, build_model
from responder.models.borrow import BorrowModel
from responder.models.posterior import NeutralPosterior
from responder.models.prior import BorrowedPrior
from responder.models.solver import expit
from responder.plan.population import plain_features
from responder.validate.credible import credible_interval
from responder.validate.patient_interval import patient_coverage
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import all_pairs

SEED = 20251128
EFFECTS = np.array([1.0, -0.8, 0.6, 0.0, 0.0, 0.0])
TRAITS = len(EFFECTS)
SPEC = plain_features(TRAITS)
NAMES = SPEC.feature_names()
TABLE = FeatureTable(NAMES, tuple((name,) for name in NAMES))
SIZES = (9, 15, 30)
HISTORY = ("right", "weak", "half", "conflicting", "unrelated", "reversed")
OF_NOTHING = ("right", "unrelated", "reversed")
NEW, HISTORICAL, WEAK = 500, 30, 10
TAU_SD = 0.2  # least SD of an effect between cohorts
POWER = 0.5  # of the patients that are borrowed
VAGUE_SD = 0.5
EXACT, DRAWS, PAIRS = 126, 99, 40
LEVEL = 0.05
BATCH = 20
TESTED = 100  # repetitions that have a verdict
UNTESTED = ("borrow, weight 1",)
NUMBERS = ("auc", "brier", "held", "width", "beats")


def cohort(rng: np.random.Generator, n: int, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return n patients with at least two of either outcome."""
    while True:
        x = rng.normal(size=(n, TRAITS))
        y = (rng.random(n) < expit(x @ effects)).astype(float)
        if 2 <= y.sum() <= n - 2:
            return x, y


def others(rng: np.random.Generator, name: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the two other cohorts."""
    truths = {
        "half": (2 * EFFECTS, 2 * EFFECTS),
        "conflicting": (EFFECTS, -EFFECTS),
        "unrelated": (EFFECTS[::-1], EFFECTS[::-1]),
        "reversed": (-EFFECTS, -EFFECTS),
    }.get(name, (EFFECTS, EFFECTS))
    return [cohort(rng, WEAK if name == "weak" else HISTORICAL, effects) for effects in truths]


def published(history: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the log odds that two cohorts predict for the next."""
    fits = [build_model("bayes", TABLE, {"prior_sd": 2.5}).decide(*one) for one in history]
    mean = np.stack([fit.coefficients[1:] for fit in fits])
    variance = np.stack([np.diag(fit.covariance)[1:] for fit in fits])
    # of two estimates: their difference beyond chance
    tau2 = np.maximum((mean[0] - mean[1]) ** 2 / 2.0 - variance.mean(axis=0), TAU_SD**2)
    weight = 1.0 / (variance + tau2)
    pooled = (weight * mean).sum(axis=0) / weight.sum(axis=0)
    return pooled, np.diag(1.0 / weight.sum(axis=0) + tau2)


def of_patients(x: np.ndarray, history: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the log odds by the power prior of two cohorts' patients."""
    left = []
    for other, outcome in history:
        shares = {name: overlap(x[:, i], other[:, i]) for i, name in enumerate(NAMES)}
        left.append(CohortSummary.of(NAMES, other, outcome).discounted(POWER, shares))
    vague = {name: (0.0, VAGUE_SD / float(x[:, i].std())) for i, name in enumerate(NAMES)}
    return power_prior(vague, left)[1:]


def auc(logit: np.ndarray, y: np.ndarray) -> float:
    """Return the area under the ROC curve."""
    positive = y.sum()
    return float((rankdata(logit)[y == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(y) - positive)))


def once(n: int, name: str, has_effects: bool, repetition: int) -> dict[str, list[float]]:
    """Return AUC, Brier, coverage and width of a 95% interval, and whether it beats chance, of every model."""
    rng = np.random.default_rng([SEED, n, HISTORY.index(name), int(has_effects), repetition])
    effects = EFFECTS if has_effects else np.zeros(TRAITS)
    x, y = cohort(rng, n, effects)
    history = others(rng, name)
    new = rng.normal(size=(NEW, TRAITS))
    truth = expit(new @ effects)
    happened = (rng.random(NEW) < truth).astype(float)
    prior = BorrowedPrior(NAMES, *published(history), 0.5, VAGUE_SD)
    models = {
        "borrow": BorrowModel("borrow", NAMES, prior),
        "borrow, weight 0": BorrowModel("borrow", NAMES, prior.at_weight(0.0)),
        "borrow, weight 1": BorrowModel("borrow", NAMES, prior.at_weight(1.0)),
        "patients": BorrowModel("borrow", NAMES, BorrowedPrior(NAMES, *of_patients(x, history), 0.5, VAGUE_SD)),
        "ridge:0.1": build_model("ridge:0.1", TABLE),
        "bayes": build_model("bayes", FeatureTable(NAMES, TABLE.traits, _directions(prior))),
    }
    labelings = draw_labelings(y, most_exact=EXACT, draws=DRAWS, rng=rng)
    pairs = all_pairs(n)
    pairs = pairs[np.sort(rng.permutation(len(pairs))[:PAIRS])]
    table = Table(SPEC, x, {}, None, prior)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    x, asked = (x - centre) / scale, (new - centre) / scale
    neutral = NeutralPosterior.fit(x, y, tuple(range(TRAITS)))
    reach = patient_coverage(int(y.sum()), int(n - y.sum()), TRAITS).reach
    sets = TrainingSets(x[None], np.ones((1, n)), y[None, :, None], scale[None])
    found = {}
    for key, model in models.items():
        if isinstance(model, BorrowModel):
            decision = model.decisions(sets)[0][0]
            logit, limits = decision.logit(asked), credible_interval(decision, asked)
        else:
            logit, limits = model.decide(x, y).logit(asked), expit(neutral.interval(asked, reach))
            limits = np.column_stack([np.minimum(limits[:, 0], expit(logit)), np.maximum(limits[:, 1], expit(logit))])
        held = (limits[:, 0] <= truth) & (truth <= limits[:, 1])
        beats = float("nan")
        if key not in UNTESTED and repetition < TESTED:
            beats = float(permutation_test(ModelPipeline(table, model), labelings, pairs=pairs).p <= LEVEL)
        found[key] = [
            auc(logit, happened),
            float(((expit(logit) - happened) ** 2).mean()),
            float(held.mean()),
            float((limits[:, 1] - limits[:, 0]).mean()),
            beats,
        ]
    return found


def _directions(prior: BorrowedPrior) -> dict[str, float]:
    return {name: 0.5 * float(np.sign(m)) for name, m in zip(prior.features, prior.mean, strict=True)}


def main() -> None:
    """Simulate what is missing, for as long as asked, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--kept", type=Path, default=Path("borrowing.json"), help="what is finished")
    parser.add_argument("--table", action="store_true", help="print the table, simulate nothing")
    asked = parser.parse_args()
    kept = json.loads(asked.kept.read_text()) if asked.kept.exists() else {}
    starts = sorted(range(0, asked.repetitions, BATCH), key=lambda start: start < TESTED)  # the cheap ones first
    end = time.monotonic() + asked.seconds
    for start, has_effects, name, n in itertools.product(starts, (True, False), HISTORY, SIZES):
        key = f"{n} {name} {'effects' if has_effects else 'nothing'} {start}"
        if asked.table or key in kept or time.monotonic() > end or not (has_effects or name in OF_NOTHING):
            continue
        kept[key] = [once(n, name, has_effects, repetition) for repetition in range(start, start + BATCH)]
        asked.kept.write_text(json.dumps(kept))
    print_table(kept)


def print_table(kept: dict[str, list[dict[str, list[float]]]]) -> None:
    """Print mean and Monte Carlo error of every number."""
    print(f"| n | others | here | model | cohorts | tested | {' | '.join(NUMBERS)} |\n|{'---|' * (6 + len(NUMBERS))}")
    cells = itertools.product(SIZES, HISTORY, ("effects", "nothing"))
    for cell in (f"{n} {name} {what}" for n, name, what in cells):
        runs = [run for key, batch in kept.items() if key.rpartition(" ")[0] == cell for run in batch]
        for model in runs[0] if runs else ():
            numbers = np.array([run[model] for run in runs])
            known = (~np.isnan(numbers)).sum(axis=0)
            told = [f"{column[~np.isnan(column)].mean():.3f} ({np.nanstd(column) / count**0.5:.3f})" if count else ""
                    for column, count in zip(numbers.T, known.tolist(), strict=True)]  # fmt: skip
            print(f"| {cell.replace(' ', ' | ')} | {model} | {len(runs)} | {known[-1]} | {' | '.join(told)} |")


if __name__ == "__main__":
    main()
