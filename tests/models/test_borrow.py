"""The model that borrows, beside the models it becomes at either weight and beside the posterior itself."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.build import data, sets_of

from responder.errors import ConfigError
from responder.models import FeatureTable, TrainingSets, build_model, decision_from_json
from responder.models.borrow import BorrowModel
from responder.models.prior import BorrowedPrior
from responder.models.solver import expit

NAMES = tuple("abcd")
PRIOR = BorrowedPrior(("a", "c"), np.array([1.0, -0.5]), np.array([[0.09, 0.02], [0.02, 0.25]]), 0.5, 1.0)


def table_of(prior=PRIOR, expected=None):
    return FeatureTable(NAMES, tuple((name,) for name in NAMES), expected or {}, prior)


def test_all_of_the_weight_on_unit_normals_is_the_bayesian_model_with_the_same_means():
    x, y = data()
    everything = BorrowedPrior(NAMES, np.array([0.5, -0.25, 0.0, 0.0]), np.eye(4), 1.0, 1.0)
    bayes = build_model("bayes", table_of(expected={"a": 0.5, "b": -0.25})).decide(x, y)
    np.testing.assert_allclose(
        build_model("borrow", table_of(everything)).decide(x, y).logit(x), bayes.logit(x), atol=1e-9
    )


def test_without_weight_it_is_the_bayesian_model_that_expects_nothing():
    x, y = data(1)
    vague = build_model("bayes", table_of(), {"prior_sd": PRIOR.vague_sd}).decide(x, y)
    borrow = build_model("borrow", table_of(PRIOR.at_weight(0.0))).decide(x, y)
    np.testing.assert_allclose(borrow.logit(x), vague.logit(x), atol=1e-9)


def posterior(x, y, prior, intercept_sd, points=161):
    """Return the probabilities of the rows and the informative component's weight, summed over a grid of one slope."""
    theta = np.meshgrid(np.linspace(-20, 20, 4 * points), np.linspace(-8, 8, 4 * points), indexing="ij")
    logit = theta[0][..., None] + theta[1][..., None] * x[:, 0]
    log = -0.5 * (theta[0] / intercept_sd) ** 2 - np.logaddexp(0.0, (1 - 2 * y) * logit).sum(axis=-1)
    mass, mean = [], []
    for centre, sd in ((prior.mean[0], np.sqrt(prior.covariance[0, 0])), (0.0, prior.vague_sd)):
        density = np.exp(log - 0.5 * ((theta[1] - centre) / sd) ** 2) / sd
        mass.append(density.sum())
        mean.append((density[..., None] * expit(logit)).sum(axis=(0, 1)))
    share = np.array([prior.weight, 1 - prior.weight]) * mass
    return (np.array([prior.weight, 1 - prior.weight]) @ np.array(mean)) / share.sum(), share[0] / share.sum()


@pytest.mark.parametrize("centre", [-1.5, 0.0, 1.5])
def test_weights_and_probabilities_are_near_the_posterior(centre):
    """Oracle: sums over a grid of intercept and slope. Laplace at 12: weights to 0.02, probabilities to 0.05."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(12, 1))
    y = (x[:, 0] + 0.5 * rng.normal(size=12) > 0).astype(float)
    prior = BorrowedPrior(("a",), np.array([centre]), np.array([[0.16]]), 0.5, 1.0)
    found = BorrowModel("borrow", ("a",), prior).decide(x, y)
    probability, weight = posterior(x, y, prior, 5.0)
    assert found.weights[0] == pytest.approx(weight, abs=0.02)
    np.testing.assert_allclose(expit(found.logit(x)), probability, atol=0.05)


@settings(max_examples=10)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_it_does_not_matter_in_what_unit_a_feature_is_measured(one, other):
    """Features come standardised, what is borrowed per unit: the fold's SD is between the two."""
    x, y = data(2)
    unit = np.array([one, other])
    sets = sets_of(x, y, np.ones((1, len(y))))
    found = []
    for scale in (np.ones(2), unit):
        prior = BorrowedPrior(("a", "c"), PRIOR.mean / scale, PRIOR.covariance / np.outer(scale, scale), 0.5, 1.0)
        sd = np.array([[scale[0], 1.0, scale[1], 1.0]])
        model = BorrowModel("borrow", NAMES, prior)
        found.append(model.decisions(TrainingSets(sets.features, sets.weight, sets.labels, sd))[0][0].logit(x))
    np.testing.assert_allclose(*found, atol=1e-7)


