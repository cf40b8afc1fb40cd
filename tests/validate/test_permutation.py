"""The permutation test: exactness, the half, uniform p on noise, power on a planted signal."""

import math

import numpy as np
import pytest
from scipy.stats import kstest
from tests.validate.test_refit import make_table

from responder.models import DEFAULT_MODELS, build_model
from responder.validate.budget import plan_permutation
from responder.validate.pairs import leave_pair_out
from responder.validate.permutation import Labelings, count_labelings, draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline
from responder.workers.local import LocalProcesses


def pipeline_of(name, seed=0, n=9):
    table, outcome = make_table(seed, n)
    return ModelPipeline(table, build_model(name, table.feature_table)), outcome


def every_labeling(outcome, strata=()):
    return draw_labelings(outcome, most_exact=10**6, draws=99, rng=np.random.default_rng(0), strata=strata)


@pytest.mark.parametrize("name", [*DEFAULT_MODELS, "single:rpdai"])
def test_the_mean_over_all_labelings_is_one_half(name):
    """Invariant of leave-pair-out for any deterministic pipeline: swapping the pair's labels swaps the win."""
    pipeline, outcome = pipeline_of(name, n=8)
    found = permutation_test(pipeline, every_labeling(outcome))
    assert found.null_mean == pytest.approx(0.5, abs=1e-9)
    assert found.statistic == pytest.approx(leave_pair_out(pipeline, outcome).auc, abs=1e-12)


def test_every_labeling_equals_leave_pair_out_of_that_labeling():
    pipeline, outcome = pipeline_of("ridge:1", n=8)
    labelings = every_labeling(outcome)
    found = permutation_test(pipeline, labelings)
    for row in range(0, len(labelings), 5):
        alone = leave_pair_out(pipeline, labelings.labels[row].astype(int))
        assert found.auc[row] == pytest.approx(alone.auc, abs=1e-12)
        assert found.margin[row] == pytest.approx(alone.mean_difference, abs=1e-9)


def test_sharing_halves_the_fits_at_nine():
    """9 patients, 3 against 6: 84 labelings times 18 pairs are 1,512 refits, 756 of them distinct."""
    pipeline, outcome = pipeline_of("ridge:0.1", n=9)
    assert count_labelings(outcome) == 84
    found = permutation_test(pipeline, every_labeling(outcome))
    assert found.fits == 756
    assert found.smallest_attainable_p >= 1 / 84
    assert found.p >= found.smallest_attainable_p


def test_strata_keep_their_labels():
    outcome = np.array([1, 0, 0, 1, 1, 0, 0, 0])
    strata = list("aaabbbbb")
    labelings = every_labeling(outcome, strata)
    assert len(labelings) == math.comb(3, 1) * math.comb(5, 2) == count_labelings(outcome, strata)
    assert (labelings.labels[:, :3].sum(axis=1) == 1).all()
    drawn = draw_labelings(outcome, most_exact=1, draws=50, rng=np.random.default_rng(0), strata=strata)
    assert (drawn.labels[:, :3].sum(axis=1) == 1).all()
    assert (drawn.labels[0] == outcome).all()


def test_ties_are_broken_by_the_margin_only():
    pipeline, outcome = pipeline_of("ridge:0.1", seed=3)
    found = permutation_test(pipeline, every_labeling(outcome))
    observed = found.observed
    same = np.abs(found.auc - found.auc[observed]) <= 1e-9
    better = found.auc > found.auc[observed] + 1e-9
    expected = (better | (same & (found.margin >= found.margin[observed] - 1e-9))).mean()
    assert found.p_tie_broken == pytest.approx(expected)
    assert found.p_tie_broken <= found.p


def test_two_sided_counts_both_tails():
    pipeline, outcome = pipeline_of("ridge:0.1", seed=4)
    found = permutation_test(pipeline, every_labeling(outcome), side="two-sided")
    far = np.abs(found.auc - 0.5)
    assert found.p == pytest.approx((far >= far[found.observed] - 1e-9).mean())


def test_a_constant_model_has_no_p_below_one():
    pipeline, outcome = pipeline_of("prevalence")
    found = permutation_test(pipeline, every_labeling(outcome))
    assert not found.is_estimable
    assert found.p == found.smallest_attainable_p == 1.0


def test_random_draws_estimate_the_exact_p():
    pipeline, outcome = pipeline_of("ridge:1", seed=5, n=12)
    exact = permutation_test(pipeline, every_labeling(outcome))
    drawn = draw_labelings(outcome, most_exact=1, draws=399, rng=np.random.default_rng(0))
    random = permutation_test(pipeline, drawn)
    assert not random.exact
    assert random.labelings == 399
    assert random.p >= 1 / 400
    assert abs(random.p - exact.p) < 4 * math.sqrt(exact.p * (1 - exact.p) / 399) + 1 / 400


def test_p_is_uniform_on_noise_when_fine_and_conservative_when_discrete():
    """200 cohorts of pure noise: Kolmogorov-Smirnov on the tie-broken p; P(p <= a) <= a at every level."""
    fine, coarse = [], []
    for seed in range(200):
        pipeline, outcome = pipeline_of("ridge:0.1", seed=1000 + seed, n=10)
        found = permutation_test(pipeline, every_labeling(outcome))
        fine.append(found.p_tie_broken - np.random.default_rng(seed).random() / found.labelings)
        coarse.append(found.p)
    assert kstest(fine, "uniform").pvalue > 0.001
    for level in (0.05, 0.1, 0.25, 0.5):
        assert np.mean(np.array(coarse) <= level) <= level + 3 * math.sqrt(level * (1 - level) / 200)


