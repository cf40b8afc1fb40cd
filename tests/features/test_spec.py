"""Features: derived by row, fitted by training set, the same in training and scoring."""

import json
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from responder.errors import ConfigError
from responder.features import FeatureSpec, FeatureStep, FittedFeatures, compile_features, fit_scaling
from responder.features.spec import FOLD_MARGIN_SD, weighted_median
from responder.study import load_study
from responder.words import Given

STUDY = load_study("rp-ld-il2")
TRAITS = ("organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul")


class Held(TransformerMixin, BaseEstimator):
    """Decision 16 as a step of scikit-learn: standardised values within their training range and 1 SD beyond."""

    def fit(self, X, y=None):
        self.low_, self.high_ = X.min(axis=0) - 1.0, X.max(axis=0) + 1.0
        return self

    def transform(self, X):
        return np.clip(X, self.low_, self.high_)


def column(spec, values, name):
    return spec.derive(values)[:, spec.feature_names().index(name)]


def test_every_feature_of_the_reference_study_by_hand():
    spec = compile_features(STUDY, TRAITS)
    # ear_nose, airway, arthritis, eye, lung, duration, prednisone, rpdai, treg, tcon
    values = np.array([[1, 0, 0, 0, 0, 2.0, 15.0, 9.0, 10.0, 500.0], [1, 1, 1, 0, 0, 0.5, 0.0, 23.0, 50.0, 600.0]])
    assert spec.feature_names() == (
        "organs=ear_nose", "organs=airway", "organ_count", "log_disease_duration", "prednisone_dose",
        "rpdai_baseline", "log_treg", "log_treg_tcon_ratio", "treg_deficit",
    )  # fmt: skip
    assert column(spec, values, "organ_count").tolist() == [1.0, 3.0]
    np.testing.assert_allclose(column(spec, values, "log_disease_duration"), np.log([2.0, 0.5]))
    np.testing.assert_allclose(column(spec, values, "log_treg_tcon_ratio"), np.log([10 / 500, 50 / 600]))
    np.testing.assert_allclose(column(spec, values, "treg_deficit"), [1 - 10 / 13.47, 0.0])


def test_a_trait_without_a_declared_feature_enters_as_it_is():
    assert compile_features(STUDY, ["age_years"]).feature_names() == ("age_years",)


def test_unknown_feature_is_refused_with_did_you_mean():
    with pytest.raises(ConfigError) as caught:
        compile_features(STUDY, TRAITS, only=["log_tregs"])
    assert "log_treg" in str(caught.value.hint)


@given(st.integers(0, 2**32 - 1))
def test_scaling_of_many_sets_equals_scikit_learn_on_each(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(10, 3))
    x[rng.random((10, 3)) < 0.2] = np.nan
    x[:4] = rng.normal(size=(4, 3))
    counts = rng.integers(0, 3, size=(5, 10)).astype(float)
    counts[:, :4] = 1.0
    ours = fit_scaling(x, np.zeros((10, 0)), counts).apply(x, np.zeros((10, 0)))
    for i in range(5):
        rows = x[np.repeat(np.arange(10), counts[i].astype(int))]
        theirs = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), Held()).fit(rows)
        np.testing.assert_allclose(ours[i], theirs.transform(x), atol=1e-10)


def test_a_column_constant_in_the_training_set_is_zero_for_everybody():
    x = np.array([[1.0], [1.0], [5.0]])
    fit = fit_scaling(x, np.zeros((3, 0)), np.array([[1.0, 1.0, 0.0]]))
    assert fit.apply(x, np.zeros((3, 0)))[0].tolist() == [[0.0], [0.0], [0.0]]


def test_missing_traits_get_indicators_and_survive_json():
    spec = compile_features(STUDY, TRAITS)
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.integers(0, 2, (8, 5)), rng.lognormal(size=(8, 2)), rng.integers(9, 24, 8),
                              rng.lognormal(3, 0.3, (8, 2))]).astype(float)  # fmt: skip
    values[2, 8] = np.nan
    fitted = FittedFeatures.fit(spec, values)
    assert fitted.names[-1] == "treg_per_ul_missing"
    again = FittedFeatures.from_json(json.loads(json.dumps(fitted.to_json())))
    np.testing.assert_array_equal(again.transform(values), fitted.transform(values))
    assert not np.isnan(fitted.transform(np.full((1, 10), np.nan))).any()


