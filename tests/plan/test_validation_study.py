"""Size of a validation study: against the published worked example of pmvalsampsize, and against simulation."""

import numpy as np
import pytest

from responder.errors import ConfigError
from responder.models.solver import expit
from responder.plan import validation_size
from responder.plan.validation_study import (
    c_statistic_size,
    calibration_slope_size,
    net_benefit_size,
    observed_expected_size,
)


def test_the_documented_example_of_pmvalsampsize():
    """Mechanical heart valve failure (Riley 2021, doi 10.1002/sim.9025; the documentation of R's and Python's package):
    prevalence 0.018, C 0.8, linear predictor normal with mean -5 and SD 2.5, O/E interval 1 wide. Published: 905, 4544,
    4252.

    The packages step the standard error of O/E by 0.0001 until the width is passed, which costs a patient, and
    simulate the linear predictor a million times (here an integral, within 0.5%).
    """
    assert observed_expected_size(0.018, 1.0) == pytest.approx(905, abs=1)
    assert c_statistic_size(0.8, 0.018) == 4252
    assert calibration_slope_size([(1.0, -5.0, 2.5)]) == pytest.approx(4544, rel=0.005)


def test_the_distribution_that_goes_with_a_c_statistic():
    """The same with the linear predictor from C: 16,175 in the package's own tests, from 10,000 draws and a mean that
    is stepped by 0.1 until the prevalence fits to 0.0005 (of 0.018); within a tenth."""
    assert validation_size(0.8, 0.018).n_slope == pytest.approx(16_175, rel=0.1)


def test_the_slope_has_the_width_in_simulated_validations():
    """Maximum likelihood on the logit of a calibrated model: 2 x 1.96 standard deviations are 0.2, to 15%."""
    size, rng = validation_size(0.85, 0.4), np.random.default_rng(1)
    apart = np.sqrt(2) * 1.0364334
    slopes = []
    for _ in range(300):
        responds = rng.random(size.n_slope) < 0.4
        logit = np.log(0.4 / 0.6) - apart**2 / 2 + apart * (rng.standard_normal(size.n_slope) + apart * responds)
        design, beta = np.column_stack([np.ones(len(logit)), logit]), np.array([0.0, 1.0])
        for _ in range(5):
            p = expit(design @ beta)
            beta = beta + np.linalg.solve(design.T * (p * (1 - p)) @ design, design.T @ (responds - p))
        slopes.append(beta[1])
    assert 2 * 1.96 * np.std(slopes) == pytest.approx(0.2, rel=0.15)


def test_net_benefit_has_the_width_in_simulated_validations():
    """No worked number of net benefit was found with its inputs: the standardised net benefit of 4,000 simulated
    validations is 0.2 wide, to 5%."""
    prevalence, threshold = 0.3, 0.4
    size, rng = validation_size(0.8, prevalence, threshold=threshold), np.random.default_rng(2)
    n = size.n_net_benefit
    responders = rng.binomial(n, prevalence, 4000)
    true = rng.binomial(responders, size.sensitivity)
    false = rng.binomial(n - responders, 1 - size.specificity)
    benefit = (true - false * threshold / (1 - threshold)) / responders
    assert 2 * 1.96 * benefit.std() == pytest.approx(0.2, rel=0.05)
    assert net_benefit_size(prevalence, size.sensitivity, size.specificity, threshold) == n


def test_all_criteria_must_hold():
    size = validation_size(0.75, 0.4)
    assert size.n == max(size.n_observed_expected, size.n_slope, size.n_c_statistic)
    assert size.n_net_benefit is None
    assert size.responders == np.ceil(0.4 * size.n)


@pytest.mark.parametrize(("auc", "prevalence"), [(0.5, 0.4), (1.0, 0.4), (0.7, 0.0), (0.7, 1.0)])
def test_what_cannot_be_validated_is_refused(auc, prevalence):
    with pytest.raises(ConfigError):
        validation_size(auc, prevalence)
