"""How many patients does the validation of a locked model take? The criteria of Riley and colleagues, in closed form.

Precision is asked for, not power: intervals of calibration, discrimination and net benefit that are narrow enough to
say something (what pmvalsampsize computes for a binary outcome). Its simulated linear predictor is an integral here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from responder.errors import ConfigError
from responder.plan.whole import whole_patients
from responder.validate.result import Result

__all__ = [
    "NormalPart",
    "ValidationSize",
    "c_statistic_size",
    "calibration_slope_size",
    "net_benefit_size",
    "observed_expected_size",
    "validation_size",
]

WIDTH_OE = 0.2
WIDTH_SLOPE = 0.2
WIDTH_C = 0.1
WIDTH_NET_BENEFIT = 0.2
Z = 1.96
MOST = 10_000_000

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(150)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()

NormalPart = tuple[float, float, float]
"""Share, mean and standard deviation of one normal part of the linear predictor's distribution."""


@dataclass(frozen=True, slots=True)
class ValidationSize(Result):
    """How many patients each criterion asks for of the validation of a model.

    Attributes
    ----------
    auc : float
        Assumed AUC (C statistic) of the model in these patients.
    prevalence : float
        Assumed share of responders.
    n_observed_expected, n_slope, n_c_statistic : int
        Patients for an interval of the ratio of observed to expected responders 0.2 wide, of the calibration slope 0.2
        wide, and of the C statistic 0.1 wide.
    n_net_benefit : int or None
        Patients for an interval of the standardised net benefit 0.2 wide; None without a threshold.
    threshold, sensitivity, specificity : float or None
        Probability from which one would treat, and what goes with it under these assumptions.
    """

    auc: float
    prevalence: float
    n_observed_expected: int
    n_slope: int
    n_c_statistic: int
    n_net_benefit: int | None
    threshold: float | None
    sensitivity: float | None
    specificity: float | None

    @property
    def n(self) -> int:
        """Patients that meet all criteria."""
        return max(self.n_observed_expected, self.n_slope, self.n_c_statistic, self.n_net_benefit or 0)

    @property
    def responders(self) -> int:
        """Responders to be expected among them."""
        return math.ceil(self.n * self.prevalence)


def validation_size(auc: float, prevalence: float, *, threshold: float | None = None) -> ValidationSize:
    """Return the sample size that each criterion asks for, of a model that is assumed to be well calibrated.

    The linear predictor is taken as normal in responders and in non-responders, with equal variance, ``sqrt(2) z(AUC)``
    standard deviations apart: the assumption of `responder.plan.riley.cox_snell_r2`.

    Parameters
    ----------
    auc : float
        Assumed AUC, strictly between 0.5 and 1.
    prevalence : float
        Assumed share of responders, strictly between 0 and 1.
    threshold : float, optional
        Probability of response from which one would treat; without one, net benefit is not planned for.

    Raises
    ------
    ConfigError
        If a value is outside its range.

    References
    ----------
    Riley, Debray, Collins, Archer et al. 2021, Stat Med, doi 10.1002/sim.9025.

    Examples
    --------
    >>> size = validation_size(0.8, 0.5, threshold=0.5)
    >>> size.n_observed_expected, size.n_slope, size.n_c_statistic, size.n_net_benefit, size.n
    (386, 1914, 302, 424, 1914)
    """
    if not 0.5 < auc < 1.0:
        raise ConfigError("validation_auc", where="auc", auc=auc)
    if not 0.0 < prevalence < 1.0:
        raise ConfigError("riley_prevalence", where="prevalence", prevalence=prevalence)
    from scipy.special import ndtr, ndtri

    apart = math.sqrt(2.0) * float(ndtri(auc))
    mean = math.log(prevalence / (1.0 - prevalence)) - apart**2 / 2.0
    parts = [(1.0 - prevalence, mean, apart), (prevalence, mean + apart**2, apart)]
    n_net_benefit = sensitivity = specificity = None
    if threshold is not None:
        cut = (math.log(threshold / (1.0 - threshold)) - mean) / apart
        specificity, sensitivity = float(ndtr(cut)), float(ndtr(apart - cut))
        n_net_benefit = net_benefit_size(prevalence, sensitivity, specificity, threshold)
    return ValidationSize(
        auc=auc,
        prevalence=prevalence,
        n_observed_expected=observed_expected_size(prevalence),
        n_slope=calibration_slope_size(parts),
        n_c_statistic=c_statistic_size(auc, prevalence),
        n_net_benefit=n_net_benefit,
        threshold=threshold,
        sensitivity=sensitivity,
        specificity=specificity,
    )


