"""Shapley values against shap 0.51 (numba compiles its exact explainer on first use, so all of it is here)."""

import lightgbm
import numpy as np
import pytest
import shap

from responder.models import FeatureTable, build_model
from responder.models.shapley import shapley_values

NAMES = tuple("abcdefgh")


@pytest.fixture(scope="module")
def patients():
    rng = np.random.default_rng(11)
    features = rng.normal(size=(130, 5))
    return features, (features[:, 0] * features[:, 1] + rng.normal(size=130) > 0).astype(float)


def decide(kind, features, labels):
    names = NAMES[: features.shape[1]]
    return build_model(kind, FeatureTable(names, tuple((name,) for name in names))).decide(features, labels)


@pytest.mark.parametrize("kind", ["ridge:0.1", "firth", "gp", "bayes", "lightgbm"])
@pytest.mark.parametrize("n", [9, 130])  # above 100 shap would cut the background, if allowed to
def test_equals_the_exact_explainer(patients, kind, n):
    features, labels = patients[0][:n], patients[1][:n]
    decision = decide(kind, features, labels)
    explainer = shap.explainers.Exact(decision.logit, shap.maskers.Independent(features, max_samples=n))
    theirs = explainer(features[:4], silent=True)
    ours = shapley_values(decision, features[:4], features)
    assert ours.values == pytest.approx(theirs.values, abs=1e-9)
    assert ours.base == pytest.approx(theirs.base_values[0], abs=1e-9)


def test_equals_the_linear_explainer(patients):
    features, labels = patients
    decision = decide("ridge:1", features, labels)
    masker = shap.maskers.Independent(features, max_samples=len(features))
    theirs = shap.LinearExplainer((decision.coefficients, decision.intercept), masker)
    assert shapley_values(decision, features, features).values == pytest.approx(theirs.shap_values(features), abs=1e-9)


@pytest.mark.parametrize("settings", [{}, {"num_leaves": 8, "max_depth": 4, "rounds": 60}])
def test_equals_the_interventional_tree_explainer(patients, settings):
    features, labels = patients
    names = NAMES[:5]
    model = build_model("lightgbm", FeatureTable(names, tuple((name,) for name in names)), settings)
    decision = model.decide(features, labels)
    booster = lightgbm.Booster(model_str=decision.model_text)
    explainer = shap.TreeExplainer(
        booster,
        shap.maskers.Independent(features, max_samples=len(features)),
        feature_perturbation="interventional",
        model_output="raw",
    )
    # it keeps leaves in single precision
    theirs = explainer.shap_values(features)
    assert shapley_values(decision, features, features).values == pytest.approx(theirs, abs=1e-6)
