"""Paired tests against SciPy, and the exact signed-rank test against all sign patterns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, rankdata, ttest_1samp, wilcoxon

from responder.evidence.reconstruction.paired_p import TESTS, paired_p_values

differences = st.lists(st.integers(-6, 6), min_size=2, max_size=7)


def one(row, test):
    return paired_p_values(np.array([row]), [test])[0, 0]


@given(differences.filter(any), st.booleans())
def test_normal_signed_rank_is_scipys(row, correction):
    test = "signed_rank_continuity" if correction else "signed_rank_asymptotic"
    expected = wilcoxon(row, zero_method="wilcox", correction=correction, method="asymptotic").pvalue
    # SciPy turns the correction round when the rank sum is balanced; a P value is then 1 here
    assert one(row, test) == pytest.approx(min(expected, 1), abs=1e-12)


@given(differences.filter(any))
def test_exact_signed_rank_counts_sign_patterns(row):
    nonzero = np.array([d for d in row if d])
    ranks = rankdata(np.abs(nonzero))
    observed = abs((np.sign(nonzero) * ranks).sum())
    patterns = itertools.product([-1, 1], repeat=len(nonzero))
    at_least = [abs((np.array(signs) * ranks).sum()) >= observed - 1e-9 for signs in patterns]
    assert one(row, "signed_rank_exact") == pytest.approx(np.mean(at_least), abs=1e-12)


@given(differences.filter(lambda row: len(set(row)) > 1))
def test_paired_t_is_scipys(row):
    assert one(row, "paired_t") == pytest.approx(ttest_1samp(row, 0).pvalue, abs=1e-9)


@given(differences.filter(any))
def test_sign_test_is_scipys(row):
    rises, falls = sum(d > 0 for d in row), sum(d < 0 for d in row)
    assert one(row, "sign_exact") == pytest.approx(binomtest(rises, rises + falls).pvalue, abs=1e-12)


def test_tests_that_do_not_exist_are_nan():
    values = paired_p_values(np.array([[0, 0, 0], [2, 2, 2]]), TESTS)
    assert np.isnan(values[:, 0]).all()
    assert np.isnan(values[:, 1]).tolist() == [False, False, False, True, False]


def test_rows_do_not_depend_on_each_other():
    rng = np.random.default_rng(3)
    table = rng.integers(-4, 5, size=(200, 8))
    together = paired_p_values(table, TESTS)
    alone = np.concatenate([paired_p_values(row[None], TESTS) for row in table], axis=1)
    np.testing.assert_array_equal(together, alone)
