"""Any estimator by leave-pair-out: batches and loops agree, and with training; the splitter gives the same AUC."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from responder.errors import InvalidValueError
from responder.estimators import Bayes, FeatureBuilder, Firth, GaussianProcess, LogF, RidgeLogistic, SingleMarker
from responder.validate.refit import Refits
from responder.validation import LeavePairOut, leave_pair_out_score, permutation_test
from responder.validation.refitted import refitter_of
from responder.workers import IN_PROCESS
from responder.workers.seam import InProcess

RNG = np.random.default_rng(11)
X = RNG.normal(size=(7, 3)).round(2)
Y = np.array([1, 0, 1, 1, 0, 1, 0])
OURS = [RidgeLogistic(0.5), LogF(), Firth(), Bayes(expected={"x1": 0.5}), GaussianProcess(), SingleMarker(2)]


def named(estimators):
    return pytest.mark.parametrize("estimator", estimators, ids=lambda e: type(e).__name__)


def one_by_one(*steps):
    """Return an estimator behind a step that changes nothing, so that it is not known as one of this package."""
    return make_pipeline(FunctionTransformer(), *steps)


@named(OURS)
def test_batches_and_loops_agree(estimator):
    batched, looped = (
        permutation_test(each, X, Y, most_exact=1, draws=2, seed=3) for each in (estimator, one_by_one(estimator))
    )
    assert refitter_of(estimator, X, Y)[0].model.batched
    np.testing.assert_array_equal(batched.auc, looped.auc)
    np.testing.assert_allclose(batched.margin, looped.margin, rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def gaps():
    """Two traits missing in different patients, which are the same ones as soon as the last patient is left out."""
    table = pd.DataFrame(X, columns=["age", "crp", "il2"])
    table.loc[[1, 4], "crp"] = np.nan
    table.loc[[1, 4, 6], "il2"] = np.nan
    return table


@named([RidgeLogistic(0.5), Firth(), GaussianProcess(), SingleMarker(2)])
def test_batches_and_loops_agree_behind_the_feature_builder(estimator, gaps):
    table = gaps.fillna({"il2": 0.5})
    pipeline = make_pipeline(FeatureBuilder(), estimator)
    learner = refitter_of(pipeline, table, Y)[1]
    assert learner.features == (1 if isinstance(estimator, SingleMarker) else 4)
    batched, looped = (
        permutation_test(each, table, Y, most_exact=1, draws=1, seed=3)
        for each in (pipeline, one_by_one(*(step for _, step in pipeline.steps)))
    )
    np.testing.assert_array_equal(batched.auc, looped.auc)
    np.testing.assert_allclose(batched.margin, looped.margin, rtol=0, atol=1e-9)


def test_gaps_that_become_the_same_ones_in_a_fold_are_fitted_one_by_one(gaps):
    pipeline = make_pipeline(FeatureBuilder(), RidgeLogistic(0.5))
    refitter, _ = refitter_of(pipeline, gaps, Y)
    train = np.ones((2, 7))
    train[0, [0, 6]] = train[1, [0, 1]] = 0.0
    assert refitter._missing_alike(train).tolist() == [True, False]
    ours, theirs = (
        permutation_test(each, gaps, Y, most_exact=1, draws=1)
        for each in (pipeline, one_by_one(FeatureBuilder(), RidgeLogistic(0.5)))
    )
    np.testing.assert_allclose(ours.margin, theirs.margin, rtol=0, atol=1e-9)
    assert np.abs(refitter.batched.predict(_pairs(train)).logit - refitter.predict(_pairs(train)).logit).max() > 1e-3


def _pairs(train):
    return Refits.of_outcome(train, Y, np.array([[0, 6], [0, 1]]))


def test_ridge_is_scikit_learns():
    """The objective is that of scikit-learn's LogisticRegression(C), an independent implementation."""
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000)
    one, other = leave_pair_out_score(RidgeLogistic(0.5), X, Y), leave_pair_out_score(theirs, X, Y)
    assert one.estimate == other.estimate
    assert one.coverage.own_model
    assert not other.coverage.own_model


@named([RidgeLogistic(0.5), SVC(), LogisticRegression()])
def test_the_splitter_gives_the_same_auc(estimator):
    scores = cross_val_score(estimator, X, Y, cv=LeavePairOut(), scoring="roc_auc")
    assert len(scores) == LeavePairOut().get_n_splits(X, Y) == 12
    assert scores.mean() == pytest.approx(leave_pair_out_score(estimator, X, Y).estimate, abs=1e-12)


def test_outcomes_may_be_words():
    words = np.where(Y == 1, "responder", "non-responder")
    assert leave_pair_out_score(SVC(), X, words) == leave_pair_out_score(SVC(), X, Y)


@pytest.mark.parametrize("y", [[1, 1, 1], [0, 1, 2], []])
def test_other_than_two_outcomes_are_refused(y):
    for ask in (lambda: leave_pair_out_score(SVC(), X[: len(y)], y), lambda: LeavePairOut().get_n_splits(None, y)):
        with pytest.raises(InvalidValueError, match="an outcome of two kinds is needed"):
            ask()


class Backwards(InProcess):
    """Whoever finishes the last chunk first."""

    def _finish(self, function, shared, chunks, todo):
        return super()._finish(function, shared, chunks, todo[::-1])


def test_results_do_not_depend_on_who_fits(monkeypatch):
    monkeypatch.setattr("responder.validation.refitted.FITS_A_CHUNK", 5)
    train = np.ones((12, 7))
    refits = Refits.of_outcome(train, Y, np.tile([0, 1], (12, 1)))
    one, other = (refitter_of(SVC(), X, Y, workers)[0].predict(refits).logit for workers in (IN_PROCESS, Backwards()))
    np.testing.assert_array_equal(one, other)


def test_a_class_of_one_cannot_be_scored():
    """Without that patient there is one class to learn from: no pair has a score, and no AUC is made up."""
    with pytest.raises(ValueError, match="holds no computed pair"):
        leave_pair_out_score(SVC(), X, [1, 0, 0, 0, 0, 0, 0])
