"""Fits from the fit of everybody against cold ones, of the same questions."""

import numpy as np
import pytest

from responder.features import compile_features
from responder.models import build_model, gp
from responder.models.solver import Status
from responder.study import load_study
from responder.validate import refit
from responder.validate.left_out import can_be_shared, predict_left_out
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.splits import leave_one_out, leave_out, stratified_bootstrap

TRAITS = ("disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul")


def make_table(n=72, missing=0.0, seed=3):
    rng = np.random.default_rng(seed)
    values = np.column_stack(
        [rng.lognormal(0.7, 0.5, n), rng.normal(15, 4, n), rng.integers(9, 24, n), rng.lognormal(3, 0.4, n)]
    )
    values[rng.random(values.shape) < missing] = np.nan
    outcome = (values[:, 2] + rng.normal(0, 4, n) > 17).astype(int)
    table = Table(compile_features(load_study("rp-ld-il2"), TRAITS), values, {"log_treg": -0.7})
    return table, np.nan_to_num(outcome)


def pipeline_of(name, table):
    return ModelPipeline(table, build_model(name, table.feature_table))


def pairs_of(n, count=25, seed=1):
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(n, 2, replace=False) for _ in range(count)])


@pytest.mark.parametrize("missing", [0.0, 0.08])
@pytest.mark.parametrize("name", ["ridge:0.1", "ridge:10", "logf:2", "bayes", "single:rpdai"])
def test_left_out_pairs_under_many_labelings_equal_cold_fits(name, missing):
    table, outcome = make_table(missing=missing)
    pipeline, pairs = pipeline_of(name, table), pairs_of(table.n)
    rng = np.random.default_rng(0)
    labels = np.stack([np.stack([rng.permutation(outcome) for _ in range(3)], axis=1) for _ in pairs]).astype(float)
    asked = Refits(leave_out(table.n, pairs), labels, pairs)
    found, answered = predict_left_out(table, pipeline.model, asked)
    assert answered.mean() > 0.9
    cold = pipeline.predict_cold(asked)
    np.testing.assert_allclose(pipeline.predict(asked).logit, cold.logit, atol=1e-8)
    np.testing.assert_allclose(
        found.logit.transpose(0, 2, 1)[answered], cold.logit.transpose(0, 2, 1)[answered], atol=1e-8
    )


def test_leave_one_out_of_everybody_and_values_beyond_the_range():
    table, outcome = make_table()
    table.values[5, 1] = 90.0  # held at the edge in the fit that leaves them out
    pipeline = pipeline_of("ridge:1", table)
    train, _ = leave_one_out(table.n)
    asked = Refits.of_outcome(train, outcome, np.tile(np.arange(table.n), (table.n, 1)))
    np.testing.assert_allclose(pipeline.predict(asked).logit, pipeline.predict_cold(asked).logit, atol=1e-8)


def test_a_missing_outcome_class_is_reported():
    table, _ = make_table()
    outcome = np.zeros(table.n, dtype=int)
    outcome[[4, 9]] = 1
    pairs = np.array([[4, 9], [4, 5], [1, 2]])
    found = pipeline_of("ridge:0.1", table).predict(Refits.of_outcome(leave_out(table.n, pairs), outcome, pairs))
    assert found.status[:, 0].tolist() == [Status.ONE_CLASS, Status.OK, Status.OK]
    assert np.isnan(found.logit[0]).all()
    assert np.isfinite(found.logit[1:]).all()


def test_a_feature_that_one_patient_carries_is_fitted_cold():
    """Without that patient it is constant: sums of squares cannot tell, so the fit is made on its own."""
    table, outcome = make_table()
    table.values[:, 2] = 12.0
    table.values[7, 2] = 13.0
    pipeline = pipeline_of("ridge:1", table)
    pairs = np.array([[7, 8], [1, 2], [3, 7]])
    asked = Refits.of_outcome(leave_out(table.n, pairs), outcome, pairs)
    assert predict_left_out(table, pipeline.model, asked)[1][:, 0].tolist() == [False, True, False]
    np.testing.assert_allclose(pipeline.predict(asked).logit, pipeline.predict_cold(asked).logit, atol=1e-8)


