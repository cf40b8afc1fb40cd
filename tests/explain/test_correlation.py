"""Correlations and clusters of features."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from responder.explain import correlations, explain_out_of_fold, feature_correlations


@given(st.integers(0, 2**32 - 1), st.integers(6, 30))
def test_equals_scipy_on_complete_pairs(seed, n):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 3)).round(1)
    values[rng.random(values.shape) < 0.1] = np.nan
    found = correlations(values, "abc")
    for i, j in ((0, 1), (0, 2), (1, 2)):
        both = ~np.isnan(values[:, [i, j]]).any(axis=1)
        a, b = values[both, i], values[both, j]
        assert found.pairs[i, j] == both.sum()
        if both.sum() < 5 or np.ptp(a) == 0 or np.ptp(b) == 0:
            assert np.isnan(found.pearson[i, j])
        else:
            assert found.pearson[i, j] == pytest.approx(pearsonr(a, b).statistic, abs=1e-10)
            assert found.spearman[i, j] == pytest.approx(spearmanr(a, b).statistic, abs=1e-10)


def test_clusters_hang_together_through_others():
    rng = np.random.default_rng(0)
    base = rng.normal(size=400)
    middle = base + 0.8 * rng.normal(size=400)
    far = middle + 0.9 * rng.normal(size=400)
    found = correlations(np.column_stack([base, rng.normal(size=400), far, middle]), ["base", "noise", "far", "middle"])
    assert abs(found.pearson[0, 2]) < 0.7  # only through the middle
    assert found.clusters == ((0, 2, 3), (1,))
    assert found.cluster_labels == ("base+far+middle", "noise", "base+far+middle", "base+far+middle")


def test_constant_columns_stand_alone():
    values = np.column_stack([np.full(6, 3.3), np.arange(6.0), -np.arange(6.0)])
    found = correlations(values, ["constant", "up", "down"])
    assert np.isnan(found.pearson[0]).all()
    assert found.clusters == ((0,), (1, 2))
    json.dumps(found.to_json(), allow_nan=False)


def test_large_clusters_are_named_by_their_first_features():
    values = np.arange(6.0)[:, None] * np.ones(40)
    labels = correlations(np.column_stack([values, [1, -1, 1, -1, 1, -1]]), [f"x{i}" for i in range(41)]).cluster_labels
    assert labels[0] == labels[39] == "+".join([*(f"x{i}" for i in range(12)), "28..."])
    assert labels[40] == "x40"


def test_reference_cohort(pipeline, cohort, table):
    found = feature_correlations(table)
    frame = found.frame()
    assert len(frame) == 9 * 8 // 2
    assert frame["pearson"].abs().is_monotonic_decreasing
    activity = frame[(frame["first"] == "organs=airway") & (frame["second"] == "rpdai_baseline")].iloc[0]
    assert round(activity["pearson"], 2) == 0.84
    assert activity["same_cluster"]
    explained = explain_out_of_fold(pipeline("ridge:1"), cohort.outcome)
    summed = explained.by_cluster()
    assert set(summed.names) == set(found.cluster_labels)
    assert summed.values.sum(axis=1) == pytest.approx(explained.values.sum(axis=1))
    together = explain_out_of_fold(pipeline("ridge:1"), cohort.outcome, by="cluster")
    assert together.values == pytest.approx(summed.values, abs=1e-12)
