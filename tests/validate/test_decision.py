import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from responder.validate.decision import decision_curve


def curve(labels, probabilities, thresholds, seed=0, **options):
    return decision_curve(labels, probabilities, thresholds, np.random.default_rng(seed), **options)


def test_by_hand():
    # n = 10, 4 responders; at 0.3 treated: 3 of 4 responders and 2 of 6 others
    labels = [1] * 4 + [0] * 6
    probabilities = [0.9, 0.5, 0.3, 0.1, 0.8, 0.4, 0.2, 0.2, 0.1, 0.0]
    result = curve(labels, probabilities, [0.3, 0.6])
    assert result.net_benefit == pytest.approx([3 / 10 - 2 / 10 * 3 / 7, 1 / 10 - 1 / 10 * 6 / 4])
    assert result.treat_all == pytest.approx([4 / 10 - 6 / 10 * 3 / 7, 4 / 10 - 6 / 10 * 6 / 4])
    assert result.treat_none == pytest.approx([0, 0])


def test_treat_all_crosses_none_at_the_prevalence():
    assert curve([1, 1, 0, 0, 0], [0.5] * 5, [0.4]).treat_all[0] == pytest.approx(0, abs=1e-12)


def test_one_patient_of_twenty_seven():
    assert curve([1] * 9 + [0] * 18, [0.5] * 27, [0.3]).one_patient == pytest.approx(0.037, abs=5e-4)


def test_perfect_prediction_is_worth_the_prevalence_without_a_band():
    result = curve([1, 1, 0, 0, 0], [0.9, 0.9, 0.1, 0.1, 0.1], [0.2, 0.5, 0.8])
    for values in (result.net_benefit, result.lower, result.upper):
        assert values == pytest.approx([0.4] * 3)


def test_band_of_a_stratified_bootstrap_is_two_binomials():
    labels, probabilities = np.repeat([1, 0], [40, 60]), np.r_[np.full(30, 0.9), np.full(55, 0.1), np.full(15, 0.9)]
    result = curve(labels, probabilities, [0.5], n_bootstrap=20_000)
    rng = np.random.default_rng(1)
    benefit = (rng.binomial(40, 30 / 40, 200_000) - rng.binomial(60, 15 / 60, 200_000)) / 100
    # each side is a quantile of a lattice of step 1/100
    assert result.lower[0] == pytest.approx(np.quantile(benefit, 0.025), abs=0.0101)
    assert result.upper[0] == pytest.approx(np.quantile(benefit, 0.975), abs=0.0101)


@given(arrays(float, 9, elements=st.floats(0, 1)), st.floats(0.01, 0.99))
def test_bounds(probabilities, threshold):
    result = curve([1] * 6 + [0] * 3, probabilities, [threshold], n_bootstrap=50)
    assert result.net_benefit[0] <= 6 / 9 + 1e-12
    assert result.net_benefit[0] >= -3 / 9 * threshold / (1 - threshold) - 1e-12
    assert result.lower[0] <= result.upper[0]


def test_treating_everyone_by_the_model_is_treating_all():
    result = curve([1, 0, 0], [1.0, 1.0, 1.0], [0.1, 0.9])
    assert result.net_benefit == pytest.approx(result.treat_all)


def test_same_seed_same_band():
    labels, probabilities = [1, 1, 0, 0, 0], [0.9, 0.4, 0.6, 0.3, 0.2]
    first, second = curve(labels, probabilities, [0.5]), curve(labels, probabilities, [0.5])
    assert first.lower.tobytes() == second.lower.tobytes()


@pytest.mark.parametrize("threshold", [0.0, 1.0, np.nan])
def test_impossible_thresholds_are_refused(threshold):
    with pytest.raises(ValueError, match="strictly between"):
        curve([1, 0], [0.5, 0.5], [threshold])


def test_frame_and_json():
    result = curve([1, 0], [0.9, 0.1], [0.2, 0.5])
    assert result.frame()["threshold"].tolist() == [0.2, 0.5]
    assert json.loads(json.dumps(result.to_json()))["n"] == 2


def test_a_thousand_resamples_by_default():
    labels, probabilities = [1] * 4 + [0] * 6, np.linspace(0.9, 0.1, 10)
    default, thousand = curve(labels, probabilities, [0.3]), curve(labels, probabilities, [0.3], n_bootstrap=1000)
    assert (default.lower, default.upper) == (thousand.lower, thousand.upper)
    assert default.lower < default.net_benefit < default.upper