def observed_expected_size(prevalence: float, width: float = WIDTH_OE) -> int:
    """Return the patients for an interval of O/E (of 1) so wide: ``n = (1 - phi) / (phi SE(ln O/E)^2)``.

    References
    ----------
    Riley et al. 2021 (doi 10.1002/sim.9025), criterion on O/E; ``SE(ln O/E) = asinh(width / 2) / 1.96``.

    Examples
    --------
    >>> observed_expected_size(0.5)
    386
    """
    error = math.asinh(width / 2.0) / Z
    return whole_patients((1.0 - prevalence) / (prevalence * error**2))


def calibration_slope_size(parts: Sequence[NormalPart], width: float = WIDTH_SLOPE) -> int:
    """Return the patients for an interval of the calibration slope (of 1, intercept 0) so wide.

    ``n = I00 / (SE^2 (I00 I11 - I01^2))``, where the I are the expected elements of the information of a logistic model
    with the linear predictor as its one variable.

    Parameters
    ----------
    parts : sequence of (share, mean, standard deviation)
        Normal parts that make up the distribution of the linear predictor; the shares sum to 1.
    width : float
        Of the 95% interval.

    References
    ----------
    Riley et al. 2021 (doi 10.1002/sim.9025), criterion on the calibration slope.

    Examples
    --------
    >>> calibration_slope_size([(1.0, 0.0, 1.0)])
    2664
    """
    zero = one = two = 0.0
    for share, mean, sd in parts:
        linear = mean + sd * _NODES
        weight = share * _WEIGHTS / (2.0 * np.cosh(linear / 2.0)) ** 2
        zero, one, two = zero + float(weight.sum()), one + float(weight @ linear), two + float(weight @ linear**2)
    error = width / (2.0 * Z)
    return whole_patients(zero / (error**2 * (zero * two - one**2)))


def c_statistic_size(auc: float, prevalence: float, width: float = WIDTH_C) -> int:
    """Return the fewest patients for an interval of the C statistic so wide.

    ``SE^2 = C (1 - C) (1 + (n/2 - 1) ((1 - C) / (2 - C) + C / (1 + C))) / (n^2 phi (1 - phi))``.

    References
    ----------
    Riley et al. 2021 (doi 10.1002/sim.9025), criterion on the C statistic, after Newcombe 2006, Stat Med 25:559.

    Examples
    --------
    >>> c_statistic_size(0.8, 0.018)
    4252
    """

    def too_wide(n: int) -> bool:
        spread = 1.0 + (n / 2.0 - 1.0) * ((1.0 - auc) / (2.0 - auc) + auc / (1.0 + auc))
        return 2.0 * Z * math.sqrt(auc * (1.0 - auc) * spread / (n**2 * prevalence * (1.0 - prevalence))) > width

    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if too_wide(middle) else (low, middle)
    return high


def net_benefit_size(
    prevalence: float, sensitivity: float, specificity: float, threshold: float, width: float = WIDTH_NET_BENEFIT
) -> int:
    """Return the patients for an interval of the standardised net benefit so wide.

    ``n = (s (1 - s) / phi + w^2 c (1 - c) / (1 - phi) + w^2 (1 - c)^2 / (phi (1 - phi))) / SE^2`` with sensitivity s,
    specificity c and ``w = (1 - phi) / phi * t / (1 - t)``.

    References
    ----------
    Riley et al. 2021 (doi 10.1002/sim.9025), criterion on net benefit.

    Examples
    --------
    >>> net_benefit_size(0.5, 0.8, 0.8, 0.5)
    308
    """
    odds = (1.0 - prevalence) / prevalence * threshold / (1.0 - threshold)
    variance = (
        sensitivity * (1.0 - sensitivity) / prevalence
        + odds**2 * specificity * (1.0 - specificity) / (1.0 - prevalence)
        + odds**2 * (1.0 - specificity) ** 2 / (prevalence * (1.0 - prevalence))
    )
    return whole_patients(variance / (width / (2.0 * Z)) ** 2)
