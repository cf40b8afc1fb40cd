"""Multiple imputation: scikit-learn's own answers, levels and ranges that are kept, and what may not leak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import BayesianRidge

from responder.errors import ConfigError
from responder.features.chained import SetImputer, bayesian_ridge, column_scales
from responder.features.compile import compile_features, encoded_levels
from responder.features.imputation import MultipleImputation
from responder.features.spec import FeatureSpec, FeatureStep, FittedFeatures
from responder.models import build_model
from responder.study import load_study
from responder.validate.imputed import ImputedPipeline
from responder.validate.refit import Refits, Table

NAMES = ("a", "b", "c", "flag")
SPEC = FeatureSpec(
    NAMES,
    tuple(FeatureStep(name, "identity", (j,), (name,)) for j, name in enumerate(NAMES)),
    {name: j for j, name in enumerate(NAMES)},
    dict.fromkeys(NAMES, ""),
)
ASKED = MultipleImputation(10, 0, {"flag": (0.0, 1.0)})


def cohort(n=24, seed=0, gaps=0.2):
    """Correlated values, the first two and the flag with gaps, and outcomes."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3)) + rng.standard_normal((n, 1))
    values = np.column_stack([x, x[:, 0] > 0.5]).astype(float)
    for column in (0, 1, 3):
        values[rng.random(n) < gaps, column] = np.nan
    outcome = np.arange(n) % 2
    return values, outcome


def test_the_regressions_are_those_of_scikit_learn():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((18, 4))
    y = x @ np.array([1.0, -0.5, 0.0, 0.2]) + 0.6 * rng.standard_normal(18)
    oracle = BayesianRidge(tol=1e-12, max_iter=2000).fit(x, y)
    own_x, own_y = x - x.mean(axis=0), y - y.mean()
    found = bayesian_ridge(
        (own_x.T @ own_x)[None], (own_x.T @ own_y)[None], np.array([own_y @ own_y]), np.array([18.0])
    )
    # scikit-learn iterates to the same maximum of the evidence: equal but for where each stops
    np.testing.assert_allclose(found.slopes[0], oracle.coef_, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.noise[0], oracle.alpha_**-0.5, rtol=1e-3)
    np.testing.assert_allclose(found.root[0] @ found.root[0], oracle.sigma_, rtol=1e-2, atol=1e-5)


