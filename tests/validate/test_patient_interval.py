import numpy as np
import pytest
from tests.validate.test_refit import make_table

from responder.features import compile_features
from responder.models import build_model
from responder.models.base import TrainingSets
from responder.models.posterior import (
    INTERCEPT_SD,
    PREDICTOR_SD,
    NeutralPosterior,
    columns_looked_at,
    neutral_posteriors,
)
from responder.plan import plain_features
from responder.study import load_study
from responder.validate.loo import leave_one_out_predictions
from responder.validate.patient_interval import out_of_fold_intervals, out_of_fold_limits, patient_coverage
from responder.validate.refit import ModelPipeline, Table
from responder.validate.simulated import shipped_table
from responder.validate.table import LeftOut


def test_the_table_is_of_the_priors_that_are_used():
    table = shipped_table("patient_interval.json")
    assert (table["predictor_sd"], table["intercept_sd"]) == (PREDICTOR_SD, INTERCEPT_SD)


def test_no_cell_holds_less_than_nominal_beyond_its_monte_carlo_error():
    table = shipped_table("patient_interval.json")
    for row in table["rows"]:
        assert min(row["coverage"]) >= table["level"] - 2 * row["greatest_monte_carlo_error"], row


def test_it_covers_where_the_refit_band_of_the_default_model_does_not():
    cells = [row for row in shipped_table("patient_interval.json")["models"] if row["n"] == 15 and row["features"] == 6]
    held = {row["method"]: row["lowest"] for row in cells if row["share"] == 0.5}
    assert held["refit band of ridge:0.1"] < 0.7
    assert held["ridge:0.1"] > 0.94


def test_a_model_stretches_the_interval_and_never_shrinks_it():
    cells: dict[tuple, dict] = {}
    for row in shipped_table("patient_interval.json")["models"]:
        cells.setdefault((row["n"], row["share"], row["features"]), {})[row["method"]] = row
    for of in cells.values():
        for name, row in of.items():
            if not name.startswith("refit band"):
                assert row["mean"] >= of[""]["mean"]
                assert row["width"] >= of[""]["width"]


@pytest.mark.parametrize(
    ("responders", "others", "features", "cell"),
    [
        (3, 6, 5, (9, 6, 0.2)),
        (4, 4, 40, (9, 20, 0.5)),
        (2, 13, 1, (15, 1, 0.2)),
        (300, 700, 2, (200, 2, 0.2)),
        (10, 10, 0, (20, 1, 0.5)),
    ],
)
def test_the_nearest_cell_is_named(responders, others, features, cell):
    found = patient_coverage(responders, others, features)
    assert (found.n, found.features, found.share) == cell


def test_percentages_are_rounded_down():
    found = patient_coverage(3, 6, 5)
    lowest, highest = found.percent
    assert lowest <= 100 * found.lowest < lowest + 1
    assert highest <= 100 * found.highest < highest + 1


def test_nobody_is_no_cohort():
    with pytest.raises(ValueError, match="at least one"):
        patient_coverage(0, 0, 3)


@pytest.mark.parametrize("model", ["ridge:0.1", "single:rpdai"])
def test_each_patient_is_left_out_of_his_own_interval(model):
    rng = np.random.default_rng(3)
    spec = compile_features(load_study("rp-ld-il2"), ["rpdai", "treg_per_ul"])
    values = np.exp(rng.normal(2.5, 0.5, (14, 2)))
    outcome = (rng.random(14) < 0.5).astype(int)
    table = Table(spec, values, {})
    pipeline = ModelPipeline(table, build_model(model, table.feature_table))
    probability = leave_one_out_predictions(pipeline, outcome).probability
    coverage = patient_coverage(int(outcome.sum()), int(14 - outcome.sum()), 2)
    looked_at = columns_looked_at(pipeline.model, len(table.feature_table.names))
    limits = out_of_fold_limits(table, looked_at, outcome, coverage.reach)
    found = out_of_fold_intervals(limits, probability, coverage)
    assert ((found.lower <= probability) & (probability <= found.upper)).all()
    kept = np.arange(14) != 5
    x = table.standardised(kept[None].astype(float))[0]
    columns = (0,) if model == "single:rpdai" else tuple(range(x.shape[1]))
    posterior = NeutralPosterior.fit(x[kept], outcome[kept], columns)
    lower, upper = 1 / (1 + np.exp(-posterior.interval(x[5:6], coverage.reach)[0]))
    assert found.lower[5] == pytest.approx(min(lower, probability[5]), abs=1e-9)
    assert found.upper[5] == pytest.approx(max(upper, probability[5]), abs=1e-9)
    summary = found.summary()
    assert summary["narrowest"] <= summary["median_width"] <= summary["widest"]
    assert list(found.frame()) == ["lower", "upper"]


@pytest.mark.parametrize("columns", [(1,), (0, 1, 2)])
def test_limits_from_the_fit_of_everybody_are_those_of_cold_fits(columns):
    table, outcome = make_table(4, 60)
    found = out_of_fold_limits(table, columns, outcome, 2.1)
    own = np.arange(60)[:, None]
    cold = []
    for sets, asked in table.training_sets(LeftOut(outcome, own, own).part(range(60))):
        for i, patient in enumerate(asked[:, 0]):
            mean, root = neutral_posteriors(
                TrainingSets(sets.features[[i]], sets.weight[[i]], sets.labels[[i]]), columns
            )
            posterior = NeutralPosterior(columns, mean[0], root[0])
            cold.append(posterior.interval(sets.features[i, patient][None], 2.1)[0])
    np.testing.assert_allclose(found, cold, atol=1e-9)


def test_limits_of_more_features_than_patients_are_those_of_whole_posteriors():
    rng = np.random.default_rng(6)
    values, outcome = rng.standard_normal((12, 30)), np.tile([0, 1, 1], 4)
    table = Table(plain_features(30), values, {})
    found = out_of_fold_limits(table, tuple(range(30)), outcome, 2.1)
    for patient in (0, 7):
        kept = np.arange(12) != patient
        x = table.standardised(kept[None].astype(float))[0]
        posterior = NeutralPosterior.fit(x[kept], outcome[kept], tuple(range(30)))
        np.testing.assert_allclose(found[patient], posterior.interval(x[patient][None], 2.1)[0], atol=1e-9)
