"""The reference cohort, for tests of explanation."""

import pytest

from responder.cohort import load_cohort
from responder.features import compile_features
from responder.models import build_model
from responder.study import load_study
from responder.validate.refit import ModelPipeline, Table

TRAITS = (
    "organs",
    "disease_duration_years",
    "prednisone_mg_per_day",
    "rpdai",
    "treg_per_ul",
    "tcon_per_ul",
)


@pytest.fixture(scope="session")
def cohort(root):
    """The reference cohort: nine patients, six responders."""
    return load_cohort(root / "data" / "rp_ld_il2" / "cohort.csv", load_study("rp-ld-il2"), traits=TRAITS)


@pytest.fixture(scope="session")
def table(cohort):
    """Its encoded values and features."""
    return Table(compile_features(cohort.study, cohort.traits), cohort.values, {})


@pytest.fixture
def pipeline(table):
    """Make a pipeline of one model on the reference cohort."""
    return lambda model: ModelPipeline(table, build_model(model, table.feature_table))
