"""What may be borrowed."""

import json

import numpy as np
import pytest

from responder.models.prior import BorrowedPrior


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"mean": np.zeros(1)}, "2 features"),
        ({"features": ("a", "a")}, "twice"),
        ({"weight": 1.5}, "from 0 to 1"),
        ({"vague_sd": 0.0}, "above 0"),
        ({"mean": np.array([np.nan, 0.0])}, "finite"),
        ({"covariance": np.array([[1.0, 0.5], [0.0, 1.0]])}, "symmetric"),
        ({"covariance": np.array([[1.0, 2.0], [2.0, 1.0]])}, "positive definite"),
    ],
)
def test_what_is_no_prior_is_refused(changed, problem):
    right = {"features": ("a", "b"), "mean": np.zeros(2), "covariance": np.eye(2), "weight": 0.5, "vague_sd": 1.0}
    with pytest.raises(ValueError, match=problem):
        BorrowedPrior(**{**right, **changed})


def test_it_survives_json():
    prior = BorrowedPrior(("a", "b"), np.array([0.1, -2.0]), np.diag([0.5, 0.25]), 0.4, 0.7)
    again = BorrowedPrior.from_json(json.loads(json.dumps(prior.to_json())))
    assert again.features == prior.features
    assert (again.weight, again.vague_sd) == (0.4, 0.7)
    np.testing.assert_array_equal(again.covariance, prior.covariance)
