"""Leave-pair-out by hand, against plain loops, and on noise."""

import dataclasses

import numpy as np
import pytest
from tests.validate.test_refit import make_table

from responder.models import build_model
from responder.validate.loo import leave_one_out_predictions, rebalanced_leave_one_out
from responder.validate.pairs import PairMatrix, leave_pair_out, tournament, win
from responder.validate.refit import ModelPipeline
from responder.validate.scored_pairs import ScoredPairs
from responder.validate.splits import all_pairs, opposite_pairs, pairs_at, sampled_opposite_pairs


def pipeline_of(name, seed=0, n=12):
    table, outcome = make_table(seed, n)
    return ModelPipeline(table, build_model(name, table.feature_table)), outcome


def test_a_win_has_a_tolerance():
    assert win(np.array([1e-11, -1e-11, 1e-9, -1e-9])).tolist() == [0.5, 0.5, 1.0, 0.0]
    assert np.isnan(win(np.array([np.nan]))[0])


@pytest.mark.parametrize("name", ["ridge:0.1", "firth", "gp", "lightgbm"])
def test_it_equals_refitting_without_each_pair(name):
    pipeline, outcome = pipeline_of(name)
    found = leave_pair_out(pipeline, outcome)
    difference = found.difference.matrix
    for row, i in enumerate(found.responders):
        for column, j in enumerate(found.non_responders):
            train = np.ones(len(outcome))
            train[[i, j]] = 0.0
            logit = pipeline.fit(outcome, train).logit(pipeline.table.values[[i, j]])
            assert difference[row, column] == pytest.approx(logit[0] - logit[1], abs=1e-8)


def test_prevalence_gets_one_half_where_pooled_leave_one_out_gives_zero():
    """Austin, Pe'er and Korem 2025 (doi 10.1126/sciadv.adx6976): the artefact, and its absence here."""
    pipeline, outcome = pipeline_of("prevalence")
    pooled = leave_one_out_predictions(pipeline, outcome).logit
    assert (pooled[outcome == 1][:, None] < pooled[outcome == 0][None]).all()
    found = leave_pair_out(pipeline, outcome)
    assert found.auc == 0.5
    assert found.is_constant


def test_sampled_pairs_are_seeded_and_come_with_a_standard_error():
    pipeline, outcome = pipeline_of("ridge:0.1", n=18)
    every = leave_pair_out(pipeline, outcome)
    sample = leave_pair_out(pipeline, outcome, most_pairs=30, rng=np.random.default_rng(1))
    again = leave_pair_out(pipeline, outcome, most_pairs=30, rng=np.random.default_rng(1))
    assert sample.sampled
    assert sample.pairs == 30
    np.testing.assert_array_equal(sample.wins.values, again.wins.values)
    np.testing.assert_array_equal(*sample.wins.beside(every.wins))
    assert len(sample.wins.beside(every.wins)[0]) == 30
    assert abs(sample.auc - every.auc) < 4 * sample.standard_error
    assert every.standard_error == 0.0


def test_the_tournament_counts_wins_over_everybody():
    pipeline, outcome = pipeline_of("ridge:0.1")
    found = tournament(pipeline, outcome)
    assert found.score.sum() == pytest.approx(len(outcome) / 2)
    assert found.false_positive_rate[[0, -1]].tolist() == found.true_positive_rate[[0, -1]].tolist() == [0.0, 1.0]
    assert (np.diff(found.true_positive_rate) >= 0).all()


def test_rebalancing_removes_the_artefact_of_a_shrunken_model():
    """On noise at n = 16 a ridge model at C = 0.01 gets a pooled AUC near 0; rebalanced it is near one half."""
    aucs, pooled = [], []
    for seed in range(8):
        table, outcome = make_table(seed, n=16, missing=0.0)
        pipeline = ModelPipeline(table, build_model("ridge:0.01", table.feature_table))
        aucs.append(rebalanced_leave_one_out(pipeline, outcome, 10, np.random.default_rng(seed)).mean())
        logit = leave_one_out_predictions(pipeline, outcome).logit
        pooled.append((logit[outcome == 1][:, None] > logit[outcome == 0][None]).mean())
    assert np.mean(pooled) < 0.15
    assert abs(np.mean(aucs) - 0.5) < 0.15


def test_the_standard_error_of_a_sample_shrinks_as_the_sample_becomes_all():
    """Of n wins drawn without replacement from a finite population of N: s^2 / n (1 - n / N)."""
    difference = np.full((4, 5), np.nan)
    difference.flat[:8] = [1, 1, 1, 1, 1, 0, -1, -1]
    found = PairMatrix(ScoredPairs.of(difference), np.arange(4), np.arange(4, 9), sampled=True)
    mean = 5.5 / 8
    variance = (5 * (1 - mean) ** 2 + (0.5 - mean) ** 2 + 2 * mean**2) / 7
    assert found.standard_error == pytest.approx(np.sqrt(variance / 8 * (1 - 8 / 20)))
    assert dataclasses.replace(found, sampled=False).standard_error == 0.0


def test_pairs_are_drawn_and_found_without_listing_all(monkeypatch):
    every = all_pairs(40)
    np.testing.assert_array_equal(pairs_at(40, np.arange(len(every))), every)
    outcome = np.tile([0, 1, 1], 20)
    monkeypatch.setattr("responder.validate.splits.MOST_LISTED", 10)
    monkeypatch.setattr("responder.validate.splits.DRAWN_AT_ONCE", 50)
    few, many = (sampled_opposite_pairs(outcome, count, np.random.default_rng(1)) for count in (120, 300))
    listed = {tuple(pair) for pair in opposite_pairs(outcome)}
    assert {tuple(pair) for pair in few} < {tuple(pair) for pair in many} <= listed
    assert len({tuple(pair) for pair in many}) == 300
    assert (np.diff(many[:, 0]) >= 0).all()
