"""Rank probabilities over bootstrap refits."""

import json

import numpy as np
import pytest

from responder.explain import explain_out_of_fold, rank_probabilities
from responder.explain import ranks as module
from responder.explain.ranks import _rank_shares, _table
from responder.features import compile_features
from responder.models import build_model
from responder.models.shapley import shapley_values
from responder.study import load_study
from responder.validate.bootstrap import bootstrap_refits
from responder.validate.refit import ModelPipeline, Table
from responder.validate.splits import stratified_bootstrap


def ranks_of(pipeline, outcome, counts):
    return rank_probabilities(bootstrap_refits(pipeline, outcome, counts), outcome)


@pytest.fixture
def counts(cohort):
    return stratified_bootstrap(cohort.outcome, 60, np.random.default_rng(0))


@pytest.mark.parametrize("model", ["ridge:0.1", "logf:2", "firth", "single:organs", "gp", "bayes", "lightgbm"])
def test_every_model_has_ranks(pipeline, cohort, counts, model):
    draws = counts[:20] if model == "lightgbm" else counts
    found = ranks_of(pipeline(model), cohort.outcome, draws)
    assert (found.refits, found.discarded, found.patients, found.exact) == (len(draws), 0, cohort.n, True)
    for table in (found.features, found.traits):
        assert table.probability.sum(axis=0).max() <= 1 + 1e-12
        assert table.probability.sum(axis=1).max() <= 1 + 1e-12
        assert (table.lower <= table.median).all()
        assert (table.median <= table.upper).all()
    assert found.traits.names[int(found.traits.first.argmax())] == "organs"
    json.dumps(found.to_json(), allow_nan=False)
    assert set(found.frame()["by"]) == {"feature", "trait"}


@pytest.mark.parametrize("model", ["ridge:1", "firth"])
def test_the_batched_way_of_linear_models_equals_one_refit_after_another(pipeline, cohort, counts, model):
    chosen = pipeline(model)
    size = []
    for weight in counts:
        fitted = chosen.fit(cohort.outcome, weight)
        features = fitted.features.transform(cohort.values)
        values = shapley_values(fitted.decision, features, features, weight=weight).values
        size.append(np.abs(values).mean(axis=0))
    found = ranks_of(chosen, cohort.outcome, counts).features
    assert found.median == pytest.approx(np.median(size, axis=0), abs=1e-7)
    assert found.upper == pytest.approx(np.quantile(size, 0.95, axis=0), abs=1e-7)
    assert found.first == pytest.approx(np.bincount(np.argmax(size, axis=1), minlength=9) / len(counts))


def test_the_baseline_has_no_ranks(pipeline, cohort, counts):
    found = ranks_of(pipeline("prevalence"), cohort.outcome, counts)
    assert not found.features.probability.any()
    assert np.isnan(found.features.mean_rank).all()
    assert np.isnan(found.features.share_higher).all()


def test_ties_share_their_ranks_and_unused_parts_have_none():
    shares, mean = _rank_shares(np.array([[2.0, 2.0, 1.0, 0.0]]))
    assert shares.tolist() == [[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(mean, [1.5, 1.5, 3.0, np.nan])


def test_ranks_equal_those_of_every_part_against_every_other(monkeypatch):
    size = np.random.default_rng(1).integers(0, 6, (40, 9)).astype(float)
    every = np.zeros((9, 9))
    for own in size:
        for part in np.flatnonzero(own > 0):
            best, ties = (own > own[part]).sum(), (own == own[part]).sum()
            every[part, best : best + ties] += 1 / ties / 40
    shares, mean = _rank_shares(size)
    np.testing.assert_allclose(shares, every, atol=1e-12)
    np.testing.assert_allclose(mean, every @ np.arange(1.0, 10.0) / every.sum(axis=1))
    monkeypatch.setattr(module, "MOST_RANKS", 3)
    first, same_mean = _rank_shares(size)
    np.testing.assert_allclose(first, every[:, :3], atol=1e-12)
    np.testing.assert_array_equal(same_mean, mean)


def test_bootstrap_refits_are_less_sure_than_leave_one_out_refits():
    """Two equal markers: leave-one-out keeps naming one of them, the bootstrap does not."""
    rng = np.random.default_rng(5)
    signal = rng.normal(size=24)
    outcome = (signal + 0.3 * rng.normal(size=24) > 0).astype(int)
    values = np.exp(np.column_stack([signal + rng.normal(size=24), signal + rng.normal(size=24)]) / 3 + 3)
    spec = compile_features(
        load_study("rp-ld-il2"), ["treg_per_ul", "disease_duration_years"], only=["log_treg", "log_disease_duration"]
    )
    table = Table(spec, values, {})
    chosen = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    found = ranks_of(chosen, outcome, stratified_bootstrap(outcome, 400, rng)).features
    one_out = np.abs(explain_out_of_fold(chosen, outcome).values)
    leader = int(one_out.mean(axis=0).argmax())
    left_out = 1.0 - np.eye(24)
    same = ranks_of(chosen, outcome, left_out).features
    assert same.first[leader] > found.first[leader]
    assert found.first.min() > 0.05


def test_slow_models_get_fewer_refits_and_say_so(pipeline, cohort, counts, monkeypatch):
    monkeypatch.setattr(module, "MOST_MULTIPLICATIONS", 1e3)
    found = ranks_of(pipeline("gp"), cohort.outcome, counts)
    assert (found.asked, found.refits, found.discarded) == (60, module.FEWEST_DRAWS, 0)
    assert not found.exact
    again = ranks_of(pipeline("gp"), cohort.outcome, counts)
    assert (again.features.probability == found.features.probability).all()
    monkeypatch.setattr(module, "FEWEST_PATIENTS", 4)
    fewer = ranks_of(pipeline("gp"), cohort.outcome, counts)
    assert (fewer.patients, fewer.n) == (4, 9)


def test_refits_that_fail_are_discarded(pipeline, cohort, counts):
    one_class = np.zeros((1, cohort.n))
    one_class[0, :3] = 3.0
    assert len(set(cohort.outcome[:3])) == 1
    found = ranks_of(pipeline("ridge:1"), cohort.outcome, np.vstack([counts[:9], one_class]))
    assert (found.refits, found.discarded) == (9, 1)


def test_direction_and_row(pipeline, cohort, counts):
    found = ranks_of(pipeline("ridge:1"), cohort.outcome, counts)
    row = found.features.row("organs=airway")
    assert row["share_higher"] < 0.1
    assert row["lower"] <= row["median"] <= row["upper"]
    with pytest.raises(KeyError):
        found.features.row("no such feature")


def test_the_share_that_goes_with_response_is_of_the_refits_that_use_the_feature():
    """Five refits: the first feature is used by three of them, up in two; the second by none."""
    slope = np.array([[0.2, 0.0], [-0.1, 0.0], [0.0, 0.0], [0.3, 0.0], [0.0, 0.0]])
    found = _table(("used", "unused"), "feature", np.abs(slope), slope)
    assert found.share_higher[0] == pytest.approx(2 / 3)
    assert np.isnan(found.share_higher[1])
