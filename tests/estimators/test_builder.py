"""The transformer on a study's traits, and on any table of numbers."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from responder.errors import DataRefusedError
from responder.estimators import FeatureBuilder

STUDY = "rp-ld-il2"
TABLE = pd.DataFrame(
    {
        "organs": ["ear_nose", "airway;ear_nose", "none", "airway", "ear_nose", "ear"],
        "rpdai": [9, 23, 9, 14, 9, 9],
        "treg_per_ul": [20.0, None, 31.0, 25.5, 12.0, 18.0],
        "disease_duration_years": [2, 0.5, 4, 1, 2, 3],
    }
)
OUTCOME = np.array([1, 0, 1, 0, 1, 1])


def test_it_clones_pickles_and_repeats_itself():
    builder = FeatureBuilder(STUDY).fit(TABLE)
    first = builder.transform(TABLE)
    np.testing.assert_array_equal(clone(builder).fit(TABLE).transform(TABLE), first)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(builder)).transform(TABLE), first)
    np.testing.assert_array_equal(builder.fit_transform(TABLE), first)
    assert builder.n_features_in_ == 4
    assert list(builder.feature_names_in_) == list(TABLE.columns)


def test_transform_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        FeatureBuilder(STUDY).transform(TABLE)


def test_names_and_groups_are_kept():
    builder = FeatureBuilder(STUDY).fit(TABLE)
    names = list(builder.get_feature_names_out())
    assert len(names) == builder.transform(TABLE).shape[1] == len(builder.feature_groups_)
    assert builder.feature_groups_[names.index("log_treg")] == "immune"
    assert builder.feature_groups_[names.index("organs=airway")] == "clinical"
    framed = FeatureBuilder(STUDY).set_output(transform="pandas").fit(TABLE).transform(TABLE)
    assert list(framed.columns) == names


def test_rows_do_not_influence_one_another_and_order_does_not_matter():
    builder = FeatureBuilder(STUDY).fit(TABLE)
    every = builder.transform(TABLE)
    for i in range(len(TABLE)):
        np.testing.assert_array_equal(builder.transform(TABLE.iloc[[i]])[0], every[i])
    shuffled = TABLE[TABLE.columns[::-1]]
    np.testing.assert_array_equal(
        FeatureBuilder(STUDY, traits=builder.traits_).fit(shuffled).transform(shuffled), every
    )


def test_it_works_in_a_pipeline():
    pipeline = make_pipeline(FeatureBuilder(STUDY), LogisticRegression(C=0.1)).fit(TABLE, OUTCOME)
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
        FeatureBuilder(STUDY).fit(table)


def test_a_missing_column_is_named():
    builder = FeatureBuilder(STUDY).fit(TABLE)
    with pytest.raises(DataRefusedError, match="rpdai"):
        builder.transform(TABLE.drop(columns="rpdai"))


NUMBERS = pd.DataFrame({"CD4+": [1.0, np.nan, 3.0, 8.0], "crp": [np.nan, np.nan, 2.0, 5.0], "age": [40.0, 50, 60, 70]})


def test_any_table_of_numbers_is_standardised_with_its_gaps_known():
    builder = FeatureBuilder().fit(NUMBERS)
    assert builder.get_feature_names_out().tolist() == ["CD4+", "crp", "age", "CD4+_missing", "crp_missing"]
    found = builder.transform(NUMBERS)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), 1, atol=1e-12)
    far = builder.transform(NUMBERS.assign(age=1e9))
    assert far[:, 2].max() == pytest.approx(found[:, 2].max() + 1)  # held one SD beyond what was seen
    assert FeatureBuilder().fit(NUMBERS.to_numpy()).get_feature_names_out().tolist()[0] == "x0"


def test_weights_count_rows():
    """Weights of whole numbers are copies, and 0 leaves a row out, of its missing indicators too."""
    weight = np.array([2, 0, 1, 1])
    weighted = FeatureBuilder().fit(NUMBERS, sample_weight=weight)
    copies = FeatureBuilder().fit(NUMBERS.loc[np.repeat(np.arange(4), weight)])
    np.testing.assert_allclose(weighted.transform(NUMBERS), copies.transform(NUMBERS), rtol=0, atol=1e-12)
    assert weighted.get_feature_names_out().tolist() == ["CD4+", "crp", "age", "crp_missing"]
