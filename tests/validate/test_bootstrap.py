"""Bootstrap refits, made once."""

import numpy as np
import pytest

from responder.features import compile_features
from responder.models import build_model
from responder.models.prior import BorrowedPrior
from responder.study import load_study
from responder.validate import bootstrap
from responder.validate.bootstrap import bootstrap_logits, bootstrap_refits
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import stratified_bootstrap

BORROWED = BorrowedPrior(("rpdai_baseline",), np.array([-0.2]), np.array([[0.01]]), 0.5, 0.5)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(4)
    values = np.column_stack([rng.integers(9, 24, 14), rng.lognormal(3, 0.4, 14), rng.normal(15, 4, 14)]).astype(float)
    values[2, 1] = np.nan
    spec = compile_features(load_study("rp-ld-il2"), ["rpdai", "treg_per_ul", "prednisone_mg_per_day"])
    return Table(spec, values, {}, borrowed=BORROWED), np.array([1, 0, 0] * 4 + [1, 0])


@pytest.mark.parametrize(
    "model", ["ridge:0.1", "logf:2", "firth", "bayes", "borrow", "gp", "prevalence", "single:rpdai"]
)
def test_kept_refits_are_those_that_answer_in_bulk(table, model, monkeypatch):
    table, outcome = table
    pipeline = ModelPipeline(table, build_model(model, table.feature_table))
    counts = stratified_bootstrap(outcome, 12, np.random.default_rng(0))
    counts[3] = outcome  # responders alone
    whole = bootstrap_logits(pipeline, outcome, counts)
    found = bootstrap_refits(pipeline, outcome, counts)
    np.testing.assert_allclose(found.logit, whole, atol=1e-8)
    assert found.fitted[3] is None
    assert found.settled.tolist() == [i != 3 for i in range(12)]
    for draw in (0, 11):
        alone = pipeline.fit(outcome, counts[draw])
        np.testing.assert_allclose(found.fitted[draw].logit(table.values), alone.logit(table.values), atol=1e-8)
    monkeypatch.setattr(bootstrap, "MOST_NUMBERS_HELD", 1)
    monkeypatch.setattr(bootstrap, "FEWEST_HELD", 5)
    fewer = bootstrap_refits(pipeline, outcome, counts)
    assert len(fewer.fitted) == 5
    np.testing.assert_allclose(fewer.logit, found.logit, atol=1e-8)


def test_refits_that_are_shared_out_are_the_same(table, monkeypatch):
    table, outcome = table
    pipeline = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
    counts = stratified_bootstrap(outcome, 12, np.random.default_rng(0))
    whole = bootstrap_refits(pipeline, outcome, counts)
    monkeypatch.setattr("responder.workers.chunks.CHUNK_SECONDS", 5 * pipeline.seconds_per_cold_fit())
    shared = bootstrap_refits(pipeline, outcome, counts)
    np.testing.assert_allclose(shared.logit, whole.logit, atol=1e-9)
    np.testing.assert_array_equal(shared.settled, whole.settled)
