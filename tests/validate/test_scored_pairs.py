"""Scored pairs say what a matrix with gaps says, and hold no more than was scored."""

import numpy as np
import pytest

from responder.validate.intervals import calibrated_interval, delong_standard_error, logit_delong_interval
from responder.validate.pair_slope import pair_slope
from responder.validate.pairs import win
from responder.validate.scored_pairs import ScoredPairs


@pytest.fixture
def sampled():
    rng = np.random.default_rng(8)
    difference = rng.standard_normal((30, 40)) + 0.4
    difference[rng.random(difference.shape) < 0.7] = np.nan
    return difference


def test_a_matrix_comes_back_as_it_went_in(sampled):
    pairs = ScoredPairs.of(sampled)
    np.testing.assert_array_equal(pairs.matrix, sampled)
    assert (len(pairs), pairs.possible) == (np.isfinite(sampled).sum(), 1200)
    assert ScoredPairs.of(pairs) is pairs
    assert np.isnan(ScoredPairs.of(np.full((2, 2), np.nan)).mean)
    with pytest.raises(ValueError, match="matrix"):
        ScoredPairs.of([1.0, 2.0])


def test_intervals_and_slope_do_not_see_which_of_the_two_they_are_given(sampled):
    wins = win(sampled)
    pairs = ScoredPairs.of(wins)
    assert float(delong_standard_error(pairs)) == float(delong_standard_error(wins))
    assert logit_delong_interval(pairs) == logit_delong_interval(wins)
    assert calibrated_interval(pairs) == calibrated_interval(wins)
    assert pair_slope(ScoredPairs.of(sampled), 1.96) == pair_slope(sampled, 1.96)


def test_a_part_and_what_two_have_in_common_are_those_of_the_matrices(sampled):
    pairs, other = ScoredPairs.of(sampled), ScoredPairs.of(np.where(np.arange(40) % 3 == 0, sampled + 1.0, np.nan))
    rows, columns = np.arange(30) % 2 == 0, np.arange(40) > 12
    np.testing.assert_array_equal(pairs.within(rows, columns).matrix, sampled[np.ix_(rows, columns)])
    own, others = pairs.beside(other)
    np.testing.assert_array_equal(own + 1.0, others)
    assert len(own) == len(other)


def test_pairs_of_twenty_thousand_patients_need_no_matrix_of_them():
    rng = np.random.default_rng(0)
    at = np.sort(rng.choice(10**8, 5_000, replace=False))
    values = (rng.random(5_000) < 0.7).astype(float)
    found = calibrated_interval(ScoredPairs((10_000, 10_000), at // 10_000, at % 10_000, values))
    assert found.estimate == values.mean()
    # the sample's own error, and no more than a little beside it
    error = np.sqrt(found.estimate * (1 - found.estimate) / 5_000)
    assert 1.5 * error < found.upper - found.estimate < 10 * error
