"""Shapley values against their axioms, against a definition written out, and against one another."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.models import FeatureTable, build_model, shapley
from responder.models.decision import ConstantDecision, LinearDecision, TreeDecision
from responder.models.prior import BorrowedPrior
from responder.models.shapley import shapley_values

NAMES = tuple("abcdefghijklmnop")
KINDS = ("prevalence", "ridge:1", "logf:2", "firth", "flac", "gp", "bayes", "borrow", "lightgbm", "single:b")


def fitted(kind, n=12, k=4, seed=0):
    """A decision fitted on random patients, and their features."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, k))
    labels = (features[:, 0] - features[:, 1] * (features[:, 2] > 0) + rng.normal(size=n) > 0).astype(float)
    labels[:2] = 0, 1
    prior = BorrowedPrior(("a", "b"), np.array([1.0, -1.0]), 0.2 * np.eye(2), 0.5, 0.5)
    table = FeatureTable(NAMES[:k], tuple((name,) for name in NAMES[:k]), borrowed=prior)
    return build_model(kind, table).decide(features, labels), features


def by_definition(decision, row, background, parts):
    """Mean gain in the mean logit over all orders of the players, as the definition reads."""

    def worth(players):
        mixed = background.copy()
        for player in players:
            mixed[:, list(parts[player])] = row[list(parts[player])]
        return decision.logit(mixed).mean()

    values = np.zeros(len(parts))
    orders = list(permutations(range(len(parts))))
    for order in orders:
        for place, player in enumerate(order):
            values[player] += worth(order[: place + 1]) - worth(order[:place])
    return values / len(orders)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("parts", [None, [[0], [1], [2], [3]], [[2, 0], [3], [1]]])
def test_equals_the_definition(kind, parts):
    decision, features = fitted(kind)
    found = shapley_values(decision, features[:3], features[3:], parts)
    for i in range(3):
        expected = by_definition(decision, features[i], features[3:], parts or [[0], [1], [2], [3]])
        assert found.values[i] == pytest.approx(expected, abs=1e-11)
    assert found.exact
    assert not found.standard_error.any()


class AnyDecision:
    """A decision of which only the logit is known."""

    def __init__(self, decision):
        self.logit = decision.logit

    def to_json(self):
        raise NotImplementedError


@pytest.mark.parametrize("kind", KINDS)
def test_known_forms_equal_plain_enumeration(kind):
    decision, features = fitted(kind, n=10, k=7, seed=3)
    weight = np.array([2.0, 0.0, 1.0, 1.0, 3.0, 1.0, 0.0])
    parts = [[0], [4, 1], [2], [6, 3], [5]]
    known = shapley_values(decision, features[:3], features[3:], parts, weight=weight)
    plain = shapley_values(AnyDecision(decision), features[:3], features[3:], parts, weight=weight)
    assert known.values == pytest.approx(plain.values, abs=1e-11)
    assert known.base == pytest.approx(plain.base, abs=1e-12)


@pytest.mark.parametrize("kind", ["gp", "bayes"])
@pytest.mark.parametrize("numbers", [1, 600, 32_000])
@pytest.mark.parametrize("parts", [None, [[2, 0], [4], [1, 3]]])
def test_profiles_that_are_the_background_and_parts_of_any_size_change_nothing(kind, numbers, parts, monkeypatch):
    decision, features = fitted(kind, n=11, k=5, seed=7)
    features[:, 4] = 0.4  # nobody's: the same in all rows
    alone = np.vstack([shapley_values(AnyDecision(decision), row[None], features, parts).values for row in features])
    monkeypatch.setattr(shapley, "NUMBERS_AT_ONCE", numbers)
    assert shapley_values(decision, features, features, parts).values == pytest.approx(alone, abs=1e-12)
    weight = np.arange(1.0, 12.0)
    mirrored = shapley_values(decision, features, features, parts, weight=weight).values
    one_by_one = [shapley_values(decision, row[None], features, parts, weight=weight).values for row in features]
    assert mirrored == pytest.approx(np.vstack(one_by_one), abs=1e-12)


