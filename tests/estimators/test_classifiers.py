"""The models as scikit-learn classifiers: its own checks, and equality with what training fits."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from responder.cohort import load_cohort
from responder.errors import InvalidValueError
from responder.estimators import (
    Bayes,
    Borrow,
    FeatureBuilder,
    Firth,
    Flac,
    GaussianProcess,
    GroupRidge,
    LogF,
    RidgeLogistic,
    SingleMarker,
)
from responder.features import compile_features
from responder.models import build_model
from responder.study import load_study
from responder.validate import ModelPipeline, Table
from responder.validate.loo import leave_one_out_predictions
from responder.validation import leave_pair_out_score, permutation_test

X = np.random.default_rng(2).normal(size=(20, 3)).round(2)
Y = np.tile([0, 1], 10)
CLASSIFIERS = [
    RidgeLogistic(),
    LogF(),
    Firth(),
    Flac(),
    SingleMarker(),
    Bayes(),
    Borrow({"x0": (0.5, 0.2)}),
    GaussianProcess(),
    GroupRidge({"published": ["x0"]}),
]


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, FeatureBuilder()], ids=lambda e: type(e).__name__)
def test_scikit_learns_checks_pass(estimator):
    """All checks of scikit-learn 1.9, with no failure expected; it skips array libraries other than NumPy itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        checks = check_estimator(estimator, on_fail="raise")
    assert {check["status"] for check in checks} <= {"passed", "skipped"}
    assert [c["check_name"] for c in checks if c["status"] == "skipped"] == ["check_array_api_input"]


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: type(e).__name__)
def test_it_clones_and_pickles(estimator):
    fitted = clone(estimator).fit(X, Y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X), clone(fitted).fit(X, Y).predict_proba(X))


@pytest.fixture(scope="module")
def cohort(root):
    """The reference cohort with the traits of the reference experiment."""
    traits = ["organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul"]
    return load_cohort(root / "data/rp_ld_il2/cohort.csv", load_study("rp-ld-il2"), traits=traits)


@pytest.mark.parametrize(
    ("estimator", "model"),
    [
        (RidgeLogistic(0.1), "ridge:0.1"),
        (LogF(2), "logf:2"),
        (Firth(), "firth"),
        (Flac(), "flac"),
        (GaussianProcess(), "gp"),
        (SingleMarker("rpdai_baseline"), "single:rpdai"),
        (Bayes(), "bayes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pipeline_is_what_training_fits(cohort, estimator, model):
    spec = compile_features(cohort.study, cohort.traits)
    table = Table(spec, cohort.values, {})
    trained = ModelPipeline(table, build_model(model, table.feature_table))
    builder = FeatureBuilder(cohort.study, cohort.traits).set_output(transform="pandas")
    pipeline = make_pipeline(builder, estimator)
    frame = cohort.frame().drop(columns=cohort.endpoint.name)
    fitted = pipeline.fit(frame, cohort.outcome)
    np.testing.assert_array_equal(fitted.decision_function(frame), trained.fit(cohort.outcome).logit(cohort.values))
    out_of_fold = cross_val_predict(pipeline, frame, cohort.outcome, cv=LeaveOneOut(), method="decision_function")
    np.testing.assert_allclose(out_of_fold, leave_one_out_predictions(trained, cohort.outcome).logit, atol=1e-8)


def test_its_validation_is_that_of_training(cohort):
    """The numbers of the reference experiment: README, docs/python.md."""
    pipeline = make_pipeline(FeatureBuilder(cohort.study, cohort.traits), RidgeLogistic(0.1))
    frame = cohort.frame().drop(columns=cohort.endpoint.name)
    assert leave_pair_out_score(pipeline, frame, cohort.outcome).estimate == pytest.approx(15 / 18)
    test = permutation_test(pipeline, frame, cohort.outcome)
    assert (test.exact, test.labelings, test.p) == (True, 84, pytest.approx(12 / 84))


def test_ridge_is_scikit_learns():
    """The objective is that of LogisticRegression(C), an independent implementation."""
    ours, theirs = RidgeLogistic(0.3).fit(X, Y), LogisticRegression(C=0.3, tol=1e-12, max_iter=10_000).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-7)


def test_it_is_tuned_like_any_other():
    search = GridSearchCV(make_pipeline(FeatureBuilder(), RidgeLogistic()), {"ridgelogistic__C": [0.1, 1.0]}, cv=2)
    assert search.fit(X, Y).best_params_["ridgelogistic__C"] in (0.1, 1.0)


def test_weights_are_routed_where_they_are_asked_for():
    weight = np.where(np.arange(20) < 8, 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        builder = FeatureBuilder().set_fit_request(sample_weight=True)
        pipeline = make_pipeline(builder, RidgeLogistic().set_fit_request(sample_weight=True))
        weighted = pipeline.fit(X, Y, sample_weight=weight).predict_proba(X)
    left_out = make_pipeline(FeatureBuilder(), RidgeLogistic()).fit(X[8:], Y[8:]).predict_proba(X)
    np.testing.assert_allclose(weighted, left_out, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (RidgeLogistic(C=0), "C must be above 0, not 0"),
        (GaussianProcess(offset_variance=-1), "offset_variance must be 0 or above, not -1"),
        (SingleMarker("crp"), "no feature 'crp' among those to fit on: x0, x1 and x2"),
        (SingleMarker(3), "no feature '3'"),
        (Borrow({"crp": (1, 1)}), "something is expected of 'crp', which is none of the features"),
        (Borrow({"x0": (1, 0)}), "sd must be above 0, not 0"),
        (Borrow(weight=1.5), "weight must be from 0 to 1, not 1.5"),
        (Bayes(expected={"crp": 1}), "something is expected of 'crp', which is none of the features"),
    ],
)
def test_a_setting_without_sense_is_refused(estimator, words):
    with pytest.raises(InvalidValueError, match=words):
        estimator.fit(X, Y)
