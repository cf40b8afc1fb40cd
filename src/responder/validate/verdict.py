"""One closed set of verdicts: does the model beat chance, is that not shown, or can it not be said?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from responder.validate.result import Result
from responder.words import Phrase

__all__ = ["MIN_CLASS_SIZE", "Reason", "Verdict", "VerdictKind", "may_score", "p_text", "percent", "verdict"]

MIN_CLASS_SIZE = 3
"""Patients in the smaller class below which nothing is estimated: leave-pair-out would train on one."""


class VerdictKind(Enum):
    """What may be said of a model."""

    BEATS_CHANCE = "beats_chance"
    NOT_SHOWN = "not_shown_to_beat_chance"
    CANNOT_BE_ESTIMATED = "cannot_be_estimated"


class Reason(Enum):
    """Why nothing can be said."""

    CLASSES_TOO_SMALL = "classes_too_small"
    CONSTANT_MODEL = "constant_model"
    SMALLEST_P_ABOVE_ALPHA = "smallest_p_above_alpha"
    TOO_MANY_REFITS_DISCARDED = "too_many_refits_discarded"
    FIT_FAILED = "fit_failed"


@dataclass(frozen=True, slots=True, repr=False)
class Verdict(Result):
    """What every output of a model leads with; a notebook shows its statement.

    Attributes
    ----------
    kind : VerdictKind
    reason : Reason or None
        Given exactly when ``kind`` is ``CANNOT_BE_ESTIMATED``.
    statement : Phrase
        The verdict with the numbers that it rests on.
    """

    kind: VerdictKind
    reason: Reason | None
    statement: Phrase

    @property
    def is_silent(self) -> bool:
        """Whether nothing can be estimated."""
        return self.kind is VerdictKind.CANNOT_BE_ESTIMATED

    def to_json(self) -> dict[str, Any]:
        """Return kind, reason and what a reader is shown, as JSON types."""
        reason = None if self.reason is None else self.reason.value
        return {"kind": self.kind.value, "reason": reason, "sentence": self.statement.to_json()}

    def __repr__(self) -> str:
        return str(self.statement)


def verdict(
    *,
    n: int,
    n_smaller_class: int,
    lpo_auc: float | None = None,
    p: float | None = None,
    p_adjusted: float | None = None,
    n_labelings: int = 0,
    exact: bool = True,
    two_sided: bool = False,
    smallest_p: float | None = None,
    alpha: float = 0.05,
    failure: Reason | None = None,
) -> Verdict:
    """Return what may be said of a model from its leave-pair-out AUC and permutation test.

    The reasons for silence are tried in this order: the smaller class below `MIN_CLASS_SIZE`, the
    ``failure`` that the caller met, no attainable p at or below ``alpha``. Otherwise the model beats chance
    when its AUC is above one half and its p (adjusted for everything tried, where that was more than one
    model and this is not the one tested first) is at most ``alpha``.

    Parameters
    ----------
    n, n_smaller_class : int
        Patients, and those in the smaller class.
    lpo_auc : float, optional
        Leave-pair-out AUC.
    p, p_adjusted : float, optional
        Permutation p of this model alone, and adjusted for all that were tried; see
        `responder.validate.familywise`.
    n_labelings : int
        Labelings evaluated, the observed one included.
    exact : bool
        Whether these were all labelings rather than a random sample.
    two_sided : bool
        Whether the test was two-sided.
    smallest_p : float, optional
        Smallest p attainable on this data set.
    alpha : float
        Level declared beforehand.
    failure : Reason, optional
        What kept the AUC or its p from being computed.

    Raises
    ------
    ValueError
        If nothing failed and a number is missing.

    References
    ----------
    Ojala and Garriga 2010, J Mach Learn Res 11:1833 (the test); Westfall and Young 1993 (min-P).

    Examples
    --------
    >>> verdict(n=9, n_smaller_class=2)
    Cannot be estimated: the smaller outcome class has 2 of 9 patients; at least 3 are needed.
    >>> verdict(
    ...     n=9, n_smaller_class=3, lpo_auc=0.61, p=0.31, n_labelings=84, smallest_p=1 / 84
    ... ).kind
    <VerdictKind.NOT_SHOWN: 'not_shown_to_beat_chance'>
    """
    if n_smaller_class < MIN_CLASS_SIZE:
        few = {"smaller": n_smaller_class, "n": n, "needed": MIN_CLASS_SIZE}
        return _silent(Reason.CLASSES_TOO_SMALL, Phrase("verdict.why.smaller_class", few))
    if failure is not None:
        return _silent(failure, Phrase(f"verdict.why.{failure.value}"))
    if lpo_auc is None or p is None or smallest_p is None:
        raise ValueError("a verdict without a failure needs lpo_auc, p and smallest_p")
    smallest = p_text(smallest_p, alpha)
    if smallest_p > alpha:
        reach = {"n": n_labelings, "smallest": smallest, "alpha": alpha}
        return _silent(Reason.SMALLEST_P_ABOVE_ALPHA, Phrase("verdict.why.out_of_reach", reach))
    tested = Phrase(f"verdict.p.{'two' if two_sided else 'one'}_sided", {"p": p_text(p, alpha)})
    if p_adjusted is not None:
        tested = Phrase("verdict.p.adjusted", {"tested": tested, "adjusted": p_text(p_adjusted, alpha)})
    labelings = Phrase(f"verdict.labelings.{'all' if exact else 'random'}", {"n": n_labelings - (not exact)})
    values = {"auc": float(lpo_auc), "tested": tested, "labelings": labelings, "alpha": alpha, "smallest": smallest}
    decisive = p if p_adjusted is None else p_adjusted
    kind = VerdictKind.BEATS_CHANCE if lpo_auc > 0.5 and decisive <= alpha else VerdictKind.NOT_SHOWN
    numbers = Phrase("verdict.numbers", {**values, "n": n})
    return Verdict(kind, None, Phrase(f"verdict.said.{kind.value}", {"numbers": numbers}))


def may_score(verdict: str, *, landmark: bool) -> bool:
    """Return whether new patients may be scored by a result: a landmark model is kept only where it beats chance.

    Examples
    --------
    >>> may_score("not_shown_to_beat_chance", landmark=True), may_score("not_shown_to_beat_chance", landmark=False)
    (False, True)
    """
    return not landmark or verdict == VerdictKind.BEATS_CHANCE.value


def _silent(reason: Reason, why: Phrase) -> Verdict:
    kind = VerdictKind.CANNOT_BE_ESTIMATED
    return Verdict(kind, reason, Phrase(f"verdict.said.{kind.value}", {"why": why}))


def percent(alpha: float) -> str:
    """Return a level in per cent, with no more places than it has.

    Examples
    --------
    >>> percent(0.05), percent(0.025)
    ('5%', '2.5%')
    """
    return f"{100 * alpha:.10g}%"


def p_text(value: float, alpha: float) -> str:
    """Return ``value`` to as many places as keep it non-zero and on its own side of ``alpha``."""
    for places in range(3, 16):
        rounded = round(value, places)
        if (rounded <= alpha) == (value <= alpha) and (rounded > 0 or value == 0):
            return f"{rounded:.{places}f}"
    return f"{value:g}"
