"""Estimators that are not ours keep the contract of models; what they lack, get wrong or cannot do is handled."""

import functools
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tests.models import build
from tests.models.build import sets_of

from responder.errors import ConfigError, UsageError
from responder.models import FeatureTable, Model, Status, build_model
from responder.models.decision import ConstantDecision, LinearDecision
from responder.models.foreign import ForeignDecision, ForeignModel, foreign_model


class Probabilities:
    """Like TabPFN: `fit` and `predict_proba`, no `get_params`, no `classes_`; a nearest mean."""

    random_state = None

    def fit(self, X, y):
        self.means = np.stack([X[y == value].mean(axis=0) for value in (0, 1)])
        return self

    def predict_proba(self, X):
        distance = ((X[:, None] - self.means) ** 2).sum(axis=2)
        yes = 1 / (1 + np.exp(distance[:, 1] - distance[:, 0]))
        return np.column_stack([1 - yes, yes])


class Weighted(ClassifierMixin, BaseEstimator):
    """Like a booster of another package: it has to be told how much each row counts."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, sample_weight):
        self.seen_ = np.asarray(sample_weight, dtype=float)
        self.classes_ = np.unique(y)
        self.coef = np.average(X * (2 * y[:, None] - 1), axis=0, weights=sample_weight)
        return self

    def predict_proba(self, X):
        yes = 1 / (1 + np.exp(-X @ self.coef))
        return np.column_stack([1 - yes, yes])


class FailsWithout(ClassifierMixin, BaseEstimator):
    """It cannot be fitted without the patient of the largest first feature."""

    def __init__(self, least=0.0):
        self.least = least

    def fit(self, X, y):
        if X[:, 0].max() < self.least:
            raise RuntimeError("nobody is large\nenough")
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return X[:, 0]


ALL = {
    "logistic": LogisticRegression(C=0.1),
    "margins": SVC(),
    "probabilities": SVC(probability=True),
    "forest": RandomForestClassifier(8),
    "boosted": HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2),
    "selector": make_pipeline(StandardScaler(), SelectKBest(k=2), LogisticRegression()),
    "tabpfn-like": Probabilities(),
    "weighted": Weighted(),
}


data = functools.partial(build.data, noise=0.5)


@pytest.fixture(params=ALL)
def model(request):
    return foreign_model(ALL[request.param], request.param, seed=7)


def test_it_is_a_model(model):
    assert isinstance(model, Model)
    assert model.id.startswith("sklearn:")
    assert model.seconds_per_fit > 0
    assert pickle.loads(pickle.dumps(model)).title == model.title


def test_its_decision_is_its_prediction_and_knows_no_label_of_those_left_out(model):
    x, y = data()
    weight = np.ones((2, len(y)))
    weight[0, :2] = 0.0
    weight[1, 3:6] = [2.0, 0.0, 3.0]
    ask = np.tile(np.arange(len(y)), (2, 1))
    predicted = model.predict(sets_of(x, y, weight), ask)
    for i in range(2):
        decided = model.decide(x, y, weight[i]).logit(x)
        np.testing.assert_array_equal(decided, predicted.logit[i, :, 0])
    flipped = np.where(weight[0] > 0, y, 1 - y)
    np.testing.assert_array_equal(model.decide(x, flipped, weight[0]).logit(x), predicted.logit[0, :, 0])
    again = foreign_model(model.estimator, "again", seed=7).predict(sets_of(x, y, weight), ask)
    assert again.logit.tobytes() == predicted.logit.tobytes()


def test_it_says_so_when_a_class_is_missing(model):
    x, _ = data(2)
    found = model.predict(sets_of(x, np.ones(len(x)), np.ones((1, len(x)))), np.array([[0, 1]]))
    assert found.status[0, 0] == Status.ONE_CLASS
    assert np.isnan(found.logit).all()


@pytest.mark.parametrize("c", [0.1, 10.0])
def test_logistic_regression_is_our_ridge(c):
    """scikit-learn's C is ours, features are standardised alike, and neither shrinks the intercept."""
    x, y = data(3)
    weight = np.ones((2, len(y)))
    weight[1] = np.arange(len(y)) % 3
    table = FeatureTable(tuple("abcd"), tuple((name,) for name in "abcd"))
    theirs = foreign_model(LogisticRegression(C=c, tol=1e-10, max_iter=10_000), "logistic")
    assert theirs.like == f"ridge:{c:g}"
    ask = np.tile(np.arange(len(y)), (2, 1))
    ours = build_model(f"ridge:{c}", table).predict(sets_of(x, y, weight), ask).logit
    np.testing.assert_allclose(theirs.predict(sets_of(x, y, weight), ask).logit, ours, atol=1e-6)
    assert isinstance(theirs.decide(x, y), LinearDecision)