def test_what_patients_contradict_is_given_up():
    x, y = data(4, n=60, noise=0.3)
    agreeing, reversed_ = (
        BorrowedPrior(("a",), np.array([sign * 3.0]), np.array([[0.25]]), 0.5, 1.0) for sign in (1.0, -1.0)
    )
    with_right, with_wrong = (build_model("borrow", table_of(p)).decide(x, y) for p in (agreeing, reversed_))
    assert with_right.weights[0] > 0.9
    assert with_wrong.weights[0] < 0.01
    without = build_model("borrow", table_of(reversed_.at_weight(0.0))).decide(x, y)
    np.testing.assert_allclose(with_wrong.logit(x), without.logit(x), atol=0.05)


def test_other_people_are_most_of_what_is_known_where_the_patients_are_few():
    x, y = data(5, n=8)
    tight = BorrowedPrior(NAMES, np.zeros(4), 0.01 * np.eye(4), 1.0, 1.0)
    far = np.array([[4.0, 4.0, 4.0, 4.0]])
    behind = build_model("borrow", table_of(tight)).decide(x, y).patients_behind(far)
    assert 0.0 < behind.others[0] < behind.all[0]
    alone = build_model("borrow", table_of(tight.at_weight(0.0))).decide(x, y).patients_behind(far)
    assert alone.others[0] == 0.0
    assert alone.all[0] < behind.all[0]


@pytest.mark.parametrize(
    ("weights", "others", "own"), [((1.0, 0.0), 3.0 / 5.0, 2.0 / 5.0), ((0.5, 0.5), 3.0 / 10.0, 1.5 / 5.0)]
)
def test_whose_the_information_is_as_in_the_conjugate_normal_model(weights, others, own):
    """A posterior precision of 5 is 3 borrowed and 2 of the patients; without borrowing 4 neutral and 1 of them.

    Each has its share of the precision, whatever the row, and the two components theirs by weight.
    """
    from responder.models.borrowed_decision import BorrowedDecision
    from responder.models.decision import LaplaceDecision

    precision = np.diag([0.0, 3.0])
    part = LaplaceDecision(np.zeros(2), np.diag([1e-9, 1.0 / 5.0]))
    decision = BorrowedDecision((part, part), np.array(weights), precision, np.array([0.0, 4.0]))
    behind = decision.patients_behind(np.array([[0.3], [2.0]]))
    np.testing.assert_allclose(behind.others / behind.all, others, rtol=1e-6)
    np.testing.assert_allclose(behind.own / behind.all, own, rtol=1e-6)


def test_what_is_behind_a_probability_is_borrowed_or_of_the_patients_or_neutral():
    """Oracle: the likelihood's own information at the fit, X' diag(p (1 - p)) X, in the variance of a row."""
    from responder.models.solver import expit

    x, y = data(8, n=12)
    decision = build_model("borrow", table_of()).decide(x, y)
    row = np.array([[0.4, -1.0, 0.2, 0.7]])
    behind, own = decision.patients_behind(row), 0.0
    design, asked = np.column_stack([np.ones(len(x)), x]), np.append(1.0, row)
    for part, weight in zip(decision.parts, decision.weights, strict=True):
        p = expit(design @ part.coefficients)
        spread = part.covariance @ asked
        own += weight * (spread @ (design.T * (p * (1 - p))) @ design @ spread) / (asked @ spread)
    assert behind.own[0] == pytest.approx(behind.all[0] * own, rel=1e-6)
    assert 0.0 < behind.own[0] < behind.all[0] - behind.others[0]


def test_of_features_that_are_not_there_nothing_is_borrowed():
    x, y = data(6)
    more = BorrowedPrior(("a", "z"), np.array([1.0, 9.0]), np.array([[0.09, 0.01], [0.01, 1.0]]), 0.5, 1.0)
    fewer = BorrowedPrior(("a",), np.array([1.0]), np.array([[0.09]]), 0.5, 1.0)
    one, other = (build_model("borrow", table_of(prior)).decide(x, y).logit(x) for prior in (more, fewer))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("prior", [None, BorrowedPrior(("z",), np.array([1.0]), np.array([[1.0]]), 0.5, 1.0)])
def test_it_says_so_where_there_is_nothing_to_borrow(prior):
    with pytest.raises(ConfigError, match="borrow"):
        build_model("borrow", table_of(prior))


def test_its_parts_survive_json():
    x, y = data(7)
    decision = build_model("borrow", table_of()).decide(x, y)
    again = decision_from_json(json.loads(json.dumps(decision.to_json())))
    np.testing.assert_array_equal(again.logit(x), decision.logit(x))
    np.testing.assert_array_equal(again.patients_behind(x).others, decision.patients_behind(x).others)
