"""The solver against published estimates, scikit-learn, SciPy and its own invariances."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from responder.models.solver import Family, Problem, Status, expit, predictive_variance, solve

MAXIMUM_LIKELIHOOD = Family(penalised=False)
FIRTH = Family(penalised=False, firth=True, tolerance=1e-10)


def one(x, y, family, precision=None, mean=None, weight=None):
    """Fit one data set with an intercept column in front."""
    design = np.column_stack([np.ones(len(y)), x])[None]
    size = design.shape[2]
    weight = np.ones(len(y)) if weight is None else weight
    return solve(
        Problem(
            design,
            weight[None],
            np.asarray(y, float)[None, :, None],
            np.zeros(size) if precision is None else np.asarray(precision, float),
            np.zeros(size) if mean is None else np.asarray(mean, float),
        ),
        family,
    )


def test_maximum_likelihood_of_the_remission_data(datasets):
    """Lee 1974, SAS PROC LOGISTIC's example: full model, four decimals."""
    table = pd.read_csv(datasets / "remission27_lee1974.csv")
    found = one(table[["cell", "smear", "infil", "li", "blast", "temp"]], table["remiss"], MAXIMUM_LIKELIHOOD)
    published = [58.0385, 24.6615, 19.2936, -19.6013, 3.8960, 0.1511, -87.4339]
    np.testing.assert_allclose(found.coefficients[0, :, 0], published, atol=5e-5)
    assert found.status[0, 0] == Status.OK


def test_firth_of_the_endometrial_data(datasets):
    """Heinze and Schemper 2002 (doi 10.1002/sim.1047): NV separates, Firth stays finite; four decimals."""
    table = pd.read_csv(datasets / "endometrial79.csv")
    found = one(table[["NV", "PI", "EH"]], table["HG"], FIRTH)
    np.testing.assert_allclose(found.coefficients[0, :, 0], [3.7746, 2.9293, -0.0348, -2.6042], atol=5e-5)
    assert found.status[0, 0] == Status.OK
    assert one(table[["NV", "PI", "EH"]], table["HG"], MAXIMUM_LIKELIHOOD).status[0, 0] == Status.SEPARATED


@pytest.mark.parametrize("c", [0.01, 0.1, 1.0, 10.0])
def test_ridge_equals_scikit_learn(c):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(40, 5))
    y = (x[:, 0] - x[:, 1] + rng.normal(size=40) > 0).astype(int)
    theirs = LogisticRegression(C=c, tol=1e-12, max_iter=5000).fit(x, y)
    ours = one(x, y, Family(), [0.0, *[1 / c] * 5]).coefficients[0, :, 0]
    np.testing.assert_allclose(ours, [theirs.intercept_[0], *theirs.coef_[0]], atol=1e-6)


def test_prior_means_equal_a_direct_maximisation():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(15, 2)), (rng.random(15) < 0.5).astype(float)
    mean, precision = np.array([0.3, -0.5, 1.0]), np.array([0.04, 1.0, 2.0])
    design = np.column_stack([np.ones(15), x])

    def loss(theta):
        eta = design @ theta
        return np.logaddexp(0, eta).sum() - y @ eta + 0.5 * precision @ (theta - mean) ** 2

    theirs = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-10}).x
    np.testing.assert_allclose(one(x, y, Family(), precision, mean).coefficients[0, :, 0], theirs, atol=1e-6)


