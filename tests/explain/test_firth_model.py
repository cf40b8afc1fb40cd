"""Firth and FLAC of several features against published results of R's logistf, and against the certified profile."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import t

from responder.explain.firth_model import firth_inference, flac_inference, pooled_inference
from responder.explain.firth_profile import firth_log_odds

# case, age >= 24, oral contraceptive, condom, lubricated condom, spermicide, diaphragm, women: urinary tract infection
# in 239 college women, cross-tabulated (data set sexagg of R's logistf; Cytel, LogXact 9 user manual, 2010)
SEX = """
0000010 1  0001000 2  0001010 1  0001100 8  0001110 18  0010000 42  0010010 1  0011000 1  0011100 5  0011110 6
0101100 2  0101110 4  0110000 14  0110010 1  0111000 1  0111110 2
1000010 1  1001000 14  1001010 3  1001100 10  1001110 12  1001111 1  1010000 44  1010001 3  1011000 15  1011001 1
1011010 2  1011100 7  1011110 3  1101000 2  1101010 1  1101011 1  1101100 1  1101111 1  1110000 5  1111000 3
"""
SEX_NAMES = ("age", "oc", "vic", "vicl", "vis", "dia")


def sex():
    cells = SEX.split()
    rows = np.array([[int(mark) for mark in cell] for cell in cells[::2]], dtype=float)
    rows = np.repeat(rows, [int(count) for count in cells[1::2]], axis=0)
    return rows[:, 1:], rows[:, 0]


def columns(found, *names):
    return [[getattr(c, name) for c in found.coefficients] for name in names]


# R logistf 1.26 as printed by easystats/parameters, tests/testthat/_snaps/windows/model_parameters.logistf.md; two
# decimals, three of p: estimate, lower, upper, chi2, p
FIRTH_SEX = """
 0.12 -0.82  1.07  0.06 0.802
-1.11 -1.97 -0.31  7.51 0.006
-0.07 -0.94  0.79  0.02 0.875
 2.27  1.27  3.44 22.93 0.000
-2.11 -3.26 -1.12 19.10 0.000
-0.79 -1.61  0.02  3.70 0.054
 3.10  0.77  8.03  7.90 0.005
"""
FLAC_SEX = """
 0.12 -0.81  1.07  0.07 0.797
-1.10 -1.95 -0.31  7.55 0.006
-0.07 -0.93  0.79  0.02 0.879
 2.28  1.29  3.43 23.37 0.000
-2.11 -3.24 -1.13 19.45 0.000
-0.79 -1.60  0.01  3.74 0.053
 3.18  0.87  7.99  8.54 0.003
"""


@pytest.mark.parametrize(("infer", "printed"), [(firth_inference, FIRTH_SEX), (flac_inference, FLAC_SEX)])
def test_urinary_tract_infection_as_logistf(infer, printed):
    expected = np.array([[float(cell) for cell in line.split()] for line in printed.split("\n") if line]).T
    found = infer(*sex(), SEX_NAMES)
    assert [c.name for c in found.coefficients] == ["intercept", *SEX_NAMES]
    for ours, theirs, tolerance in zip(
        columns(found, "estimate", "lower", "upper", "chi2", "p"), expected, [0.0051] * 4 + [0.00051], strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=tolerance)


def test_quasi_separation_as_logistf():
    """Invented data of jzluo/firthmodels (tests/conftest.py, seed 42) with the results of R's logistf, to 1e-4."""
    rng = np.random.default_rng(42)
    separator = rng.choice([0, 1], 100, p=[0.8, 0.2])
    others = rng.standard_normal(100), rng.uniform(-1, 1, 100), rng.exponential(scale=2.0, size=100)
    outcome = rng.binomial(1, expit(-0.5 + 0.8 * others[0] - 0.6 * others[1] + 0.3 * others[2]))
    outcome[separator == 1] = 1
    found = firth_inference(np.column_stack([separator, *others]).astype(float), outcome, tuple("abcd"))
    estimate, lower, upper, p = columns(found, "estimate", "lower", "upper", "p")
    np.testing.assert_allclose(estimate, [-0.44345628, 3.65771402, 0.67597815, -0.86331195, 0.33857885], rtol=1e-6)
    np.testing.assert_allclose(lower, [-1.16089383, 1.39010429, 0.16025680, -1.66778838, 0.08930540], rtol=1e-5)
    np.testing.assert_allclose(upper, [0.22951392, 8.58760621, 1.25689992, -0.11351869, 0.65726813], rtol=1e-5)
    np.testing.assert_allclose(p, [0.1997147, 0.0002084147, 0.00931731, 0.02363857, 0.0055887969], rtol=1e-4)


