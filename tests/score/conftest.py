"""Bundles and profiles that the tests of scoring share."""

import pytest

MODELS = ("ridge:1", "ridge:0.1", "logf:2", "firth", "gp", "bayes", "lightgbm", "single:organs", "prevalence")


@pytest.fixture(scope="session", params=MODELS)
def any_bundle(request, make_bundle):
    """A bundle of each model of the registry, from a cohort with gaps."""
    return make_bundle(request.param, refits=20)


@pytest.fixture(scope="session")
def bundle(make_bundle):
    """A bundle of a model that beats chance."""
    return make_bundle("ridge:1")


@pytest.fixture
def profile():
    """A profile inside the training cohort."""
    return {
        "patient_id": "P77",
        "organs": ["ear_nose"],
        "disease_duration_years": 2,
        "prednisone_mg_per_day": 15,
        "rpdai": 12,
        "treg_per_ul": 22,
        "tcon_per_ul": 550,
    }
