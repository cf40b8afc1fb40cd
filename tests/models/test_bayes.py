"""A Bayesian fit in the directions that patients span is the one in all coefficients."""

from __future__ import annotations

import numpy as np
import pytest

from responder.models import bayes
from responder.models.base import TrainingSets
from responder.models.bayes import BayesModel
from responder.models.decision import LaplaceDecision
from responder.models.low_rank import LowRank
from responder.models.stored import decision_from_json

N, K = 12, 70


@pytest.fixture
def model() -> BayesModel:
    return BayesModel("bayes", expected=(0.7, -0.4, 0.2), prior_sd=0.3)


@pytest.fixture
def sets() -> TrainingSets:
    rng = np.random.default_rng(3)
    weight = np.ones((4, N))
    weight[:, :2] = [[0, 0], [1, 0], [0, 1], [2, 1]]
    labels = np.stack([rng.permutation(np.arange(N) % 2) for _ in range(3)], axis=1).astype(float)
    return TrainingSets(rng.standard_normal((4, N, K)) + 0.2, weight, np.broadcast_to(labels, (4, N, 3)))


def test_predictions_are_those_of_all_coefficients(model, sets, monkeypatch):
    ask = np.broadcast_to(np.arange(4), (4, 4))
    by_rows = model.predict(sets, ask)
    monkeypatch.setattr(bayes, "is_low_rank", lambda *_: False)
    whole = model.predict(sets, ask)
    np.testing.assert_allclose(by_rows.logit, whole.logit, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(by_rows.status, whole.status)


def test_a_decision_keeps_rows_and_says_the_same_of_patients_never_seen(model, sets, monkeypatch):
    one = TrainingSets(sets.features, sets.weight, sets.labels[:, :, :1])
    asked = 2.0 * np.random.default_rng(4).standard_normal((5, K))
    by_rows = model.decisions(one)[0]
    monkeypatch.setattr(bayes, "is_low_rank", lambda *_: False)
    whole = model.decisions(one)[0]
    for kept, full in zip(by_rows, whole, strict=True):
        assert isinstance(kept, LaplaceDecision)
        assert isinstance(full, LaplaceDecision)
        assert isinstance(kept.covariance, LowRank)
        np.testing.assert_allclose(kept.coefficients, full.coefficients, atol=1e-9)
        np.testing.assert_allclose(kept.covariance.whole(), full.covariance, atol=1e-9)
        np.testing.assert_allclose(kept.logit(asked), full.logit(asked), rtol=1e-8)
        again = decision_from_json(kept.to_json())
        assert np.array_equal(again.logit(asked), kept.logit(asked))
