"""Riley's criteria: published examples, and the properties that any sample size must have."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import ConfigError
from responder.models import build_model
from responder.plan import (
    cox_snell_auc,
    cox_snell_r2,
    implied_shrinkage,
    largest_cox_snell_r2,
    largest_parameters,
    normal_population,
    plain_features,
    riley_criteria,
)
from responder.validate.refit import ModelPipeline, Table

aucs = st.floats(0.55, 0.95)
prevalences = st.floats(0.05, 0.95)
counts = st.integers(1, 60)


def test_documented_example_of_pmsampsize():
    """R package pmsampsize: 24 parameters, prevalence 0.174, Cox-Snell R2 0.288; exact."""
    asked = riley_criteria(parameters=24, prevalence=0.174, r2=0.288)
    assert (asked.n_shrinkage, asked.n_optimism, asked.n_prevalence, asked.n) == (623, 662, 221, 662)
    assert asked.responders == 116
    assert asked.events_per_parameter == pytest.approx(4.8, abs=0.01)


def test_example_from_a_c_statistic():
    """pmsampsize, C statistic 0.75, 5 parameters, prevalence 0.5: the third criterion decides; exact."""
    assert riley_criteria(parameters=5, prevalence=0.5, auc=0.75).n == 385


def test_example_of_criterion_1_that_is_too_few():
    """README of R package samplesizedev: 305 to 308 by pmsampsize's simulation (its noise), 0.85, 0.2, 10."""
    assert riley_criteria(parameters=10, prevalence=0.2, auc=0.85).n_shrinkage == pytest.approx(306.5, abs=2)


def test_quadrature_is_what_a_large_simulation_gives():
    """The definition itself, 400,000 patients: R2 of the model that is right; within 4 standard errors."""
    rng = np.random.default_rng(0)
    auc, prevalence, n = 0.8, 0.3, 400_000
    distance = math.sqrt(2) * 0.8416212335729143  # the normal quantile of 0.8
    y = rng.random(n) < prevalence
    logit = (
        math.log(prevalence / (1 - prevalence)) - distance**2 / 2 + distance * (rng.standard_normal(n) + distance * y)
    )
    gained = -np.logaddexp(0, np.where(y, -logit, logit)) - np.where(y, math.log(prevalence), math.log(1 - prevalence))
    error = 2 * gained.std() / math.sqrt(n)
    assert cox_snell_r2(auc, prevalence) == pytest.approx(1 - math.exp(-2 * gained.mean()), abs=4 * error)


@given(aucs, prevalences)
def test_r2_and_auc_invert_each_other(auc, prevalence):
    r2 = cox_snell_r2(auc, prevalence)
    assert 0 < r2 < largest_cox_snell_r2(prevalence)
    assert cox_snell_auc(r2, prevalence) == pytest.approx(auc, abs=1e-6)
    assert cox_snell_r2(auc, 1 - prevalence) == pytest.approx(r2, rel=1e-9)  # who is called a responder is a name


@given(aucs, aucs, prevalences, counts)
def test_stronger_traits_need_fewer_patients(one, other, prevalence, parameters):
    weak, strong = sorted((one, other))
    few = riley_criteria(parameters=parameters, prevalence=prevalence, auc=strong)
    many = riley_criteria(parameters=parameters, prevalence=prevalence, auc=weak)
    assert few.n_shrinkage <= many.n_shrinkage
    assert few.n_prevalence == many.n_prevalence


@given(aucs, prevalences, counts, counts)
def test_more_parameters_need_more_patients(auc, prevalence, one, other):
    fewer, more = sorted((one, other))
    small = riley_criteria(parameters=fewer, prevalence=prevalence, auc=auc)
    large = riley_criteria(parameters=more, prevalence=prevalence, auc=auc)
    assert small.n_shrinkage <= large.n_shrinkage
    assert small.n_optimism <= large.n_optimism
    assert small.n <= large.n


@given(aucs, prevalences, counts, st.integers(3, 5000))
def test_implied_shrinkage_inverts_the_first_criterion(auc, prevalence, parameters, n):
    r2 = cox_snell_r2(auc, prevalence)
    implied = implied_shrinkage(n, parameters, r2)
    assert r2 <= implied < 1
    if implied > 1.01 * r2:
        asked = riley_criteria(parameters=parameters, prevalence=prevalence, auc=auc, shrinkage=implied)
        assert asked.n_shrinkage == pytest.approx(n, abs=1)


