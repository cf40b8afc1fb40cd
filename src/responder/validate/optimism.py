"""How much better does a model look on its own patients? Bootstrap optimism, and the .632+ estimate.

Arithmetic on the predictions of bootstrap refits, the same that stability looks at: nothing is fitted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray, IntArray
from responder.errors import NotEstimableError
from responder.models.solver import expit
from responder.validate._inputs import as_labels
from responder.validate.pairs import TIE_TOLERANCE, win
from responder.validate.result import Result
from responder.validate.splits import opposite_pairs, sampled_opposite_pairs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BootstrapPerformance", "CorrectedMeasure", "bootstrap_performance", "point_632_plus"]

SHARE_DRAWN = 0.632
"""Chance that a patient is in a bootstrap sample, 1 - 1 / e."""
MOST_PAIRS = 100_000
"""Pairs that the out-of-bag AUC looks at: its standard error is then about 0.001."""


@dataclass(frozen=True, slots=True)
class CorrectedMeasure(Result):
    """One measure, corrected for having been taken on the patients that were trained on.

    Attributes
    ----------
    apparent : float
        On the training patients.
    optimism : float
        Mean by which a bootstrap refit looks better on its own sample than on the cohort.
    optimism_corrected : float
        Apparent value less the optimism (more, for a measure that is better when small).
    out_of_bag : float
        On patients that a refit did not draw.
    no_information : float
        If outcome and prediction were independent.
    relative_overfitting : float
        0: none; 1: out of bag it is no better than no information.
    weight : float
        Of `out_of_bag` in the estimate, .632 to 1.
    estimate_632plus : float
        The .632+ estimate.
    """

    apparent: float
    optimism: float
    optimism_corrected: float
    out_of_bag: float
    no_information: float
    relative_overfitting: float
    weight: float
    estimate_632plus: float


@dataclass(frozen=True, slots=True)
class BootstrapPerformance(Result):
    """AUC and Brier score by bootstrap optimism and .632+.

    Attributes
    ----------
    auc, brier : CorrectedMeasure
    n_refits, n_discarded : int
        Refits used, and those set aside because a prediction was missing.
    pairs : int
        Pairs of a responder and a non-responder that the out-of-bag AUC looks at.
    auc_sampling_error : float
        Standard error of the out-of-bag AUC from looking at a sample of them; 0 where all are looked at.
    """

    auc: CorrectedMeasure
    brier: CorrectedMeasure
    n_refits: int
    n_discarded: int
    pairs: int
    auc_sampling_error: float

    def frame(self) -> pd.DataFrame:
        """Return one row a measure."""
        import pandas as pd

        return pd.DataFrame([{"measure": name, **getattr(self, name).to_json()} for name in ("auc", "brier")])


def bootstrap_performance(
    outcome: NDArray[Any],
    apparent: FloatArray,
    refits: FloatArray,
    counts: FloatArray,
    *,
    rng: np.random.Generator | None = None,
) -> BootstrapPerformance:
    """Correct AUC and Brier score for optimism.

    Parameters
    ----------
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome; both classes.
    apparent : ndarray, shape (n,)
        Logit of each patient from the model of the whole cohort.
    refits : ndarray, shape (B, n)
        Logit of each patient from each bootstrap refit; a row with a missing value is discarded and counted.
    counts : ndarray, shape (B, n)
        How often each patient was drawn for each refit.
    rng : numpy.random.Generator, optional
        Needed above 100,000 pairs of a responder and a non-responder, of which so many are drawn.

    Raises
    ------
    NotEstimableError
        If no usable refit leaves out a pair of opposite classes, or some patient was drawn for every refit.

    Notes
    -----
    Out of bag, a patient's squared error is averaged over the refits that did not draw them (the leave-one-out
    bootstrap), and a pair's win over those that drew neither (its form for pairs), before averaging over patients or
    pairs. Samples drawn within outcome classes keep the prevalence, which the original does not.

    References
    ----------
    Optimism: Efron and Gong 1983; Harrell, Lee and Mark 1996, Stat Med 15:361. .632+: Efron and Tibshirani 1997, JASA
    92:548, doi 10.1080/01621459.1997.10474007; for the AUC Sahiner, Chan and Hadjiiski 2008, Med Phys 35:1559, doi
    10.1118/1.2868757.
    """
    responders = as_labels(outcome)
    usable = ~np.isnan(refits).any(axis=1)
    logit, drawn = refits[usable], counts[usable].astype(float)
    if not len(logit) or (drawn > 0).all(axis=0).any():
        raise NotEstimableError("never_left_out", n=len(logit))
    possible = int(responders.sum()) * int((~responders).sum())
    pairs = None
    if possible > MOST_PAIRS:
        if rng is None:
            raise ValueError("sampling pairs needs a generator")
        pairs = sampled_opposite_pairs(outcome, MOST_PAIRS, rng)
    auc, error = _auc(responders, apparent, logit, drawn, pairs)
    brier = _brier(responders, apparent, logit, drawn)
    return BootstrapPerformance(
        auc, brier, len(logit), len(refits) - len(logit), possible if pairs is None else len(pairs), error
    )


def point_632_plus(apparent: float, out_of_bag: float, no_information: float) -> tuple[float, float, float]:
    """Return the .632+ estimate of an error, the relative overfitting rate, and the weight of `out_of_bag`.

    Parameters
    ----------
    apparent, out_of_bag, no_information : float
        Errors: better when small.

    References
    ----------
    Efron and Tibshirani 1997, equations 27 to 32. An `out_of_bag` above `no_information` is bounded in the overfitting
    rate and the correction, as their equation 32 has it, and not in the .632 estimate that is corrected: a model that
    is worse than no information is not called as good.

    Examples
    --------
    Nearest neighbours on noise: no error on their own patients, one half on others. The plain .632 estimate would be
    .316 and call that learning.

    >>> estimate, overfitting, weight = point_632_plus(0.0, 0.5, 0.5)
    >>> estimate, overfitting, weight
    (0.5, 1.0, 1.0)
    """
    bounded = min(out_of_bag, no_information)
    overfitting = 0.0
    if bounded > apparent:
        overfitting = (bounded - apparent) / (no_information - apparent)
    weight = SHARE_DRAWN / (1.0 - (1.0 - SHARE_DRAWN) * overfitting)
    beyond = SHARE_DRAWN * (out_of_bag - bounded)
    return (1.0 - weight) * apparent + weight * bounded + beyond, overfitting, weight


def _brier(responders: BoolArray, apparent: FloatArray, logit: FloatArray, drawn: FloatArray) -> CorrectedMeasure:
    whole = expit(apparent)
    loss = np.square(expit(logit) - responders)
    on_cohort = loss.mean(axis=1)
    on_sample = (drawn * loss).sum(axis=1) / drawn.sum(axis=1)
    left_out = drawn == 0
    by_patient = (left_out * loss).sum(axis=0) / left_out.sum(axis=0)
    prevalence = float(responders.mean())
    no_information = prevalence * np.square(1.0 - whole).mean() + (1.0 - prevalence) * np.square(whole).mean()
    return _measure(
        apparent=float(np.square(whole - responders).mean()),
        optimism=float((on_cohort - on_sample).mean()),
        out_of_bag=float(by_patient.mean()),
        no_information=float(no_information),
        better_when_small=True,
    )


def _auc(
    responders: BoolArray, apparent: FloatArray, logit: FloatArray, drawn: FloatArray, pairs: IntArray | None
) -> tuple[CorrectedMeasure, float]:
    """Return the AUC, and the standard error of its out-of-bag value from having sampled pairs."""
    i, j = (pairs if pairs is not None else opposite_pairs(responders)).T
    optimism = np.empty(len(logit))
    won, scored = np.zeros((2, len(i)))
    everybody = np.ones(len(responders))
    for at, (score, count) in enumerate(zip(logit, drawn, strict=True)):
        optimism[at] = _weighted_auc(responders, score, count) - _weighted_auc(responders, score, everybody)
        left_out = count == 0
        unseen = left_out[i] & left_out[j]
        won += unseen * win(score[i] - score[j])
        scored += unseen
    if not scored.any():
        raise NotEstimableError("no_pair_left_out")
    by_pair = won[scored > 0] / scored[scored > 0]
    error = 0.0
    if pairs is not None:
        error = float(by_pair.std(ddof=1) / np.sqrt(len(by_pair)))
    measure = _measure(
        apparent=_weighted_auc(responders, apparent, everybody),
        optimism=float(optimism.mean()),
        out_of_bag=float(by_pair.mean()),
        no_information=0.5,
        better_when_small=False,
    )
    return measure, error


def _weighted_auc(responders: BoolArray, score: FloatArray, weight: FloatArray) -> float:
    """Return the share of responder / non-responder pairs, by their weights, that a score ranks rightly; see `win`."""
    own, other = score[responders], score[~responders]
    order = np.argsort(other, kind="stable")
    below = np.append(0.0, weight[~responders][order].cumsum())
    lost = np.searchsorted(other[order], own - TIE_TOLERANCE, side="left")
    tied = np.searchsorted(other[order], own + TIE_TOLERANCE, side="right")
    weights = weight[responders]
    return float(weights @ (below[lost] + below[tied]) / (2.0 * weights.sum() * below[-1]))


def _measure(
    *, apparent: float, optimism: float, out_of_bag: float, no_information: float, better_when_small: bool
) -> CorrectedMeasure:
    if better_when_small:
        corrected = apparent + optimism
        estimate, overfitting, weight = point_632_plus(apparent, out_of_bag, no_information)
    else:
        corrected = apparent - optimism
        # an AUC below one half is taken for one half (Sahiner et al. 2008)
        seen = max(out_of_bag, no_information)
        error, overfitting, weight = point_632_plus(1.0 - apparent, 1.0 - seen, 1.0 - no_information)
        estimate = 1.0 - error
    return CorrectedMeasure(apparent, optimism, corrected, out_of_bag, no_information, overfitting, weight, estimate)