def test_draws_have_the_mean_and_spread_of_scikit_learns_posterior():
    """IterativeImputer draws from N(prediction, SD) of BayesianRidge, held within the range: so do these draws."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    rng = np.random.default_rng(1)
    x = rng.standard_normal((60, 3)) + rng.standard_normal((60, 1))
    x[7, 0] = np.nan
    low, high = np.nanmin(x, axis=0) - 20, np.nanmax(x, axis=0) + 20
    theirs = [
        IterativeImputer(
            BayesianRidge(), sample_posterior=True, max_iter=1, random_state=seed, min_value=low, max_value=high,
            skip_complete=True,
        ).fit_transform(x)[7, 0]
        for seed in range(150)
    ]  # fmt: skip
    spec = FeatureSpec(NAMES[:3], SPEC.steps[:3], {n: j for j, n in enumerate(NAMES[:3])}, {})
    (found,) = SetImputer(spec, x, MultipleImputation(400, 0)).sets(np.ones((1, 60)))
    own = found.drawn[:, 0, 0]
    error = np.std(theirs) / np.sqrt(150) + own.std() / 20
    assert abs(own.mean() - np.mean(theirs)) < 4 * error
    assert own.std() == pytest.approx(np.std(theirs), rel=0.25)  # 150 draws: an SD to 6%


@given(st.integers(0, 10_000), st.floats(0.05, 0.6))
@settings(max_examples=15)
def test_imputed_values_stay_at_levels_and_within_what_the_training_patients_had(seed, gaps):
    values, _ = cohort(14, seed, gaps)
    train = np.ones((1, 14))
    train[0, :3] = 0.0
    imputer = SetImputer(SPEC, values, ASKED)
    (found,) = imputer.sets(train)
    completed = found.regressions.complete(values)[0]
    assert np.isfinite(completed).all()
    known = ~np.isnan(values)
    np.testing.assert_array_equal(completed[:, known], np.broadcast_to(values[known], (10, known.sum())))
    assert set(np.unique(completed[:, ~known[:, 3], 3])) <= {0.0, 1.0}
    for column in range(3):
        own = values[3:, column]
        if (~np.isnan(own)).any():
            filled = completed[:, ~known[:, column], column]
            assert (filled >= np.nanmin(own) - 1e-9).all()
            assert (filled <= np.nanmax(own) + 1e-9).all()


def test_who_is_left_out_teaches_nothing():
    values, _ = cohort()
    train = np.ones((1, 24))
    train[0, 5] = 0.0
    changed = values.copy()
    changed[5] = [9.0, -9.0, 9.0, 1.0]
    before = SetImputer(SPEC, values, ASKED).sets(train)[0].regressions
    values[5] = np.nan
    after = SetImputer(SPEC, changed, ASKED).sets(train)[0].regressions
    for part in ("centre", "spread", "low", "high", "intercept", "slopes", "noise"):
        np.testing.assert_allclose(getattr(before, part), getattr(after, part), atol=1e-9)


def test_sets_do_not_depend_on_which_others_are_imputed_with_them():
    values, _ = cohort()
    train = 1.0 - np.eye(24)
    together = SetImputer(SPEC, values, ASKED).sets(train)
    (alone,) = SetImputer(SPEC, values, ASKED).sets(train[[11]])
    np.testing.assert_allclose(together[11].drawn, alone.drawn, atol=1e-9)
    np.testing.assert_allclose(together[11].mean, alone.mean, atol=1e-9)


def test_a_profile_is_completed_the_same_alone_and_among_others():
    values, _ = cohort()
    imputer = SetImputer(SPEC, values, ASKED)
    fitted = imputer.fitted(imputer.sets(np.ones((1, 24)))[0])
    among = fitted.transform(values)
    alone = np.vstack([fitted.transform(row[None]) for row in values])
    np.testing.assert_allclose(among, alone, atol=1e-12)


def test_what_is_written_and_read_again_fills_the_same():
    values, _ = cohort()
    imputer = SetImputer(SPEC, values, ASKED)
    fitted = imputer.fitted(imputer.sets(np.ones((1, 24)))[0])
    again = FittedFeatures.from_json(fitted.to_json())
    np.testing.assert_array_equal(again.transform(values), fitted.transform(values))


def test_a_trait_without_any_value_and_a_single_trait_are_no_fault():
    values, _ = cohort()
    values[:, 0] = np.nan
    (found,) = SetImputer(SPEC, values, ASKED).sets(np.ones((1, 24)))
    assert np.isfinite(found.mean).all()
    one = FeatureSpec(("a",), SPEC.steps[:1], {"a": 0}, {})
    (found,) = SetImputer(one, np.array([[1.0], [2.0], [np.nan], [4.0]]), ASKED).sets(np.ones((1, 4)))
    assert 1.0 <= found.mean[0, 0] <= 4.0


def test_a_count_that_the_model_takes_as_a_logarithm_is_imputed_as_one():
    study = load_study("rp-ld-il2")
    traits = ["organs", "treg_per_ul", "tcon_per_ul"]
    asked = MultipleImputation(levels=encoded_levels(study, traits))
    scales = {s.column: s for s in column_scales(compile_features(study, traits), asked)}
    spec = compile_features(study, traits)
    assert scales[spec.columns.index("treg_per_ul")].transform == "log"
    assert scales[spec.columns.index("organs=airway")].levels == (0.0, 1.0)


@pytest.mark.parametrize("model", ["ridge:1", "logf:2", "firth", "ml", "flac", "single:a"])
def test_out_of_fold_predictions_are_those_of_the_fit_without_the_patient(model):
    values, outcome = cohort()
    table = Table(SPEC, values, {}, ASKED)
    pipeline = ImputedPipeline(table, build_model(model, table.feature_table))
    train = 1.0 - np.eye(24)[:3]
    found = pipeline.predict(Refits.of_outcome(train, outcome, np.arange(3)[:, None])).logit[:, 0, 0]
    fitted = [pipeline.fit(outcome, weight).logit(values[[i]])[0] for i, weight in enumerate(train)]
    np.testing.assert_allclose(found, fitted, rtol=1e-4, atol=1e-4)


def test_copies_know_no_label():
    """All labelings of a permutation test share the copies: two of them asked at once are two asked alone."""
    values, outcome = cohort()
    table = Table(SPEC, values, {}, ASKED)
    pipeline = ImputedPipeline(table, build_model("ridge:1", table.feature_table))
    train, ask = 1.0 - np.eye(24)[:2], np.arange(2)[:, None]
    labels = np.stack([outcome, np.roll(outcome, 1) * (np.arange(24) > 3)], axis=1).astype(float)
    both = pipeline.predict(Refits(train, np.broadcast_to(labels, (2, 24, 2)), ask)).logit
    for at in range(2):
        alone = pipeline.predict(Refits.of_outcome(train, labels[:, at], ask)).logit
        np.testing.assert_allclose(both[:, :, at], alone[:, :, 0], atol=1e-8)


def test_without_gaps_nothing_changes_but_the_medians():
    from responder.validate.refit import ModelPipeline

    values, outcome = cohort(gaps=0.0)
    plain, imputed = Table(SPEC, values, {}), Table(SPEC, values, {}, ASKED)
    model = build_model("ridge:1", plain.feature_table)
    asked = Refits.of_outcome(1.0 - np.eye(24), outcome, np.arange(24)[:, None])
    one, other = ModelPipeline(plain, model).predict(asked), ImputedPipeline(imputed, model).predict(asked)
    np.testing.assert_allclose(one.logit, other.logit, atol=1e-6)


@pytest.mark.parametrize("model", ["gp", "bayes", "lightgbm"])
def test_what_has_no_linear_predictor_is_refused_by_name(model):
    values, _ = cohort()
    table = Table(SPEC, values, {}, ASKED)
    with pytest.raises(ConfigError) as refused:
        ImputedPipeline(table, build_model(model, table.feature_table))
    assert model in refused.value.message.in_language("en")