# ---------------------------------------------------------------- held within what the training rows can speak of
STEPS = {
    "identity": FeatureStep("x", "identity", (0,), ("a",)),
    "log": FeatureStep("x", "log", (0,), ("a",), floors=(0.5,)),
    "log1p": FeatureStep("x", "log1p", (0,), ("a",)),
    "log_ratio": FeatureStep("x", "log_ratio", (0, 1), ("a", "b"), floors=(0.5, 1e-6)),
    "level_count": FeatureStep("x", "level_count", (0, 1), ("a", "b")),
    "only": FeatureStep("x", "only", (0, 1), ("a", "b"), wanted=(0,)),
    "deficit": FeatureStep("x", "deficit", (0,), ("a",), low=13.47),
}
CELLS = st.one_of(
    st.just(0.0), st.just(1.0), st.just(20.0), st.just(float("nan")), st.floats(0.0, 1e6), st.floats(1e-9, 1e-3)
)


@pytest.mark.parametrize("transform", STEPS)
@settings(max_examples=60)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=4, max_size=14), weight=st.randoms(use_true_random=False))
@example(rows=[(20.0, 1.0)] * 7 + [(13.1, 1.0), (10.4, 1.0)], weight=random.Random(0))
def test_no_value_lies_further_beyond_its_training_set_than_the_margin(transform, rows, weight):
    """Of every transform, gaps, rare levels, small denominators and bootstrap counts included."""
    values = np.array(rows)
    spec = FeatureSpec(("a", "b"), (STEPS[transform],), {"a": 0, "b": 1}, {"a": "", "b": ""})
    n = len(rows)
    counts = np.array([[weight.choice([0, 1, 1, 2, 3]) for _ in range(n)] for _ in range(4)], dtype=float)
    counts[:, 0] = 1.0
    train = np.concatenate([1.0 - np.eye(n), counts])
    missing = spec.missing(values, spec.missing_patterns(values))
    x = fit_scaling(spec.derive(values), missing, train).apply(spec.derive(values), missing)
    inside = np.where((train > 0)[:, :, None], x, np.nan)
    low, high = np.nanmin(inside, axis=1)[:, None], np.nanmax(inside, axis=1)[:, None]
    slack = 1e-3  # of values that differ by rounding alone, in SD of that rounding
    assert (x >= low - FOLD_MARGIN_SD - slack).all()
    assert (x <= high + FOLD_MARGIN_SD + slack).all()


def test_one_value_no_longer_makes_a_ranking():
    """Seven zeros and 0.027 in training: 0.228 was 22 SD beyond them."""
    x = np.array([[0.0]] * 7 + [[1 - 13.1 / 13.47], [1 - 10.4 / 13.47]])
    train = (np.arange(9) < 8).astype(float)[None]
    fit = fit_scaling(x, np.zeros((9, 0)), train)
    measured, held = (fit.apply(x, np.zeros((9, 0)), held=which)[0, :, 0] for which in (False, True))
    assert measured[8] - measured[7] == pytest.approx(22.1, abs=0.1)
    assert held[8] - held[7] == pytest.approx(FOLD_MARGIN_SD)
    np.testing.assert_array_equal(held[:8], measured[:8])  # nobody who was trained on is moved


def test_rows_of_weight_zero_say_nothing_of_the_bounds():
    x = np.array([[0.0], [1.0], [2.0], [900.0]])
    one = fit_scaling(x, np.zeros((4, 0)), np.array([[2.0, 1.0, 1.0, 0.0]]))
    two = fit_scaling(x[:3], np.zeros((3, 0)), np.array([[2.0, 1.0, 1.0]]))
    assert (one.low, one.high) == (two.low, two.high)


