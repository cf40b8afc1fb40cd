"""Out-of-fold attributions on the reference cohort, for every model."""

import json

import numpy as np
import pytest

from responder.explain import explain_out_of_fold
from responder.explain.out_of_fold import Attributions, direction
from responder.features import compile_features
from responder.models import DEFAULT_MODELS, build_model
from responder.models.decision import LinearDecision
from responder.study import load_study
from responder.validate.refit import ModelPipeline, Refits, Table
from responder.validate.splits import leave_one_out

MODELS = (*DEFAULT_MODELS, "single:organs")


@pytest.mark.parametrize("model", MODELS)
def test_base_and_values_add_up_to_the_leave_one_out_logit(pipeline, cohort, model):
    chosen = pipeline(model)
    found = explain_out_of_fold(chosen, cohort.outcome, cohort.ids)
    weight, ask = leave_one_out(cohort.n)
    logit = chosen.predict(Refits.of_outcome(weight, cohort.outcome, ask)).logit[:, 0, 0]
    assert found.logit == pytest.approx(logit, abs=1e-9)
    assert found.base + found.values.sum(axis=1) == pytest.approx(logit, abs=1e-9)
    assert found.exact


@pytest.mark.parametrize("model", ["ridge:0.1", "bayes", "lightgbm"])
def test_nobody_is_explained_by_a_model_that_saw_their_outcome(pipeline, cohort, model):
    found = explain_out_of_fold(pipeline(model), cohort.outcome)
    turned = cohort.outcome.copy()
    turned[4] = 1 - turned[4]
    again = explain_out_of_fold(pipeline(model), turned)
    assert (again.values[4] == found.values[4]).all()
    others = np.arange(cohort.n) != 4
    assert not np.allclose(again.values[others], found.values[others])


def test_linear_values_are_those_of_the_fold(pipeline, cohort, table):
    chosen = pipeline("ridge:1")
    found = explain_out_of_fold(chosen, cohort.outcome)
    weight = np.ones(cohort.n)
    weight[2] = 0
    fitted = chosen.fit(cohort.outcome, weight)
    assert isinstance(fitted.decision, LinearDecision)
    features = fitted.features.transform(table.values)
    expected = fitted.decision.coefficients * (features[2] - features[weight > 0].mean(axis=0))
    assert found.values[2] == pytest.approx(expected, abs=1e-12)


def test_of_many_patients_too_the_baseline_is_its_leave_one_out_logit():
    outcome = np.arange(45) % 3 // 2
    spec = compile_features(load_study("rp-ld-il2"), ["rpdai"])
    table = Table(spec, np.arange(45.0)[:, None], {})
    baseline = ModelPipeline(table, build_model("prevalence", table.feature_table))
    found = explain_out_of_fold(baseline, outcome)
    others = (15 - outcome) / 44
    np.testing.assert_allclose(found.logit, np.log(others / (1 - others)), atol=1e-12)
    assert (found.base == found.logit).all()
    assert not found.values.any()
    assert found.exact


def test_the_baseline_attributes_nothing(pipeline, cohort):
    found = explain_out_of_fold(pipeline("prevalence"), cohort.outcome)
    assert not found.values.any()
    assert set(found.directions) == {"none"}


@pytest.mark.parametrize("model", ["logf:2", "gp", "lightgbm"])
def test_sums_by_trait_group_and_construct(pipeline, cohort, model):
    found = explain_out_of_fold(pipeline(model), cohort.outcome, cohort.ids)
    for summed in (found.by_trait(), found.by_group(), found.by_construct(), found.by_trait().by_group()):
        assert summed.values.sum(axis=1) == pytest.approx(found.values.sum(axis=1), abs=1e-12)
    assert found.by_group().names == ("clinical", "immune")
    traits = found.by_trait()
    organs = [i for i, trait in enumerate(found.traits) if trait == "organs"]
    assert traits.values[:, traits.names.index("organs")] == pytest.approx(found.values[:, organs].sum(axis=1))
    # a trait measured as one number is told by that number, a ratio by itself
    assert (traits.features[:, traits.names.index("rpdai")] == cohort.frame()["rpdai"]).all()
    assert not np.isnan(traits.features[:, traits.names.index("treg_per_ul+tcon_per_ul")]).any()