def test_how_a_question_is_cut_does_not_show(monkeypatch):
    table, outcome = make_table()
    pipeline, pairs = pipeline_of("logf:2", table), pairs_of(table.n)
    whole = pipeline.predict(Refits.of_outcome(leave_out(table.n, pairs), outcome, pairs)).logit
    monkeypatch.setattr("responder.models.left_out.NUMBERS_AT_ONCE", 3 * table.n)
    monkeypatch.setattr("responder.validate.left_out.NUMBERS_AT_ONCE", 50)
    cut = pipeline.predict(Refits.of_outcome(leave_out(table.n, pairs), outcome, pairs)).logit
    np.testing.assert_allclose(cut, whole, atol=1e-11)


def test_other_questions_are_not_of_this_kind():
    table, outcome = make_table()
    small, small_outcome = make_table(n=20)
    ridge = pipeline_of("ridge:1", table).model
    pairs, counts = pairs_of(table.n), stratified_bootstrap(outcome, 4, np.random.default_rng(0))
    everybody = np.tile(np.arange(table.n), (4, 1))
    asked = Refits.of_outcome(leave_out(table.n, pairs), outcome, pairs)
    assert can_be_shared(table, ridge, asked)
    assert not can_be_shared(table, pipeline_of("firth", table).model, asked)
    assert not can_be_shared(table, ridge, Refits.of_outcome(counts, outcome, everybody))
    few = pairs_of(small.n)
    assert not can_be_shared(small, ridge, Refits.of_outcome(leave_out(small.n, few), small_outcome, few))
    assert refit.can_be_shared is can_be_shared


@pytest.mark.parametrize("question", ["pairs", "bootstrap"])
def test_a_gaussian_process_row_by_row_equals_the_factored_one(question, monkeypatch):
    table, outcome = make_table()
    pipeline = pipeline_of("gp", table)
    if question == "pairs":
        pairs = pairs_of(table.n, count=6)
        asked = Refits.of_outcome(leave_out(table.n, pairs), outcome, pairs)
    else:
        counts = stratified_bootstrap(outcome, 4, np.random.default_rng(0))
        asked = Refits.of_outcome(counts, outcome, np.tile(np.arange(table.n), (4, 1)))
    found, alone = pipeline.predict(asked).logit, pipeline.fit(outcome, asked.train[0]).logit(table.values)
    np.testing.assert_allclose(found[0, :, 0], alone[asked.ask[0]], atol=1e-6)
    monkeypatch.setattr(gp, "MOST_ROWS_FACTORED", 1000)
    np.testing.assert_allclose(found, pipeline.predict(asked).logit, atol=1e-6)
    np.testing.assert_allclose(alone, pipeline.fit(outcome, asked.train[0]).logit(table.values), atol=1e-6)


@pytest.mark.parametrize("asked_of_each", [1, 2])
def test_variances_by_steps_equal_those_by_matrices(monkeypatch, asked_of_each):
    table, outcome = make_table()
    pipeline, pairs = pipeline_of("bayes", table), pairs_of(table.n)
    rng = np.random.default_rng(0)
    labels = np.stack([np.stack([outcome, rng.permutation(outcome)], axis=1) for _ in pairs]).astype(float)
    asked = Refits(leave_out(table.n, pairs), labels, pairs[:, :asked_of_each])
    by_matrix, _ = predict_left_out(table, pipeline.model, asked)
    monkeypatch.setattr("responder.models.left_out.COLUMNS_A_ROW", 1)
    by_steps, answered = predict_left_out(table, pipeline.model, asked)
    assert answered.mean() > 0.9
    assert not np.array_equal(by_steps.logit, by_matrix.logit)
    np.testing.assert_allclose(by_steps.logit, by_matrix.logit, atol=1e-10)
