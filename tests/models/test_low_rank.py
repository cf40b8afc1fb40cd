"""A matrix kept by few rows measures as the matrix itself."""

import numpy as np

from responder.models.base import TrainingSets
from responder.models.low_rank import LowRank, is_low_rank
from responder.models.posterior import NeutralPosterior, neutral_posteriors
from responder.score.applicability import RIDGE, _leverage, _precision


def _patients(n: int = 12, k: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.standard_normal((n, k)), np.arange(n) % 2


def test_only_many_features_of_few_patients_are_kept_by_rows():
    assert is_low_rank(20, 2000)
    assert not is_low_rank(9, 12)
    assert not is_low_rank(200, 120)


def test_the_next_patients_limits_are_those_of_the_whole_covariance():
    features, outcome = _patients()
    columns = range(features.shape[1])
    sets = TrainingSets(features[None], np.ones((1, len(outcome))), outcome[None, :, None].astype(float))
    mean, root = neutral_posteriors(sets, columns)
    whole = NeutralPosterior(tuple(columns), mean[0], root[0])
    found = NeutralPosterior.fit(features, outcome, columns)
    asked = np.concatenate([features, 3 * np.random.default_rng(6).standard_normal((5, features.shape[1]))])
    assert isinstance(found.spread, LowRank)
    np.testing.assert_allclose(found.interval(asked, 2.1), whole.interval(asked, 2.1), rtol=1e-6, atol=1e-7)
    again = NeutralPosterior.from_json(found.to_json())
    assert np.array_equal(again.interval(asked[3:4], 2.1)[0], found.interval(asked, 2.1)[3])


def test_leverage_is_that_of_the_whole_cross_product():
    features, _ = _patients()
    features += 0.3  # the mean need not be nought
    rows = np.column_stack([np.ones(len(features)), features])
    whole = np.linalg.inv(rows.T @ rows + np.diag([0.0, *[RIDGE] * features.shape[1]]))
    kept = _precision(features)
    assert isinstance(kept, LowRank)
    np.testing.assert_allclose(_leverage(features, kept), _leverage(features, whole), rtol=1e-9)
    assert LowRank.from_json(kept.to_json()).measure(rows).tolist() == kept.measure(rows).tolist()


def test_a_direction_of_which_nothing_was_learned_takes_no_row():
    basis = np.random.default_rng(1).standard_normal((3, 60))
    gap = np.diag([0.5, 0.0, 1e-18])
    found = LowRank.of(np.full(60, 9.0), gap, basis, np.zeros(60))
    assert found.factor.shape == (1, 60)
    np.testing.assert_allclose(found.whole(), 9.0 * np.eye(60) - basis.T @ gap @ basis, atol=1e-12)
    nothing = LowRank.of(np.ones(60), np.zeros((3, 3)), basis, np.zeros(60))
    assert np.array_equal(nothing.whole(), np.eye(60))
