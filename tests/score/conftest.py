"""Bundles and profiles that the tests of scoring share."""

import pytest

MODELS = (
    "ridge:1",
    "ridge:0.1",
    "logf:2",
    "firth",
    "flac",
    "gp",
    "bayes",
    "borrow",
    "lightgbm",
    "single:organs",
    "prevalence",
)


@pytest.fixture(scope="session", params=MODELS)
def any_bundle(request, make_bundle):
    """A bundle of each model of the registry, from a cohort with gaps."""
    return make_bundle(request.param, refits=20)


@pytest.fixture(scope="session")
def bundle(make_bundle):
    """A bundle of a model that beats chance."""
    return make_bundle("ridge:1")
