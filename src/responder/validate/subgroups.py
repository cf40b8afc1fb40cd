"""How does a model do among women, among men? Out-of-fold performance within a subgroup, where enough are in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from responder.arrays import FloatArray
from responder.validate.intervals import newcombe_interval
from responder.validate.pairs import PairMatrix
from responder.validate.result import Result

__all__ = ["FEWEST_OF_EACH_OUTCOME", "Subgroup", "SubgroupPerformance", "subgroup_performance"]

_Estimate = tuple[float, float, float] | tuple[None, None, None]

FEWEST_OF_EACH_OUTCOME = 5
"""Responders and non-responders that a subgroup must hold. With fewer, even a perfect ranking has a 95% interval that
comes near chance: from 0.58 with four of each, from 0.50 with three."""


@dataclass(frozen=True, slots=True)
class Subgroup(Result):
    """Patients who share a baseline level.

    Attributes
    ----------
    trait : str
        A column of the cohort (``sex``, ``organs=airway``), or the column of the strata.
    level : str
        Name of the level; ``yes`` or ``no`` where it has none.
    members : tuple of int
        Positions of the patients.
    """

    trait: str
    level: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SubgroupPerformance(Result):
    """What out-of-fold predictions are worth in a subgroup.

    Attributes
    ----------
    trait, level : str
        See `Subgroup`.
    n, responders : int
        Patients, and responders among them.
    needed : int
        Patients of each outcome from which on it is estimated.
    auc, auc_lower, auc_upper : float or None
        Share of the left-out pairs within the subgroup that are ranked rightly, with Newcombe's 95% interval; None
        where too few are in it, and where the model has no AUC.
    brier, brier_lower, brier_upper : float or None
        Brier score of the leave-one-out probabilities, with a 95% t interval held within 0 and 1.
    """

    trait: str
    level: str
    n: int
    responders: int
    needed: int
    auc: float | None
    auc_lower: float | None
    auc_upper: float | None
    brier: float | None
    brier_lower: float | None
    brier_upper: float | None

    @property
    def is_estimable(self) -> bool:
        """Whether enough of both outcomes are in it."""
        return min(self.responders, self.n - self.responders) >= self.needed


def subgroup_performance(
    subgroup: Subgroup, outcome: NDArray[np.int_], lpo: PairMatrix, probability: FloatArray
) -> SubgroupPerformance:
    """Return the performance within a subgroup.

    The model is that of all patients, refitted without each pair and without each patient; nothing is fitted within the
    subgroup. The intervals know nothing of training patients that the refits share, and are, if anything, too narrow.

    Parameters
    ----------
    subgroup : Subgroup
        Who is in it.
    outcome : ndarray of 0/1, shape (n,)
        Of everybody.
    lpo : PairMatrix
        Of everybody; pairs within the subgroup are looked at.
    probability : ndarray, shape (n,)
        Leave-one-out probabilities.

    References
    ----------
    Newcombe 2006, Stat Med 25:559, method 5 (AUC).

    Examples
    --------
    >>> from responder.validate.scored_pairs import ScoredPairs
    >>> outcome = np.array([1] * 5 + [0] * 5)
    >>> lpo = PairMatrix(ScoredPairs.of(np.ones((5, 5))), np.arange(5), np.arange(5, 10))
    >>> found = subgroup_performance(Subgroup("sex", "female", tuple(range(10))), outcome, lpo, outcome * 0.5 + 0.25)
    >>> found.auc, round(found.auc_lower, 2), found.brier
    (1.0, 0.64, 0.0625)
    """
    members = np.array(subgroup.members, dtype=int)
    n, responders = len(members), int(outcome[members].sum())
    unknown = (None, None, None)
    auc: _Estimate = unknown
    brier: _Estimate = unknown
    if min(responders, n - responders) >= FEWEST_OF_EACH_OUTCOME:
        wins = lpo.wins.within(np.isin(lpo.responders, members), np.isin(lpo.non_responders, members))
        if len(wins):
            found = newcombe_interval(wins)
            auc = (found.estimate, found.lower, found.upper)
        errors = np.square(probability[members] - outcome[members])
        if not np.isnan(errors).any():
            mean = float(errors.mean())
            reach = float(stdtrit(n - 1, 0.975) * errors.std(ddof=1) / np.sqrt(n))
            brier = (mean, max(0.0, mean - reach), min(1.0, mean + reach))
    return SubgroupPerformance(subgroup.trait, subgroup.level, n, responders, FEWEST_OF_EACH_OUTCOME, *auc, *brier)