def test_traits_that_enter_together(pipeline, cohort):
    """For a linear model the sum of a trait's features is the trait's own value; for others it need not be."""
    for model, same in (("ridge:1", True), ("gp", False)):
        summed = explain_out_of_fold(pipeline(model), cohort.outcome).by_trait()
        together = explain_out_of_fold(pipeline(model), cohort.outcome, by="trait")
        assert together.names == summed.names
        assert together.values.sum(axis=1) == pytest.approx(summed.values.sum(axis=1), abs=1e-9)
        assert np.allclose(together.values, summed.values, atol=1e-12) == same
        assert together.values == pytest.approx(summed.values, abs=0.05)


def test_ranking_is_sorted_and_names_the_direction(pipeline, cohort):
    found = explain_out_of_fold(pipeline("ridge:1"), cohort.outcome, cohort.ids)
    ranking = found.ranking()
    assert list(ranking) == ["name", "group", "mean_absolute", "direction"]
    assert ranking["mean_absolute"].is_monotonic_decreasing
    told = dict(zip(ranking["name"], ranking["direction"], strict=True))
    assert told["organs=airway"] == "lower"  # all non-responders have it
    by_trait = found.by_trait().ranking().set_index("name")["direction"]
    assert by_trait["rpdai"] == "lower"
    assert by_trait["organs"] == "mixed"


def test_frame_and_json(pipeline, cohort):
    found = explain_out_of_fold(pipeline("ridge:1"), cohort.outcome, cohort.ids)
    frame = found.frame()
    assert len(frame) == cohort.n * len(found.names)
    assert frame.groupby("patient_id", sort=False)["shap"].sum().to_numpy() == pytest.approx(found.logit - found.base)
    assert frame.loc[frame["feature"] == "organ_count", "value"].tolist() == [1, 1, 1, 2, 1, 1, 2, 1, 1]
    assert found.by_trait().frame().columns[1] == "trait"
    json.dumps(found.to_json(), allow_nan=False)


def test_a_patient_without_whom_one_class_is_left_is_not_explained(table):
    outcome = np.array([1, 0, 0, 0, 0, 0, 0, 0, 0])
    chosen = ModelPipeline(table, build_model("ridge:1", table.feature_table))
    found = explain_out_of_fold(chosen, outcome)
    assert np.isnan(found.values[0]).all()
    assert np.isnan(found.logit[0])
    assert not np.isnan(found.values[1:]).any()
    assert not np.isnan(found.importance).any()
    json.dumps(found.to_json(), allow_nan=False)


def test_missing_values_and_their_indicators(cohort):
    values = cohort.values.copy()
    values[3, cohort.columns.index("treg_per_ul")] = np.nan
    table = Table(compile_features(load_study("rp-ld-il2"), cohort.traits), values, {})
    for model in ("ridge:1", "gp", "lightgbm"):
        found = explain_out_of_fold(ModelPipeline(table, build_model(model, table.feature_table)), cohort.outcome)
        assert found.names[-1] == "treg_per_ul_missing"
        assert (found.traits[-1], found.groups[-1], found.constructs[-1]) == ("treg_per_ul", "immune", "Treg")
        # the indicator is constant among the others, so patient 3's fold cannot use it
        assert found.values[3, -1] == 0
        assert np.isnan(found.features[3, found.names.index("log_treg")])


def test_more_features_than_can_be_enumerated_are_sampled_and_said_to_be(cohort):
    rng = np.random.default_rng(0)
    study = load_study("rp-ld-il2")
    traits = ("sex", "age_years", "disease_duration_years", "organs", "rpdai", "prednisone_mg_per_day")
    traits += ("treg_percent_of_cd4", "treg_per_ul", "tcon_per_ul", "cd4_per_ul")
    spec = compile_features(study, traits)
    values = np.exp(rng.normal(size=(12, len(spec.columns))))
    for column, name in enumerate(spec.columns):
        if name.startswith("organs="):
            values[:, column] = rng.integers(2, size=12)
    table = Table(spec, values, {})
    outcome = np.array([0, 1] * 6)
    assert len(table.feature_table.names) > 12
    chosen = ModelPipeline(table, build_model("bayes", table.feature_table))
    found = explain_out_of_fold(chosen, outcome, seed=4)
    assert not found.exact
    assert found.standard_error.max() > 0
    assert "shap_standard_error" in found.frame()
    assert found.base + found.values.sum(axis=1) == pytest.approx(found.logit, abs=1e-9)
    assert (explain_out_of_fold(chosen, outcome, seed=4).values == found.values).all()
    # played by trait there are few enough
    together = explain_out_of_fold(chosen, outcome, by="trait")
    assert together.exact
    assert together.by_trait().values == pytest.approx(found.by_trait().values, abs=0.05)


