"""The exact rank-sum test against brute force, SciPy, and its own null."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, rankdata

from responder.explain import placements
from responder.explain.rank_sum import rank_sum_test
from responder.validate.midranks import doubled_midranks


def brute_force(score, outcome, strata):
    """Two-sided p and the smallest attainable, from every placement of the responders within strata."""
    groups = [np.flatnonzero(np.array(strata) == s) for s in dict.fromkeys(strata)]
    expected = sum(score[g].mean() * outcome[g].sum() for g in groups)
    placements = product(*(combinations(g.tolist(), int(outcome[g].sum())) for g in groups))
    distance = np.array([abs(score[[i for part in chosen for i in part]].sum() - expected) for chosen in placements])
    observed = abs(score[outcome == 1].sum() - expected)
    return (distance >= observed - 1e-9).mean(), (distance >= distance.max() - 1e-9).mean()


@given(st.data())
def test_equals_brute_force(data):
    n = data.draw(st.integers(2, 10))
    values = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), dtype=float)
    outcome = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    outcome[:2] = 0, 1
    strata = data.draw(st.lists(st.sampled_from(["a", "b"]), min_size=n, max_size=n))
    score = doubled_midranks(values)
    found = rank_sum_test(score, outcome, strata)
    assert (found.p, found.smallest_attainable_p) == pytest.approx(brute_force(score, outcome, strata), abs=1e-12)
    assert found.exact


@given(st.integers(0, 2**32 - 1), st.integers(4, 30))
def test_equals_scipy_without_ties(seed, n):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    outcome = rng.permutation(np.arange(n) % 3 == 0).astype(int)
    found = rank_sum_test(doubled_midranks(values), outcome)
    theirs = mannwhitneyu(values[outcome == 1], values[outcome == 0], method="exact")
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-10)
    assert found.auc == pytest.approx(theirs.statistic / (outcome.sum() * (n - outcome.sum())))


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12))
def test_doubled_midranks(values):
    given_values = np.array(values, dtype=float)
    assert doubled_midranks(given_values).tolist() == (2 * rankdata(given_values) - len(values) - 1).tolist()


def test_published_fisher_example():
    """Five of five responders without airway involvement, one of four with it: Fisher two-sided P = 0.048."""
    airway = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1.0])
    outcome = np.array([1, 1, 1, 1, 1, 1, 0, 0, 0])
    found = rank_sum_test(doubled_midranks(airway), outcome)
    assert found.p == pytest.approx(6 / 126)
    assert round(found.p, 3) == 0.048


def test_three_against_six_cannot_reach_less_than_two_in_84():
    found = rank_sum_test(doubled_midranks(np.arange(9.0)), np.array([1, 0, 1, 1, 0, 1, 1, 0, 1]))
    assert found.smallest_attainable_p == pytest.approx(2 / 84)  # 0.024


def test_a_constant_score_tells_nothing():
    found = rank_sum_test(np.zeros(5, dtype=int), np.array([0, 1, 0, 1, 1]))
    assert (found.auc, found.p, found.smallest_attainable_p) == (0.5, 1.0, 1.0)


def test_large_cohorts_use_the_normal_approximation_and_say_so(monkeypatch):
    rng = np.random.default_rng(2)
    values, outcome = rng.normal(size=80).round(1), np.arange(80) % 2
    values[outcome == 1] += 0.4
    exact = rank_sum_test(doubled_midranks(values), outcome, ["a", "b"] * 20 + ["b", "a"] * 20)
    monkeypatch.setattr(placements, "MOST_ADDITIONS", 0)
    found = rank_sum_test(doubled_midranks(values), outcome, ["a", "b"] * 20 + ["b", "a"] * 20)
    assert exact.exact
    assert not found.exact
    assert found.p == pytest.approx(exact.p, abs=0.01)
    assert found.smallest_attainable_p < 1e-6
    assert rank_sum_test(np.zeros(4, dtype=int), np.array([0, 1, 0, 1])).p == 1.0


def test_the_test_keeps_its_level_over_all_labelings():
    score = doubled_midranks(np.array([9, 9, 9, 23, 14, 9, 23, 14, 9.0]))
    p = []
    for chosen in combinations(range(9), 6):
        outcome = np.zeros(9, dtype=int)
        outcome[list(chosen)] = 1
        p.append(rank_sum_test(score, outcome).p)
    for level in (0.05, 0.1, 0.3):
        assert (np.array(p) <= level + 1e-12).mean() <= level
