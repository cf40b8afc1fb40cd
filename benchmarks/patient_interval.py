"""Simulate which interval holds the true probability of a new patient, and write the table that ships.

    python benchmarks/patient_interval.py --workers 2     # writes src/responder/validate/data/patient_interval.json

A cohort is n patients whose outcome is drawn with a chance of 1/2 or 1/5 (drawn anew until the smaller class has two),
and independent normal features whose class means differ along one or half of them, by as much as gives the oracle (the
true log-likelihood ratio) a chosen AUC. The true probability of a new patient of the same population is then exact.

``rows``: the interval that ships, which is the Gaussian posterior under weak neutral priors of
`responder.models.posterior`, reaching as many SD to either side as the first half of all cohorts needs for its nominal
level in the worst cell; coverage and width are from the second half. ``models``: the same interval stretched to hold
the probability of a fitted model, beside the model's refit band. ``candidates``: what else was tried. ``elsewhere``:
features that are correlated, binary or skewed, and classes of unequal spread, where the truth is no logistic model.
Cells have their own seeds; finished ones are kept in a file beside the table until all are there, so that an
interrupted run goes on where it was.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get in the way

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from responder.models import FeatureTable, build_model
from responder.models.base import TrainingSets
from responder.models.posterior import INTERCEPT_SD, PREDICTOR_SD, neutral_posteriors
from responder.models.solver import Family, Problem, solve
from responder.validate.splits import leave_one_out, stratified_bootstrap
from responder.validate.venn_abers import venn_abers, venn_abers_table

Array = NDArray[np.float64]
Cell = dict[str, Any]

SEED = 20261128
LEVEL = 0.95
COHORTS = {9: 2000, 15: 2000, 20: 2000, 30: 1600, 60: 1000, 100: 800, 200: 500}
SHARES = (0.5, 0.2)
FEATURES = (1, 2, 6, 12, 20)
EFFECTS = ((0.5, "none"), *((auc, kind) for auc in (0.65, 0.775, 0.9) for kind in ("one", "half")))
"""Oracle AUC, and how many features are informative."""
NEW_PATIENTS = 50
REACHES = np.round(np.arange(1.5, 3.01, 0.05), 2)
MODELS = ("ridge:0.1", "ridge:1", "logf:2", "firth", "bayes", "gp", "lightgbm")
BANDS = ("ridge:0.1", "ridge:1")
REFITS = 100
MODEL_CELLS = {"n": (15, 30, 60), "features": (6,), "cohorts": 24}
CANDIDATE_CELLS = {"n": (15, 30, 60), "features": (6,), "cohorts": 50}
ELSEWHERE = ("correlation 0.5", "half binary", "log-normal", "unequal spread")
TABLE = Path(__file__).parents[1] / "src/responder/validate/data/patient_interval.json"


@dataclass(frozen=True)
class Population:
    """Patients whose probability is known."""

    share: float
    features: int
    auc: float
    kind: str
    shape: str = ""

    @property
    def shift(self) -> Array:
        """Return the mean difference of the classes."""
        informative = {"none": 1, "one": 1, "half": -(-self.features // 2)}[self.kind]
        size = math.sqrt(2 / informative) * ndtri(self.auc)
        return np.where(np.arange(self.features) < informative, size, 0.0)

    def outcomes(self, rng: np.random.Generator, cohorts: int, n: int) -> Array:
        """Return outcomes, shape (cohorts, n), with two patients at least in the smaller class."""
        labels = rng.random((cohorts, n)) < self.share
        while (few := np.minimum(labels.sum(1), n - labels.sum(1)) < 2).any():
            labels[few] = rng.random((int(few.sum()), n)) < self.share
        return labels.astype(float)

    def measured(self, rng: np.random.Generator, labels: Array) -> tuple[Array, Array]:
        """Return features, shape (cohorts, m, k), and the true logit of each patient."""
        shift, k = self.shift, self.features
        prior = math.log(self.share / (1 - self.share))
        noise = rng.standard_normal((*labels.shape, k))
        if self.shape == "correlation 0.5":
            noise = math.sqrt(0.5) * (noise + rng.standard_normal((*labels.shape, 1)))
            towards = np.linalg.solve(0.5 * (np.eye(k) + 1.0), shift)
            x = noise + labels[..., None] * shift
            return x, prior + (x - shift / 2) @ towards
        if self.shape == "half binary":
            cut = np.arange(k) % 2 == 0
            low, high = ndtri(0.6) * np.ones(k), ndtri(0.6) - shift
            x = noise + labels[..., None] * shift
            binary = (x > ndtri(0.6)).astype(float)
            with_trait, without = np.log(_tail(high) / _tail(low)), np.log(_tail(-high) / _tail(-low))
            ratio = np.where(cut, np.where(binary > 0, with_trait, without), (x - shift / 2) * shift)
            return np.where(cut, binary, x), prior + ratio.sum(-1)
        if self.shape == "unequal spread":
            spread = np.where(labels > 0, 1.25, 1.0)[..., None]
            x = spread * noise + labels[..., None] * shift
            one, other = ((x - shift) / 1.25) ** 2 / 2 + math.log(1.25), x**2 / 2
            return x, prior + (other - one).sum(-1)
        x = noise + labels[..., None] * shift
        truth = prior + (x - shift / 2) @ shift
        return (np.exp(x) if self.shape == "log-normal" else x), truth

    def cohorts(self, rng: np.random.Generator, count: int, n: int) -> tuple[Array, Array, Array, Array]:
        """Return standardised features and outcomes of cohorts, and features and true logit of new patients."""
        labels = self.outcomes(rng, count, n)
        x, _ = self.measured(rng, labels)
        new, truth = self.measured(rng, (rng.random((count, NEW_PATIENTS)) < self.share).astype(float))
        mean, sd = x.mean(1, keepdims=True), x.std(1, keepdims=True)
        sd = np.where(sd > 1e-12, sd, np.inf)  # a constant feature is 0 for everybody, as in the pipeline
        return (x - mean) / sd, labels, (new - mean) / sd, truth


def _tail(z: Array) -> Array:
    """Return the chance of a standard normal above z."""
    return np.array([0.5 * math.erfc(value / math.sqrt(2)) for value in z])


def shipped(x: Array, labels: Array, new: Array) -> tuple[Array, Array]:
    """Return mean and SD of each new patient's linear predictor under the interval that ships."""
    sets = TrainingSets(x, np.ones(x.shape[:2]), labels[:, :, None])
    mean, root = neutral_posteriors(sets, range(x.shape[2]))
    rows = np.concatenate([np.ones((*new.shape[:2], 1)), new], axis=2)
    return np.einsum("cmk,ck->cm", rows, mean), np.linalg.norm(rows @ root, axis=2)