@pytest.mark.parametrize(
    ("feature", "value", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], "higher"),
        ([1, 2, 3], [0, 0, 0], "none"),
        ([1, 1, 1], [1, 2, 3], "none"),
        ([np.nan, np.nan], [1, 2], "none"),
        ([1, np.nan, 2], [4, -9, 3], "lower"),
    ],
)
def test_direction(feature, value, expected):
    assert direction(np.array(feature, dtype=float), np.array(value, dtype=float)) == expected


def attributions_of(values):
    """Attributions of as many traits as there are columns."""
    values = np.array(values, dtype=float)
    n, k = values.shape
    names = tuple("abcdef"[:k])
    ids = tuple(f"P{i + 1:02d}" for i in range(n))
    gap = np.zeros((n, k))
    return Attributions(
        ids, names, names, names, names, names, values, gap, np.zeros(n), values.sum(axis=1), gap, "trait", True, {}
    )


def test_who_carries_most_of_a_trait_is_named_with_the_order_without_them():
    # b is second by P05 alone: 1.0 of 1.2
    found = attributions_of(
        [[0.5, 0.05, 0.2, 0.1], [-0.5, 0.05, -0.2, 0.1], [0.5, -0.05, 0.2, 0.1], [0.5, 0.05, 0.2, 0.1],
         [0.5, 1.0, 0.2, 0.1]]
    )  # fmt: skip
    (one,) = found.influential()
    assert (one.patient, one.part, one.rank, one.rank_without) == ("P05", "b", 2, 4)
    assert one.share == pytest.approx(1.0 / 1.2)
    assert one.order_without == ("a", "c", "d")


def test_nobody_is_named_where_all_carry_alike_or_nobody_carries():
    assert attributions_of([[1.0, 0.5], [-1.0, 0.5], [1.0, -0.5], [1.0, 0.5]]).influential() == ()
    assert attributions_of(np.zeros((5, 3))).influential() == ()
    assert attributions_of([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]]).influential() == ()  # too few to say


def test_one_value_beyond_a_nearly_constant_fold_does_not_make_the_ranking(pipeline, cohort):
    """Before values were held, P10 carried 87% of what the Treg count did, which came second."""
    found = explain_out_of_fold(pipeline("ridge:0.1"), cohort.outcome, cohort.ids)
    deficit = np.abs(found.values[:, found.names.index("treg_deficit")])
    assert deficit[found.ids.index("P10")] < 0.5
    ranking = found.by_trait().ranking()["name"].tolist()
    assert ranking.index("treg_per_ul") > 2


def test_whoever_moves_a_trait_is_named_though_they_carry_less_than_half():
    # without P01, who carries 0.4 of 0.97, d falls from the first place to the third
    values = [[0.0, 0.0, 0.0, 0.4], [0.0, 0.4, 0.0, 0.3], [0.0, 0.0, 0.42, 0.27], [0.01, 0.5, 0.0, 0.0],
              [0.01, 0.0, 0.46, 0.0]]  # fmt: skip
    (one,) = [found for found in attributions_of(values).influential() if found.patient == "P01"]
    assert (one.part, one.rank, one.rank_without) == ("d", 1, 3)
    assert one.share == pytest.approx(0.4 / 0.97)


def test_more_than_half_of_a_trait_is_named_though_the_order_stays_and_half_is_not():
    (one,) = attributions_of([[0.6, 0.01], [0.2, 0.01], [0.1, 0.01], [0.1, 0.01]]).influential()
    assert (one.patient, one.part, one.rank, one.rank_without) == ("P01", "a", 1, 1)
    assert one.share == pytest.approx(0.6)
    assert attributions_of([[0.5, 0.01], [0.25, 0.01], [0.125, 0.01], [0.125, 0.01]]).influential() == ()
