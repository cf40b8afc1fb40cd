"""Planning with what others measured: it saves patients where it holds, and its reverse is shown beside it."""

from functools import partial

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.models.prior import BorrowedPrior
from responder.models.registry import build_model
from responder.plan import (
    WhatIsBorrowed,
    following,
    normal_population,
    of_numbers,
    overridden,
    plain_features,
    simulate_borrowing,
)
from responder.plan.borrowed import BorrowedPower
from responder.plan.simulated import PowerPoint, SimulatedPower
from responder.validate.refit import ModelPipeline, Table
from responder.words import Phrase, languages

PRIOR = BorrowedPrior(("x1", "x2"), np.array([1.5, -1.5]), 0.09 * np.eye(2), weight=1.0, vague_sd=0.5)


def borrowing(prior, table, weight):
    features = Table(table.spec, table.values, table.expected, None, prior.at_weight(weight)).feature_table
    return ModelPipeline(table, build_model("borrow", features))


@pytest.fixture(scope="module")
def planned():
    setting = overridden(of_numbers(0.4, 3), sizes=(9,))
    borrowed = WhatIsBorrowed(PRIOR, partial(borrowing, PRIOR))
    return simulate_borrowing(setting, borrowed, 0.85, seed=3, cohorts=8)


def test_what_holds_gains_and_what_does_not_costs(planned):
    """At weight 1: nothing is given up, so that the reverse ruins the model."""
    right, reversed_ = planned
    assert (right.truth, reversed_.truth) == ("right", "reversed")

    def power(one):
        return np.mean([p.power for p in one.at(0.85)])

    assert power(right.borrowing) > power(right.alone)
    assert power(reversed_.borrowing) < power(reversed_.alone)


def test_under_chance_no_prior_raises_the_level(planned):
    for one in planned:
        for simulated in (one.borrowing, one.alone):
            for point in simulated.at(0.5):
                assert point.power <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / (4 * point.cohorts))


class Kept(dict):
    """Chunks of one simulation, in memory."""

    put = dict.__setitem__


def test_what_was_simulated_before_the_end_is_not_simulated_again():
    stores = {}
    setting = overridden(of_numbers(0.4, 3), sizes=(9,))
    borrowed = WhatIsBorrowed(PRIOR, partial(borrowing, PRIOR))
    first, again = (
        simulate_borrowing(
            setting, borrowed, 0.85, seed=3, cohorts=2, kept=lambda name: stores.setdefault(name, Kept())
        )
        for _ in range(2)
    )
    assert set(stores) == {"right_borrowing", "right_alone", "reversed_borrowing", "reversed_alone"}
    assert all(stores.values())
    for one, two in zip(first, again, strict=True):
        assert one.to_json() == two.to_json()


def test_both_are_said_in_every_language(planned):
    for one in planned:
        assert one.at == 9
        for language in languages():
            assert "{" not in one.said.in_language(language)


def power_of(*powers, se=0.02):
    points = [PowerPoint(0.8, n, n // 2, 40, p, se, *[0.5] * 6) for n, p in zip((20, 40, 80), powers, strict=True)]
    return SimulatedPower(tuple(points), "borrow", Phrase("check.patients", {"n": 1}), 0.05, "greater", 99, 40, 1)


def test_the_error_of_a_size_is_that_of_its_power_over_the_slope():
    """Oracle: power drawn about its mean, and the size read off each time."""
    rng = np.random.default_rng(0)
    powers = rng.normal([0.3, 0.6, 0.95], 0.02, (400, 3))
    drawn = [power_of(*some).needed(0.8, 0.8).about for some in powers]
    assert power_of(0.3, 0.6, 0.95).needed_se(0.8, 0.8) == pytest.approx(np.std(drawn), rel=0.2)
    assert power_of(0.1, 0.2, 0.3).needed_se(0.8, 0.8) is None


@pytest.mark.parametrize(
    ("borrowing", "alone", "fewer"),
    [
        ((0.5, 0.8, 0.9), (0.1, 0.5, 0.8), 40),  # 40 patients instead of 80
        ((0.1, 0.5, 0.8), (0.5, 0.8, 0.9), -40),
        ((0.5, 0.8, 0.9), (0.1, 0.2, 0.3), None),  # without it, more than 80
        ((0.1, 0.2, 0.3), (0.5, 0.8, 0.9), None),
    ],
)
def test_fewer_patients_are_counted_where_both_sizes_are_known(borrowing, alone, fewer):
    one = BorrowedPower("right", 1.0, 0.8, power_of(*borrowing), power_of(*alone), 40)
    assert one.fewer == fewer
    if fewer is None:
        assert one.fewer_se is None
    else:
        errors = [power_of(*powers).needed_se(0.8, 0.8) for powers in (borrowing, alone)]
        assert one.fewer_se == pytest.approx(np.hypot(*errors))


def test_a_marker_that_is_not_there_cannot_be_borrowed():
    with pytest.raises(ConfigError) as caught:
        following(normal_population(plain_features(2)), {"z": 1.0})
    assert "borrow" in str(caught.value)
