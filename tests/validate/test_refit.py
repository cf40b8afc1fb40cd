"""The refit engine against scikit-learn pipelines refitted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from responder.features import compile_features
from responder.models import build_model
from responder.models.prior import BorrowedPrior
from responder.plan import plain_features
from responder.study import load_study
from responder.validate.cost import seconds_of_fit
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.splits import leave_one_out, stratified_bootstrap

TRAITS = ("disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul")
BORROWED = BorrowedPrior(("rpdai_baseline",), np.array([-0.2]), np.array([[0.01]]), 0.5, 0.5)


def make_table(seed, n=12, missing=0.05):
    rng = np.random.default_rng(seed)
    values = np.column_stack(
        [
            rng.lognormal(0.7, 0.5, n),
            rng.normal(15, 4, n),
            rng.integers(9, 24, n),
            rng.lognormal(3, 0.4, n),
            rng.lognormal(6, 0.3, n),
        ]
    )
    values[rng.random(values.shape) < missing] = np.nan
    outcome = np.zeros(n, dtype=int)
    outcome[rng.permutation(n)[: n // 3]] = 1
    return Table(compile_features(load_study("rp-ld-il2"), TRAITS), values, {}, borrowed=BORROWED), outcome


class Held(TransformerMixin, BaseEstimator):
    """Decision 16 as a step of scikit-learn: standardised values within their training range and 1 SD beyond."""

    def fit(self, X, y=None):
        self.low_, self.high_ = X.min(axis=0) - 1.0, X.max(axis=0) + 1.0
        return self

    def transform(self, X):
        return np.clip(X, self.low_, self.high_)


def scikit_pipeline(c):
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        Held(),
        LogisticRegression(C=c, tol=1e-12, max_iter=10_000),
    )


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_leave_one_out_equals_a_refitted_scikit_learn_pipeline(seed):
    # one feature a trait, so that an indicator a feature is an indicator a trait
    table, outcome = make_table(seed)
    spec = compile_features(load_study("rp-ld-il2"), TRAITS[:3])
    table = Table(spec, table.values[:, :3], {})
    pipeline = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    train, ask = leave_one_out(table.n)
    ours = pipeline.predict(Refits.of_outcome(train, outcome, ask)).logit[:, 0, 0]
    for i in range(table.n):
        rest = np.delete(np.arange(table.n), i)
        theirs = scikit_pipeline(1.0).fit(table.derived[rest], outcome[rest])
        assert ours[i] == pytest.approx(theirs.decision_function(table.derived[i : i + 1])[0], abs=1e-6)


@pytest.mark.parametrize(
    "name", ["prevalence", "ridge:0.1", "logf:2", "firth", "flac", "gp", "bayes", "borrow", "lightgbm", "single:rpdai"]
)
def test_fitting_once_and_predicting_in_bulk_agree(name):
    table, outcome = make_table(1)
    pipeline = ModelPipeline(table, build_model(name, table.feature_table))
    counts = stratified_bootstrap(outcome, 4, np.random.default_rng(0))
    everybody = np.tile(np.arange(table.n), (4, 1))
    bulk = pipeline.predict(Refits.of_outcome(counts, outcome, everybody)).logit[:, :, 0]
    for i in range(4):
        np.testing.assert_allclose(pipeline.fit(outcome, counts[i]).logit(table.values), bulk[i], atol=1e-8)


def test_chunks_do_not_show(monkeypatch):
    table, outcome = make_table(2)
    pipeline = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
    train, ask = leave_one_out(table.n)
    refits = Refits.of_outcome(train, outcome, ask)
    whole = pipeline.predict(refits).logit
    monkeypatch.setattr("responder.validate.table.NUMBERS_AT_ONCE", 1)
    np.testing.assert_allclose(pipeline.predict(refits).logit, whole, atol=1e-12)


@pytest.mark.parametrize("model", ["prevalence", "ridge:0.1", "logf:1", "bayes", "borrow", "gp", "lightgbm"])
def test_more_patients_cost_more(model):
    table, _ = make_table(0)
    built = build_model(model, table.feature_table)
    costs = [seconds_of_fit(built, n, 5) for n in (9, 14, 20, 60, 150)]
    assert costs[0] > 0.0
    assert costs == sorted(set(costs))


@pytest.mark.parametrize("model", ["firth", "flac"])
def test_firths_steps_are_most_where_classes_all_but_separate(model):
    built = build_model(model, make_table(0)[0].feature_table)
    few, near, many = (seconds_of_fit(built, n, 5) / n for n in (5, 20, 60))
    assert few < many < near


def test_a_posterior_costs_more_than_an_estimate():
    table, _ = make_table(0)
    for n in (9, 200):
        ridge, bayes = (seconds_of_fit(build_model(name, table.feature_table), n, 5) for name in ("ridge:0.1", "bayes"))
        assert bayes > 1.2 * ridge


def test_a_fit_that_starts_from_nowhere_costs_more_among_many_patients():
    for n, features, dearer in ((9, 5, 1.0), (2000, 200, 10.0)):
        values = np.random.default_rng(0).normal(size=(n, features))
        table = Table(plain_features(features), values, {})
        pipeline = ModelPipeline(table, build_model("ridge:0.1", table.feature_table))
        assert pipeline.seconds_per_cold_fit() >= dearer * pipeline.seconds_per_fit()
    assert pipeline.seconds_per_cold_fit() == pytest.approx(0.07, rel=0.5)  # measured: 0.06 s
