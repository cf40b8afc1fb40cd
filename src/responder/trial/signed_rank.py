"""Wilcoxon's signed-rank test, exact and asymptotic, and Holm's adjustment for several tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SignedRank", "holm", "midranks", "signed_rank"]

TIE_TOLERANCE = 1e-9  # 7.3 - 5.3 and 9.3 - 7.3 are one difference, whatever binary fractions make of them


@dataclass(frozen=True)
class SignedRank:
    """A two-sided signed-rank test of paired differences, zeros dropped and ties at mid-ranks.

    Attributes
    ----------
    pairs : int
        Pairs with both values.
    changed : int
        Those with a difference: the test sees no others.
    w_plus, w_minus : float
        Sums of the ranks of rises and of falls.
    p_exact : float
        From all 2 ** changed sign patterns of the ranks at hand; ``nan`` where nothing changed.
    p_asymptotic : float
        Normal approximation with the tie-corrected variance, without continuity correction.
    p_continuity : float
        The same with continuity correction.
    smallest_p : float
        The smallest exact p that so many changes can give.
    """

    pairs: int
    changed: int
    w_plus: float
    w_minus: float
    p_exact: float
    p_asymptotic: float
    p_continuity: float
    smallest_p: float

    def frame(self) -> pd.DataFrame:
        """Return the test as one row."""
        import pandas as pd

        return pd.DataFrame([self.to_json()])

    def to_json(self) -> dict[str, Any]:
        """Return the test as JSON types; what does not exist is None."""
        return {name: None if value != value else value for name, value in vars(self).items()}


def signed_rank(differences: Sequence[float] | FloatArray) -> SignedRank:
    """Test whether paired differences are symmetric about zero.

    Parameters
    ----------
    differences : array_like of float, shape (n,)
        Later minus earlier; ``nan`` where either is missing.

    References
    ----------
    Wilcoxon 1945, Biometrics Bulletin 1:80; the exact null distribution with ties by convolution, Streitberg and
    Roehmel 1986.

    Examples
    --------
    >>> test = signed_rank([-9, -9, -9, -9, -9, -23, -9, 0, 0])
    >>> round(test.p_exact, 4), round(test.p_asymptotic, 4), round(test.p_continuity, 4)
    (0.0156, 0.0114, 0.0147)
    """
    from scipy.stats import norm

    known = np.asarray(differences, dtype=float)
    known = known[~np.isnan(known)]
    scale = max(1.0, float(np.abs(known).max(initial=0.0)))
    changes = known[np.abs(known) > TIE_TOLERANCE * scale]
    m = len(changes)
    if m == 0:
        none = float("nan")
        return SignedRank(len(known), 0, 0.0, 0.0, none, none, none, 1.0)
    ranks = midranks(np.abs(changes), scale)
    w_plus, w_minus = float(ranks[changes > 0].sum()), float(ranks[changes < 0].sum())
    _, ties = np.unique(ranks, return_counts=True)
    spread = np.sqrt(m * (m + 1) * (2 * m + 1) / 24 - (ties**3 - ties).sum() / 48)
    distance = abs(w_plus - m * (m + 1) / 4)
    asymptotic, corrected = (2 * norm.sf(max(0.0, distance - shift) / spread) for shift in (0.0, 0.5))
    return SignedRank(
        pairs=len(known),
        changed=m,
        w_plus=w_plus,
        w_minus=w_minus,
        p_exact=_exact_p(ranks, min(w_plus, w_minus)),
        p_asymptotic=float(asymptotic),
        p_continuity=float(corrected),
        smallest_p=min(1.0, 2.0 ** (1 - m)),
    )


def midranks(values: FloatArray, scale: float = 1.0) -> FloatArray:
    """Return ranks from 1, ties at mid-ranks; values closer than the rounding of `scale` are one value.

    Examples
    --------
    >>> midranks(np.array([0.1 + 0.2, 0.3, 5.0])).tolist()
    [1.5, 1.5, 3.0]
    """
    from scipy.stats import rankdata

    order = np.sort(values)
    # each gets the first of its run
    starts = np.concatenate([[True], np.diff(order) > TIE_TOLERANCE * scale])
    runs = np.cumsum(starts) - 1
    ranks: FloatArray = rankdata(runs[np.searchsorted(order, values)])
    return ranks


def _exact_p(ranks: FloatArray, smaller: float) -> float:
    """Return the two-sided chance, over all sign patterns, of a rank sum as small as the smaller one."""
    doubled = np.rint(2 * ranks).astype(int)  # mid-ranks are halves
    chance = np.zeros(round(2 * smaller) + 1)  # of each sum so far; one beyond never comes back
    chance[0] = 1.0
    for rank in doubled:
        with_rank = chance[: max(0, len(chance) - rank)].copy()
        chance[rank:] += with_rank
        chance /= 2
    return float(min(1.0, 2 * chance.sum()))


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Return p adjusted by Holm's step-down method; ``nan`` stays, and is not counted as a test.

    References
    ----------
    Holm 1979, Scand J Stat 6:65.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, float("nan")]).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    raw = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(raw), np.nan)
    tests = np.flatnonzero(~np.isnan(raw))
    order = tests[np.argsort(raw[tests], kind="stable")]
    stepped = raw[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped)) if len(order) else stepped
    return adjusted
