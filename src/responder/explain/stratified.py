"""One score against response in several strata: the exact van Elteren test, one AUC for all, and heterogeneity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.explain.placements import placement_p
from responder.validate.intervals import newcombe_interval, newcombe_variance
from responder.validate.midranks import doubled_midranks
from responder.validate.result import Result

__all__ = ["AucDifference", "Heterogeneity", "StratifiedRankSum", "StratumAuc", "heterogeneity", "stratified_rank_sum"]

Z_95 = 1.959963984540054
Z_80 = 0.8416212335729143


@dataclass(frozen=True)
class StratumAuc(Result):
    """What one stratum says.

    Attributes
    ----------
    name : str
        The stratum.
    n, responders : int
        Its patients.
    auc, lower, upper : float
        AUC of the score with Newcombe's 95% interval (method 5).
    weight : float
        Share of the stratum in the AUC of all; they sum to 1.
    """

    name: str
    n: int
    responders: int
    auc: float
    lower: float
    upper: float
    weight: float


@dataclass(frozen=True)
class StratifiedRankSum(Result):
    """Result of the test.

    Attributes
    ----------
    auc, lower, upper : float
        Weighted mean of the strata's AUC, and its 95% interval.
    p, smallest_attainable_p : float
        Two-sided, over all placements of the responders within strata; and the smallest that there could have been.
    exact : bool
        Whether every placement was counted.
    strata : tuple of StratumAuc
        The strata with both outcomes.
    idle : tuple of str
        Strata with one outcome only: they say nothing.
    """

    auc: float
    lower: float
    upper: float
    p: float
    smallest_attainable_p: float
    exact: bool
    strata: tuple[StratumAuc, ...]
    idle: tuple[str, ...]


@dataclass(frozen=True)
class AucDifference(Result):
    """The two strata whose AUCs lie farthest apart.

    Attributes
    ----------
    higher, lower_one : str
        The strata.
    estimate, lower, upper : float
        AucDifference of their AUCs with a 95% interval, unadjusted for the choice of the farthest two.
    """

    higher: str
    lower_one: str
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Heterogeneity(Result):
    """Whether the strata differ in their AUC.

    Attributes
    ----------
    q, degrees, p : float, int, float
        Cochran's Q with the variances of one common AUC, its degrees of freedom, and p from chi-squared.
    detectable_difference : float
        Smallest difference between the two strata that tell most which would be noticed in 80% of such studies, at the
        5% level; above 0.5 no difference from chance to perfection would be.
    farthest : AucDifference
        The two strata that differ most.
    """

    q: float
    degrees: int
    p: float
    detectable_difference: float
    farthest: AucDifference


def stratified_rank_sum(score: NDArray[Any], outcome: NDArray[Any], strata: Sequence[str]) -> StratifiedRankSum:
    """Test whether responders score differently, comparing patients of one stratum only.

    Ranks are taken within strata and weighted by 1 / (n + 1): van Elteren's locally most powerful weights. The same
    weights, ``n1 n0 / (n + 1)`` for an AUC, are the inverse of its null variance and make one AUC of all strata, so
    that p is of the number that stands beside it. Its interval joins those of the strata by the method of variance
    estimates recovery.

    Parameters
    ----------
    score : ndarray, shape (n,)
        Higher is expected in responders; comparable within a stratum only.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    strata : sequence of str
        Stratum of each patient.

    Raises
    ------
    ValueError
        If no stratum has both outcomes.

    References
    ----------
    van Elteren 1960, Bull Int Stat Inst 37:351; Lehmann 1975, Nonparametrics, 3.3 (exact null distribution); Zou and
    Donner 2008, Stat Med 27:1693 (interval).

    Examples
    --------
    >>> found = stratified_rank_sum(
    ...     np.array([1, 2, 3, 4, 10, 20, 30]), np.array([0, 0, 1, 1, 0, 1, 1]), ["a"] * 4 + ["b"] * 3)
    >>> found.auc, round(found.p * 18), [round(part.weight, 3) for part in found.strata]
    (1.0, 2, [0.615, 0.385])
    """
    values, response, names = np.asarray(score, dtype=float), np.asarray(outcome), np.asarray(strata)
    rows = {str(name): np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())}
    both = {name: at for name, at in rows.items() if 0 < response[at].sum() < len(at)}
    if not both:
        raise ValueError("no stratum has both outcomes")
    common = lcm(*(len(at) + 1 for at in both.values()))
    parts, observed, strengths, intervals = [], 0.0, [], []
    for at in both.values():
        ranks, ones = doubled_midranks(values[at]), response[at] == 1
        weighted = ranks * (common // (len(at) + 1))
        parts.append((weighted, int(ones.sum())))
        observed += float(weighted[ones].sum())
        strengths.append(ones.sum() * (~ones).sum() / (len(at) + 1))
        intervals.append(newcombe_interval((np.sign(ranks[ones][:, None] - ranks[~ones][None]) + 1.0) / 2.0))
    p, smallest, exact = placement_p(parts, observed)
    weights = np.array(strengths) / sum(strengths)
    aucs, lowers, uppers = (np.array([getattr(i, name) for i in intervals]) for name in ("estimate", "lower", "upper"))
    auc = float(weights @ aucs)
    return StratifiedRankSum(
        auc=auc,
        lower=max(0.0, auc - _root_sum(weights * (aucs - lowers))),
        upper=min(1.0, auc + _root_sum(weights * (uppers - aucs))),
        p=p,
        smallest_attainable_p=smallest,
        exact=exact,
        strata=tuple(
            StratumAuc(name, len(at), int(response[at].sum()), *(float(x) for x in numbers))
            for (name, at), numbers in zip(both.items(), zip(aucs, lowers, uppers, weights, strict=True), strict=True)
        ),
        idle=tuple(name for name in rows if name not in both),
    )


def heterogeneity(auc: float, strata: Sequence[StratumAuc]) -> Heterogeneity | None:
    """Return whether strata differ beyond chance; None with fewer than two.

    Cochran's Q about the AUC of all, each stratum with the variance that an AUC of that size has in so many patients
    (Newcombe's method 5): a stratum that happens to be perfect is not given an infinite weight. With few patients Q
    misses all but the largest differences, which `detectable_difference` says in numbers: a large p is no proof that
    the strata agree.

    Parameters
    ----------
    auc : float
        Of all strata, from `stratified_rank_sum`.
    strata : sequence of StratumAuc
        What each says.

    References
    ----------
    Cochran 1954, Biometrics 10:101; interval of the difference: Zou and Donner 2008, Stat Med 27:1693.

    Examples
    --------
    >>> same = stratified_rank_sum(np.tile([1, 2, 3, 4], 2), np.tile([0, 1, 0, 1], 2), ["a"] * 4 + ["b"] * 4)
    >>> found = heterogeneity(same.auc, same.strata)
    >>> found.q, found.degrees, found.p, round(found.detectable_difference, 1)
    (0.0, 1, 1.0, 1.3)
    """
    if len(strata) < 2:
        return None
    from scipy.stats import chi2

    variances = np.array([float(newcombe_variance(auc, s.responders, s.n - s.responders)) for s in strata])
    gaps = np.array([s.auc - auc for s in strata])
    apart = np.abs(gaps) > 0.0
    q = float((gaps[apart] ** 2 / variances[apart]).sum())
    degrees = len(strata) - 1
    half = [float(newcombe_variance(0.5, s.responders, s.n - s.responders)) for s in strata]
    ordered = sorted(strata, key=lambda s: s.auc)
    low, high = ordered[0], ordered[-1]
    estimate = high.auc - low.auc
    return Heterogeneity(
        q=q,
        degrees=degrees,
        p=float(chi2.sf(q, degrees)),
        detectable_difference=(Z_95 + Z_80) * sqrt(sum(sorted(half)[:2])),
        farthest=AucDifference(
            high.name,
            low.name,
            estimate,
            max(-1.0, estimate - _root_sum(np.array([high.auc - high.lower, low.upper - low.auc]))),
            min(1.0, estimate + _root_sum(np.array([high.upper - high.auc, low.auc - low.lower]))),
        ),
    )


def _root_sum(reaches: FloatArray) -> float:
    return float(np.sqrt(np.square(reaches).sum()))