@given(st.sampled_from(KINDS), st.integers(0, 2**32 - 1), st.integers(3, 6), st.integers(2, 8))
def test_axioms(kind, seed, k, n):
    decision, features = fitted(kind, n=n + 4, k=k, seed=seed)
    rng = np.random.default_rng(seed)
    rows, background = features[:3].copy(), features[3:].copy()
    same = int(rng.integers(k))
    rows[:, same] = background[:, same] = 0.7
    found = shapley_values(decision, rows, background)
    # efficiency
    assert found.base + found.values.sum(axis=1) == pytest.approx(decision.logit(rows), abs=1e-9)
    # a feature that is the same everywhere gets exactly nothing
    assert (found.values[:, same] == 0).all()
    # who comes first does not matter
    order = rng.permutation(k)
    turned = shapley_values(decision, rows, background, [[int(j)] for j in order])
    assert turned.values == pytest.approx(found.values[:, order], abs=1e-9)
    # all features as one player: the whole difference
    whole = shapley_values(decision, rows, background, [list(range(k))])
    assert whole.values[:, 0] == pytest.approx(decision.logit(rows) - whole.base, abs=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_symmetry(seed):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(9, 3))
    features = np.column_stack([base, base[:, 2]])  # the last two are the same thing
    labels = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1.0])
    decision = build_model("gp", FeatureTable(NAMES[:4], tuple((c,) for c in NAMES[:4]))).decide(features, labels)
    found = shapley_values(decision, features[:2], features[2:])
    assert found.values[:, 2] == pytest.approx(found.values[:, 3], abs=1e-10)


def test_constant_decision_has_nothing_to_explain():
    found = shapley_values(ConstantDecision(0.3), np.ones((2, 3)), np.zeros((4, 3)))
    assert found.base == 0.3
    assert not found.values.any()


def test_a_value_seen_nowhere_in_a_constant_background_still_counts():
    decision = LinearDecision(0.0, np.array([2.0, 1.0]))
    found = shapley_values(AnyDecision(decision), np.array([[1.0, 0.0]]), np.zeros((3, 2)))
    assert found.values.tolist() == [[2.0, 0.0]]


def test_constant_columns_do_not_count_towards_the_most_players():
    decision, features = fitted("bayes", n=14, k=14)
    features[:, 10:] = 0.0
    assert shapley_values(decision, features[:2], features[2:]).exact


def test_trees_and_lines_are_exact_for_any_number_of_features():
    for kind in ("ridge:1", "lightgbm"):
        decision, features = fitted(kind, n=30, k=16)
        assert shapley_values(decision, features[:2], features[2:]).exact


def test_a_tree_of_one_split_credits_it_with_the_whole_difference():
    """Left of 0 the leaf is -1, else 2; three of four background rows lie on the left: mean -0.25."""
    split = {"feature": [1], "threshold": [0.0], "left": [-1], "right": [-2], "value": [-1.0, 2.0]}
    background = np.array([[0, -1], [1, -2], [2, -1], [3, 1.0]])
    found = shapley_values(TreeDecision((split,), 0.0), np.array([[9.0, 1.0], [9.0, -1.0]]), background)
    assert found.base == pytest.approx(-0.25)
    assert found.values == pytest.approx(np.array([[0.0, 2.25], [0.0, -0.75]]))


def test_trees_of_one_leaf_give_nothing():
    decision = TreeDecision(({"feature": [], "threshold": [], "left": [], "right": [], "value": [0.4]},), 0.1)
    found = shapley_values(decision, np.ones((1, 2)), np.zeros((3, 2)))
    assert found.base == pytest.approx(0.5)
    assert not found.values.any()


@pytest.mark.parametrize("kind", ["gp", "bayes"])
def test_sampled_orders_agree_with_enumeration_within_their_error(kind):
    decision, features = fitted(kind, n=20, k=6, seed=5)
    exact = shapley_values(decision, features[:4], features[4:])
    found = shapley_values(decision, features[:4], features[4:], most_players=3, rng=np.random.default_rng(1))
    assert not found.exact
    error = np.abs(found.values - exact.values) / found.standard_error
    assert error.max() < 4.5
    assert 0.4 < np.sqrt((error**2).mean()) < 1.6  # the stated error is the error
    assert found.base + found.values.sum(axis=1) == pytest.approx(found.logit, abs=1e-10)
    again = shapley_values(decision, features[:4], features[4:], most_players=3, rng=np.random.default_rng(1))
    assert (again.values == found.values).all()


@pytest.mark.parametrize(("k", "is_counted"), [(8, False), (5, True)])
def test_a_small_budget_samples_instead_unless_counting_is_cheaper_still(k, is_counted):
    decision, features = fitted("gp", n=10, k=k)
    found = shapley_values(decision, features[:1], features[1:], most_multiplications=1e3, rng=np.random.default_rng(0))
    assert found.exact == is_counted


def test_refuses_groups_that_do_not_part_the_columns():
    with pytest.raises(ValueError, match="exactly once"):
        shapley_values(ConstantDecision(0.0), np.zeros((1, 2)), np.zeros((1, 2)), [[0], [0, 1]])


def test_needs_a_generator_to_sample():
    decision, features = fitted("gp", n=10, k=5)
    with pytest.raises(ValueError, match="generator"):
        shapley_values(decision, features[:1], features[1:], most_players=3)
