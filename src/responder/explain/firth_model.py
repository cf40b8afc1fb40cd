"""Inference for a Firth or FLAC model of several features: estimates, profile limits, penalised likelihood ratio p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri, expit, stdtr, stdtrit

from responder.arrays import FloatArray
from responder.explain.penalised_profile import Likelihood, climb, limits, profile
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Coefficient", "ModelInference", "firth_inference", "flac_inference", "pooled_inference"]

INTERCEPT = "intercept"


@dataclass(frozen=True)
class Coefficient(Result):
    """One coefficient of a model fitted to all patients.

    Attributes
    ----------
    name : str
        The feature, or ``intercept``.
    estimate, lower, upper : float
        Log-odds per unit of the feature, with profile limits.
    chi2, p : float
        Likelihood ratio statistic of the model without it, and its p from chi-square with one degree of freedom.
    """

    name: str
    estimate: float
    lower: float
    upper: float
    chi2: float
    p: float


@dataclass(frozen=True)
class ModelInference(Result):
    """What the patients say of each coefficient of a model, all others in it.

    Attributes
    ----------
    method : str
        ``firth`` or ``flac``.
    why : str
        ``ok``; else why there are no coefficients: ``one_class``, or ``not_identified`` where patients do not tell the
        features apart (more coefficients than patients, or one feature is a sum of others).
    n : int
        Patients.
    level : float
        Confidence level of the limits, two-sided.
    coefficients : tuple of Coefficient
        The intercept first, then the features in their order.
    imputations : int
        Imputed copies over which Rubin's rules pooled them; 0 where there was one table. Limits and p are then of a
        t distribution, and chi2 the square of its statistic.
    """

    method: str
    why: str
    n: int
    level: float
    coefficients: tuple[Coefficient, ...] = ()
    imputations: int = 0

    def frame(self) -> pd.DataFrame:
        """Return one row a coefficient."""
        import pandas as pd

        columns = ("name", "estimate", "lower", "upper", "chi2", "p")
        return pd.DataFrame([c.to_json() for c in self.coefficients], columns=columns)


def firth_inference(
    features: FloatArray, outcome: NDArray[Any], names: Sequence[str], level: float = 0.95
) -> ModelInference:
    """Estimate a Firth model of several features with limits and p of each coefficient.

    Parameters
    ----------
    features : ndarray, shape (n, k)
        Known values; standardised ones give log-odds per SD.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    names : sequence of str
        Of the k features.
    level : float
        Confidence level, two-sided.

    Returns
    -------
    ModelInference

    Notes
    -----
    As R's logistf by default: limits are where twice the fall of the profile is the chi-square quantile; p compares
    with the maximum at coefficient 0. Both profiles keep the penalty of the *full* information matrix, the fixed
    coefficient's row in it. Unlike logistf's, the profile is the highest of the maxima that are found from several
    starts, and the limits are the outermost crossings found (`responder.explain.penalised_profile`). p is of the model
    fitted to all patients and says nothing about prediction; chi-square is an approximation, rough at these sizes.

    References
    ----------
    Firth 1993, Biometrika 80:27; Heinze and Schemper 2002, Stat Med 21:2409, doi 10.1002/sim.1047; Venzon and
    Moolgavkar 1988, J R Stat Soc C 37:87, doi 10.2307/2347496.

    Examples
    --------
    >>> x = np.column_stack([np.arange(9.0), np.array([0, 1, 0, 1, 1, 0, 0, 1, 0])])
    >>> found = firth_inference(x, np.array([0, 0, 0, 0, 1, 1, 1, 1, 1]), ("dose", "female"))
    >>> [(c.name, f"{c.lower:.2f} to {c.upper:.2f}", f"p = {c.p:.3f}") for c in found.coefficients[1:]]
    [('dose', '0.11 to 4.44', 'p = 0.016'), ('female', '-5.80 to 6.31', 'p = 0.924')]
    """
    return _inference("firth", features, outcome, names, level)


def flac_inference(
    features: FloatArray, outcome: NDArray[Any], names: Sequence[str], level: float = 0.95
) -> ModelInference:
    """Estimate a FLAC model: Firth's pseudo-patients told apart by an added covariate.

    Firth's likelihood counts every patient, beside once as observed, half a leverage each as success and as failure,
    which pulls predictions to 1/2. FLAC fits plain maximum likelihood to these data with an indicator of the
    pseudo-patients: the mean prediction of the patients is their prevalence. Limits and p are of that augmented
    likelihood, the leverages of Firth's fit held, as in R's logistf.

    Parameters
    ----------
    features : ndarray, shape (n, k)
        Known values; standardised ones give log-odds per SD.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    names : sequence of str
        Of the k features.
    level : float
        Confidence level, two-sided.

    Returns
    -------
    ModelInference

    References
    ----------
    Puhr et al. 2017, Stat Med 36:2302, doi 10.1002/sim.7273.

    Examples
    --------
    >>> found = flac_inference(np.arange(9.0)[:, None], np.array([0, 0, 1, 0, 1, 1, 0, 1, 1]), ("dose",))
    >>> [f"{c.name} {c.estimate:.2f}" for c in found.coefficients]
    ['intercept -1.14', 'dose 0.35']
    """
    return _inference("flac", features, outcome, names, level)


def pooled_inference(
    method: str, copies: FloatArray, outcome: NDArray[Any], names: Sequence[str], level: float = 0.95
) -> ModelInference:
    """Estimate a Firth or FLAC model on every imputed copy of a cohort, and pool its coefficients by Rubin's rules.

    The estimate is the mean over the copies; its variance that within copies (the inverse information) and
    (1 + 1/m) times that between them; limits and p are of a t distribution with Barnard and Rubin's degrees of freedom.

    Parameters
    ----------
    method : str
        ``firth`` or ``flac``.
    copies : ndarray, shape (m, n, k)
        Features of each copy, on one scale.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    names : sequence of str
        Of the k features.
    level : float
        Confidence level, two-sided.

    References
    ----------
    Rubin 1987, Multiple imputation for nonresponse in surveys, chapter 3; Barnard and Rubin 1999, Biometrika 86:948,
    doi 10.1093/biomet/86.4.948.

    Examples
    --------
    >>> copies = np.arange(9.0)[None, :, None] + np.array([0.0, 0.1, -0.1])[:, None, None]
    >>> found = pooled_inference("firth", copies, np.array([0, 0, 1, 0, 1, 1, 0, 1, 1]), ("dose",))
    >>> [f"{c.name} {c.estimate:.2f}" for c in found.coefficients], found.imputations
    (['intercept -1.19', 'dose 0.35'], 3)
    """
    y = np.asarray(outcome, dtype=float)
    m, n, k = copies.shape
    estimates, variances = np.empty((m, k + 1)), np.empty((m, k + 1))
    for copy, features in enumerate(copies):
        found = _maximum(method, features, y)
        if isinstance(found, str):
            return ModelInference(method, found, n, level, imputations=m)
        likelihood, theta, _, units = found
        p = expit(likelihood.design @ theta)
        information = (likelihood.design.T * (likelihood.weight * p * (1.0 - p))) @ likelihood.design
        estimates[copy] = theta[: k + 1] / units
        variances[copy] = np.diag(np.linalg.inv(information))[: k + 1] / units**2
    estimate, between = estimates.mean(axis=0), (1.0 + 1.0 / m) * estimates.var(axis=0, ddof=1)
    total = variances.mean(axis=0) + between
    share, left = between / total, float(max(1, n - k - 1))
    observed = (left + 1.0) / (left + 3.0) * left * (1.0 - share)
    freedom = 1.0 / (share**2 / (m - 1) + 1.0 / observed)
    error = np.sqrt(total)
    reach, p_value = stdtrit(freedom, (1.0 + level) / 2.0) * error, 2.0 * stdtr(freedom, -np.abs(estimate) / error)
    numbers = np.column_stack([estimate, estimate - reach, estimate + reach, (estimate / error) ** 2, p_value]).tolist()
    pooled = tuple(Coefficient(name, *row) for name, row in zip((INTERCEPT, *names), numbers, strict=True))
    return ModelInference(method, "ok", n, level, pooled, m)


def _inference(
    method: str, features: FloatArray, outcome: NDArray[Any], names: Sequence[str], level: float
) -> ModelInference:
    y, n = np.asarray(outcome, dtype=float), len(features)
    maximum = _maximum(method, features, y)
    if isinstance(maximum, str):
        return ModelInference(method, maximum, n, level)
    likelihood, theta, highest, units = maximum
    allowed = highest - float(chdtri(1, 1.0 - level)) / 2.0
    found = []
    for at, (name, unit) in enumerate(zip((INTERCEPT, *names), units, strict=True)):
        lower, upper = limits(likelihood, theta, at, allowed)
        chi2 = max(0.0, 2.0 * (highest - profile(likelihood, theta, at, 0.0).highest))
        p = float(chdtrc(1, chi2))
        found.append(Coefficient(name, float(theta[at] / unit), float(lower / unit), float(upper / unit), chi2, p))
    return ModelInference(method, "ok", n, level, tuple(found))


def _maximum(
    method: str, features: FloatArray, y: FloatArray
) -> str | tuple[Likelihood, FloatArray, float, FloatArray]:
    """Return the likelihood, its highest maximum and value, and the units of the coefficients; or why there is none."""
    n, k = features.shape
    if not n or y.min() == y.max():
        return "one_class"
    sd = features.std(axis=0)
    scale = np.where(sd > 0, sd, 1.0)
    if np.linalg.matrix_rank(np.column_stack([np.ones(n), (features - features.mean(axis=0)) / scale])) <= k:
        return "not_identified"
    likelihood = Likelihood(np.column_stack([np.ones(n), features / scale]), y, np.ones(n), firth=True)
    theta, highest = _fitted(likelihood)
    if method == "flac":
        likelihood = _with_added_covariate(likelihood, theta)
        theta, highest = _fitted(likelihood)
    return likelihood, theta, highest, np.array([1.0, *scale])


def _fitted(likelihood: Likelihood) -> tuple[FloatArray, float]:
    """Return the highest maximum over all coefficients and its value."""
    found = climb(likelihood, np.zeros((1, likelihood.design.shape[1])))
    return found.theta[0], found.highest


def _with_added_covariate(likelihood: Likelihood, theta: FloatArray) -> Likelihood:
    """Return the likelihood of FLAC: a pseudo-patient of outcome 1/2 beside each patient, and an indicator of them."""
    x, n = likelihood.design, len(likelihood.design)
    pseudo = np.repeat([0.0, 1.0], n)[:, None]
    return Likelihood(
        np.hstack([np.vstack([x, x]), pseudo]),
        np.concatenate([likelihood.labels, np.full(n, 0.5)]),
        np.concatenate([np.ones(n), likelihood.leverages(theta)]),
        firth=False,
    )
