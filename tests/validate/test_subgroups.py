"""Performance by subgroup: the pairs within it, its own Brier score, and silence where too few are in it."""

import numpy as np
import pytest

from responder.validate.intervals import newcombe_interval
from responder.validate.pairs import PairMatrix
from responder.validate.scored_pairs import ScoredPairs
from responder.validate.subgroups import FEWEST_OF_EACH_OUTCOME, Subgroup, subgroup_performance

OUTCOME = np.array([1] * 8 + [0] * 8)


@pytest.fixture
def lpo():
    difference = np.random.default_rng(5).standard_normal((8, 8)) + 0.7
    return PairMatrix(ScoredPairs.of(difference), np.arange(8), np.arange(8, 16))


def test_only_pairs_and_patients_within_it_count(lpo):
    members = (0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15)
    probability = np.linspace(0.1, 0.9, 16)
    found = subgroup_performance(Subgroup("sex", "male", members), OUTCOME, lpo, probability)
    assert (found.n, found.responders, found.is_estimable) == (11, 5, True)
    assert found.auc == pytest.approx(lpo.wins.matrix[:5, 2:].mean())
    at = list(members)
    assert found.brier == pytest.approx(np.square(probability - OUTCOME)[at].mean())
    assert 0 <= found.brier_lower < found.brier < found.brier_upper <= 1
    assert found.auc_lower == newcombe_interval(lpo.wins.matrix[:5, 2:]).lower


def test_everybody_is_the_whole_cohort(lpo):
    found = subgroup_performance(Subgroup("sex", "male", tuple(range(16))), OUTCOME, lpo, np.full(16, 0.5))
    assert found.auc == pytest.approx(lpo.auc)
    assert found.brier == 0.25


def test_too_few_of_one_outcome_cannot_be_estimated(lpo):
    found = subgroup_performance(Subgroup("sex", "male", (*range(8), 8, 9, 10, 11)), OUTCOME, lpo, np.full(16, 0.5))
    assert (found.auc, found.brier, found.is_estimable) == (None, None, False)


def test_why_five_of_each(lpo):
    """Even a perfect ranking of four and four has an interval from 0.58, of three and three from 0.50."""
    assert FEWEST_OF_EACH_OUTCOME == 5
    lower = {n: newcombe_interval(np.ones((n, n))).lower for n in (3, 4, 5)}
    assert (round(lower[3], 2), round(lower[4], 2)) == (0.50, 0.58)
    assert lower[5] > 0.6
