"""Would acting on the prediction do more good than treating all or none? Decision curves with their band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from responder.arrays import FloatArray
from responder.validate._inputs import as_labels, as_level, as_probabilities
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DecisionCurve", "decision_curve"]


@dataclass(frozen=True, eq=False)
class DecisionCurve(Result):
    """Net benefit of treating by the model, by threshold, beside treating all and treating none.

    Attributes
    ----------
    thresholds : ndarray, shape (t,)
        Probabilities of response from which one would treat, declared beforehand.
    net_benefit, lower, upper : ndarray, shape (t,)
        Net benefit in true positives a patient, and its pointwise bootstrap band.
    treat_all, treat_none : ndarray, shape (t,)
        Net benefit of treating every patient, and of treating none (0).
    one_patient : float
        Net benefit that a single true positive is worth, 1/n: the grain of the whole figure.
    n, events, n_bootstrap : int
        Patients, responders, bootstrap samples.
    level : float
        Level of the band.
    """

    thresholds: FloatArray
    net_benefit: FloatArray
    lower: FloatArray
    upper: FloatArray
    treat_all: FloatArray
    treat_none: FloatArray
    one_patient: float
    n: int
    events: int
    n_bootstrap: int
    level: float

    def frame(self) -> pd.DataFrame:
        """Return one row a threshold."""
        import pandas as pd

        columns = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return pd.DataFrame(columns).rename(columns={"thresholds": "threshold"})


def decision_curve(
    labels: ArrayLike,
    probabilities: ArrayLike,
    thresholds: ArrayLike,
    rng: np.random.Generator,
    n_bootstrap: int = 1000,
    level: float = 0.95,
) -> DecisionCurve:
    """Return net benefit, TP/n - FP/n * t/(1-t), over thresholds declared beforehand.

    Parameters
    ----------
    labels : array_like of 0/1, shape (n,)
        Observed outcome; both classes.
    probabilities : array_like, shape (n,)
        Predicted probability of response, out of fold.
    thresholds : array_like, shape (t,)
        Strictly between 0 and 1; patients at or above are treated.
    rng : numpy.random.Generator
        Draws the bootstrap samples: patients within each class, so that the share of responders stays.
    n_bootstrap : int
        Samples behind the band.
    level : float
        Level of the band, pointwise.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.

    Notes
    -----
    The band shows how the curve moves with the patients who happen to be in the cohort; the model is not
    refitted, so it understates the whole uncertainty.

    References
    ----------
    Vickers and Elkin 2006, Med Decis Making 26:565.

    Examples
    --------
    >>> curve = decision_curve([1, 1, 1, 0], [0.9, 0.6, 0.2, 0.7], [0.25, 0.5], np.random.default_rng(0))
    >>> curve.net_benefit.round(4).tolist()  # 2/4 - 1/4 * 1/3 and 2/4 - 1/4 * 1
    [0.4167, 0.25]
    >>> curve.treat_all.round(4).tolist()
    [0.6667, 0.5]
    """
    responders = as_labels(labels)
    predicted = as_probabilities(probabilities, len(responders))
    at = np.atleast_1d(np.asarray(thresholds, dtype=float))
    if at.ndim != 1 or not ((at > 0) & (at < 1)).all():
        raise ValueError("thresholds must lie strictly between 0 and 1")
    if n_bootstrap < 2:
        raise ValueError("the band needs at least two bootstrap samples")
    n, events = len(responders), int(responders.sum())
    odds = at / (1 - at)
    treated = predicted[:, None] >= at
    # what each patient adds to the net benefit at each threshold
    worth = np.where(responders[:, None], 1.0, -odds) * treated / n
    draws = np.zeros((n_bootstrap, n))
    for members in (responders, ~responders):
        size = int(members.sum())
        draws[:, members] = rng.multinomial(size, np.full(size, 1 / size), size=n_bootstrap)
    tail = (1 - as_level(level)) / 2
    lower, upper = np.quantile(draws @ worth, [tail, 1 - tail], axis=0)
    return DecisionCurve(
        thresholds=at,
        net_benefit=worth.sum(axis=0),
        lower=lower,
        upper=upper,
        treat_all=events / n - (n - events) / n * odds,
        treat_none=np.zeros_like(at),
        one_patient=1 / n,
        n=n,
        events=events,
        n_bootstrap=n_bootstrap,
        level=level,
    )
