"""Fixed settings of models: what is not known or not possible is refused by name, never passed on in silence."""

import pytest

from responder.errors import ConfigError
from responder.models import build_model
from responder.models.base import FeatureTable
from responder.models.registry import model_kinds
from responder.models.settings import checked_settings

TABLE = FeatureTable(("age",), (("age_years",),))


@pytest.mark.parametrize(
    ("model", "settings", "words", "hint"),
    [
        ("gp", {"lenght": 3}, "lenght", "'length'"),
        ("gp", {"length": -3}, "length", "fix"),
        ("gp", {"length": "abc"}, "length", "fix"),
        ("gp", {"length": float("inf")}, "length", "fix"),
        ("bayes", {"prior_sd": 0}, "prior_sd", "fix"),
        ("bayes", {"expected": [1.0]}, "expected", "prior_sd"),
        ("lightgbm", {"num_leafs": 3}, "num_leafs", "'num_leaves'"),
        ("lightgbm", {"rounds": 0}, "rounds", "fix"),
        ("lightgbm", {"linear_tree": True}, "linear_tree", "known keys"),
        ("ridge:1", {"c": 2.0}, "no settings", "ridge:1"),
        ("firth", {"flic": False}, "no settings", "remove"),
        ("single:age", {"k": 1.0}, "'k'", "c"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(model, settings, words, hint):
    with pytest.raises(ConfigError) as refused:
        build_model(model, TABLE, settings)
    assert words in str(refused.value)
    assert hint in str(refused.value.hint)
    assert refused.value.where == f"settings.{model.partition(':')[0]}"


@pytest.mark.parametrize("kind", ["gp", "bayes", "firth", "ml", "lightgbm", "prevalence"])
def test_an_argument_that_would_be_ignored_is_refused(kind):
    with pytest.raises(ConfigError, match="takes no argument"):
        build_model(f"{kind}:3", TABLE)


@pytest.mark.parametrize("kind", model_kinds())
def test_no_settings_are_always_right(kind):
    assert checked_settings(kind, {}) == {}


@pytest.mark.parametrize(
    ("kind", "least", "below"),
    [
        ("gp", {"offset_variance": 0}, {"offset_variance": -0.01}),
        ("lightgbm", {"rounds": 1}, {"rounds": 0}),
        ("lightgbm", {"learning_rate": 1}, {"learning_rate": 1.01}),
    ],
)
def test_the_limits_of_a_setting_are_allowed(kind, least, below):
    assert checked_settings(kind, least) == least
    with pytest.raises(ConfigError):
        checked_settings(kind, below)


def test_settings_reach_the_model():
    assert build_model("gp", TABLE, {"length": 2}).length == 2.0
    assert build_model("bayes", TABLE, {"prior_sd": 0.5}).prior_sd == 0.5
    assert build_model("single:age", TABLE, {"c": 0.25}).c == 0.25
    trees = build_model("lightgbm", TABLE, {"rounds": 7, "num_leaves": 4})
    assert (trees.rounds, dict(trees.settings)) == (7, {"num_leaves": 4})
