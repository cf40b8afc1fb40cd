"""Which outcomes stay possible for the next patient, in words: class-conditional conformal sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.validate.conformal import ConformalLimits, members_needed
from responder.words.say import say

__all__ = ["OutcomeSet", "outcome_codes", "outcome_set"]

BOTH, RESPONSE, NON_RESPONSE, NEITHER = "both", "response", "non_response", "neither"
UNINFORMATIVE = "uninformative"


@dataclass(frozen=True)
class OutcomeSet:
    """The outcomes that cannot be ruled out for one patient at one level.

    Attributes
    ----------
    level : float
        Of patients like those of the training cohort, the set holds the true outcome for at least this share.
    outcomes : str
        ``both``, ``response``, ``non_response``, ``neither``, or ``uninformative``: both, whoever is scored.
    never_ruled_out : str
        ``response`` or ``non_response`` where one class is too small to be ruled out at this level, else empty.
    """

    level: float
    outcomes: str
    never_ruled_out: str

    @property
    def n_needed(self) -> int:
        """Patients that a class needs before it can be ruled out at this level."""
        return members_needed(self.level)

    def in_language(self, lang: str) -> str:
        """Return the set in words, in ``en`` or ``zh``."""
        values = {"level": f"{self.level:.0%}", "needed": self.n_needed}
        said = say(f"conformal.{self.outcomes}", lang, **values)
        if self.never_ruled_out and self.outcomes != UNINFORMATIVE:
            said += say(f"conformal.never_{self.never_ruled_out}", lang, **values)
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the set as JSON types, with its words."""
        return {
            "level": self.level,
            "outcomes": self.outcomes,
            "n_needed": self.n_needed,
            "sentence": self.in_language("en"),
            "sentence_zh": self.in_language("zh"),
        }


def outcome_codes(limits: ConformalLimits, logits: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the code of `OutcomeSet.outcomes` for each logit, shape (m,)."""
    if not limits.is_informative:
        return np.full(len(logits), UNINFORMATIVE, dtype=object)
    response, other = limits.possible(logits)
    codes = np.select([response & other, response, other], [BOTH, RESPONSE, NON_RESPONSE], NEITHER)
    return codes.astype(object)


def outcome_set(limits: ConformalLimits, logit: float) -> OutcomeSet:
    """Return the set of one logit.

    Examples
    --------
    >>> outcome_set(ConformalLimits(0.8, -0.5, 1.0), 1.5).in_language("en")
    'at 80%: likely to respond (non-response is ruled out)'
    >>> outcome_set(ConformalLimits(0.9, None, None), 1.5).in_language("en")
    'at 90%: uninformative by construction, for a class needs 9 patients'
    """
    [code] = outcome_codes(limits, np.array([logit]))
    never = ""
    if limits.is_informative:
        never = RESPONSE if limits.response_from is None else NON_RESPONSE if limits.non_response_to is None else ""
    return OutcomeSet(limits.level, str(code), never)