def test_what_is_no_ridge_is_not_taken_for_one():
    for other in (LogisticRegression(class_weight="balanced"), LogisticRegression(solver="liblinear"), SVC()):
        assert foreign_model(other, "other").like == "sklearn:other"


def test_margins_of_a_linear_estimator_are_data_and_other_estimators_are_code():
    x, y = data(4)
    assert isinstance(foreign_model(SVC(kernel="linear"), "svm").decide(x, y), LinearDecision)
    decision = foreign_model(SVC(), "svm").decide(x, y)
    assert isinstance(decision, ForeignDecision)
    with pytest.raises(UsageError, match="SVC is code"):
        decision.to_json()


def test_rows_count_as_often_as_drawn():
    x, y = data(5)
    counts = np.array([2.0, 1, 0, 3, *np.ones(12)])
    drawn = np.repeat(np.arange(16), counts.astype(int))
    plain = KNeighborsClassifier(5).fit(x[drawn], y[drawn]).predict_proba(x)[:, 1]
    found = foreign_model(KNeighborsClassifier(5), "knn").decide(x, y, counts).logit(x)
    np.testing.assert_allclose(1 / (1 + np.exp(-found)), np.clip(plain, 1e-6, 1 - 1e-6), atol=1e-6)
    weighted = foreign_model(Weighted(), "w").decide(x, y, counts)
    assert weighted.fitted.seen_.tolist() == counts[counts > 0].tolist()


def test_a_fit_that_fails_predicts_the_prevalence_and_is_counted():
    x, y = data(6)
    largest = int(x[:, 0].argmax())
    model = foreign_model(FailsWithout(least=float(x[largest, 0])), "fails")
    weight = np.ones((2, len(y)))
    weight[0, largest] = 0.0
    found = model.predict(sets_of(x, y, weight), np.tile([0, largest], (2, 1)))
    assert found.status[:, 0].tolist() == [Status.FAILED, Status.OK]
    assert found.failed == 1
    share = np.delete(y, largest).mean()
    np.testing.assert_allclose(found.logit[0, :, 0], np.log(share / (1 - share)))
    assert isinstance(model.decide(x, y, weight[0]), ConstantDecision)


def test_a_fit_that_does_not_settle_is_marked_and_warns_nobody():
    x, y = data(7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = foreign_model(LogisticRegression(max_iter=1), "hasty").predict(
            sets_of(x, y, np.ones((1, len(y)))), np.array([[0]])
        )
    assert found.status[0, 0] == Status.NOT_CONVERGED


def test_a_prediction_that_is_no_number_is_a_failure():
    class Silent(Probabilities):
        def predict_proba(self, X):
            return np.full((len(X), 2), np.nan)

    x, y = data(8)
    found = foreign_model(Silent(), "silent").predict(sets_of(x, y, np.ones((1, len(y)))), np.array([[0, 1]]))
    assert found.status[0, 0] == Status.FAILED
    assert np.isfinite(found.logit).all()


def test_the_runs_seed_is_given_where_none_is_set_and_nowhere_else():
    x, y = data(9)
    forest = RandomForestClassifier(5, max_depth=2)
    one, other = (foreign_model(forest, "forest", seed=seed).decide(x, y).logit(x) for seed in (1, 2))
    assert (one != other).any()
    fixed = RandomForestClassifier(5, max_depth=2, random_state=3)
    one, other = (foreign_model(fixed, "forest", seed=seed).decide(x, y).logit(x) for seed in (1, 2))
    assert (one == other).all()
    assert forest.random_state is None
    assert not hasattr(forest, "estimators_")


@pytest.mark.parametrize("wrong", [SVC, StandardScaler(), "svc", None])
def test_what_is_no_unfitted_classifier_is_refused(wrong):
    with pytest.raises(ConfigError, match="not an unfitted classifier"):
        foreign_model(wrong, "wrong")


def test_a_pipeline_is_named_by_its_steps():
    model = foreign_model(ALL["selector"], "s")
    assert str(model.title) == "StandardScaler + SelectKBest + LogisticRegression (s)"
    assert isinstance(model, ForeignModel)
