"""Foreign estimators are explained by shap's explainers, each chosen by what fits, with the same values as ours."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from responder.explain import foreign
from responder.explain.foreign import attribute, explainer_of, foreign_shapley
from responder.models.foreign import foreign_model
from responder.models.shapley import MOST_MULTIPLICATIONS, shapley_values

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4))
Y = (X[:, 0] + 0.5 * RNG.normal(size=12) > 0).astype(float)


def decision(estimator):
    return foreign_model(estimator, "e", seed=1).decide(X, Y)


@pytest.mark.parametrize(
    ("estimator", "explainer", "tolerance"),
    [
        (
            GradientBoostingClassifier(n_estimators=5, max_depth=2),
            "tree",
            1e-6,
        ),  # shap keeps thresholds in single precision
        (RandomForestClassifier(5, max_depth=2), "exact", 1e-10),
        (SVC(), "exact", 1e-10),
    ],
)
def test_values_are_those_of_our_own_kernels(estimator, explainer, tolerance):
    given = decision(estimator)
    assert explainer_of(given, X) == explainer
    for weight in (None, np.repeat([2.0, 0.0, 1.0], 4)):
        found = foreign_shapley(given, X[:3], X, weight=weight, seed=0)
        ours = shapley_values(given, X[:3], X, weight=weight)
        np.testing.assert_allclose(found.values, ours.values, atol=tolerance)
        assert found.base == pytest.approx(ours.base, abs=1e-12)
        assert found.exact
        np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.logit, atol=1e-5)


def test_coefficients_have_the_values_of_shaps_linear_explainer():
    import shap

    given = decision(LogisticRegression())
    assert explainer_of(given, X) == "closed_form"
    masker = shap.maskers.Independent(X, max_samples=len(X))
    theirs = shap.LinearExplainer((given.coefficients, given.intercept), masker).shap_values(X)
    ours = attribute(given, X, X, most_multiplications=MOST_MULTIPLICATIONS, rng=np.random.default_rng(0))
    np.testing.assert_allclose(ours.values, theirs, atol=1e-12)


def test_too_many_coalitions_are_sampled_the_same_way_each_time(monkeypatch):
    monkeypatch.setattr(foreign, "MOST_ROWS", 1)
    given, before = decision(SVC()), np.random.get_state()[1].tolist()  # noqa: NPY002
    one, again = (foreign_shapley(given, X[:2], X, seed=3) for _ in range(2))
    assert not one.exact
    assert one.values.tobytes() == again.values.tobytes()
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    exact = shapley_values(given, X[:2], X).values
    assert (np.abs(one.values - exact) <= 4 * one.standard_error + 1e-9).all()
    np.testing.assert_allclose(one.base + one.values.sum(axis=1), one.logit, atol=1e-9)


def test_features_that_enter_together_and_a_missing_shap_get_our_own_kernels(monkeypatch):
    given, rng = decision(SVC()), np.random.default_rng(0)
    asked = {"most_multiplications": MOST_MULTIPLICATIONS, "rng": rng}
    together = attribute(given, X[:2], X, [[0, 1], [2, 3]], **asked)
    np.testing.assert_allclose(together.values, shapley_values(given, X[:2], X, [[0, 1], [2, 3]]).values, atol=1e-12)
    monkeypatch.setattr(foreign, "find_spec", lambda name: None)
    assert explainer_of(given, X) == "own"
    np.testing.assert_allclose(attribute(given, X[:2], X, **asked).values, shapley_values(given, X[:2], X).values)