def test_equal_indicators_are_one_column_named_by_all_its_traits():
    spec = compile_features(STUDY, TRAITS)
    values = np.column_stack([np.ones((6, 5)), np.arange(30.0).reshape(6, 5) + 1.0])
    values[2, 6] = values[2, 8] = values[2, 9] = np.nan  # prednisone, Treg and Tcon of one visit
    values[4, 7] = np.nan
    assert spec.missing_patterns(values) == ("prednisone_mg_per_day+treg_per_ul+tcon_per_ul", "rpdai")
    fitted = FittedFeatures.fit(spec, values)
    assert fitted.names[-2:] == ("prednisone_mg_per_day+treg_per_ul+tcon_per_ul_missing", "rpdai_missing")
    assert spec.traits_of_features(fitted.indicators)[-2] == ("prednisone_mg_per_day", "treg_per_ul", "tcon_per_ul")
    assert spec.groups_of_features(fitted.indicators)[-2] == "clinical+immune"
    values[3, 6] = np.nan  # a new patient who lacks one of the three
    assert spec.missing(values, fitted.indicators)[:, 0] == pytest.approx([0, 0, 1, 1 / 3, 0, 0])


def test_features_fitted_before_values_were_held_stay_as_they_were():
    spec = compile_features(STUDY, ["rpdai"])
    content = FittedFeatures.fit(spec, np.array([[9.0], [14.0], [23.0]])).to_json()
    assert set(content["scaling"]) == {"median", "mean", "sd", "constant", "low", "high"}
    new = np.array([[200.0]])
    assert FittedFeatures.from_json(content).transform(new)[0, 0] == pytest.approx(
        (23 - content["scaling"]["mean"][0]) / content["scaling"]["sd"][0] + FOLD_MARGIN_SD
    )
    del content["scaling"]["low"], content["scaling"]["high"]
    before = FittedFeatures.from_json(content)
    assert before.transform(new)[0, 0] == pytest.approx((200 - before.scaling.mean[0, 0]) / before.scaling.sd[0, 0])
    assert before.to_json() == content


def test_labels_are_said_in_any_language_and_survive_json():
    spec = compile_features(load_study("rp-ld-il2"), ["organs", "rpdai"])
    again = FeatureSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert again == spec
    level, score = again.steps[0].label, next(step for step in again.steps if step.traits == ("rpdai",)).label
    assert (level.code, level.in_language("en").count(": "), level.in_language("zh").count("：")) == (
        "feature.level",
        1,
        1,
    )
    assert isinstance(score, Given)


def test_a_spec_of_the_last_version_still_loads():
    spec = compile_features(load_study("rp-ld-il2"), ["rpdai"])
    content = spec.to_json()
    old = [{**step, "label": "RPDAI", "label_zh": "RPDAI评分"} for step in content["steps"]]
    (step, *_) = FeatureSpec.from_json({**content, "steps": old}).steps
    assert step.label == Given({"en": "RPDAI", "zh": "RPDAI评分"})
    bare = [{**step, "label": "RPDAI", "label_zh": ""} for step in content["steps"]]
    assert FeatureSpec.from_json({**content, "steps": bare}).steps[0].label == "RPDAI"


@pytest.mark.parametrize("at_once", [1, 45, 1000])
def test_medians_under_weights_are_those_of_repeated_values(monkeypatch, at_once):
    monkeypatch.setattr("responder.features.spec.MEDIANS_AT_ONCE", at_once)
    rng = np.random.default_rng(2)
    values = rng.normal(size=(9, 6)).round(1)
    values[rng.random(values.shape) < 0.3] = np.nan
    values[:, 4] = np.nan
    weights = rng.integers(0, 3, (5, 9)).astype(float)
    weights[3] = 0.0
    found = weighted_median(values, weights)
    for m, counts in enumerate(weights.astype(int)):
        for column, x in enumerate(values.T):
            repeated = np.repeat(x, counts)
            repeated = repeated[~np.isnan(repeated)]
            assert found[m, column] == (np.median(repeated) if repeated.size else 0.0)
