"""Which outcomes cannot be ruled out for a patient? Class-conditional conformal sets, or why there are none.

An outcome is ruled out when fewer than a share ``1 - level`` of the calibration patients *with that outcome*
fit it as badly as the new patient does. With n such patients the smallest share is 1 / (n + 1), so a class
can be ruled out at all only if it has 1 / (1 - level) - 1 members: 19 for 95%, 9 for 90%, 4 for 80%.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from responder.arrays import BoolArray, FloatArray
from responder.validate._inputs import as_labels, as_level, as_probabilities
from responder.validate.result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ConformalLimits",
    "ConformalSets",
    "conformal_limits",
    "conformal_sets",
    "members_needed",
    "out_of_fold_sets",
]


@dataclass(frozen=True, eq=False)
class ConformalSets(Result):
    """Outcomes that cannot be ruled out for some patients, at one level.

    Attributes
    ----------
    response_possible, non_response_possible : ndarray of bool, shape (m,)
        Whether the patient's set holds the outcome. Both: undecided. Neither: unlike either class.
    p_response, p_non_response : ndarray, shape (m,)
        Conformal p of each outcome.
    level : float
        The set holds the true outcome with at least this probability, whichever outcome it is.
    n_responders, n_non_responders, n_needed : int
        Calibration patients of each class, and how many a class needs to be ruled out at all.
    """

    response_possible: BoolArray
    non_response_possible: BoolArray
    p_response: FloatArray
    p_non_response: FloatArray
    level: float
    n_responders: int
    n_non_responders: int
    n_needed: int

    @property
    def is_informative(self) -> bool:
        """Whether at least one outcome can be ruled out at this level."""
        return max(self.n_responders, self.n_non_responders) >= self.n_needed

    @property
    def counts(self) -> dict[str, int]:
        """Patients by what their set holds: one outcome, both (undecided) or neither."""
        response, other = self.response_possible, self.non_response_possible
        sets = {
            "response": response & ~other,
            "non_response": ~response & other,
            "both": response & other,
            "neither": ~response & ~other,
        }
        return {name: int(members.sum()) for name, members in sets.items()}

    def summary(self) -> dict[str, Any]:
        """Return what is not of single patients, as JSON types."""
        return {
            "level": self.level,
            "is_informative": self.is_informative,
            "n_needed": self.n_needed,
            "patients": self.counts,
        }

    def frame(self) -> pd.DataFrame:
        """Return one row a patient."""
        import pandas as pd

        return pd.DataFrame({name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)})


@dataclass(frozen=True)
class ConformalLimits:
    """Between which scores an outcome stays possible at one level: all that the next patient's set takes.

    Two scores are kept instead of the scores of all patients, from which their outcomes could be read.

    Attributes
    ----------
    level : float
        The set holds the true outcome with at least this probability, whichever outcome it is.
    response_from : float or None
        Lowest score at which response is not ruled out; None where it never is, for too few responders.
    non_response_to : float or None
        Highest score at which non-response is not ruled out; None where it never is, for too few non-responders.
    """

    level: float
    response_from: float | None
    non_response_to: float | None

    @property
    def is_informative(self) -> bool:
        """Whether at least one outcome can be ruled out."""
        return self.response_from is not None or self.non_response_to is not None

    def possible(self, scores: ArrayLike) -> tuple[BoolArray, BoolArray]:
        """Return whether response, and whether non-response, stays possible at each score, shape (m,) each."""
        new = np.atleast_1d(np.asarray(scores, dtype=float))
        anywhere = np.ones(len(new), dtype=bool)
        return (
            anywhere if self.response_from is None else new >= self.response_from,
            anywhere if self.non_response_to is None else new <= self.non_response_to,
        )


def conformal_limits(scores: ArrayLike, labels: ArrayLike, level: float = 0.9) -> ConformalLimits:
    """Return the scores between which each outcome stays possible for new patients; see `conformal_sets`.

    Parameters
    ----------
    scores : array_like, shape (n,)
        Score of each calibration patient from a model that had not seen the patient (out of fold), on any increasing
        scale; probabilities and logits give the same sets.
    labels : array_like of 0/1, shape (n,)
        Outcome of each; both classes.
    level : float
        Share of sets that must hold the true outcome.

    Raises
    ------
    ValueError
        If the arrays do not match, or a score is not finite.

    Examples
    --------
    >>> limits = conformal_limits([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1], [1, 1, 1, 1, 0, 0, 0, 0], level=0.8)
    >>> limits.response_from, limits.non_response_to
    (0.6, 0.4)
    >>> [part.tolist() for part in limits.possible([0.95, 0.05, 0.5])]
    [[True, False, False], [False, True, False]]
    """
    responders = as_labels(labels)
    seen = np.asarray(scores, dtype=float)
    if seen.shape != responders.shape or not np.isfinite(seen).all():
        raise ValueError("scores must be finite and as many as labels")
    error = 1 - as_level(level)
    lowest, highest = _worst_kept(seen[responders], error), _worst_kept(-seen[~responders], error)
    return ConformalLimits(level, lowest, None if highest is None else -highest)


def _worst_kept(scores: FloatArray, error: float) -> float | None:
    """Return the lowest score that so many of a class are at or below that its conformal p is above the error."""
    n = len(scores)
    p = (np.arange(n + 1) + 1) / (n + 1)
    needed = int(np.argmax(p > error + 1e-9))
    return None if needed == 0 else float(np.sort(scores)[needed - 1])


def conformal_sets(
    calibration_probabilities: ArrayLike, labels: ArrayLike, probabilities: ArrayLike, level: float = 0.9
) -> ConformalSets:
    """Return class-conditional conformal sets from out-of-fold probabilities.

    Parameters
    ----------
    calibration_probabilities : array_like, shape (n,)
        Probability of response of each calibration patient, from a model that had not seen the patient.
    labels : array_like of 0/1, shape (n,)
        Outcome of each; both classes.
    probabilities : array_like, shape (m,)
        Probability of response of each new patient.
    level : float
        Share of sets that must hold the true outcome.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.

    Notes
    -----
    How badly a patient fits an outcome is one less its predicted probability. The guarantee is for scores
    of one fixed model and exchangeable patients; out-of-fold scores come from models that each miss one
    patient, so it holds only about.

    References
    ----------
    Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World, section 4.5 (label-conditional
    conformal prediction); Vovk 2012, ACML, PMLR 25:475.

    Examples
    --------
    Four of each class are just enough at 80%:

    >>> seen = [0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1]
    >>> sets = conformal_sets(seen, [1, 1, 1, 1, 0, 0, 0, 0], [0.95, 0.05, 0.65], level=0.8)
    >>> sets.response_possible.tolist(), sets.non_response_possible.tolist()
    ([True, False, True], [False, True, False])
    >>> none = conformal_sets(seen, [1, 1, 1, 1, 0, 0, 0, 0], [0.95], level=0.9)
    >>> none.is_informative, none.n_needed
    (False, 9)
    """
    responders = as_labels(labels)
    seen = as_probabilities(calibration_probabilities, len(responders))
    new = np.asarray(probabilities, dtype=float)
    new = as_probabilities(new, new.size)
    error = 1 - as_level(level)
    # a responder fits worse the lower its probability, a non-responder the higher
    n_responders = int(responders.sum())
    n_non_responders = len(responders) - n_responders
    at_least_as_bad_responders = np.searchsorted(np.sort(seen[responders]), new, side="right")
    at_least_as_bad_others = n_non_responders - np.searchsorted(np.sort(seen[~responders]), new, side="left")
    p_response = (at_least_as_bad_responders + 1) / (n_responders + 1)
    p_non_response = (at_least_as_bad_others + 1) / (n_non_responders + 1)
    return ConformalSets(
        # p is a multiple of 1 / (n + 1): the margin only keeps rounding of 1 - level from deciding
        response_possible=p_response > error + 1e-9,
        non_response_possible=p_non_response > error + 1e-9,
        p_response=p_response,
        p_non_response=p_non_response,
        level=level,
        n_responders=n_responders,
        n_non_responders=n_non_responders,
        n_needed=members_needed(level),
    )


def out_of_fold_sets(probabilities: ArrayLike, labels: ArrayLike, level: float = 0.9) -> ConformalSets:
    """Return the conformal sets of the calibration patients themselves, each calibrated by the others.

    Parameters
    ----------
    probabilities : array_like, shape (n,)
        Probability of response of each patient, from a model that had not seen the patient.
    labels, level
        See `conformal_sets`, with its note and sources.

    Examples
    --------
    >>> seen = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4, 0.3, 0.2, 0.1]
    >>> sets = out_of_fold_sets(seen, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], level=0.75)
    >>> sets.counts
    {'response': 4, 'non_response': 5, 'both': 0, 'neither': 1}
    """
    responders = as_labels(labels)
    found = conformal_sets(probabilities, labels, probabilities, level)
    # a patient fits an outcome as badly as themselves: taken out of their class, one less is counted, of n, not n + 1
    error = 1 - found.level
    n_class = np.where(responders, found.n_responders, found.n_non_responders)
    own = np.where(responders, found.p_response, found.p_non_response)
    own = (own * (n_class + 1) - 1) / n_class
    p_response = np.where(responders, own, found.p_response)
    p_non_response = np.where(responders, found.p_non_response, own)
    return replace(
        found,
        response_possible=p_response > error + 1e-9,
        non_response_possible=p_non_response > error + 1e-9,
        p_response=p_response,
        p_non_response=p_non_response,
    )


def members_needed(level: float) -> int:
    """Return the members that a class needs before it can be ruled out, 1 / (1 - level) - 1.

    Examples
    --------
    >>> [members_needed(level) for level in (0.8, 0.9, 0.95)]
    [4, 9, 19]
    """
    # rounded first: 1 / (1 - 0.9) is a hair above 10
    return ceil(round(1 / (1 - as_level(level)) - 1, 9))
