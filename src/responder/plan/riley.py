"""Riley's criteria: how many patients a model needs so that its probabilities can be believed.

Closed formulas for a logistic model that is fitted without penalty (what pmsampsize computes for a binary outcome).
Their inverses say what the patients at hand allow: how much shrinkage, how many parameters.

References
----------
Riley et al. 2019, Stat Med 38:1276, doi 10.1002/sim.7992 (criteria); Riley et al. 2020, BMJ 368:m441 (in use);
Riley, Van Calster and Collins 2021, Stat Med 40:859, doi 10.1002/sim.8806 (from a C statistic to Cox-Snell R2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from responder.arrays import FloatArray
from responder.errors import ConfigError
from responder.plan.whole import whole_patients
from responder.validate.result import Result

__all__ = [
    "DEFAULT_SHRINKAGE",
    "UNDERESTIMATES_ABOVE_AUC",
    "RileyCriteria",
    "cox_snell_auc",
    "cox_snell_r2",
    "implied_shrinkage",
    "largest_cox_snell_r2",
    "largest_parameters",
    "riley_criteria",
]

DEFAULT_SHRINKAGE = 0.9
OPTIMISM = 0.05  # allowed difference of apparent and adjusted Nagelkerke R2
MARGIN = 0.05  # allowed error of the prevalence
UNDERESTIMATES_ABOVE_AUC = 0.8
"""True AUC above which criterion 1 asks for too few patients (Pavlou et al. 2024, BMC Med Res Methodol 24:146)."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(150)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_LARGEST_AUC = 0.999


@dataclass(frozen=True, slots=True)
class RileyCriteria(Result):
    """How many patients each criterion asks for.

    Attributes
    ----------
    auc : float
        Assumed true AUC (C statistic) of the model.
    r2, largest_r2 : float
        Cox-Snell R2 that goes with it, and the largest that this prevalence allows.
    prevalence : float
        Assumed share of responders.
    parameters : int
        Coefficients that the model estimates, the intercept not counted.
    shrinkage : float
        Shrinkage factor that is aimed at in criterion 1.
    n_shrinkage, n_optimism, n_prevalence : int
        Patients that criteria 1, 2 and 3 ask for; see `riley_criteria`.
    """

    auc: float
    r2: float
    largest_r2: float
    prevalence: float
    parameters: int
    shrinkage: float
    n_shrinkage: int
    n_optimism: int
    n_prevalence: int

    @property
    def n(self) -> int:
        """Patients that meet all three criteria."""
        return max(self.n_shrinkage, self.n_optimism, self.n_prevalence)

    @property
    def responders(self) -> int:
        """Responders to be expected among them."""
        return math.ceil(self.n * self.prevalence)

    @property
    def events_per_parameter(self) -> float:
        """The rarer outcome among them, for each parameter."""
        return self.n * min(self.prevalence, 1.0 - self.prevalence) / self.parameters


