"""A fitted pipeline as data: features first, then the decision."""

import json

import numpy as np
import pytest

from responder.features.spec import FeatureSpec, FeatureStep, FittedFeatures
from responder.models.decision import LinearDecision
from responder.models.fitted import FittedPipeline

VALUES = np.array([[1.0, 4.0], [3.0, 4.5], [5.0, 6.5]])
SPEC = FeatureSpec(
    ("a", "b"),
    tuple(FeatureStep(name, "identity", (i,), (name,)) for i, name in enumerate("ab")),
    {"a": 0, "b": 1},
    {"a": "", "b": ""},
)


def test_a_logit_is_that_of_the_standardised_features_and_survives_json():
    """0.5 + 2 (a - 3) / SD - (b - 5) / SD, the SDs those of the rows it was fitted on (n in the denominator)."""
    pipeline = FittedPipeline(FittedFeatures.fit(SPEC, VALUES), LinearDecision(0.5, np.array([2.0, -1.0])))
    a, b = VALUES.T
    expected = 0.5 + 2 * (a - 3) / a.std() - (b - 5) / b.std()
    assert pipeline.logit(VALUES) == pytest.approx(expected)
    again = FittedPipeline.from_json(json.loads(json.dumps(pipeline.to_json())))
    assert again.logit(VALUES) == pytest.approx(expected)
