"""Repeated k-fold against a plain loop, by the pairs that it must and must not compare, and against the truth."""

import numpy as np
import pytest
from tests.validate.test_refit import make_table

from responder.models import build_model
from responder.models.solver import expit
from responder.validate.kfold import repeated_k_fold
from responder.validate.refit import ModelPipeline
from responder.validate.splits import repeated_stratified_folds


def pipeline_of(name, seed=0, n=60):
    table, outcome = make_table(seed, n)
    return ModelPipeline(table, build_model(name, table.feature_table)), outcome


def test_it_equals_a_plain_loop():
    pipeline, outcome = pipeline_of("ridge:1")
    found = repeated_k_fold(pipeline, outcome, folds=4, repeats=2, rng=np.random.default_rng(1))
    train, asked = repeated_stratified_folds(outcome, 4, 2, np.random.default_rng(1))
    wins, squared = [[], []], [[], []]
    for fold, (weight, out) in enumerate(zip(train, asked, strict=True)):
        logit = pipeline.fit(outcome, weight).logit(pipeline.table.values)
        for i in out:
            squared[fold // 4].append((expit(logit[i : i + 1])[0] - outcome[i]) ** 2)
            for j in out:
                if outcome[i] > outcome[j]:
                    wins[fold // 4].append(float(logit[i] > logit[j]))
    np.testing.assert_allclose(found.auc_by_repeat, [np.mean(w) for w in wins], atol=1e-12)
    np.testing.assert_allclose(found.brier_by_repeat, [np.mean(s) for s in squared], atol=1e-8)
    assert found.pairs == len(wins[0]) + len(wins[1])
    assert found.auc == pytest.approx(np.mean([np.mean(w) for w in wins]))
    assert found.frame().shape == (2, 2)
    assert (found.folds, found.to_json()["repeats"]) == (4, 2)


def test_prevalence_gets_one_half_because_folds_are_never_compared():
    pipeline, outcome = pipeline_of("prevalence", n=61)
    found = repeated_k_fold(pipeline, outcome, rng=np.random.default_rng(0))
    assert found.auc == 0.5
    assert found.standard_error == 0.0


def test_as_many_folds_as_pairs_leave_no_pair_in_a_fold():
    pipeline, _ = pipeline_of("ridge:1", n=30)
    outcome = (np.arange(30) < 1).astype(int)
    found = repeated_k_fold(pipeline, outcome, folds=2, repeats=3, rng=np.random.default_rng(0))
    assert np.isnan(found.auc)
    assert found.to_json()["auc"] is None


def test_it_is_near_the_truth_of_a_planted_signal():
    """Mean over 20 cohorts of 150: within 0.02 of the AUC of the fitted model on 4,000 new patients, noise at 0.5."""
    estimated, true, noise = [], [], []
    for seed in range(20):
        table, _ = make_table(seed, 4150, missing=0.0)
        risk = np.random.default_rng(seed + 1000).normal(0, 6, 4150) + table.values[:, 2]
        everybody = (risk > np.median(risk)).astype(int)
        cohort = type(table)(table.spec, table.values[:150], {})
        outcome = everybody[:150]
        pipeline = ModelPipeline(cohort, build_model("ridge:0.1", cohort.feature_table))
        estimated.append(repeated_k_fold(pipeline, outcome, repeats=5, rng=np.random.default_rng(seed)).auc)
        logit = pipeline.fit(outcome).logit(table.values[150:])
        true.append((logit[everybody[150:] == 1][:, None] > logit[everybody[150:] == 0][None]).mean())
        shuffled = np.random.default_rng(seed).permutation(outcome)
        noise.append(repeated_k_fold(pipeline, shuffled, repeats=5, rng=np.random.default_rng(seed)).auc)
    assert abs(np.mean(estimated) - np.mean(true)) < 0.02
    assert abs(np.mean(noise) - 0.5) < 3 * np.std(noise) / np.sqrt(20) + 0.01


def test_five_folds_twenty_times_by_default():
    pipeline, outcome = pipeline_of("prevalence", n=20)
    found = repeated_k_fold(pipeline, outcome, rng=np.random.default_rng(0))
    assert (found.folds, found.repeats, len(found.auc_by_repeat)) == (5, 20, 20)