@given(aucs, prevalences, st.integers(3, 5000))
def test_largest_parameters_pass_and_one_more_does_not(auc, prevalence, n):
    r2 = cox_snell_r2(auc, prevalence)
    most = largest_parameters(n, r2=r2, prevalence=prevalence)

    def asked(parameters):
        criteria = riley_criteria(parameters=parameters, prevalence=prevalence, auc=auc)
        return max(criteria.n_shrinkage, criteria.n_optimism)

    assert most == 0 or asked(most) <= n
    assert asked(most + 1) > n


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"parameters": 0, "prevalence": 0.3, "auc": 0.7}, "parameters"),
        ({"parameters": 5, "prevalence": 0.0, "auc": 0.7}, "prevalence"),
        ({"parameters": 5, "prevalence": math.nan, "auc": 0.7}, "prevalence"),
        ({"parameters": 5, "prevalence": 0.3, "auc": 0.5}, "auc"),
        ({"parameters": 5, "prevalence": 0.3, "auc": 1.0}, "auc"),
        ({"parameters": 5, "prevalence": 0.3, "auc": math.nan}, "auc"),
        ({"parameters": 5, "prevalence": 0.3, "r2": 0.9}, "r2"),
        ({"parameters": 5, "prevalence": 0.3, "r2": -0.1}, "r2"),
        ({"parameters": 5, "prevalence": 0.3, "auc": 0.7, "r2": 0.1}, "auc, r2"),
        ({"parameters": 5, "prevalence": 0.3}, "auc, r2"),
        ({"parameters": 5, "prevalence": 0.3, "r2": 0.3, "shrinkage": 0.2}, "shrinkage"),
        ({"parameters": 5, "prevalence": 0.3, "auc": 0.7, "shrinkage": 1.0}, "shrinkage"),
    ],
)
def test_what_cannot_be_is_refused(arguments, where):
    with pytest.raises(ConfigError) as refused:
        riley_criteria(**arguments)
    assert refused.value.where == where
    assert refused.value.hint


def test_inverse_questions_refuse_what_cannot_be():
    for broken in ({"n": 0}, {"parameters": 0}, {"r2": 0.0}, {"r2": 1.0}):
        with pytest.raises(ConfigError):
            implied_shrinkage(**{"n": 9, "parameters": 3, "r2": 0.2, **broken})
    for broken in ({"n": 0}, {"r2": 1.5}, {"prevalence": 1.0}, {"shrinkage": 0.1}):
        with pytest.raises(ConfigError):
            largest_parameters(**{"n": 9, "r2": 0.2, "prevalence": 0.5, **broken})


def test_hardly_any_patients_leave_hardly_more_than_the_r2():
    assert implied_shrinkage(1, 1000, 0.2) == pytest.approx(0.2, abs=1e-6)


def test_first_criterion_asks_for_too_few_above_0_8():
    """The calibration slope of 150 unpenalised fits: 0.84 at the 307 asked for, 0.90 only at 530 (README of R package
    samplesizedev; 0.838 and 0.904 with 800 fits here). Standard error 0.01."""
    population = normal_population(plain_features(10))
    effect, rng = population.effect(0.85, 0.2), np.random.default_rng(5)
    everybody, linear = population.draw(10_000, rng)
    truth = 1 / (1 + np.exp(-(effect.intercept + effect.factor * linear)))
    for n, expected in ((307, 0.838), (530, 0.904)):
        slopes = []
        for _ in range(150):
            values, own = population.draw(n, rng)
            y = rng.random(n) < 1 / (1 + np.exp(-(effect.intercept + effect.factor * own)))
            table = Table(population.spec, values, {})
            fitted = ModelPipeline(table, build_model("ml", table.feature_table)).fit(y.astype(float))
            slopes.append(calibration_slope(fitted.logit(everybody), truth))
        assert np.mean(slopes) == pytest.approx(expected, abs=0.035)


def calibration_slope(logit, truth):
    """Return the slope of the truth on a predicted logit, by Newton's method."""
    design = np.column_stack([np.ones(len(logit)), logit])
    at = np.array([0.0, 0.5])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(design @ at, -500, 500)))
        step = np.linalg.solve(design.T @ (design * (p * (1 - p) + 1e-12)[:, None]), design.T @ (truth - p))
        at += step
    assert np.abs(step).max() < 1e-8
    return at[1]
