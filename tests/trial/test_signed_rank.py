"""The signed-rank test against enumeration of all sign patterns and against SciPy; Holm by its definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from responder.trial import holm, signed_rank

values = st.integers(-6, 6).map(float) | st.sampled_from([0.1, 0.2, 0.3, -0.1, -0.3, 1.25])


def by_enumeration(differences):
    """Two-sided P over every assignment of signs: as far from balance as the observed sum of ranks, or further."""
    changes = np.array([d for d in differences if d != 0])
    ranks = rankdata(np.abs(changes))
    middle = ranks.sum() / 2
    observed = abs(ranks[changes > 0].sum() - middle)
    signs = itertools.product([0, 1], repeat=len(changes))
    far = [abs(ranks @ np.array(pattern) - middle) >= observed - 1e-9 for pattern in signs]
    return np.mean(far)


@given(st.lists(values, min_size=1, max_size=9).filter(any))
def test_exact_p_is_that_of_all_sign_patterns(differences):
    assert signed_rank(differences).p_exact == pytest.approx(by_enumeration(differences), abs=1e-12)


@given(st.lists(values, min_size=2, max_size=30).filter(any))
def test_asymptotic_p_is_scipys(differences):
    """Oracle: scipy.stats.wilcoxon, zeros dropped, tie-corrected variance."""
    test = signed_rank(differences)
    for p, correction in ((test.p_asymptotic, False), (test.p_continuity, True)):
        oracle = wilcoxon(differences, zero_method="wilcox", correction=correction, method="asymptotic")
        assert p == pytest.approx(min(1.0, oracle.pvalue), abs=1e-12)


def test_exact_p_without_ties_is_scipys_of_200_patients():
    differences = np.random.default_rng(3).normal(0.1, 1, 200)
    assert signed_rank(differences).p_exact == pytest.approx(wilcoxon(differences, method="exact").pvalue, rel=1e-9)


def test_counts_and_smallest_p():
    test = signed_rank([-9, -9, 0, np.nan, 4])
    assert (test.pairs, test.changed, test.w_plus, test.w_minus) == (4, 3, 1.0, 5.0)
    assert test.smallest_p == 0.25
    assert signed_rank([-1] * 5).p_exact == 2 * 0.5**5
    assert test.frame().loc[0, "changed"] == 3


@pytest.mark.parametrize("differences", [[], [0, 0], [np.nan], [np.nan, 0.0]])
def test_no_change_no_test(differences):
    test = signed_rank(differences)
    assert test.changed == 0
    assert np.isnan([test.p_exact, test.p_asymptotic, test.p_continuity]).all()
    assert test.to_json()["p_exact"] is None


def test_binary_fractions_do_not_untie():
    # 7.3 - 5.3, 9.3 - 7.3 and 4.3 - 2.3 differ in the last bit
    differences = [7.3 - 5.3, -(9.3 - 7.3), 4.3 - 2.3, 0.1 + 0.2 - 0.3]
    assert len({abs(d) for d in differences[:3]}) > 1
    test = signed_rank(differences)
    assert (test.changed, test.w_plus, test.w_minus) == (3, 4.0, 2.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_by_definition(p_values):
    adjusted = holm(p_values)
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for place, i in enumerate(order):
        steps = [min(1.0, (len(order) - k) * p_values[order[k]]) for k in range(place + 1)]
        assert adjusted[i] == pytest.approx(max(steps))


def test_holm_counts_only_tests_that_exist():
    np.testing.assert_allclose(holm([0.03, np.nan, 0.01]), [0.03, np.nan, 0.02])
    assert holm([]).size == 0
    assert np.isnan(holm([np.nan])).all()
