"""The contract that every model of the registry keeps: a new one is one line in `ALL`."""

import json

import lightgbm
import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from tests.models.build import data, sets_of

from responder.errors import ConfigError
from responder.models import DEFAULT_MODELS, FeatureTable, Model, Status, build_model, decision_from_json
from responder.models.prior import BorrowedPrior
from responder.models.solver import expit
from responder.models.trees import SMALL_SAMPLE_PRESET
from responder.words import knows

PRIOR = BorrowedPrior(("a", "b"), np.array([0.5, -0.25]), np.diag([0.25, 0.16]), 0.5, 1.0)
TABLE = FeatureTable(tuple("abcd"), (("a",), ("b",), ("c",), ("d",)), {"a": 0.5, "b": -0.25}, PRIOR, tuple("xxyy"))
ALL = (*DEFAULT_MODELS, "ml", "flac", "borrow", "single:a", "logf:1", "ridge:10", "groupridge:1")


@pytest.fixture(params=ALL)
def model(request):
    return build_model(request.param, TABLE)


def test_it_is_a_model(model):
    assert isinstance(model, Model)
    assert knows(model.title.code)


def test_prevalence_alone_is_the_baseline():
    assert [id_ for id_ in ALL if build_model(id_, TABLE).is_baseline] == ["prevalence"]


def test_trees_alone_are_fitted_one_after_another():
    assert [id_ for id_ in ALL if not build_model(id_, TABLE).batched] == ["lightgbm"]


def test_a_name_without_its_number_means_the_default():
    assert build_model("ridge", TABLE).c == 0.1
    assert str(build_model("ridge", TABLE).title) == str(build_model("ridge:0.1", TABLE).title)


def test_a_single_marker_takes_the_features_of_its_trait_alone():
    table = FeatureTable(("a", "log_a", "a_by_b"), (("a",), ("a",), ("a", "b")))
    assert build_model("single:a", table).columns == (0, 1)
    assert build_model("single:a_by_b", table).columns == (2,)


def test_its_decision_is_its_prediction_and_survives_json(model):
    x, y = data()
    weight = np.ones((3, len(y)))
    weight[1, :2] = 0.0
    weight[2, 3:6] = [2.0, 0.0, 3.0]
    everybody = np.tile(np.arange(len(y)), (3, 1))
    predicted = model.predict(sets_of(x, y, weight), everybody).logit[:, :, 0]
    for i in range(3):
        decision = decision_from_json(json.loads(json.dumps(model.decide(x, y, weight[i]).to_json())))
        np.testing.assert_allclose(decision.logit(x), predicted[i], atol=1e-8)


def test_it_never_sees_the_labels_of_left_out_patients(model):
    x, y = data(1)
    weight = np.ones((1, len(y)))
    weight[0, 4:6] = 0.0
    ask = np.array([[4, 5]])
    flipped = y.copy()
    flipped[4:6] = 1 - flipped[4:6]
    one = model.predict(sets_of(x, y, weight), ask).logit
    other = model.predict(sets_of(x, flipped, weight), ask).logit
    np.testing.assert_array_equal(one, other)


def test_it_says_so_when_a_class_is_missing(model):
    x, _ = data(2)
    found = model.predict(sets_of(x, np.ones(len(x)), np.ones((1, len(x)))), np.array([[0, 1]]))
    assert found.status[0, 0] == Status.ONE_CLASS
    assert np.isnan(found.logit).all()


