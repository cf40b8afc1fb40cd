"""The exact van Elteren test: against every placement of the responders, SciPy, its own null; and heterogeneity."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, rankdata

from responder.explain import placements
from responder.explain.rank_sum import rank_sum_test
from responder.explain.stratified import heterogeneity, stratified_rank_sum
from responder.validate.midranks import doubled_midranks


def differ(found):
    return heterogeneity(found.auc, found.strata)


def statistic(score, chosen, groups):
    """Van Elteren's: rank sums within strata over n + 1, less their expectation."""
    total = 0.0
    for rows in groups:
        ranks = rankdata(score[rows])
        mine = np.isin(rows, chosen)
        total += (ranks[mine].sum() - mine.sum() * ranks.mean()) / (len(rows) + 1)
    return total


def brute_force(score, outcome, strata):
    """Two-sided p and the smallest attainable, from every placement of the responders within strata."""
    groups = [np.flatnonzero(np.array(strata) == s) for s in dict.fromkeys(strata)]
    ways = product(*(combinations(g.tolist(), int(outcome[g].sum())) for g in groups))
    distance = np.array([abs(statistic(score, [i for part in way for i in part], groups)) for way in ways])
    observed = abs(statistic(score, np.flatnonzero(outcome == 1), groups))
    return (distance >= observed - 1e-9).mean(), (distance >= distance.max() - 1e-9).mean()


@settings(max_examples=40)
@given(st.data())
def test_equals_every_placement(data):
    n = data.draw(st.integers(3, 10))
    score = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=float)
    outcome = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    strata = ["a", "a", *data.draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=n - 2, max_size=n - 2))]
    outcome[:2] = 0, 1
    found = stratified_rank_sum(score, outcome, strata)
    assert (found.p, found.smallest_attainable_p) == pytest.approx(brute_force(score, outcome, strata), abs=1e-12)
    assert found.exact


def test_one_stratum_is_the_rank_sum_test():
    rng = np.random.default_rng(3)
    values, outcome = rng.normal(size=14), np.arange(14) % 3 == 0
    found, plain = stratified_rank_sum(values, outcome, ["a"] * 14), rank_sum_test(doubled_midranks(values), outcome)
    assert found.p == pytest.approx(mannwhitneyu(values[outcome], values[~outcome], method="exact").pvalue, abs=1e-12)
    assert (found.auc, found.p) == pytest.approx((plain.auc, plain.p), abs=1e-12)
    assert differ(found) is None


def test_only_order_within_a_stratum_counts():
    """A marker on another scale in each cohort: pooled, it would say nothing; within strata it is perfect."""
    score = np.array([1.0, 2, 3, 4, 101, 102, 103, 104])
    outcome = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    found = stratified_rank_sum(score, outcome, ["a"] * 4 + ["b"] * 4)
    assert found.auc == 1.0
    assert found.p == pytest.approx(2 / 36)
    moved = stratified_rank_sum(np.where(score < 50, score * 7, score - 99), outcome, ["a"] * 4 + ["b"] * 4)
    assert moved == found


def test_the_auc_of_all_is_what_the_statistic_counts():
    """T, the sum of rank sums over n + 1, is sum n1 n0 / (n + 1) (AUC - 1/2): weights and test agree."""
    rng = np.random.default_rng(5)
    score, outcome = rng.normal(size=29), rng.integers(0, 2, 29)
    strata = ["a"] * 9 + ["b"] * 20
    found = stratified_rank_sum(score, outcome, strata)
    groups = [np.arange(9), np.arange(9, 29)]
    whole = sum(s.responders * (s.n - s.responders) / (s.n + 1) for s in found.strata)
    assert statistic(score, np.flatnonzero(outcome == 1), groups) == pytest.approx((found.auc - 0.5) * whole)
    assert sum(s.weight for s in found.strata) == pytest.approx(1.0)
    assert found.lower < found.auc < found.upper


def test_a_stratum_with_one_outcome_is_named_and_changes_nothing():
    score, outcome = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 1, 0, 1, 1, 1])
    found = stratified_rank_sum(score, outcome, ["a"] * 4 + ["b"] * 2)
    alone = stratified_rank_sum(score[:4], outcome[:4], ["a"] * 4)
    assert (found.p, found.auc, found.idle) == (alone.p, alone.auc, ("b",))
    with pytest.raises(ValueError, match="both outcomes"):
        stratified_rank_sum(score, np.ones(6), ["a"] * 6)


def test_p_keeps_its_level_on_stratified_noise():
    """Strata with other sizes, shares of responders and scales: P(p <= alpha) is at most alpha, and not far below."""
    rng = np.random.default_rng(11)
    sizes, responders, shift = (9, 14, 30), (6, 4, 15), np.repeat([0.0, 5.0, -3.0], (9, 14, 30))
    strata = np.repeat(["a", "b", "c"], sizes).tolist()
    p = []
    for _ in range(400):
        outcome = np.concatenate([rng.permutation(np.arange(n) < r) for n, r in zip(sizes, responders, strict=True)])
        p.append(stratified_rank_sum(rng.normal(size=53) + shift, outcome, strata).p)
    for alpha in (0.05, 0.2, 0.5):
        assert np.mean(np.array(p) <= alpha) == pytest.approx(alpha, abs=3 * np.sqrt(alpha * (1 - alpha) / 400))


def test_the_normal_approximation_is_near_where_it_takes_over(monkeypatch):
    rng = np.random.default_rng(2)
    score, outcome, strata = rng.normal(size=110), rng.integers(0, 2, 110), ["a"] * 50 + ["b"] * 60
    exact = stratified_rank_sum(score, outcome, strata)
    monkeypatch.setattr(placements, "MOST_ADDITIONS", 0)
    near = stratified_rank_sum(score, outcome, strata)
    assert (exact.exact, near.exact) == (True, False)
    assert near.p == pytest.approx(exact.p, abs=0.01)


def test_cohorts_in_opposite_directions_are_seen_and_like_ones_are_not():
    score = np.tile(np.arange(30.0), 2)
    up = np.arange(30) >= 15
    found = differ(stratified_rank_sum(score, np.concatenate([up, ~up]), ["a"] * 30 + ["b"] * 30))
    assert found.p < 1e-6
    assert (found.farthest.higher, found.farthest.lower_one) == ("a", "b")
    assert found.farthest.lower > 0.5
    same = differ(stratified_rank_sum(score, np.concatenate([up, up]), ["a"] * 30 + ["b"] * 30))
    assert same.q == 0.0
    assert same.p == 1.0
    assert same.detectable_difference == pytest.approx(2.80 * np.sqrt(2 * 31 / (12 * 225)), abs=0.02)


def test_q_does_not_exceed_its_level_where_one_auc_holds():
    """Normal scores, one true AUC of 0.7 in cohorts of 9 and 30: rejections at 5% stay at or below 5%."""
    rng = np.random.default_rng(4)
    strata = ["a"] * 9 + ["b"] * 30
    outcome = np.concatenate([np.arange(9) < 6, np.arange(30) < 15]).astype(int)
    p = [differ(stratified_rank_sum(rng.normal(size=39) + 0.742 * outcome, outcome, strata)).p for _ in range(300)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