def test_endometrial_cancer(datasets):
    """Heinze and Schemper 2002: NV separates; estimates to four decimals, FLAC's mean prediction is the prevalence."""
    table = pd.read_csv(datasets / "endometrial79.csv")
    x, y = table[["NV", "PI", "EH"]].to_numpy(dtype=float), table["HG"].to_numpy()
    found = firth_inference(x, y, ("NV", "PI", "EH"))
    np.testing.assert_allclose(columns(found, "estimate")[0], [3.7746, 2.9293, -0.0348, -2.6042], atol=5.1e-5)
    assert 0.0 < found.coefficients[1].lower < found.coefficients[1].upper < 10.0
    intercept, *slopes = columns(flac_inference(x, y, ("NV", "PI", "EH")), "estimate")[0]
    assert expit(intercept + x @ slopes).mean() == pytest.approx(y.mean(), abs=1e-9)


@pytest.mark.parametrize("seed", [23, 167])
def test_one_feature_is_the_certified_profile(seed):
    """Two sets on which the highest of several maxima is not where an iteration from the estimate ends."""
    x, y = near_separation(seed)
    certified, found = firth_log_odds(x, y), firth_inference(x[:, None], y, ("x",)).coefficients[1]
    sd = x.std()
    expected = (certified.estimate, certified.lower, certified.upper)
    np.testing.assert_allclose([found.estimate * sd, found.lower * sd, found.upper * sd], expected, atol=1e-6)


def near_separation(seed):
    rng = np.random.default_rng(seed)
    n = 9 + seed % 7
    x = np.round(rng.normal(size=n), 3)
    return x, (rng.random(n) < expit(rng.normal() * 0.5 + (0, 1, 2, 4)[seed % 4] * x)).astype(int)


def test_p_is_below_alpha_where_the_limits_leave_zero_out():
    x, y = near_separation(5)
    x = np.column_stack([x, np.sin(np.arange(len(x)))])
    for infer in (firth_inference, flac_inference):
        for level in (0.8, 0.95):
            for c in infer(x, y, ("a", "b"), level).coefficients:
                assert (c.p < 1 - level) == (c.lower > 0 or c.upper < 0)


def test_units_and_the_sign_of_the_outcome_do_not_matter():
    x, y = near_separation(8)
    x = np.column_stack([x, np.cos(np.arange(len(x)))])
    one = firth_inference(x, y, ("a", "b")).coefficients[1]
    other = firth_inference(x * [100.0, 1.0] + [0.0, 3.0], 1 - y, ("a", "b")).coefficients[1]
    np.testing.assert_allclose([other.lower * -100, other.upper * -100], [one.upper, one.lower], rtol=1e-6)
    assert other.p == pytest.approx(one.p, abs=1e-9)


@pytest.mark.parametrize("infer", [firth_inference, flac_inference])
def test_says_why_there_are_no_coefficients(infer):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 2)), np.array([0, 1, 0, 1, 1, 0])
    assert infer(x, np.ones(6), ("a", "b")).why == "one_class"
    assert infer(rng.normal(size=(6, 6)), y, tuple("abcdef")).why == "not_identified"
    assert infer(np.column_stack([x, x[:, 0] - x[:, 1]]), y, tuple("abc")).why == "not_identified"
    assert infer(np.column_stack([x, np.ones(6)]), y, tuple("abc")).why == "not_identified"
    assert infer(x, y, ("a", "b")).frame()["name"].tolist() == ["intercept", "a", "b"]


def test_imputed_copies_are_pooled_by_rubins_rules():
    """Oracle: estimates of each copy, the inverse information written out, and Barnard and Rubin 1999, eq. 3 and 5."""
    rng = np.random.default_rng(4)
    m, n = 4, 16
    complete = rng.normal(size=(n, 2)) * [1.0, 20.0]
    y = (complete[:, 0] + rng.normal(size=n) > 0).astype(int)
    copies = np.repeat(complete[None], m, axis=0)
    copies[:, :4, 1] += 15.0 * rng.normal(size=(m, 4))
    estimates, variances = [], []
    for copy in copies:
        theta = columns(firth_inference(copy, y, ("a", "b")), "estimate")[0]
        design = np.column_stack([np.ones(n), copy])
        p = expit(design @ theta)
        estimates.append(theta)
        variances.append(np.diag(np.linalg.inv(design.T @ np.diag(p * (1 - p)) @ design)))
    mean, within, between = np.mean(estimates, axis=0), np.mean(variances, axis=0), np.var(estimates, axis=0, ddof=1)
    total = within + between + between / m
    gamma, complete_df = (between + between / m) / total, n - 3
    old = (m - 1) / gamma**2
    observed = (1 - gamma) * complete_df * (complete_df + 1) / (complete_df + 3)
    freedom = old * observed / (old + observed)
    reach = t(freedom).ppf(0.95) * np.sqrt(total)
    found = pooled_inference("firth", copies, y, ("a", "b"), 0.9)
    assert found.imputations == m
    told = np.array([[c.estimate, c.lower, c.upper, c.p] for c in found.coefficients])
    expected = [mean, mean - reach, mean + reach, 2 * t(freedom).sf(np.abs(mean) / np.sqrt(total))]
    np.testing.assert_allclose(told, np.transpose(expected), rtol=1e-5)


def test_copies_of_one_outcome_cannot_be_pooled():
    assert pooled_inference("firth", np.zeros((2, 5, 1)), np.ones(5), ("a",)).why == "one_class"