def posterior_cell(cell: Cell, rng: np.random.Generator) -> Cell:
    """Return coverage and width at every reach and effect, of each half of the cohorts."""
    halves: list[list[Cell]] = [[], []]
    for auc, kind in EFFECTS:
        if kind == "half" and cell["features"] <= 2:
            continue  # half of two features is one
        population = Population(cell["share"], cell["features"], auc, kind, cell.get("shape", ""))
        x, labels, new, truth = population.cohorts(rng, cell["cohorts"], cell["n"])
        mean, sd = shipped(x, labels, new)
        needed = np.abs(truth - mean) / sd
        for half, into in zip(np.array_split(np.arange(cell["cohorts"]), 2), halves, strict=True):
            held = needed[half, :, None] <= REACHES
            width = expit(mean[half, :, None] + sd[half, :, None] * REACHES)
            width -= expit(mean[half, :, None] - sd[half, :, None] * REACHES)
            into.append(
                {
                    "auc": auc,
                    "informative": kind,
                    "coverage": held.mean((0, 1)).tolist(),
                    "error": (held.mean(1).std(0, ddof=1) / math.sqrt(len(half))).tolist(),
                    "width": width.mean((0, 1)).tolist(),
                    "thirds": _by_third(held, truth[half]),
                }
            )
    return {"calibration": halves[0], "evaluation": halves[1]}


