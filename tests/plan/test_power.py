"""Power by simulation: level, direction, bytes, and agreement with leave-pair-out."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.plan import PowerSimulation, normal_population, of_numbers, plain_features, simulate_power
from responder.plan.outcomes import draw_outcomes
from responder.plan.power import _auc_in_parts, _exact_auc, _point, _widths
from responder.validate.intervals import calibrated_interval
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table
from responder.validate.simulated import RIDGE
from responder.words import Phrase
from responder.workers.local import LocalProcesses

ridge = of_numbers(0.4, 3).build  # other processes find it by its name, which they would not of a function of a test


def simulation(aucs=(0.7, 0.9), sizes=(9, 17, 50), features=3, **more):
    return PowerSimulation(
        normal_population(plain_features(features)), ridge, more.pop("prevalence", 0.4), aucs, sizes, **more
    )


@pytest.fixture(scope="module")
def simulated():
    return simulate_power(simulation(), seed=1, cohorts=40)


def test_chance_is_rejected_no_more_often_than_the_level(simulated):
    """An exact test: at most 0.05 but for simulation error (4 standard errors of 160 outcomes)."""
    for point in simulated.at(0.5):
        assert point.power <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / (4 * point.cohorts))
        assert point.reached_auc == pytest.approx(0.5, abs=4 * point.reached_auc_se)


def test_power_rises_with_effect_and_size(simulated):
    for auc in (0.7, 0.9):
        small, _, large = simulated.at(auc)
        assert large.power > small.power + 0.1
        assert large.reached_auc < auc + 4 * large.reached_auc_se
        assert large.interval_width < small.interval_width
    for weak, strong in zip(simulated.at(0.7), simulated.at(0.9), strict=True):
        assert strong.power >= weak.power
        assert strong.reached_auc > weak.reached_auc
    assert simulated.at(0.9)[-1].power > 0.95


def test_standard_errors_are_those_of_repetition(simulated):
    """Eight other seeds scatter about the first by their standard error, within a factor of 2.5."""
    sizes = simulation(sizes=(17,))
    powers = [simulate_power(sizes, seed=s, cohorts=40).at(0.9)[0] for s in range(2, 10)]
    scatter = np.std([p.power for p in powers], ddof=1)
    assert 1 / 2.5 < scatter / np.mean([p.power_se for p in powers]) < 2.5


def test_same_seed_same_bytes_whoever_works(monkeypatch):
    monkeypatch.setattr("responder.workers.chunks.CHUNK_SECONDS", 0.02)
    small = simulation(aucs=(0.8,), sizes=(9, 12))
    one = simulate_power(small, seed=3, cohorts=7).frame().to_csv()
    assert simulate_power(small, seed=3, cohorts=7).frame().to_csv() == one
    assert simulate_power(small, seed=3, cohorts=7, workers=LocalProcesses(2)).frame().to_csv() == one
    assert simulate_power(small, seed=4, cohorts=7).frame().to_csv() != one


def test_a_cohort_does_not_depend_on_how_many_there_are():
    few, many = (simulate_power(simulation(sizes=s), seed=3, cohorts=7) for s in ((9,), (9, 12)))
    assert few.at(0.9)[0] == many.at(0.9)[0]


def test_nothing_can_be_judged_with_too_few_of_one_outcome():
    found = simulate_power(simulation(sizes=(9, 40), prevalence=0.1), seed=1, cohorts=3)
    assert found.at(0.9)[0].to_json() == {
        "auc": 0.9, "n": 9, "responders": 1, "cohorts": 0, "power": 0.0, "power_se": 0.0, "reached_auc": None,
        "reached_auc_se": None, "interval_width": None, "interval_width_se": None, "instability": None,
        "instability_se": None,
    }  # fmt: skip
    assert found.at(0.9)[1].cohorts == 3
    assert simulate_power(simulation(sizes=(9,), prevalence=0.01), seed=1).points[0].power == 0


@pytest.mark.parametrize(("n", "judged"), [(6, False), (7, True), (8, True)])
def test_three_of_the_rarer_outcome_are_enough_to_judge(n, judged):
    assert simulation(prevalence=0.4).can_be_judged(n) == judged  # 2 of 6, 3 of 7 and 8
    assert simulation(prevalence=0.6).can_be_judged(n) == judged


def test_exact_statistic_is_leave_pair_out():
    rng = np.random.default_rng(0)
    pipeline = ridge(Table(plain_features(3), rng.standard_normal((8, 3)), {}))
    labelings = draw_labelings(np.array([1, 1, 1, 0, 0, 0, 0, 0]), most_exact=100, draws=99, rng=rng)
    exact = _exact_auc(pipeline, labelings.labels)
    assert np.array_equal(exact, permutation_test(pipeline, labelings).auc)
    assert exact.mean() == pytest.approx(0.5, abs=1e-12)


def test_fifths_have_mean_one_half_over_all_labelings():
    """The invariant of leave-pair-out holds for whom is left out together, whatever the partition."""
    rng = np.random.default_rng(0)
    pipeline = ridge(Table(plain_features(3), rng.standard_normal((9, 3)), {}))
    labelings = draw_labelings(np.array([1, 1, 1, 0, 0, 0, 0, 0, 0]), most_exact=100, draws=99, rng=rng)
    wins = [_auc_in_parts(pipeline, labelings.labels, np.random.default_rng(s)).mean() for s in range(20)]
    assert np.mean(wins) == pytest.approx(0.5, abs=0.02)


def test_power_of_fifths_is_that_of_leave_pair_out():
    """The same 60 cohorts of 17, four outcomes each: the difference is within 4 of its standard errors, and 0.1."""
    population = normal_population(plain_features(3))
    effect, difference = population.effect(0.9, 0.4), []
    for number in range(60):
        rng = np.random.default_rng([5, number])
        values, linear = population.draw(17, rng)
        pipeline = ridge(Table(population.spec, values, {}))
        outcomes, _ = draw_outcomes((effect.intercept + effect.factor * linear)[None], 7, 4, rng)
        null = draw_labelings(outcomes[0, 0], most_exact=1, draws=39, rng=rng).labels[1:]
        labels = np.concatenate([null, outcomes[0]])
        rejected = []
        for auc in (_exact_auc(pipeline, labels), _auc_in_parts(pipeline, labels, rng)):
            p = (1 + (auc[None, :39] >= auc[39:, None] - 1e-9).sum(axis=1)) / 40
            rejected.append((p <= 0.05).mean())
        difference.append(rejected[1] - rejected[0])
    assert abs(np.mean(difference)) < min(0.1, 4 * np.std(difference) / math.sqrt(60))


def test_widths_are_those_of_calibrated_intervals():
    at, width = _widths(6, 3, RIDGE)
    wins = np.ones((6, 3))
    wins[:2] = 0
    interval = calibrated_interval(wins)
    assert np.interp(wins.mean(), at, width) == pytest.approx(interval.upper - interval.lower, abs=1e-12)


def test_level_and_side_are_respected():
    strict = simulation(aucs=(), sizes=(9,), alpha=0.004)
    assert strict.labelings == 1249
    assert simulate_power(strict, seed=1, cohorts=5).points[0].power == 0  # 126 labelings: no p below 0.0079
    for side in ("greater", "two-sided"):
        found = simulate_power(simulation(aucs=(0.9,), sizes=(17,), side=side), seed=1, cohorts=30)
        assert found.at(0.5)[0].power <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 120)
        assert found.at(0.9)[0].power > 0.2


def test_the_budget_decides_how_many_leaves_out_the_largest_and_refuses_what_it_does_not_buy():
    both = simulation(sizes=(9, 100))
    small, large = (both.seconds_per_cohort(n) for n in both.sizes)
    whole = simulate_power(both, seed=1, budget_seconds=20.5 * (small + large))
    assert (whole.cohorts, whole.sizes, whole.left_out) == (20, (9, 100), ())
    part = simulate_power(both, seed=1, budget_seconds=21.5 * small)
    assert (part.cohorts, part.sizes, part.left_out) == (21, (9,), (100,))
    assert part.needed(0.7, 0.99).size == Phrase("study_plan.size.above", {"above": 9})
    with pytest.raises(ConfigError, match="20 simulated cohorts of 9 patients") as refused:
        simulate_power(both, seed=1, budget_seconds=10 * small)
    assert "--cohorts 20" in str(refused.value.hint)


def test_an_effect_out_of_reach_is_refused():
    with pytest.raises(ConfigError, match="out of reach"):
        simulate_power(simulation(aucs=(0.3,)), seed=1, cohorts=2)


def test_cohorts_count_by_their_chance_in_the_mean_and_in_its_error():
    """The error is the infinitesimal jackknife's: how the mean moves when one cohort counts a little more."""
    rng = np.random.default_rng(2)
    weight, values = rng.lognormal(0, 1.5, 12), rng.random((12, 4))
    found = _point(0.8, 20, 8, np.column_stack([weight, values]))
    means = (found.power, found.reached_auc, found.interval_width, found.instability)
    errors = (found.power_se, found.reached_auc_se, found.interval_width_se, found.instability_se)
    for column, mean, error in zip(values.T, means, errors, strict=True):
        assert mean == pytest.approx(np.average(column, weights=weight))
        moved = []
        for i in range(12):
            more = weight * np.where(np.arange(12) == i, 1 + 1e-6, 1.0)
            moved.append((np.average(column, weights=more) - mean) / 1e-6)
        assert error == pytest.approx(math.sqrt(sum(x * x for x in moved)), rel=1e-4)


@dataclass(frozen=True)
class Reversed(ModelPipeline):
    """A pipeline that says the opposite of what it learned."""

    def predict(self, refits):
        found = super().predict(refits)
        return replace(found, logit=-found.logit)


def test_an_auc_below_one_half_is_no_success_however_small_p_is():
    def build(table):
        return Reversed(table, ridge(table).model)

    against = replace(simulation(aucs=(0.95,), sizes=(40,), side="two-sided"), build=build)
    found = simulate_power(against, seed=1, cohorts=10).at(0.95)[0]
    assert found.reached_auc < 0.2
    assert found.power == 0.0
