"""Overall scores of out-of-fold probabilities: Brier score and skill, log loss, accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from responder.validate._inputs import as_labels, as_probabilities
from responder.validate.proportions import Proportion, clopper_pearson
from responder.validate.result import Result

__all__ = ["ProbabilityScores", "brier_of_prevalence", "probability_scores"]


@dataclass(frozen=True, slots=True)
class ProbabilityScores(Result):
    """Overall scores of out-of-fold probabilities.

    Attributes
    ----------
    n, events : int
        Patients and responders.
    brier, brier_of_prevalence, brier_skill : float
        Brier score; that of the leave-one-out prevalence predictor; 1 less their ratio, so 0 is no better
        than the prevalence and negative is worse.
    log_loss : float
        Mean negative log-likelihood, natural logarithm; infinite if a certain prediction was wrong.
    threshold : float
        Probability from which response is predicted.
    accuracy : Proportion
        Share predicted rightly, with its Clopper-Pearson interval. Out-of-fold predictions share training
        patients, so the interval is, if anything, too narrow.
    majority_accuracy : float
        Share predicted rightly by always naming the larger class.
    true_positives, false_positives, false_negatives, true_negatives : int
        The confusion table.
    """

    n: int
    events: int
    brier: float
    brier_of_prevalence: float
    brier_skill: float
    log_loss: float
    threshold: float
    accuracy: Proportion
    majority_accuracy: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


def probability_scores(labels: ArrayLike, probabilities: ArrayLike, threshold: float = 0.5) -> ProbabilityScores:
    """Return Brier score and skill, log loss and accuracy of out-of-fold probabilities.

    Parameters
    ----------
    labels : array_like of 0/1, shape (n,)
        Observed outcome; both classes, n at least 2.
    probabilities : array_like, shape (n,)
        Predicted probability of response, out of fold.
    threshold : float
        Response is predicted from this probability on; declared beforehand.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.

    References
    ----------
    Brier 1950, Mon Weather Rev 78:1; skill against the leave-one-out prevalence: `brier_of_prevalence`.

    Examples
    --------
    >>> scores = probability_scores([1, 1, 0], [0.5, 0.5, 1.0])
    >>> round(scores.brier, 4), round(scores.brier_of_prevalence, 4), round(scores.brier_skill, 4)
    (0.5, 0.5, 0.0)
    """
    responders = as_labels(labels)
    predicted = as_probabilities(probabilities, len(responders))
    n, events = len(responders), int(responders.sum())
    brier = float(np.square(predicted - responders).mean())
    reference = brier_of_prevalence(n, events)
    loss = -(xlogy(responders, predicted) + xlogy(~responders, 1 - predicted)).mean()
    named = predicted >= threshold
    true_positives, true_negatives = int((named & responders).sum()), int((~named & ~responders).sum())
    return ProbabilityScores(
        n=n,
        events=events,
        brier=brier,
        brier_of_prevalence=reference,
        brier_skill=1 - brier / reference,
        log_loss=float(loss),
        threshold=threshold,
        accuracy=clopper_pearson(true_positives + true_negatives, n),
        majority_accuracy=max(events, n - events) / n,
        true_positives=true_positives,
        false_positives=n - events - true_negatives,
        false_negatives=events - true_positives,
        true_negatives=true_negatives,
    )


def brier_of_prevalence(n: int, events: int) -> float:
    """Return the Brier score of predicting every patient by the prevalence among the others.

    Leaving a responder out lowers the training prevalence and leaving a non-responder out raises it, so the
    leave-one-out score is p (1 - p) (n / (n - 1))**2, not p (1 - p).

    Examples
    --------
    >>> round(brier_of_prevalence(9, 6), 4)
    0.2812
    """
    prevalence = events / n
    return prevalence * (1 - prevalence) * (n / (n - 1)) ** 2
