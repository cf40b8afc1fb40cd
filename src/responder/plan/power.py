"""How often would the whole pipeline succeed in a larger cohort? Planning by simulation with the project's own test.

For each size, cohorts are drawn; in each, outcomes are drawn under every assumed AUC (chance, 0.5, among them), and all
of them are judged by one permutation test of these patients: the same labelings, the same left-out patients, the whole
pipeline refitted. The split of the outcomes is held at the prevalence; cohorts count by their chance of that split, so
that patients and outcomes fall together as they would in a study that met it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.errors import ConfigError
from responder.models.solver import expit
from responder.plan.outcomes import draw_outcomes
from responder.plan.population import Effect, Population
from responder.plan.simulated import CHANCE, PowerPoint, SimulatedPower
from responder.validate.intervals import calibrated_interval
from responder.validate.pairs import win
from responder.validate.permutation import (
    STATISTIC_TOLERANCE,
    Labelings,
    Side,
    count_labelings,
    draw_labelings,
    permutation_test,
)
from responder.validate.refit import Pipeline, Refits, Table
from responder.validate.simulated import Learner, learner_of
from responder.validate.splits import leave_out, stratified_bootstrap
from responder.validate.verdict import MIN_CLASS_SIZE
from responder.words import Phrase
from responder.workers import IN_PROCESS, KeptChunks, Workers, in_chunks

__all__ = ["PowerSimulation", "simulate_power"]

ByteArray = NDArray[np.int8]

MOST_EXACT = 200  # labelings that are enumerated; above it they are drawn
EXTREME_DRAWS = 5  # of the labelings drawn, so many may be as good as an outcome that is still significant
FEWEST_DRAWS = 99
OUTCOMES = 4  # drawn in each cohort under each effect
REFITS = 10  # bootstrap refits of each cohort under each effect
PARTS, PARTITIONS = 5, 5
FEWEST_COHORTS, MOST_COHORTS = 20, 400
BUDGET_SECONDS = 50.0  # nominal, for all sizes together
WIDTHS_AT = 40


@dataclass(frozen=True)
class PowerSimulation:
    """What is simulated.

    Attributes
    ----------
    population : Population
        Where patients come from.
    build : callable
        The pipeline on a table of patients.
    prevalence : float
        Share of responders.
    aucs : tuple of float
        Assumed AUCs of the true probabilities; chance is simulated with them.
    sizes : tuple of int
        Patients of the cohorts.
    alpha : float
        Level of the test.
    side : str
        ``greater`` or ``two-sided``.
    """

    population: Population
    build: Callable[[Table], Pipeline]
    prevalence: float
    aucs: tuple[float, ...]
    sizes: tuple[int, ...]
    alpha: float = 0.05
    side: Side = "greater"

    @property
    def labelings(self) -> int:
        """Random labelings of each test where not all are enumerated: 99, or more for a level below 0.05."""
        return max(FEWEST_DRAWS, math.ceil(EXTREME_DRAWS / self.alpha) - 1)

    def responders(self, n: int) -> int:
        """Return the responders among so many patients."""
        return round(n * self.prevalence)

    def can_be_judged(self, n: int) -> bool:
        """Whether so many patients hold enough of both outcomes for a verdict."""
        return min(self.responders(n), n - self.responders(n)) >= MIN_CLASS_SIZE

    def effects(self) -> list[Effect]:
        """Return the effects that are simulated, chance first."""
        return [self.population.effect(auc, self.prevalence) for auc in (CHANCE, *self.aucs)]

    def affordable(self, budget_seconds: float) -> tuple[tuple[int, ...], int]:
        """Return the sizes of which a nominal budget buys 20 cohorts each, the smaller first, and how many it buys.

        Raises
        ------
        ConfigError
            If it does not buy 20 of the smallest.
        """
        spent, count = list(itertools.accumulate(self.seconds_per_cohort(n) for n in self.sizes)), len(self.sizes)
        while count and spent[count - 1] * FEWEST_COHORTS > budget_seconds:
            count -= 1
        if not count:
            raise ConfigError(
                "plan_slow",
                where=Phrase("place.simulation"),
                cohorts=FEWEST_COHORTS,
                n=self.sizes[0],
                minutes=math.ceil(spent[0] * FEWEST_COHORTS / 60),
            )
        return self.sizes[:count], _bought(budget_seconds, spent[count - 1])

    def seconds_per_cohort(self, n: int) -> float:
        """Return the nominal computing time of one cohort, on an ordinary core."""
        if not self.can_be_judged(n):
            return 0.0
        outcome = _split(n, self.responders(n))
        kinds = 1 + len(self.aucs)
        if count_labelings(outcome) <= MOST_EXACT:
            fits = n * (n - 1) // 2 * math.comb(n - 2, self.responders(n) - 1)
        else:
            fits = PARTITIONS * (n // _part(n)) * (self.labelings + kinds * OUTCOMES)
        # bootstrap samples share no design: each costs several fits that do
        fits += 5 * kinds * REFITS
        values, _ = self.population.draw(n, np.random.default_rng(0))
        return fits * self.build(Table(self.population.spec, values, self.population.expected)).seconds_per_fit()


def simulate_power(
    simulation: PowerSimulation,
    *,
    seed: int,
    cohorts: int | None = None,
    budget_seconds: float = BUDGET_SECONDS,
    workers: Workers = IN_PROCESS,
    kept: KeptChunks[FloatArray] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedPower:
    """Simulate cohorts of every size and put them through the whole pipeline.

    Parameters
    ----------
    simulation : PowerSimulation
        What is assumed.
    seed : int
        Same seed, same numbers, whoever works.
    cohorts : int, optional
        Cohorts of each size; by default what the budget buys, from 20 to 400. Where it does not buy 20 of every
        size, the largest are left out.
    budget_seconds : float
        Nominal computing time, from the number of fits and never from a clock.
    workers : Workers
        Whom cohorts are shared out to.
    kept : KeptChunks, optional
        What an interrupted simulation has found already, a few cohorts each.
    progress : callable, optional
        Told (cohorts done, cohorts in all).

    Raises
    ------
    ConfigError
        If an assumed AUC is out of reach, or the budget does not buy 20 cohorts of the smallest size.

    Notes
    -----
    Where at most 200 labelings exist, the test is the program's own: leave-pair-out, all labelings. Else five random
    partitions into fifths stand for all pairs (the pairs within a fifth are compared by a model that saw none of it)
    and 99 random labelings, of which the outcome is one more, for all. Both are exact tests of the same hypothesis;
    the power of the second is a point or three lower (docs/decisions/0014).
    """
    effects = simulation.effects()
    wanted: tuple[int, ...] = simulation.sizes
    left_out: tuple[int, ...] = ()
    if cohorts is None:
        wanted, cohorts = simulation.affordable(budget_seconds)
        left_out = simulation.sizes[len(wanted) :]
    sizes = [n for n in wanted if simulation.can_be_judged(n)]
    tasks = [(n, part) for n in sizes for part in in_chunks([simulation.seconds_per_cohort(n)] * cohorts)]
    found: dict[int, list[FloatArray]] = {n: [] for n in sizes}
    done = 0
    shared = _Asked(simulation, effects, seed)
    for (n, numbers), parts in zip(tasks, workers.map(_several, shared, tasks, kept=kept), strict=True):
        found[n].extend(parts)
        done += len(numbers)
        if progress is not None:
            progress(done, cohorts * len(sizes))
    points = []
    for place, effect in enumerate(effects):
        for n in wanted:
            own = [cohort[place] for cohort in found.get(n, [])]
            points.append(_point(effect.auc, n, simulation.responders(n), np.array(own).reshape(len(own), 5)))
    table = Table(simulation.population.spec, simulation.population.draw(9, np.random.default_rng(0))[0], {})
    return SimulatedPower(
        tuple(points), simulation.build(table).id, simulation.population.title, simulation.alpha, simulation.side,
        simulation.labelings, cohorts, seed, left_out,
    )  # fmt: skip


_Task = tuple[int, range]


@dataclass(frozen=True)
class _Asked:
    """What every task needs."""

    simulation: PowerSimulation
    effects: list[Effect]
    seed: int


def _several(asked: _Asked, task: _Task) -> FloatArray:
    """Return what `_cohort` does of some cohorts of one size, shape (cohorts, E, 5)."""
    simulation, (n, numbers) = asked.simulation, task
    table = Table(simulation.population.spec, simulation.population.draw(n, np.random.default_rng(0))[0], {})
    learner = learner_of(simulation.build(table))
    widths = _widths(simulation.responders(n), n - simulation.responders(n), learner)
    rngs = [np.random.default_rng([asked.seed, n, i]) for i in numbers]
    return np.stack([_cohort(simulation, asked.effects, n, widths, rng) for rng in rngs])


def _cohort(
    simulation: PowerSimulation,
    effects: list[Effect],
    n: int,
    widths: tuple[FloatArray, FloatArray],
    rng: np.random.Generator,
) -> FloatArray:
    """Return, for each effect: weight, share rejected, mean AUC, mean width, instability; shape (E, 5)."""
    values, linear = simulation.population.draw(n, rng)
    pipeline = simulation.build(Table(simulation.population.spec, values, simulation.population.expected))
    logit = np.stack([effect.intercept + effect.factor * linear for effect in effects])
    outcomes, log_chance = draw_outcomes(logit, simulation.responders(n), OUTCOMES, rng)
    tried = outcomes.reshape(-1, n)
    reference = draw_labelings(tried[0], most_exact=MOST_EXACT, draws=simulation.labelings, rng=rng)
    others = reference.labels if reference.exact else reference.labels[1:]
    labels = np.concatenate([others, tried])
    auc = _exact_auc(pipeline, labels) if reference.exact else _auc_in_parts(pipeline, labels, rng)
    null, observed = auc[: len(others)], auc[len(others) :]
    key = np.abs if simulation.side == "two-sided" else np.asarray
    as_good = (key(null - CHANCE)[None] >= key(observed - CHANCE)[:, None] - STATISTIC_TOLERANCE).sum(axis=1)
    p = as_good / len(null) if reference.exact else (as_good + 1) / (len(null) + 1)
    rejected = (p <= simulation.alpha) & (observed > CHANCE)
    by_effect = np.stack([rejected.astype(float), observed, np.interp(observed, *widths)]).reshape(3, len(effects), -1)
    unstable = _instability(pipeline, outcomes[:, 0], rng)
    return np.column_stack([np.exp(log_chance), *by_effect.mean(axis=2), unstable])


def _exact_auc(pipeline: Pipeline, labels: ByteArray) -> FloatArray:
    """Return the leave-pair-out AUC of labelings, all pairs."""
    rows = np.arange(len(labels))
    return np.nan_to_num(permutation_test(pipeline, Labelings(labels, 0, True, len(labels), rows)).auc, nan=CHANCE)


def _part(n: int) -> int:
    """Return how many patients are left out together."""
    return max(3, math.ceil(n / PARTS))


def _auc_in_parts(pipeline: Pipeline, labels: ByteArray, rng: np.random.Generator) -> FloatArray:
    """Return the AUC of labelings over pairs that were left out together, in random partitions of the patients.

    As in leave-pair-out the pair is compared by one model that saw neither, so that its mean over all labelings is 0.5.
    """
    n, size = labels.shape[1], _part(labels.shape[1])
    kept = n // size * size
    parts = np.concatenate([rng.permutation(n)[:kept].reshape(-1, size) for _ in range(PARTITIONS)])
    of_patient = labels.T.astype(float)
    train = leave_out(n, parts)
    logit = pipeline.predict(Refits(train, np.broadcast_to(of_patient, (len(parts), *of_patient.shape)), parts)).logit
    first, second = np.triu_indices(size, 1)
    won, pairs = np.zeros(len(labels)), np.zeros(len(labels))
    for part, scores in zip(parts, logit, strict=True):
        sign = of_patient[part[first]] - of_patient[part[second]]
        # a fit that saw one outcome only gives everybody the same score
        difference = np.nan_to_num(sign * (scores[first] - scores[second]))
        won += np.where(sign != 0, win(difference), 0.0).sum(axis=0)
        pairs += (sign != 0).sum(axis=0)
    return np.where(pairs > 0, won / np.maximum(pairs, 1.0), CHANCE)


def _instability(pipeline: Pipeline, outcomes: ByteArray, rng: np.random.Generator) -> FloatArray:
    """Return the mean absolute prediction error over patients and bootstrap refits of each outcome, shape (E,)."""
    effects, n = outcomes.shape
    train = np.concatenate(
        [weights for y in outcomes for weights in (np.ones((1, n)), stratified_bootstrap(y, REFITS, rng))]
    )
    labels = np.repeat(outcomes.astype(float), 1 + REFITS, axis=0)[:, :, None]
    everybody = np.broadcast_to(np.arange(n), (len(train), n))
    logit = pipeline.predict(Refits(train, labels, everybody)).logit[:, :, 0].reshape(effects, 1 + REFITS, n)
    probability = expit(logit)
    return np.asarray(np.nanmean(np.abs(probability[:, 1:] - probability[:, :1]), axis=(1, 2)))


def _widths(responders: int, others: int, learner: Learner) -> tuple[FloatArray, FloatArray]:
    """Return AUCs from 0 to 1, and the width of the calibrated interval at each."""
    pairs = responders * others
    counts = np.unique(np.linspace(0, pairs, min(pairs, WIDTHS_AT) + 1).round().astype(int))
    found = []
    for count in counts:
        wins = (np.arange(pairs) < count).astype(float).reshape(responders, others)
        interval = calibrated_interval(wins, learner=learner)
        found.append(interval.upper - interval.lower)
    return counts / pairs, np.array(found)


def _bought(budget_seconds: float, seconds: float) -> int:
    return min(MOST_COHORTS, int(budget_seconds / seconds)) if seconds else FEWEST_COHORTS


def _split(n: int, responders: int) -> ByteArray:
    return (np.arange(n) < responders).astype(np.int8)


def _point(auc: float, n: int, responders: int, cohorts: FloatArray) -> PowerPoint:
    """Return weighted means over cohorts, shape (R, 5), each with the standard error of a ratio of sums."""
    if not len(cohorts):
        return PowerPoint(auc, n, responders, 0, 0.0, 0.0, *([math.nan] * 6))
    weight, values = cohorts[:, :1], cohorts[:, 1:]
    mean = (weight * values).sum(axis=0) / weight.sum()
    error = np.sqrt(np.square(weight * (values - mean)).sum(axis=0)) / weight.sum()
    numbers = [float(x) for pair in zip(mean, error, strict=True) for x in pair]
    return PowerPoint(auc, n, responders, len(cohorts), *numbers)
