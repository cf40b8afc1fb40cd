"""Who lies beyond all others, and how far: patient by patient, feature by feature."""

import numpy as np
import pytest

from responder.plan import plain_features
from responder.validate.near_constant import _beyond_others
from responder.validate.refit import Table


@pytest.mark.parametrize(("n", "k"), [(7, 3), (12, 40), (30, 2)])
def test_beyond_is_in_the_sd_of_the_others(n, k):
    rng = np.random.default_rng(n)
    values = rng.normal(size=(n, k)) ** 3
    values[:, 0] = values[:, 0].round(1)  # ties at either end are beyond nobody
    values[rng.random(values.shape) < 0.05] = np.nan
    found = _beyond_others(Table(plain_features(k), values, {}))
    for column in range(k):
        for patient in range(n):
            others = np.delete(values[:, column], patient)
            median = np.nanmedian(others)
            others = np.where(np.isnan(others), median, others)
            own = median if np.isnan(values[patient, column]) else values[patient, column]
            outside = max(own - others.max(), others.min() - own, 0.0)
            assert found[patient, column] == pytest.approx(outside / others.std(), abs=1e-9)
