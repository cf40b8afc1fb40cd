"""The folded ensemble says what its refits say one by one."""

import json

import numpy as np
import pytest

from responder.models import build_model
from responder.models.prior import BorrowedPrior
from responder.score import RefitEnsemble, affordable_refits
from responder.score.ensemble import NUMBERS_AT_ONCE
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import stratified_bootstrap


@pytest.mark.parametrize("model", ["ridge:1", "firth", "gp", "bayes", "borrow", "lightgbm", "prevalence"])
def test_each_refit_is_kept(make_bundle, model):
    spec = make_bundle("ridge:1").pipeline.features.spec
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.random((30, 5)) < 0.4, np.exp(rng.normal(2, 0.5, (30, 5)))]).astype(float)
    values[2, 5] = values[4, 8] = np.nan
    outcome = (rng.random(30) < 0.5).astype(int)
    borrowed = BorrowedPrior(("rpdai_baseline",), np.array([-0.1]), np.array([[0.01]]), 0.5, 0.5)
    table = Table(spec, values, {}, borrowed=borrowed)
    pipeline = ModelPipeline(table, build_model(model, table.feature_table))
    refits = [pipeline.fit(outcome, weight) for weight in stratified_bootstrap(outcome, 12, rng)]
    ensemble = RefitEnsemble.of(refits)
    new = values.copy()
    new[5:9, 6] = np.nan  # nobody in training lacked it
    new[10:14, 7:] *= 50.0  # beyond what any refit has seen: each holds it at its own edge
    features = refits[0].features
    together = ensemble.logit(spec.derive(new), spec.missing(new, features.indicators))
    one_by_one = np.column_stack([refit.logit(new) for refit in refits])
    np.testing.assert_allclose(together, one_by_one, atol=1e-11)
    assert len(ensemble) == 12
    again = RefitEnsemble.from_json(json.loads(json.dumps(ensemble.to_json())), spec, features.indicators)
    np.testing.assert_array_equal(again.logit(spec.derive(new), spec.missing(new, features.indicators)), together)


def test_refits_of_different_features_do_not_mix(make_bundle):
    one, two = make_bundle("ridge:1").pipeline, make_bundle("ridge:1", gaps=False).pipeline
    with pytest.raises(ValueError, match="same features"):
        RefitEnsemble.of([one, two])
    with pytest.raises(ValueError, match="at least one"):
        RefitEnsemble.of([])


def test_what_a_bundle_can_hold(make_bundle):
    assert affordable_refits(make_bundle("ridge:1").pipeline) == 200
    assert 20 <= affordable_refits(make_bundle("gp", refits=20).pipeline) < 200


@pytest.mark.parametrize(("model", "features"), [("ridge:1", 0), ("gp", 1), ("gp", 9), ("lightgbm", 9)])
def test_as_many_rows_at_once_as_memory_allows(make_bundle, model, features):
    """Of each refit a row holds its logit (linear), else its features or, if these are more, its trees."""
    ensemble = make_bundle(model, refits=20).ensemble
    trees = 0 if ensemble.forest is None else ensemble.forest.value.shape[1]
    rows = ensemble.rows_at_once(features)
    a_row = 20 * max(1, features, trees)
    assert rows * a_row <= NUMBERS_AT_ONCE < (rows + 1) * a_row