def test_the_same_question_gets_the_same_bytes(model):
    x, y = data(3)
    weight, ask = np.ones((2, len(y))), np.tile(np.arange(len(y)), (2, 1))
    first, second = (model.predict(sets_of(x, y, weight), ask).logit for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_it_learns_a_strong_signal_unless_it_is_the_baseline(model):
    x, _ = data(4, n=30)
    y = (x[:, 0] > 0).astype(float)
    logit = model.predict(sets_of(x, y, np.ones((1, 30))), np.arange(30)[None]).logit[0, :, 0]
    if model.is_baseline:
        assert np.ptp(logit) == 0.0
        assert expit(logit[:1])[0] == pytest.approx(y.mean())
    else:
        assert logit[y == 1].mean() > logit[y == 0].mean() + 0.5


def test_gaussian_process_finds_the_mode_that_scikit_learn_finds():
    """Same kernel, same Laplace approximation: the latent mode of the training rows to 1e-6."""
    x, y = data(5, n=20)
    theirs = GaussianProcessClassifier(ConstantKernel(2.0) * RBF(3.0) + ConstantKernel(4.0), optimizer=None).fit(x, y)
    decision = build_model("gp", TABLE).decide(x, y)
    squared = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    ours = (2.0 * np.exp(-squared / 18.0) + 4.0) @ decision.dual
    kernel = theirs.base_estimator_.kernel_(x)
    residual = theirs.base_estimator_.y_train_ - theirs.base_estimator_.pi_
    np.testing.assert_allclose(ours, kernel @ residual, atol=1e-6)
    # their integral over the latent variable and MacKay's approximation of it differ by less than 0.01
    np.testing.assert_allclose(expit(decision.logit(x)), theirs.predict_proba(x)[:, 1], atol=0.01)


def test_gaussian_process_of_little_variance_takes_one_step_from_the_prior():
    """At small variance s the mode is f = K (y - 1/2) + O(s^2), by one Newton step from 0."""
    x, y = data(2)
    small = 1e-7
    model = build_model("gp", TABLE, {"signal_variance": small, "offset_variance": 2 * small})
    square = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    expected = (np.exp(square / -18.0) + 2.0) @ (y - 0.5)
    np.testing.assert_allclose(model.decide(x, y).logit(x) / small, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [1.0, 3.0])
def test_trees_weigh_patients_as_lightgbm_does(count):
    x, y = data(3, 24)
    model = build_model("lightgbm", FeatureTable(TABLE.names, TABLE.traits, {}))
    weight = np.full(len(y), count)
    table = lightgbm.Dataset(x, y, weight=weight)
    booster = lightgbm.train(dict(SMALL_SAMPLE_PRESET), table, num_boost_round=model.rounds)
    np.testing.assert_allclose(model.decide(x, y, weight).logit(x), booster.predict(x, raw_score=True), atol=1e-8)


def test_lightgbm_preset_learns_where_the_defaults_return_a_constant():
    import lightgbm

    x, _ = data(6, n=24)
    y = (x[:, 0] > 0).astype(float)
    default = lightgbm.train({"objective": "binary", "verbosity": -1}, lightgbm.Dataset(x, y))
    assert np.ptp(default.predict(x)) < 1e-12
    assert np.ptp(build_model("lightgbm", TABLE).decide(x, y).logit(x)) > 1.0


def test_bayes_without_declared_hypotheses_is_sign_neutral():
    x, y = data(7)
    neutral = FeatureTable(TABLE.names, TABLE.traits, {})
    logit = build_model("bayes", neutral).decide(x, y).logit(x)
    mirrored = build_model("bayes", neutral).decide(-x, y).logit(-x)
    np.testing.assert_allclose(logit, mirrored, atol=1e-10)
    declared = build_model("bayes", TABLE).decide(x, y).logit(x)
    assert np.abs(declared - logit).max() > 0.01


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rigde", "ridge"),
        ("single:agee", "known"),
        ("ridge:zero", "ridge:0.1"),
        ("ridge:-1", "ridge:0.1"),
        ("firth:2", "firth"),
    ],
)
def test_a_wrong_name_is_refused_with_the_mend(name, hint):
    with pytest.raises(ConfigError) as caught:
        build_model(name, TABLE)
    assert hint in str(caught.value.hint)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match="no settings"):
        build_model("ridge:1", TABLE, {"penalty": "l1"})
