"""The transformer against scikit-learn's expectations of one that takes a table of named columns."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import (
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
)

from responder.errors import DataRefusedError
from responder.features import FeatureBuilder

TABLE = pd.DataFrame(
    {
        "organs": ["ear_nose", "airway;ear_nose", "none", "airway", "ear_nose", "ear"],
        "rpdai": [9, 23, 9, 14, 9, 9],
        "treg_per_ul": [20.0, None, 31.0, 25.5, 12.0, 18.0],
        "disease_duration_years": [2, 0.5, 4, 1, 2, 3],
    }
)
OUTCOME = np.array([1, 0, 1, 0, 1, 1])


@pytest.mark.parametrize(
    "check",
    [
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_set_params,
    ],
)
def test_estimator_checks_that_apply_to_named_columns(check):
    if check is check_parameters_default_constructible:
        check("FeatureBuilder", FeatureBuilder())
    else:
        check("FeatureBuilder", FeatureBuilder())


def test_it_clones_pickles_and_repeats_itself():
    builder = FeatureBuilder().fit(TABLE)
    first = builder.transform(TABLE)
    np.testing.assert_array_equal(clone(builder).fit(TABLE).transform(TABLE), first)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(builder)).transform(TABLE), first)
    np.testing.assert_array_equal(builder.fit_transform(TABLE), first)
    assert builder.n_features_in_ == 4
    assert list(builder.feature_names_in_) == list(TABLE.columns)


def test_transform_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        FeatureBuilder().transform(TABLE)


def test_names_and_groups_are_kept():
    builder = FeatureBuilder().fit(TABLE)
    names = list(builder.get_feature_names_out())
    assert len(names) == builder.transform(TABLE).shape[1] == len(builder.feature_groups_)
    assert builder.feature_groups_[names.index("log_treg")] == "immune"
    assert builder.feature_groups_[names.index("organs=airway")] == "clinical"
    framed = FeatureBuilder().set_output(transform="pandas").fit(TABLE).transform(TABLE)
    assert list(framed.columns) == names


def test_rows_do_not_influence_one_another_and_order_does_not_matter():
    builder = FeatureBuilder().fit(TABLE)
    every = builder.transform(TABLE)
    for i in range(len(TABLE)):
        np.testing.assert_array_equal(builder.transform(TABLE.iloc[[i]])[0], every[i])
    shuffled = TABLE[TABLE.columns[::-1]]
    np.testing.assert_array_equal(FeatureBuilder(traits=builder.traits_).fit(shuffled).transform(shuffled), every)


def test_it_works_in_a_pipeline():
    pipeline = make_pipeline(FeatureBuilder(), LogisticRegression(C=0.1)).fit(TABLE, OUTCOME)
    assert pipeline.predict_proba(TABLE).shape == (6, 2)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (np.zeros((3, 2)), "named columns"),
        (TABLE.iloc[:0], "no rows"),
        (TABLE.assign(rpdai="many"), "rpdai"),
        (TABLE.assign(organs="spleen"), "organs"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(table, words):
    with pytest.raises(DataRefusedError, match=words):
        FeatureBuilder().fit(table)


def test_a_missing_column_is_named():
    builder = FeatureBuilder().fit(TABLE)
    with pytest.raises(DataRefusedError, match="rpdai"):
        builder.transform(TABLE.drop(columns="rpdai"))
