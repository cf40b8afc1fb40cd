"""Is one model better than another? A paired permutation test of the difference of their leave-pair-out AUC.

Two intervals that overlap say nothing of a difference. Here both models look at the same left-out pairs, and both are
refitted for the same labelings of the outcome; the difference of their AUC is compared with the differences that these
labelings give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from responder.validate.pairs import PairMatrix
from responder.validate.permutation import STATISTIC_TOLERANCE, PermutationTest
from responder.validate.result import Result

__all__ = [
    "LEVEL_HELD_FROM_N",
    "LEVEL_HELD_FROM_SMALLER_CLASS",
    "NotCompared",
    "PairedComparison",
    "can_be_compared",
    "holm",
    "paired_comparison",
]

LEVEL_HELD_FROM_N = 15
"""Patients from which the test held its level between equally good models, in simulation; at 9 it did not."""
LEVEL_HELD_FROM_SMALLER_CLASS = 5
"""Patients of the rarer outcome in the smallest cohorts in which it did."""

NotCompared = Literal["", "few_patients", "not_estimable", "other_pairs"]


@dataclass(frozen=True, slots=True)
class PairedComparison(Result):
    """The primary model against another one.

    Attributes
    ----------
    model, other : str
        The primary model, and the one that it is compared with.
    difference : float or None
        AUC of `model` less that of `other` over the left-out pairs that both scored; None where one has no AUC.
    pairs, better, worse : int
        These pairs; those that `model` ranks better than `other`, and worse.
    p : float or None
        Two-sided; None where the models cannot be compared.
    p_adjusted : float or None
        By Holm, for all comparisons of the run.
    labelings : int
        That the p rests on.
    pairs_tested : int
        Unordered pairs that the test looked at in every labeling.
    reason : str
        Why there is no p: ``few_patients``, ``not_estimable`` (a model without an AUC or a test) or ``other_pairs``;
        empty where there is one.
    """

    model: str
    other: str
    difference: float | None
    pairs: int
    better: int
    worse: int
    p: float | None
    p_adjusted: float | None
    labelings: int
    pairs_tested: int
    reason: NotCompared


def can_be_compared(n: int, smaller_class: int) -> bool:
    """Whether the test holds its level among so many patients.

    Examples
    --------
    >>> can_be_compared(9, 3), can_be_compared(15, 5)
    (False, True)
    """
    return n >= LEVEL_HELD_FROM_N and smaller_class >= LEVEL_HELD_FROM_SMALLER_CLASS


def paired_comparison(
    model: str,
    other: str,
    lpo: PairMatrix,
    other_lpo: PairMatrix,
    test: PermutationTest | None,
    other_test: PermutationTest | None,
) -> PairedComparison:
    """Compare two models on the same left-out pairs and the same labelings.

    Parameters
    ----------
    model, other : str
        Names.
    lpo, other_lpo : PairMatrix
        Of the observed outcome.
    test, other_test : PermutationTest or None
        With the AUC of every labeling; labelings that only one of them looked at are left out.

    Returns
    -------
    PairedComparison
        Before adjustment for further comparisons: `holm`.

    Notes
    -----
    The statistic is ``|AUC(model) - AUC(other)|``; p is the share of labelings that give at least as much. It is exact
    for the hypothesis that neither model finds anything: under it no labeling is special. Between two models that both
    find something, and equally much, it is no exact test; simulated cohorts of 15 and 30 patients rejected at 0.05 in 0
    to 6% (standard error 1 to 2%), as AUCs spread less where there is something to find. With 9 patients up to 10%:
    there is no comparison then. Exchanging the two models' scores patient by patient, the test of Bandos, Rockette and
    Gur 2005 (Stat Med 24:2873, doi 10.1002/sim.2149), rejected in up to 14% at n = 9 and 21% at n = 15, DeLong's in up
    to 30%: they take the scores as given, but these rest on shared training patients (docs/decisions/0028).

    Examples
    --------
    >>> def of(*auc):
    ...     auc = np.array(auc)
    ...     return PermutationTest(auc, 0 * auc, 0, True, "greater", 0, 0, True, np.arange(len(auc)))
    >>> from responder.validate.scored_pairs import ScoredPairs
    >>> wins = PairMatrix(ScoredPairs.of(np.ones((2, 2))), np.arange(2), np.arange(2, 4))
    >>> chance = PairMatrix(ScoredPairs.of(np.zeros((2, 2))), np.arange(2), np.arange(2, 4))
    >>> found = paired_comparison("a", "b", wins, chance, of(1.0, 0.4, 0.5, 0.3), of(0.5, 0.5, 0.6, 0.4))
    >>> found.difference, found.better, found.p
    (0.5, 4, 0.25)
    """
    own, others = lpo.wins.beside(other_lpo.wins)
    apart = own - others
    estimable = test is not None and other_test is not None and test.is_estimable and other_test.is_estimable
    p, labelings, pairs_tested = None, 0, 0
    reason: NotCompared = "" if apart.size and estimable else "not_estimable"
    if not reason:
        assert test is not None
        assert other_test is not None
        if test.pairs != other_test.pairs:
            reason = "other_pairs"
        else:
            pairs_tested = test.pairs
            p, labelings = _p(test, other_test)
    return PairedComparison(
        model=model,
        other=other,
        difference=float(apart.mean()) if apart.size and estimable else None,
        pairs=int(apart.size),
        better=int((apart > 0).sum()),
        worse=int((apart < 0).sum()),
        p=p,
        p_adjusted=None,
        labelings=labelings,
        pairs_tested=pairs_tested,
        reason=reason,
    )


def _p(test: PermutationTest, other: PermutationTest) -> tuple[float, int]:
    """Return the share of shared labelings whose difference is at least the observed one, and their number."""
    shared, own, others = np.intersect1d(test.rows, other.rows, return_indices=True)
    apart = np.abs(test.auc[own] - other.auc[others])
    observed = apart[shared == test.rows[test.observed]][0]
    exact = test.exact and other.exact
    return float((apart >= observed - STATISTIC_TOLERANCE).mean()), len(shared) if exact else len(shared) - 1


def holm(p: list[float]) -> list[float]:
    """Return p values adjusted so that any false claim among them has at most the level's chance.

    References
    ----------
    Holm 1979, Scand J Stat 6:65.

    Examples
    --------
    >>> [round(x, 2) for x in holm([0.03, 0.01, 0.2])]
    [0.06, 0.03, 0.2]
    """
    order = np.argsort(p)
    stepped = np.array(p)[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return [float(x) for x in adjusted]
