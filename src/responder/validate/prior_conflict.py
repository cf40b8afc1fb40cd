"""Does what was borrowed of a marker conflict with the patients at hand? Box's prior predictive p, a marker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.models.base import TrainingSets
from responder.models.borrow import BorrowModel
from responder.models.low_rank import LowRank
from responder.models.prior import BorrowedPrior
from responder.validate.permutation import Labelings
from responder.validate.result import Result
from responder.words import Spoken

__all__ = ["PriorConflict", "predictive_tails", "prior_conflict"]

NODES = 60


@dataclass(frozen=True, slots=True)
class PriorConflict(Result):
    """What others showed of one marker beside what these patients show.

    Attributes
    ----------
    feature : str
    label : str or Spoken
        In words.
    others, others_sd : float
        Log odds per SD of this cohort that were borrowed, and their SD.
    own, own_sd : float
        The same from these patients alone, under the vague prior and no other marker.
    p : float
        Two-sided prior predictive p: how surprising the marker's sum among responders is if what was borrowed holds.
        Of all labelings with so many responders, or of a random sample of them.
    exact : bool
        Whether all labelings were counted.
    """

    feature: str
    label: str | Spoken
    others: float
    others_sd: float
    own: float
    own_sd: float
    p: float
    exact: bool


def prior_conflict(
    feature: str,
    values: FloatArray,
    outcome: NDArray[Any],
    prior: BorrowedPrior,
    labelings: Labelings,
    label: str | Spoken = "",
) -> PriorConflict:
    """Return whether one borrowed marker conflicts with a cohort.

    Parameters
    ----------
    feature : str
        One of the prior's.
    values : ndarray, shape (n,)
        Of the feature, in its own unit, without gaps.
    outcome : ndarray of 0/1, shape (n,)
    prior : BorrowedPrior
    labelings : Labelings
        The outcomes that the same number of responders could have had.
    label : str or Spoken
        The feature in words; its name where there are none.

    Examples
    --------
    >>> from responder.validate.permutation import draw_labelings
    >>> x, y = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]), np.array([0, 0, 0, 1, 1, 1])
    >>> labelings = draw_labelings(y, most_exact=100, draws=99, rng=np.random.default_rng(0))
    >>> [
    ...     round(prior_conflict("a", x, y, BorrowedPrior(("a",), np.array([m]), np.eye(1), 0.5, 1.0), labelings).p, 2)
    ...     for m in (-1.0, 0.0, 1.0)
    ... ]
    [0.09, 0.4, 0.97]
    """
    at = prior.features.index(feature)
    mean, sd = float(prior.mean[at]), float(prior.covariance[at, at] ** 0.5)
    centred = values - values.mean()
    scale = float(values.std()) or 1.0
    standardised = (centred / scale)[None, :, None]
    sets = TrainingSets(standardised, np.ones((1, len(values))), outcome.astype(float)[None, :, None])
    nothing = BorrowedPrior((), np.empty(0), np.empty((0, 0)), 0.0, prior.vague_sd)
    alone = BorrowModel("borrow", (feature,), nothing).decisions(sets)[0][0].parts[1]
    assert not isinstance(alone.covariance, LowRank)  # of one feature it never is
    tails = predictive_tails(centred, labelings.labels, labelings.observed, mean, sd)
    return PriorConflict(
        feature,
        label or feature,
        mean * scale,
        sd * scale,
        float(alone.coefficients[1]),
        float(alone.covariance[1, 1] ** 0.5),
        min(1.0, 2.0 * min(tails)),
        labelings.exact,
    )


def predictive_tails(
    centred: FloatArray, labels: NDArray[Any], observed: int, mean: float, sd: float
) -> tuple[float, float]:
    """Return the prior predictive probability of a sum among responders at most, and at least, the observed one.

    Given the number of responders, the sum T of the marker among them is all that a logistic model with this marker
    alone looks at: P(labeling | beta) = exp(beta T) / sum of exp(beta T') over all labelings, without an intercept (Cox
    and Snell 1989, Analysis of Binary Data, section 2.1.3). It is averaged over beta ~ N(mean, sd^2) by quadrature; the
    tail is that of Box 1980 (J R Stat Soc A 143:383, section 2.2) with T as the function that is checked.

    Parameters
    ----------
    centred : ndarray, shape (n,)
        Values less their mean.
    labels : ndarray of 0/1, shape (T, n)
        Labelings.
    observed : int
        Position of the observed one.
    mean, sd : float
        Of the log odds per unit.
    """
    sums = labels @ centred
    nodes, weight = np.polynomial.hermite_e.hermegauss(NODES)
    log = np.outer(mean + sd * nodes, sums)
    given = np.exp(log - log.max(axis=1, keepdims=True))
    probability = (weight / weight.sum()) @ (given / given.sum(axis=1, keepdims=True))
    near = 1e-9 * (1.0 + np.abs(sums).max())
    return (
        float(probability[sums <= sums[observed] + near].sum()),
        float(probability[sums >= sums[observed] - near].sum()),
    )
