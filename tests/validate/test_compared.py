"""The paired test of two models: symmetry, exactness on noise, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.models import build_model
from responder.plan import plain_features
from responder.validate.compared import can_be_compared, holm, paired_comparison
from responder.validate.pairs import leave_pair_out
from responder.validate.permutation import draw_labelings, permutation_test
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import all_pairs


def pipeline(values, model="ridge:0.1"):
    table = Table(plain_features(values.shape[1]), values, {})
    return ModelPipeline(table, build_model(model, table.feature_table))


def compared(one, other, outcome, pairs=(None, None)):
    labelings = draw_labelings(outcome, most_exact=200, draws=99, rng=np.random.default_rng(1))
    tests = [permutation_test(p, labelings, pairs=q) for p, q in zip((one, other), pairs, strict=True)]
    return paired_comparison("a", "b", leave_pair_out(one, outcome), leave_pair_out(other, outcome), *tests)


OUTCOME = np.array([1, 1, 1, 1, 1, 0, 0, 0])


def test_the_difference_is_that_of_the_two_aucs_and_changes_its_sign():
    values = np.random.default_rng(3).standard_normal((8, 4))
    one, other = pipeline(values[:, :2]), pipeline(values[:, 2:])
    found, turned = compared(one, other, OUTCOME), compared(other, one, OUTCOME)
    expected = leave_pair_out(one, OUTCOME).auc - leave_pair_out(other, OUTCOME).auc
    assert found.difference == pytest.approx(expected) == -turned.difference
    assert (found.better, found.worse) == (turned.worse, turned.better)
    assert found.p == turned.p
    assert found.labelings == 56


def test_a_model_does_not_differ_from_itself():
    values = np.random.default_rng(3).standard_normal((8, 2))
    found = compared(pipeline(values), pipeline(values), OUTCOME)
    assert (found.difference, found.better, found.worse, found.p) == (0.0, 0, 0, 1.0)


def test_on_noise_p_is_that_of_an_exact_test():
    """Over all 56 outcomes of the same patients, p is at most 0.1 in at most a tenth of them: exact by enumeration."""
    values = np.random.default_rng(4).standard_normal((8, 4))
    one, other = pipeline(values[:, :2]), pipeline(values[:, 2:])
    labelings = draw_labelings(OUTCOME, most_exact=200, draws=99, rng=np.random.default_rng(1))
    apart = np.abs(permutation_test(one, labelings).auc - permutation_test(other, labelings).auc)
    p = np.array([(apart >= seen - 1e-9).mean() for seen in apart])
    for level in (0.05, 0.1, 0.3):
        assert (p <= level).mean() <= level
    assert compared(one, other, OUTCOME).p == pytest.approx(p[labelings.observed])


def test_other_pairs_are_not_compared():
    values = np.random.default_rng(3).standard_normal((8, 4))
    found = compared(pipeline(values[:, :2]), pipeline(values[:, 2:]), OUTCOME, (None, all_pairs(8)[::2]))
    assert (found.p, found.reason) == (None, "other_pairs")


def test_without_a_test_nothing_is_compared():
    lpo = leave_pair_out(pipeline(np.random.default_rng(3).standard_normal((8, 2))), OUTCOME)
    found = paired_comparison("a", "b", lpo, lpo, None, None)
    assert (found.difference, found.p, found.reason) == (None, None, "not_estimable")


@pytest.mark.parametrize(("n", "smaller", "enough"), [(9, 3, False), (14, 7, False), (15, 4, False), (15, 5, True)])
def test_from_how_many_patients_on(n, smaller, enough):
    assert can_be_compared(n, smaller) is enough


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=8))
def test_holm_is_never_below_p_nor_above_bonferroni(p):
    adjusted = holm(p)
    for own, other in zip(p, adjusted, strict=True):
        assert own - 1e-12 <= other <= min(1.0, own * len(p)) + 1e-12
    assert [a for _, a in sorted(zip(p, adjusted, strict=True))] == sorted(adjusted)


def test_random_labelings_are_counted_without_the_observed_one():
    values = np.random.default_rng(3).standard_normal((12, 4))
    outcome = np.array([1, 0] * 6)
    found = compared(pipeline(values[:, :2]), pipeline(values[:, 2:]), outcome)
    assert found.labelings == 99  # of 924, drawn
