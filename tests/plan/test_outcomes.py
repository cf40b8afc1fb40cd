"""Outcomes given their sum: chances by brute force."""

import itertools

import numpy as np
import pytest

from responder.plan.outcomes import draw_outcomes


def enumerated(logit, responders):
    """Return every outcome with this sum and its chance among all outcomes."""
    chance = 1 / (1 + np.exp(-logit))
    outcomes = [o for o in itertools.product((0, 1), repeat=len(logit)) if sum(o) == responders]
    return {o: float(np.prod(np.where(o, chance, 1 - chance))) for o in outcomes}


@pytest.mark.parametrize("responders", [0, 1, 3, 5])
def test_chance_of_the_sum_is_that_of_all_outcomes(responders):
    logit = np.random.default_rng(1).normal(size=(2, 5))
    _, log_chance = draw_outcomes(logit, responders, 1, np.random.default_rng(0))
    for own, found in zip(logit, log_chance, strict=True):
        assert np.exp(found) == pytest.approx(sum(enumerated(own, responders).values()), rel=1e-12)


def test_draws_fall_as_they_should():
    """20,000 draws: each outcome within 4 standard errors of its conditional chance."""
    logit = np.array([[1.5, -0.5, 0.2, -2.0, 0.8]])
    labels, _ = draw_outcomes(logit, 2, 20_000, np.random.default_rng(2))
    exact = enumerated(logit[0], 2)
    total = sum(exact.values())
    for outcome, chance in exact.items():
        share = (labels[0] == outcome).all(axis=1).mean()
        assert share == pytest.approx(chance / total, abs=4 * np.sqrt(chance / total / 20_000))


def test_extreme_odds_do_not_overflow():
    logit = np.linspace(-800, 800, 200)[None]
    labels, log_chance = draw_outcomes(logit, 100, 3, np.random.default_rng(0))
    assert (labels[0] == (logit > 0)).all()
    assert np.isfinite(log_chance).all()