def _by_third(held: NDArray[np.bool_], truth: Array) -> list[list[float]]:
    """Return coverage at every reach where the true probability is low, middling and high."""
    order = np.argsort(truth, axis=None)
    return [held.reshape(-1, held.shape[-1])[part].mean(0).tolist() for part in np.array_split(order, 3)]


def _model_probability(id_: str, x: Array, labels: Array, new: Array) -> Array:
    names = tuple(f"x{i}" for i in range(x.shape[1]))
    model = build_model(id_, FeatureTable(names, tuple((name,) for name in names)))
    return expit(model.decide(x, labels).logit(new))


def _refit_logits(id_: str, x: Array, labels: Array, new: Array, rng: np.random.Generator) -> Array:
    """Return the logit of each new patient by bootstrap refits, shape (refits, m)."""
    counts = stratified_bootstrap(labels.astype(int), REFITS, rng)
    mean = counts @ x / len(x)
    sd = np.sqrt(np.maximum(counts @ x**2 / len(x) - mean**2, 0.0))
    sd = np.where(sd > 1e-9, sd, np.inf)
    everybody = (np.concatenate([x, new]) - mean[:, None]) / sd[:, None]
    counts = np.concatenate([counts, np.zeros((REFITS, len(new)))], axis=1)
    given = np.broadcast_to(np.append(labels, np.zeros(len(new)))[None, :, None], (*counts.shape, 1))
    ask = np.broadcast_to(np.arange(len(x), len(x) + len(new)), (REFITS, len(new)))
    return _model(id_, x.shape[1]).predict(TrainingSets(everybody, counts, given), ask).logit[:, :, 0]


def _model(id_: str, features: int) -> Any:
    names = tuple(f"x{i}" for i in range(features))
    return build_model(id_, FeatureTable(names, tuple((name,) for name in names)))


def _out_of_fold(id_: str, x: Array, labels: Array) -> Array:
    train, ask = leave_one_out(len(x))
    mean = train @ x / (len(x) - 1)
    sd = np.sqrt(np.maximum(train @ x**2 / (len(x) - 1) - mean**2, 0.0))
    sets = (x - mean[:, None]) / np.where(sd > 1e-9, sd, np.inf)[:, None]
    given = np.broadcast_to(labels[None, :, None], (*train.shape, 1))
    return _model(id_, x.shape[1]).predict(TrainingSets(sets, train, given), ask).logit[:, 0, 0]


def _laplace(x: Array, labels: Array, new: Array, precision: float) -> tuple[Array, Array]:
    """Return mean and SD of the linear predictor of new patients of one cohort at a prior precision."""
    design = np.column_stack([np.ones(len(x)), x])
    prior = np.append(INTERCEPT_SD**-2, np.full(x.shape[1], precision))
    problem = Problem(design[None], np.ones((1, len(x))), labels[None, :, None], prior, np.zeros(len(prior)))
    found = solve(problem, Family(with_information=True))
    assert found.information is not None
    rows = np.column_stack([np.ones(len(new)), new])
    covariance = np.linalg.inv(found.information[0, 0])
    return rows @ found.coefficients[0, :, 0], np.sqrt(((rows @ covariance) * rows).sum(1))