def test_power_on_a_planted_signal_rises_with_n():
    power = []
    for n in (9, 15, 27):
        rejected = 0
        for seed in range(25):
            table, _ = make_table(seed, n, missing=0.0)
            score = table.values[:, 2] + np.random.default_rng(1000 + seed).normal(0, 4, n)
            outcome = (score > np.quantile(score, 2 / 3)).astype(int)
            pipeline = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
            labelings = draw_labelings(outcome, most_exact=500, draws=199, rng=np.random.default_rng(seed))
            rejected += permutation_test(pipeline, labelings).p <= 0.05
        power.append(rejected / 25)
    assert power[0] <= power[1] <= power[2]
    assert power[2] > power[0] + 0.3


def test_a_labeling_that_separates_none_of_few_sampled_pairs_has_no_auc():
    table, _ = make_table(0, n=64, missing=0.0)
    outcome = np.arange(64) % 2
    labels = np.stack([outcome, np.roll(outcome, 1), np.sort(outcome)]).astype(np.int8)
    some = Labelings(labels, 0, False, 10**9, np.arange(3))
    pipeline = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
    found = permutation_test(pipeline, some, pairs=np.array([[0, 1], [2, 3]]))
    assert np.isnan(found.auc).tolist() == [False, False, True]
    assert not found.is_estimable


def test_thinned_labelings_are_nested():
    table, outcome = make_table(7, 10)
    labelings = every_labeling(outcome)
    few, fewer = (labelings.thinned(k, np.random.default_rng(3)) for k in (60, 20))
    assert set(fewer.rows) <= set(few.rows)
    assert not few.exact
    assert (few.labels[0] == outcome).all()
    ridge = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    full, thin = permutation_test(ridge, labelings), permutation_test(ridge, few)
    np.testing.assert_allclose(thin.auc, full.auc[few.rows], atol=1e-12)


@pytest.mark.parametrize("model", ["ridge:1", "lightgbm"])
def test_workers_do_not_change_the_result(model, monkeypatch):
    pipeline, outcome = pipeline_of(model, n=7)
    monkeypatch.setattr("responder.workers.chunks.CHUNK_SECONDS", 60 * pipeline.seconds_per_fit())
    one = permutation_test(pipeline, every_labeling(outcome))
    two = permutation_test(pipeline, every_labeling(outcome), workers=LocalProcesses(2))
    assert one.auc.tobytes() == two.auc.tobytes()
    assert one.margin.tobytes() == two.margin.tobytes()
    assert one.fits == two.fits


def test_a_budget_cuts_pairs_first_and_labelings_last():
    pipeline, outcome = pipeline_of("lightgbm", n=40)
    generous = plan_permutation(pipeline, outcome, most_exact=100, draws=999, budget_seconds=1e9)
    assert not generous.is_cut
    assert generous.labelings == 1000
    tight = plan_permutation(pipeline, outcome, most_exact=100, draws=999, budget_seconds=30.0)
    assert tight.is_cut
    assert tight.pairs == 200
    assert 100 <= tight.labelings < 1000
    least = plan_permutation(pipeline, outcome, most_exact=100, draws=999, budget_seconds=1e-9)
    assert (least.pairs, least.labelings) == (200, 100)  # whatever it costs
    pairs = tight.choose_pairs(40, np.random.default_rng(0))
    assert pairs.shape == (200, 2)
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_the_budget_counts_the_labelings_that_separate_a_pair():
    """14 responders of 40: a pair falls apart in 2 C(38, 13) of C(40, 14) labelings, and is fitted in those alone."""
    pipeline, outcome = pipeline_of("lightgbm", n=40)
    outcome[:] = np.arange(40) < 14
    apart = 2 * math.comb(38, 13) / math.comb(40, 14)
    cost = pipeline.seconds_per_fit()
    whole = plan_permutation(pipeline, outcome, most_exact=100, draws=999, budget_seconds=1e9)
    assert whole.fits == math.ceil(780 * 1000 * apart)
    assert whole.seconds == pytest.approx(whole.fits * cost)
    budget = 200 * 500 * apart * cost * 1.0001
    cut = plan_permutation(pipeline, outcome, most_exact=100, draws=999, budget_seconds=budget)
    assert (cut.labelings, cut.pairs, cut.fits) == (500, 200, math.ceil(200 * 500 * apart))


def test_as_many_labelings_as_may_be_enumerated_are():
    pipeline, outcome = pipeline_of("ridge:0.1", n=9)
    for most, exact in ((84, True), (83, False)):
        planned = plan_permutation(pipeline, outcome, most_exact=most, draws=50, budget_seconds=1e9)
        assert (planned.exact, planned.labelings) == (exact, 84 if exact else 51)


def test_one_pair_alone_is_won_or_lost_or_tied():
    pipeline, outcome = pipeline_of("ridge:0.1", n=9)
    found = permutation_test(pipeline, every_labeling(outcome), pairs=np.array([[0, 1]]))
    together = every_labeling(outcome).labels[:, 0] == every_labeling(outcome).labels[:, 1]
    assert np.isnan(found.auc[together]).all()
    assert set(found.auc[~together].tolist()) <= {0.0, 0.5, 1.0}
    assert 1.0 in found.auc


def test_pieces_of_labelings_and_of_pairs_tally_alike(monkeypatch):
    pipeline, outcome = pipeline_of("ridge:1", n=9)
    by_pair = permutation_test(pipeline, every_labeling(outcome))
    monkeypatch.setattr("responder.validate.permutation.MOST_KEY_BITS", 8)
    by_labeling = permutation_test(pipeline, every_labeling(outcome))
    assert by_labeling.auc == pytest.approx(by_pair.auc, abs=1e-9)
    assert by_labeling.margin == pytest.approx(by_pair.margin, abs=1e-6)
