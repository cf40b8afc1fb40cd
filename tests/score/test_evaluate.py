"""Many profiles at once: the band of the refits is that of numpy's quantiles."""

import numpy as np
import pytest

from responder.models.solver import expit
from responder.score.evaluate import STABILITY_LEVEL, evaluate


@pytest.mark.parametrize("refits", [2, 20, 41])
def test_the_stability_band_holds_the_central_share_of_the_refits(make_bundle, refits):
    bundle = make_bundle("ridge:1", refits=refits)
    rng = np.random.default_rng(4)
    values = np.abs(rng.normal(20, 10, (30, len(bundle.columns))))
    values[:, :5] = values[:, :5] > 20
    found = evaluate(bundle, values, show_anyway=True)
    features = bundle.pipeline.features
    each = expit(
        bundle.ensemble.logit(features.spec.derive(values), features.spec.missing(values, features.indicators))
    )
    tail = (1 - STABILITY_LEVEL) / 2
    np.testing.assert_allclose(found.stability, np.quantile(each, [tail, 1 - tail], axis=1).T, atol=1e-12)
