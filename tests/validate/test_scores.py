import json
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from responder.validate.scores import brier_of_prevalence, probability_scores


def test_scores_by_hand():
    scores = probability_scores([1, 1, 0, 0, 0], [0.9, 0.4, 0.5, 0.1, 0.2])
    assert scores.brier == pytest.approx((0.01 + 0.36 + 0.25 + 0.01 + 0.04) / 5)
    assert scores.log_loss == pytest.approx(-(log(0.9) + log(0.4) + log(0.5) + log(0.9) + log(0.8)) / 5)
    table = (scores.true_positives, scores.false_positives, scores.false_negatives, scores.true_negatives)
    assert table == (1, 1, 1, 2)
    assert (scores.accuracy.successes, scores.accuracy.n) == (3, 5)
    assert scores.majority_accuracy == pytest.approx(0.6)
    assert scores.brier_of_prevalence == pytest.approx(0.4 * 0.6 * 25 / 16)


def test_a_certain_and_wrong_prediction_costs_infinitely():
    scores = probability_scores([1, 0], [0.0, 0.5])
    assert scores.log_loss == np.inf
    assert json.loads(json.dumps(scores.to_json(), allow_nan=False))["log_loss"] is None


@given(st.integers(2, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1))))
def test_leave_one_out_prevalence_has_no_skill(size):
    n, events = size
    labels = np.arange(n) < events
    scores = probability_scores(labels, (events - labels) / (n - 1))
    assert scores.brier == pytest.approx(brier_of_prevalence(n, events), rel=1e-12)
    assert scores.brier_skill == pytest.approx(0, abs=1e-12)


@given(arrays(float, 9, elements=st.floats(0, 1)), st.floats(0, 1))
def test_confusion_table_counts_every_patient(predicted, threshold):
    scores = probability_scores([1] * 6 + [0] * 3, predicted, threshold)
    assert scores.true_positives + scores.false_negatives == 6
    assert scores.false_positives + scores.true_negatives == 3
    assert scores.accuracy.successes == scores.true_positives + scores.true_negatives
    assert scores.log_loss >= 0


def test_wrong_arrays_are_refused():
    with pytest.raises(ValueError, match="none missing"):
        probability_scores([0, 1], [0.5, np.nan])
    with pytest.raises(ValueError, match="both classes"):
        probability_scores([1, 1], [0.5, 0.5])


def test_frame():
    assert probability_scores([1, 0], [0.9, 0.1]).frame().loc[0, "brier"] == pytest.approx(0.01)
