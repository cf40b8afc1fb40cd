"""How far would a patient's prediction move if the study were run again?

Everything here is arithmetic on predictions of models that were rebuilt, with every step, in stratified
bootstrap samples. Leave-one-out refits differ by one patient and look falsely stable: never use them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from responder.arrays import FloatArray
from responder.errors import NotEstimableError
from responder.validate._inputs import as_level, as_probabilities
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stability", "effective_sample_size", "stability"]


@dataclass(frozen=True, eq=False)
class Stability(Result):
    """Instability of each patient's predicted probability over bootstrap refits of the whole pipeline.

    Attributes
    ----------
    original : ndarray, shape (n,)
        Probability from the model of the whole cohort.
    lower, upper : ndarray, shape (n,)
        Band that holds ``level`` of the bootstrap probabilities.
    mean_absolute_prediction_error : ndarray, shape (n,)
        Mean absolute difference between bootstrap and original probability.
    classification_instability : ndarray, shape (n,)
        Share of bootstrap models that classify the patient otherwise than the original.
    effective_sample_size : ndarray, shape (n,)
        Patients like this one whose plain average would be as steady; ``nan`` above the n patients of the cohort, where
        it tells of the shrinkage and not of patients.
    level, threshold : float
        Level of the band; probability from which response is predicted.
    n_refits, n_discarded : int
        Refits used, and those set aside because a prediction was missing.
    """

    original: FloatArray
    lower: FloatArray
    upper: FloatArray
    mean_absolute_prediction_error: FloatArray
    classification_instability: FloatArray
    effective_sample_size: FloatArray
    level: float
    threshold: float
    n_refits: int
    n_discarded: int

    def frame(self) -> pd.DataFrame:
        """Return one row a patient."""
        import pandas as pd

        return pd.DataFrame({name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)})


def stability(
    bootstrap: ArrayLike,
    original: ArrayLike,
    threshold: float = 0.5,
    level: float = 0.95,
    *,
    patients: int | None = None,
) -> Stability:
    """Return the instability of each patient's probability.

    Parameters
    ----------
    bootstrap : array_like, shape (B, n)
        Probability of each patient from each bootstrap model; a row with a missing value is discarded and
        counted.
    original : array_like, shape (n,)
        Probability from the model of the whole cohort.
    threshold : float
        Response is predicted from this probability on.
    level : float
        Level of the band.
    patients : int, optional
        Training patients, above whose number no effective sample size is given; as many as are predicted, by default.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.
    responder.errors.NotEstimableError
        If fewer than two refits remain.

    References
    ----------
    Riley and Collins 2023, Biom J 65:2200302 (instability plots, mean absolute prediction error,
    classification instability index); Thomassen et al. 2024, Stat Med 43:1384 (effective sample size).

    Examples
    --------
    >>> result = stability([[0.4, 0.9], [0.6, 0.7], [0.5, 0.8]], [0.5, 0.8], patients=20)
    >>> result.mean_absolute_prediction_error.round(3).tolist()
    [0.067, 0.067]
    >>> result.classification_instability.round(3).tolist()
    [0.333, 0.0]
    >>> result.effective_sample_size.round(1).tolist()
    [nan, 16.0]
    """
    refits = np.asarray(bootstrap, dtype=float)
    if refits.ndim != 2:
        raise ValueError("bootstrap must be a matrix of refits by patients")
    predicted = as_probabilities(original, refits.shape[1])
    whole = refits[~np.isnan(refits).any(axis=1)]
    if ((whole < 0) | (whole > 1)).any():
        raise ValueError("probabilities must lie within 0 and 1")
    if len(whole) < 2:
        raise NotEstimableError("unstable_refits", usable=len(whole), of=len(refits))
    tail = (1 - as_level(level)) / 2
    lower, upper = np.quantile(whole, [tail, 1 - tail], axis=0)
    return Stability(
        original=predicted,
        lower=lower,
        upper=upper,
        mean_absolute_prediction_error=np.abs(whole - predicted).mean(axis=0),
        classification_instability=((whole >= threshold) != (predicted >= threshold)).mean(axis=0),
        effective_sample_size=effective_sample_size(
            predicted, whole, most=len(predicted) if patients is None else patients
        ),
        level=level,
        threshold=threshold,
        n_refits=len(whole),
        n_discarded=len(refits) - len(whole),
    )


def effective_sample_size(probability: ArrayLike, refits: ArrayLike, *, most: float = np.inf) -> FloatArray:
    """Return p (1 - p) / Var(p): the patients whose plain average would be as uncertain.

    Parameters
    ----------
    probability : array_like, shape (...)
        Predicted probability.
    refits : array_like, shape (B, ...)
        The same prediction from bootstrap models.
    most : float
        The number of training patients. No prediction knows more patients than there are; a larger value tells how
        hard the model shrinks.

    Returns
    -------
    ndarray, shape (...)
        ``nan`` above `most`; infinite, without it, where no refit moved the prediction (to rounding).

    References
    ----------
    Thomassen et al. 2024, Stat Med 43:1384, doi 10.1002/sim.10018.

    Examples
    --------
    >>> float(effective_sample_size(0.5, [0.25, 0.75]))
    2.0
    """
    predicted = np.asarray(probability, dtype=float)
    variance = np.asarray(np.var(np.asarray(refits, dtype=float), axis=0, ddof=1))
    moved = variance > 1e-24
    size = np.where(moved, predicted * (1 - predicted) / np.where(moved, variance, 1.0), np.inf)
    return np.asarray(np.where(size > most, np.nan, size))
