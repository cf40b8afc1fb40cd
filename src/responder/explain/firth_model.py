"""Inference for a Firth or FLAC model of several features: estimates, profile limits, penalised likelihood ratio p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri

from responder.arrays import FloatArray
from responder.explain.penalised_profile import Likelihood, climb, limits, profile
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Coefficient", "ModelInference", "firth_inference", "flac_inference"]

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
    """

    method: str
    why: str
    n: int
    level: float
    coefficients: tuple[Coefficient, ...] = ()

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


def _inference(
    method: str, features: FloatArray, outcome: NDArray[Any], names: Sequence[str], level: float
) -> ModelInference:
    y = np.asarray(outcome, dtype=float)
    n, k = features.shape
    if not n or y.min() == y.max():
        return ModelInference(method, "one_class", n, level)
    sd = features.std(axis=0)
    scale = np.where(sd > 0, sd, 1.0)
    if np.linalg.matrix_rank(np.column_stack([np.ones(n), (features - features.mean(axis=0)) / scale])) <= k:
        return ModelInference(method, "not_identified", n, level)
    likelihood = Likelihood(np.column_stack([np.ones(n), features / scale]), y, np.ones(n), firth=True)
    theta, highest = _fitted(likelihood)
    if method == "flac":
        likelihood = _with_added_covariate(likelihood, theta)
        theta, highest = _fitted(likelihood)
    allowed = highest - float(chdtri(1, 1.0 - level)) / 2.0
    found = []
    for at, (name, unit) in enumerate(zip((INTERCEPT, *names), (1.0, *scale), strict=True)):
        lower, upper = limits(likelihood, theta, at, allowed)
        chi2 = max(0.0, 2.0 * (highest - profile(likelihood, theta, at, 0.0).highest))
        p = float(chdtrc(1, chi2))
        found.append(Coefficient(name, float(theta[at] / unit), float(lower / unit), float(upper / unit), chi2, p))
    return ModelInference(method, "ok", n, level, tuple(found))


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