def riley_criteria(
    *,
    parameters: int,
    prevalence: float,
    auc: float | None = None,
    r2: float | None = None,
    shrinkage: float = DEFAULT_SHRINKAGE,
) -> RileyCriteria:
    """Return the sample size that each of Riley's criteria asks for.

    1. Overfitting: a uniform shrinkage factor of at least S. ``n = P / ((S - 1) ln(1 - R2 / S))``.
    2. Optimism: apparent and adjusted Nagelkerke R2 differ by at most 0.05. The same formula with
       ``S = R2 / (R2 + 0.05 max R2)``.
    3. The prevalence within 0.05 at 95% confidence. ``n = (1.96 / 0.05)^2 phi (1 - phi)``.

    Parameters
    ----------
    parameters : int
        P, at least 1.
    prevalence : float
        phi, strictly between 0 and 1.
    auc, r2 : float
        What is assumed of the model: its true AUC or its Cox-Snell R2; exactly one of them.
    shrinkage : float
        S, strictly between R2 and 1.

    Raises
    ------
    ConfigError
        If a value is outside its range, or both or none of `auc` and `r2` are given.

    Examples
    --------
    The documented example of pmsampsize:

    >>> asked = riley_criteria(parameters=24, prevalence=0.174, r2=0.288)
    >>> asked.n_shrinkage, asked.n_optimism, asked.n_prevalence, asked.n
    (623, 662, 221, 662)
    """
    if (auc is None) == (r2 is None):
        raise ConfigError("plan_auc_and_r2", where="auc, r2")
    _check_prevalence(prevalence)
    _check_parameters(parameters)
    if r2 is None:
        assert auc is not None
        r2 = cox_snell_r2(auc, prevalence)
    else:
        auc = cox_snell_auc(r2, prevalence)
    _check_shrinkage(shrinkage, r2)
    largest = largest_cox_snell_r2(prevalence)
    second = r2 / (r2 + OPTIMISM * largest)
    return RileyCriteria(
        auc=auc,
        r2=r2,
        largest_r2=largest,
        prevalence=prevalence,
        parameters=parameters,
        shrinkage=shrinkage,
        n_shrinkage=whole_patients(parameters / _per_patient(shrinkage, r2)),
        n_optimism=whole_patients(parameters / _per_patient(second, r2)),
        n_prevalence=whole_patients((1.96 / MARGIN) ** 2 * prevalence * (1.0 - prevalence)),
    )


def largest_cox_snell_r2(prevalence: float) -> float:
    """Return the largest Cox-Snell R2 that a prevalence allows: ``1 - (phi^phi (1 - phi)^(1 - phi))^2``.

    Examples
    --------
    >>> largest_cox_snell_r2(0.5)
    0.75
    """
    _check_prevalence(prevalence)
    return 1.0 - math.exp(2.0 * _null_log_likelihood(prevalence))


def cox_snell_r2(auc: float, prevalence: float) -> float:
    """Return the Cox-Snell R2 of a model with this true AUC.

    The linear predictor is taken as normal in responders and in non-responders, with equal variance, a distance of
    ``d = sqrt(2) z(AUC)`` apart. Then the log odds of response are ``logit(phi) - d^2 / 2 + d x``, and the expected
    log likelihood is a one-dimensional integral, done here by Gauss-Hermite quadrature instead of simulation.

    Parameters
    ----------
    auc : float
        True AUC, strictly between 0.5 and 0.999.
    prevalence : float
        Share of responders.

    Raises
    ------
    ConfigError
        If a value is outside its range.

    References
    ----------
    Riley, Van Calster and Collins 2021, Stat Med 40:859, doi 10.1002/sim.8806.

    Examples
    --------
    >>> round(cox_snell_r2(0.75, 0.5), 4)
    0.1851
    """
    if not 0.5 < auc < _LARGEST_AUC:
        raise ConfigError("riley_auc", where="auc", auc=auc, most=_LARGEST_AUC)
    _check_prevalence(prevalence)
    from scipy.special import ndtri

    distance = math.sqrt(2.0) * float(ndtri(auc))
    intercept = math.log(prevalence / (1.0 - prevalence)) - distance**2 / 2.0
    responders = -_expected(np.logaddexp(0.0, -(intercept + distance * (_NODES + distance))))
    others = -_expected(np.logaddexp(0.0, intercept + distance * _NODES))
    gained = prevalence * responders + (1.0 - prevalence) * others - _null_log_likelihood(prevalence)
    return -math.expm1(-2.0 * gained)


def cox_snell_auc(r2: float, prevalence: float) -> float:
    """Return the true AUC at which a model has this Cox-Snell R2: the inverse of `cox_snell_r2`.

    Raises
    ------
    ConfigError
        If no AUC gives it.

    Examples
    --------
    >>> round(cox_snell_auc(0.288, 0.174), 2)
    0.89
    """
    largest = largest_cox_snell_r2(prevalence)
    low, high = 0.5 + 1e-9, _LARGEST_AUC - 1e-9
    if not cox_snell_r2(low, prevalence) < r2 < cox_snell_r2(high, prevalence):
        raise ConfigError("riley_no_auc", where="r2", r2=r2, prevalence=prevalence, largest=largest)
    from scipy.optimize import brentq

    return float(brentq(lambda auc: cox_snell_r2(auc, prevalence) - r2, low, high, xtol=1e-10))