def test_firth_maximises_the_penalised_likelihood():
    """Firth 1993: log-likelihood plus half the log determinant of the information."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(12, 2)), np.array([1, 0] * 6, dtype=float)
    design = np.column_stack([np.ones(12), x])

    def loss(theta):
        eta = design @ theta
        p = expit(eta)
        information = (design * (p * (1 - p))[:, None]).T @ design
        return np.logaddexp(0, eta).sum() - y @ eta - 0.5 * np.linalg.slogdet(information)[1]

    theirs = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    np.testing.assert_allclose(one(x, y, FIRTH).coefficients[0, :, 0], theirs, atol=1e-5)


def test_firth_of_a_saturated_design_is_the_half_count_estimate():
    """As many parameters as patients: each probability is (y + 1/2) / 2, so every logit is +-log 3."""
    x = np.eye(5)[:, 1:]
    y = np.array([1, 0, 1, 1, 0], dtype=float)
    found = one(x, y, FIRTH)
    eta = np.column_stack([np.ones(5), x]) @ found.coefficients[0, :, 0]
    np.testing.assert_allclose(eta, np.where(y == 1, np.log(3), -np.log(3)), atol=1e-8)


def test_flic_makes_the_mean_prediction_the_prevalence():
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(20, 3)), np.array([1] * 4 + [0] * 16, dtype=float)
    found = one(x, y, Family(penalised=False, firth=True, flic=True, tolerance=1e-10))
    p = expit(np.column_stack([np.ones(20), x]) @ found.coefficients[0, :, 0])
    assert p.mean() == pytest.approx(0.2, abs=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_many_problems_at_once_equal_each_alone(seed):
    rng = np.random.default_rng(seed)
    designs, rows, fits = 3, 9, 4
    x = np.concatenate([np.ones((designs, rows, 1)), rng.normal(size=(designs, rows, 3))], axis=2)
    weight = rng.integers(0, 3, size=(designs, rows)).astype(float)
    weight[:, :4] = 1.0
    labels = (rng.random((designs, rows, fits)) < 0.5).astype(float)
    labels[:, 0], labels[:, 1] = 1.0, 0.0
    precision = np.array([0.0, 1.0, 1.0, 10.0])
    together = solve(Problem(x, weight, labels, precision, np.zeros(4)), Family())
    for d in range(designs):
        for f in range(fits):
            alone = solve(
                Problem(x[d : d + 1], weight[d : d + 1], labels[d : d + 1, :, f : f + 1], precision, np.zeros(4)),
                Family(),
            )
            np.testing.assert_allclose(together.coefficients[d, :, f], alone.coefficients[0, :, 0], atol=1e-9)


@pytest.mark.parametrize("family", [Family(), MAXIMUM_LIKELIHOOD, FIRTH])
def test_left_out_rows_and_constant_columns_change_nothing(family):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(14, 2)), np.array([1, 0] * 7, dtype=float)
    penalty = [0.0, 1.0, 1.0] if family.penalised else None
    plain = one(x[:12], y[:12], family, penalty).coefficients[0, :, 0]
    weight = np.r_[np.ones(12), 0, 0]
    outlier = x.copy()
    outlier[12:] = 1e3
    left_out = one(outlier, y, family, penalty, weight=weight).coefficients[0, :, 0]
    np.testing.assert_allclose(left_out, plain, atol=1e-8)
    constant = one(np.column_stack([x, np.zeros(14)]), y, family, [*penalty, 1.0] if penalty else None, weight=weight)
    np.testing.assert_allclose(constant.coefficients[0, :, 0], [*plain, 0.0], atol=1e-8)


def test_counts_are_the_same_as_repeated_rows():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(8, 2)), np.array([1, 0] * 4, dtype=float)
    counts = np.array([2, 1, 0, 3, 1, 1, 2, 1])
    again = np.repeat(np.arange(8), counts)
    for family, penalty in [(Family(), [0.0, 1.0, 1.0]), (FIRTH, None)]:
        weighted = one(x, y, family, penalty, weight=counts.astype(float)).coefficients
        repeated = one(x[again], y[again], family, penalty).coefficients
        np.testing.assert_allclose(weighted, repeated, atol=1e-8)


def test_one_class_is_reported_and_finite():
    found = one(np.arange(5.0)[:, None], np.ones(5), Family(), [0.0, 1.0])
    assert found.status[0, 0] == Status.ONE_CLASS
    assert np.isfinite(found.coefficients).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 50.0))
def test_every_estimate_is_finite(seed, scale):
    """Separated, collinear and constant data: never nan."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(8, 4)) * scale)
    x[:, 3] = x[:, 2]
    y = (x[:, 0] > np.median(x[:, 0])).astype(float)
    for family, penalty in [(Family(), [0.0, 1.0, 1.0, 1.0, 1.0]), (MAXIMUM_LIKELIHOOD, None), (FIRTH, None)]:
        assert np.isfinite(one(x, y, family, penalty).coefficients).all()


def test_predictive_variance_is_the_quadratic_form():
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(10, 2)), np.array([1, 0] * 5, dtype=float)
    found = one(x, y, Family(with_information=True), [0.04, 1.0, 1.0])
    row = np.array([[[1.0, 0.5, -2.0]]])
    expected = row[0] @ np.linalg.inv(found.information[0, 0]) @ row[0].T
    assert predictive_variance(found.information, row)[0, 0, 0] == pytest.approx(float(expected[0, 0]), rel=1e-12)


def test_flac_is_likelihood_of_the_augmented_data():
    """Puhr et al. 2017, section 2.3: weights are Firth's leverages, an indicator tells the pseudo-patients apart."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(18, 2))
    y = (x[:, 0] + rng.normal(size=18) > 0.7).astype(float)
    design = np.column_stack([np.ones(18), x])
    p = expit(design @ one(x, y, FIRTH).coefficients[0, :, 0])
    rows = np.sqrt(p * (1 - p))[:, None] * design
    leverage = np.einsum("ij,jk,ik->i", rows, np.linalg.inv(rows.T @ rows), rows)

    def negative(theta):
        observed, pseudo = design @ theta[:3], design @ theta[:3] + theta[3]
        own = y * observed - np.logaddexp(0, observed)
        return -own.sum() - leverage @ (0.5 * pseudo - np.logaddexp(0, pseudo))

    expected = minimize(negative, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x[:3]
    found = one(x, y, Family(penalised=False, firth=True, flac=True, tolerance=1e-10)).coefficients[0, :, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert expit(design @ found).mean() == pytest.approx(y.mean(), abs=1e-9)


def test_flac_of_labelings_in_one_batch_is_that_of_each():
    rng = np.random.default_rng(9)
    x = rng.normal(size=(12, 2))
    labels = np.stack([rng.permutation(np.repeat([0.0, 1.0], [7, 5])) for _ in range(4)], axis=1)
    flac = Family(penalised=False, firth=True, flac=True, tolerance=1e-10)
    design = np.column_stack([np.ones(12), x])
    together = solve(Problem(design[None], np.ones((1, 12)), labels[None], np.zeros(3), np.zeros(3)), flac)
    for i in range(4):
        alone = one(x, labels[:, i], flac).coefficients[0, :, 0]
        np.testing.assert_allclose(together.coefficients[0, :, i], alone, atol=1e-9)
