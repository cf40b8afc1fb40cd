import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from responder.errors import NotEstimableError
from responder.validate.stability import effective_sample_size, stability
from responder.words import Phrase

probabilities = st.floats(0, 1)


def test_by_hand():
    result = stability([[0.1, 0.6], [0.3, 0.4], [0.2, 0.8], [0.6, 0.6]], [0.3, 0.6], patients=30)
    assert result.mean_absolute_prediction_error == pytest.approx([0.6 / 4, 0.4 / 4])
    assert result.classification_instability == pytest.approx([1 / 4, 1 / 4])
    assert result.effective_sample_size == pytest.approx(
        [0.21 / np.var([0.1, 0.3, 0.2, 0.6], ddof=1), 0.24 / np.var([0.6, 0.4, 0.8, 0.6], ddof=1)]
    )
    assert (result.n_refits, result.n_discarded) == (4, 0)


def test_effective_sample_size_of_a_plain_average_is_its_sample_size():
    """The mean of m patients has variance p(1-p)/m, so its effective sample size is m."""
    rng = np.random.default_rng(4)
    means = rng.binomial(12, 0.3, size=200_000) / 12
    assert float(effective_sample_size(0.3, means)) == pytest.approx(12, rel=0.02)


def test_band_of_uniform_refits():
    refits = np.linspace(0, 1, 1001)[:, None]
    result = stability(refits, [0.5], patients=9)
    assert (result.lower[0], result.upper[0]) == pytest.approx((0.025, 0.975))
    assert result.effective_sample_size[0] == pytest.approx(3, abs=0.05)


def test_a_refit_with_a_missing_prediction_is_discarded_and_counted():
    refits = [[0.1, 0.2], [np.nan, 0.3], [0.3, 0.4]]
    result = stability(refits, [0.2, 0.3])
    assert (result.n_refits, result.n_discarded) == (2, 1)
    with pytest.raises(NotEstimableError) as caught:
        stability(refits[:2], [0.2, 0.3])
    assert caught.value.message == Phrase("error.unstable_refits.what", {"usable": 1, "of": 2})


def test_no_prediction_is_said_to_rest_on_more_patients_than_there_are():
    """A model that shrinks hard hardly moves: 656 patients were printed of nine."""
    refits = 0.6 + np.linspace(-0.03, 0.03, 21)[:, None] + np.zeros(9)
    assert effective_sample_size(0.6, refits[:, 0]) > 600
    result = stability(refits, np.full(9, 0.6))
    assert np.isnan(result.effective_sample_size).all()
    assert np.isfinite(stability(refits, np.full(9, 0.6), patients=1000).effective_sample_size).all()


def test_a_model_that_never_moves_rests_on_nobody():
    result = stability(np.full((5, 1), 2 / 3), [2 / 3])
    assert np.isnan(result.effective_sample_size[0])
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))["effective_sample_size"] == [None]


@given(arrays(float, (7, 4), elements=probabilities), arrays(float, 4, elements=probabilities))
def test_bounds_and_invariance_to_the_order_of_refits(refits, original):
    result, reversed_ = stability(refits, original), stability(refits[::-1], original)
    assert (result.lower <= result.upper).all()
    assert ((result.classification_instability >= 0) & (result.classification_instability <= 1)).all()
    assert (result.mean_absolute_prediction_error <= np.maximum(original, 1 - original) + 1e-12).all()
    np.testing.assert_allclose(result.mean_absolute_prediction_error, reversed_.mean_absolute_prediction_error)
    np.testing.assert_allclose(result.lower, reversed_.lower)


def test_wrong_arrays_are_refused():
    with pytest.raises(ValueError, match="matrix"):
        stability([0.1, 0.2], [0.1, 0.2])
    with pytest.raises(ValueError, match="within 0 and 1"):
        stability([[0.1], [1.2]], [0.5])


def test_frame_has_a_row_a_patient():
    frame = stability([[0.1, 0.6], [0.3, 0.4]], [0.3, 0.6]).frame()
    assert len(frame) == 2
    assert "effective_sample_size" in frame
