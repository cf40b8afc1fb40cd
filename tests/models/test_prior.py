"""What may be borrowed."""

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