def _firth(x: Array, labels: Array, new: Array) -> tuple[Array, Array]:
    """Return Firth's linear predictor of new patients and its Wald SD."""
    design = np.column_stack([np.ones(len(x)), x])
    problem = Problem(design[None], np.ones((1, len(x))), labels[None, :, None], np.zeros(7), np.zeros(7))
    coefficients = solve(problem, Family(penalised=False, firth=True, tolerance=1e-9)).coefficients[0, :, 0]
    p = expit(design @ coefficients)
    covariance = np.linalg.pinv((design * (p * (1 - p))[:, None]).T @ design)
    rows = np.column_stack([np.ones(len(new)), new])
    return rows @ coefficients, np.sqrt(((rows @ covariance) * rows).sum(1))


def _around(found: tuple[Array, Array]) -> Array:
    return np.stack([expit(found[0] - 1.96 * found[1]), expit(found[0] + 1.96 * found[1])], axis=1)


def _hull(*intervals: Array) -> Array:
    return np.stack([np.min([i[:, 0] for i in intervals], 0), np.max([i[:, 1] for i in intervals], 0)], axis=1)


def candidates_of(x: Array, labels: Array, new: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Return the limits, shape (m, 2), of every candidate for the new patients of one cohort."""
    refits = _refit_logits("ridge:0.1", x, labels, new, rng)
    band = expit(np.quantile(refits, [0.025, 0.975], axis=0)).T
    own = _laplace(x, labels, new, 10.0)[0]
    half = (logit(band[:, 1]) - logit(band[:, 0])) / 2
    loo = _out_of_fold("ridge:0.1", x, labels)
    pair = venn_abers(venn_abers_table(loo, labels), logit(_model_probability("ridge:0.1", x, labels, new)))
    outcomes = np.stack([pair.p0, pair.p1], axis=1)
    scale = (loo - loo.mean()) / loo.std(), (own - loo.mean()) / loo.std()
    miss = np.quantile(np.abs(labels - expit(loo)), LEVEL, method="higher")
    p = expit(own)
    shipped_mean, shipped_sd = shipped(x[None], labels[None], new[None])
    neutral = (shipped_mean[0], shipped_sd[0])
    return {
        "refit band, ridge:0.1": band,
        "refit band, ridge:1": expit(
            np.quantile(_refit_logits("ridge:1", x, labels, new, rng), [0.025, 0.975], axis=0)
        ).T,
        "refit band, ridge:0.1, four times as wide": np.stack([expit(own - 4 * half), expit(own + 4 * half)], axis=1),
        "Venn-Abers, ridge:0.1": outcomes,
        "hull of refit band and Venn-Abers": _hull(band, outcomes),
        "recalibrated out of fold, ridge:0.1": _around(_laplace(scale[0][:, None], labels, scale[1][:, None], 0.16)),
        "conformalised, ridge:0.1": np.stack([np.maximum(p - miss, 0), np.minimum(p + miss, 1)], axis=1),
        "Firth, Wald": _around(_firth(x, labels, new)),
        "bayes, prior SD 1 a feature": _around(_laplace(x, labels, new, 1.0)),
        "neutral, prior SD 2 a feature": _around(_laplace(x, labels, new, 0.25)),
        **{
            f"neutral, prior SD {sd} of the predictor": _around(_laplace(x, labels, new, x.shape[1] / sd**2))
            for sd in (2, 4)
        },
        f"neutral, prior SD {PREDICTOR_SD:g} of the predictor": _around(neutral),
        "the same, hull with Venn-Abers": _hull(_around(neutral), outcomes),
    }


def candidate_cell(cell: Cell, rng: np.random.Generator) -> Cell:
    """Return coverage and width of every candidate at every effect."""
    return {"effects": [_tried(cell, effect, rng, candidates_of) for effect in _some_effects()]}


def model_cell(cell: Cell, rng: np.random.Generator) -> Cell:
    """Return the limits at the calibrated reach stretched to each model's probability, and refit bands."""

    def limits(x: Array, labels: Array, new: Array, own: np.random.Generator) -> dict[str, Array]:
        mean, sd = shipped(x[None], labels[None], new[None])
        reach = cell["reach"]
        bare = np.stack([expit(mean[0] - reach * sd[0]), expit(mean[0] + reach * sd[0])], axis=1)
        found = {"": bare}
        for id_ in MODELS:
            p = _model_probability(id_, x, labels, new)
            found[id_] = _hull(bare, np.stack([p, p], axis=1))
        for id_ in BANDS:
            refits = _refit_logits(id_, x, labels, new, own)
            found[f"refit band of {id_}"] = expit(np.quantile(refits, [0.025, 0.975], axis=0)).T
        return found

    return {"effects": [_tried(cell, effect, rng, limits) for effect in _some_effects()]}


def _some_effects() -> Iterator[tuple[float, str]]:
    return (effect for effect in EFFECTS if effect[1] != "one")


def _tried(
    cell: Cell,
    effect: tuple[float, str],
    rng: np.random.Generator,
    limits_of: Callable[[Array, Array, Array, np.random.Generator], dict[str, Array]],
) -> Cell:
    x, labels, new, truth = Population(cell["share"], cell["features"], *effect).cohorts(
        rng, cell["cohorts"], cell["n"]
    )
    held: dict[str, list[float]] = {}
    wide: dict[str, list[float]] = {}
    for c in range(cell["cohorts"]):
        p = expit(truth[c])
        for name, limits in limits_of(x[c], labels[c], new[c], rng).items():
            held.setdefault(name, []).append(float(((limits[:, 0] <= p) & (p <= limits[:, 1])).mean()))
            wide.setdefault(name, []).append(float((limits[:, 1] - limits[:, 0]).mean()))
    return {
        name: {
            "coverage": float(np.mean(values)),
            "error": float(np.std(values, ddof=1) / math.sqrt(len(values))),
            "width": float(np.mean(wide[name])),
        }
        for name, values in held.items()
    }


def cells(count: Callable[[int], int]) -> Iterator[Cell]:
    """Yield every cell that needs no reach."""
    for n, cohorts in COHORTS.items():
        for share in SHARES:
            for features in FEATURES:
                yield {"part": "rows", "n": n, "share": share, "features": features, "cohorts": count(cohorts)}
    for shape in ELSEWHERE:
        for n in (15, 30, 60):
            yield {"part": "elsewhere", "n": n, "share": 0.5, "features": 6, "shape": shape, "cohorts": count(600)}
    yield from _product("candidates", CANDIDATE_CELLS, count)


def _product(part: str, grid: dict[str, Any], count: Callable[[int], int]) -> Iterator[Cell]:
    for n in grid["n"]:
        for share in SHARES:
            for features in grid["features"]:
                yield {
                    "part": part, "n": n, "share": share, "features": features, "cohorts": count(grid["cohorts"]),
                }  # fmt: skip


def answer(cell: Cell) -> tuple[Cell, Cell]:
    """Return a cell and what was found in it."""
    place = [list(COHORTS).index(cell["n"]), round(100 * cell["share"]), cell["features"]]
    which = ["rows", "elsewhere", "candidates", "models"].index(cell["part"])
    shape = ELSEWHERE.index(cell["shape"]) if "shape" in cell else 0
    rng = np.random.default_rng([SEED, which, shape, *place])
    kind = {"rows": posterior_cell, "elsewhere": posterior_cell, "candidates": candidate_cell, "models": model_cell}
    return cell, kind[cell["part"]](cell, rng)


def found_in(wanted: list[Cell], kept: Path, workers: int) -> list[tuple[Cell, Cell]]:
    """Return what was found in cells, reading those that are kept and keeping those that are new."""
    done: dict[str, Cell] = {}
    if kept.exists():
        for line in kept.read_text(encoding="utf-8").splitlines():
            cell, found = json.loads(line)
            done[json.dumps(cell)] = found
    open_ones = [cell for cell in wanted if json.dumps(cell) not in done]
    began = time.perf_counter()
    with kept.open("a", encoding="utf-8") as file, get_context("spawn").Pool(workers) as pool:
        for cell, found in pool.imap_unordered(answer, open_ones):
            done[json.dumps(cell)] = found
            file.write(json.dumps([cell, found]) + "\n")
            file.flush()
            print(f"{time.perf_counter() - began:6.0f} s  {cell}", file=sys.stderr)
    return [(cell, done[json.dumps(cell)]) for cell in wanted]


def calibrated_reach(rows: list[tuple[Cell, Cell]]) -> float:
    """Return the smallest reach at which the first halves hold the truth often enough, in the worst cell too."""
    lowest = np.min([effect["coverage"] for _, found in rows for effect in found["calibration"]], axis=0)
    if lowest[-1] < LEVEL:
        raise RuntimeError(f"even a reach of {REACHES[-1]} holds the truth in {lowest[-1]:.3f} alone")
    return float(REACHES[int(np.argmax(lowest >= LEVEL))])


def evaluated(cell: Cell, found: Cell, reach: float) -> Cell:
    """Return a row of the table: coverage and width of the second half at the reach."""
    at = int(np.flatnonzero(reach == REACHES)[0])
    effects = found["evaluation"]
    return {
        **{name: cell[name] for name in ("n", "share", "features", "shape", "cohorts") if name in cell},
        "effects": [[effect["auc"], effect["informative"]] for effect in effects],
        "coverage": [round(effect["coverage"][at], 4) for effect in effects],
        "thirds": [[round(third[at], 4) for third in effect["thirds"]] for effect in effects],
        "width": [round(effect["width"][at], 4) for effect in effects],
        "greatest_monte_carlo_error": round(max(effect["error"][at] for effect in effects), 4),
    }


def tried(cell: Cell, found: Cell) -> Iterator[Cell]:
    """Yield one row a method of a cell: coverage over the effects, lowest and mean, and mean width."""
    for name in found["effects"][0]:
        of = [effect[name] for effect in found["effects"]]
        lowest = min(of, key=lambda effect: effect["coverage"])
        yield {
            **{key: cell[key] for key in ("n", "share", "features", "cohorts")},
            "method": name,
            "lowest": round(lowest["coverage"], 4),
            "monte_carlo_error": round(lowest["error"], 4),
            "mean": round(float(np.mean([effect["coverage"] for effect in of])), 4),
            "width": round(float(np.mean([effect["width"] for effect in of])), 4),
        }


def one_row_a_line(table: Cell) -> str:
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
    parser.add_argument("--workers", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    kept = arguments.out.with_suffix(".part")

    def count(cohorts: int) -> int:
        return max(4, round(arguments.share * cohorts))

    found = found_in(list(cells(count)), kept, arguments.workers)
    rows = [pair for pair in found if pair[0]["part"] == "rows"]
    reach = calibrated_reach(rows)
    with_models = [{**cell, "reach": reach} for cell in _product("models", MODEL_CELLS, count)]
    models = found_in(with_models, kept, arguments.workers)
    table = {
        "schema": "responder/patient-interval/1",
        "source": "benchmarks/patient_interval.py",
        "seed": SEED,
        "level": LEVEL,
        "predictor_sd": PREDICTOR_SD,
        "intercept_sd": INTERCEPT_SD,
        "reach": reach,
        "scenario": "independent normal features, class means apart along one or half of them; outcomes drawn",
        "new_patients": NEW_PATIENTS,
        "rows": [evaluated(*pair, reach) for pair in rows],
        "models": [row for pair in models for row in tried(*pair)],
        "candidates": [row for pair in found if pair[0]["part"] == "candidates" for row in tried(*pair)],
        "elsewhere": [evaluated(*pair, reach) for pair in found if pair[0]["part"] == "elsewhere"],
    }
    arguments.out.write_text(one_row_a_line(table), encoding="utf-8")
    kept.unlink()
    print(f"reach {reach}: wrote {arguments.out.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
