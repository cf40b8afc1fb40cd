"""Penalties by group: equal ones are ridge, and what one group tells is learned inside the training set alone."""

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.models.base import FeatureTable, TrainingSets
from responder.models.codata import MOST_GROUPS, CodataRidgeModel, _candidates
from responder.models.logistic import RidgeModel
from responder.models.registry import build_model

SIZES = (8, 50)
GROUPS = (tuple(range(SIZES[0])), tuple(range(SIZES[0], sum(SIZES))))


def sets(n=24, labelings=3):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, n, sum(SIZES)))
    weight = rng.integers(0, 3, (2, n)).astype(float)
    labels = np.stack([rng.permutation(np.arange(n) % 2) for _ in range(labelings)], axis=1)
    return TrainingSets(x, weight, np.broadcast_to(labels[None], (2, n, labelings)).astype(float))


def test_one_group_is_ridge():
    asked, ask = sets(), np.array([[0, 5], [3, 9]])
    one = CodataRidgeModel("codata", c=0.5, groups=(tuple(range(sum(SIZES))),))
    np.testing.assert_allclose(
        one.predict(asked, ask).logit, RidgeModel("r", c=0.5).predict(asked, ask).logit, atol=1e-8
    )


def test_equal_multipliers_are_ridge(monkeypatch):
    monkeypatch.setattr("responder.models.codata.RATIOS", ())
    asked, ask = sets(), np.array([[0, 5], [3, 9]])
    equal = CodataRidgeModel("codata", c=0.5, groups=GROUPS).predict(asked, ask)
    np.testing.assert_allclose(equal.logit, RidgeModel("r", c=0.5).predict(asked, ask).logit, atol=1e-8)


def test_the_decision_predicts_as_the_model():
    asked = sets(labelings=1)
    model = CodataRidgeModel("codata", c=0.1, groups=GROUPS)
    ask = np.tile(np.arange(24), (2, 1))
    decisions, _ = model.decisions(asked)
    found = np.stack([one.logit(x) for one, x in zip(decisions, asked.features, strict=True)])
    np.testing.assert_allclose(found, model.predict(asked, ask).logit[:, :, 0], atol=1e-7)


def test_candidates_keep_the_prior_variance_of_ridge():
    candidates, log_prior = _candidates(SIZES)
    np.testing.assert_allclose(candidates @ SIZES, sum(SIZES))
    assert np.exp(log_prior).sum() == pytest.approx(1.0)


def test_who_is_left_out_teaches_nothing():
    asked = sets()
    model = CodataRidgeModel("codata", groups=GROUPS)
    left_out = asked.weight == 0
    labels = np.where(left_out[:, :, None], 1.0 - asked.labels, asked.labels)
    other = TrainingSets(np.where(left_out[:, :, None], 9.0, asked.features), asked.weight, labels)
    np.testing.assert_allclose(model.multipliers(asked), model.multipliers(other), atol=1e-12)


def test_one_outcome_class_has_no_prediction():
    asked = sets(labelings=1)
    alone = TrainingSets(asked.features, asked.weight, np.ones_like(asked.labels))
    assert np.isnan(CodataRidgeModel("codata", groups=GROUPS).predict(alone, np.zeros((2, 1), dtype=int)).logit).all()


def table(*names):
    return FeatureTable(names, tuple((name.removesuffix("_missing"),) for name in names))


def test_groups_are_named_by_pattern_and_the_first_that_names_a_feature_has_it():
    model = build_model(
        "codata:1", table("il2", "il6", "tnf", "age", "il6_missing"), {"groups": {"a": ("il6",), "b": ("il*", "tnf")}}
    )
    assert (model.c, model.groups) == (1.0, ((1, 4), (0, 2), (3,)))


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({}, "needs 2 to 6 groups of features, and there are 1"),
        ({"a": ("il9",)}, "'il9'"),
        ({str(i): (f"x{i}",) for i in range(MOST_GROUPS)}, "and there are 7"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups, told):
    with pytest.raises(ConfigError, match=told):
        build_model("codata", table("il2", *(f"x{i}" for i in range(MOST_GROUPS))), {"groups": groups})
