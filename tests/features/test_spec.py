"""Features: derived by row, fitted by training set, the same in training and scoring."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from responder.errors import ConfigError
from responder.features import FittedFeatures, compile_features, fit_scaling
from responder.study import load_study

STUDY = load_study("rp-ld-il2")
TRAITS = ("organs", "disease_duration_years", "prednisone_mg_per_day", "rpdai", "treg_per_ul", "tcon_per_ul")


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
    assert "log_treg" in caught.value.hint


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
        theirs = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(rows)
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
