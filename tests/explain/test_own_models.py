"""Patients explained by coefficients, and by a fit of their own each: the same numbers."""

import numpy as np
import pytest

from responder.explain.own_models import OwnModels
from responder.models import build_model
from responder.plan import plain_features
from responder.validate.refit import ModelPipeline, Table

PARTS = ((0,), (1, 2), (3,))


@pytest.fixture(scope="module")
def own():
    """Forty patients, four features of unequal mean and spread, of which two are one part."""
    rng = np.random.default_rng(3)
    values = rng.normal([0.0, 5.0, -2.0, 1.0], [1.0, 3.0, 0.5, 2.0], (40, 4))
    outcome = (values[:, 0] + rng.normal(size=40) > 0).astype(int)
    table = Table(plain_features(4), values, {})
    return OwnModels(ModelPipeline(table, build_model("ridge:0.1", table.feature_table)), outcome, PARTS, seed=1)


def test_coefficients_say_what_a_fit_of_each_patients_own_says(own):
    found = own.by_coefficients()
    assert found.done.all()
    for patient in range(40):
        _, values, _, base, logit, exact = own.explain(patient)
        assert found.values[patient] == pytest.approx(values, abs=1e-7)
        assert (found.base[patient], found.logit[patient]) == pytest.approx((base, logit), abs=1e-7)
        assert exact


def test_without_two_outcomes_nobody_is_explained_by_a_fit_of_their_own(own):
    alone = OwnModels(own.pipeline, np.eye(1, 40, dtype=int)[0], PARTS, seed=1)
    assert alone.explain(0) is None
    assert alone.explain(1) is not None
    assert OwnModels(own.pipeline, np.zeros(40, dtype=int), PARTS, seed=1).seconds(40) == 0.0
    assert own.seconds(0) == 0.0
    assert alone.seconds(40) > 0.0