def implied_shrinkage(n: int, parameters: int, r2: float) -> float:
    """Return the shrinkage factor S that so many patients give: criterion 1, solved for S.

    The effects of a model fitted without penalty are too large by about ``1 / S`` for new patients.

    Parameters
    ----------
    n : int
        Patients, at least 1.
    parameters : int
        Coefficients that the model estimates.
    r2 : float
        Cox-Snell R2 that the model is assumed to have.

    Raises
    ------
    ConfigError
        If a value is outside its range.

    Examples
    --------
    >>> round(implied_shrinkage(623, 24, 0.288), 3)
    0.9
    >>> round(implied_shrinkage(9, 10, 0.185), 2)
    0.24
    """
    _check_n(n)
    _check_parameters(parameters)
    _check_r2(r2)
    from scipy.optimize import brentq

    # what a patient buys falls from infinity at S = R2 to nothing at S = 1
    low, high = r2 * (1.0 + 1e-15), 1.0 - 1e-15
    wanted = parameters / n
    if _per_patient(low, r2) <= wanted:
        return r2
    return float(brentq(lambda s: _per_patient(s, r2) - wanted, low, high, xtol=1e-14))


def largest_parameters(n: int, *, r2: float, prevalence: float, shrinkage: float = DEFAULT_SHRINKAGE) -> int:
    """Return the largest number of parameters with which so many patients meet criteria 1 and 2; it may be 0.

    Criterion 3 does not depend on the parameters: below `RileyCriteria.n_prevalence` patients no model passes all.

    Raises
    ------
    ConfigError
        If a value is outside its range.

    Examples
    --------
    >>> largest_parameters(662, r2=0.288, prevalence=0.174)
    24
    >>> largest_parameters(9, r2=0.185, prevalence=0.67)
    0
    """
    _check_n(n)
    _check_prevalence(prevalence)
    _check_r2(r2)
    _check_shrinkage(shrinkage, r2)
    second = r2 / (r2 + OPTIMISM * largest_cox_snell_r2(prevalence))
    # a hair more, so that it inverts `riley_criteria` where rounding falls short of a whole number
    return math.floor(n * min(_per_patient(shrinkage, r2), _per_patient(second, r2)) + 1e-9)


def _per_patient(shrinkage: float, r2: float) -> float:
    """Return the parameters that one patient allows: ``(S - 1) ln(1 - R2 / S)``."""
    return (shrinkage - 1.0) * math.log1p(-r2 / shrinkage)


def _expected(values: FloatArray) -> float:
    """Return the mean over a standard normal variable, of values at the nodes of the quadrature."""
    return float(values @ _WEIGHTS)


def _null_log_likelihood(prevalence: float) -> float:
    """Return the log likelihood of a patient where everybody is given the prevalence."""
    return prevalence * math.log(prevalence) + (1.0 - prevalence) * math.log1p(-prevalence)


def _check_n(n: int) -> None:
    if n < 1:
        raise ConfigError("riley_n", where="n", n=n)


def _check_parameters(parameters: int) -> None:
    if parameters < 1:
        raise ConfigError("riley_parameters", where="parameters", parameters=parameters)


def _check_prevalence(prevalence: float) -> None:
    if not 0.0 < prevalence < 1.0:
        raise ConfigError("riley_prevalence", where="prevalence", prevalence=prevalence)


def _check_r2(r2: float) -> None:
    if not 0.0 < r2 < 1.0:
        raise ConfigError("riley_r2", where="r2", r2=r2)


def _check_shrinkage(shrinkage: float, r2: float) -> None:
    if not 0.0 < shrinkage < 1.0:
        raise ConfigError("riley_shrinkage", where="shrinkage", shrinkage=shrinkage)
    if shrinkage <= r2:
        raise ConfigError("riley_shrinkage_r2", where="shrinkage", shrinkage=shrinkage, r2=r2)
