"""The logits along an order are those of the mixtures one by one, and what players are worth follows from them."""

from __future__ import annotations

import numpy as np
import pytest

from responder.models import shapley
from responder.models.bayes import BayesModel
from responder.models.gp import GaussianProcessModel
from responder.models.paths import summed
from responder.models.shapley import all_multiplications, least_multiplications, shapley_values

N, K = 8, 60
MODELS = [BayesModel("bayes", prior_sd=0.4), GaussianProcessModel("gp")]


@pytest.fixture
def rows():
    return np.random.default_rng(2).standard_normal((N, K))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_an_order_passes_through_the_mixtures(model, rows):
    decision = model.decide(rows, np.arange(N) % 2)
    player_of = np.random.default_rng(3).integers(0, 20, K)
    player_of[:20] = np.arange(20)
    order = np.random.default_rng(4).permutation(20)[None]
    by_sums = summed(decision, K)
    assert by_sums is not None
    found = by_sums.along(rows[0], rows[1], player_of, order)[0]
    joined = np.isin(player_of, order[0, :7])
    mixed = np.stack([rows[1], np.where(joined, rows[0], rows[1]), rows[0]])
    np.testing.assert_allclose(found[[0, 7, 20]], decision.logit(mixed), rtol=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_sampled_values_do_not_depend_on_how_mixtures_are_made(model, rows, monkeypatch):
    decision = model.decide(rows, np.arange(N) % 2)
    by_sums = shapley_values(decision, rows[:1], rows[1:3], rng=np.random.default_rng(5), most_multiplications=1.0)
    monkeypatch.setattr(shapley, "summed", lambda *_: None)
    one_by_one = shapley_values(decision, rows[:1], rows[1:3], rng=np.random.default_rng(5), most_multiplications=1.0)
    np.testing.assert_allclose(by_sums.values, one_by_one.values, atol=1e-9)
    np.testing.assert_allclose(by_sums.standard_error, one_by_one.standard_error, atol=1e-9)
    assert by_sums.standard_error.any()


def test_effort_of_thousands_of_players_is_a_number():
    decision = MODELS[0].decide(np.random.default_rng(2).standard_normal((N, 1200)), np.arange(N) % 2)
    assert least_multiplications(decision, 1, N, 1200) < 1e9 < all_multiplications(decision, 1, N, 1200) < np.inf
