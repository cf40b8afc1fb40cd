"""Which outcomes stay possible for the next patient: class-conditional conformal sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.validate.conformal import ConformalLimits, members_needed
from responder.words import Phrase

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

    @property
    def statement(self) -> Phrase:
        """The set in words."""
        values = {"level": self.level, "needed": self.n_needed}
        found = Phrase(f"conformal.{self.outcomes}", values)
        if not self.never_ruled_out or self.outcomes == UNINFORMATIVE:
            return found
        never = Phrase(f"conformal.never_{self.never_ruled_out}", values)
        return Phrase("conformal.with_limit", {"found": found, "never": never})

    def in_language(self, language: str) -> str:
        """Return the set in words."""
        return self.statement.in_language(language)

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the set as JSON types, said in a language."""
        return {
            "level": self.level,
            "outcomes": self.outcomes,
            "n_needed": self.n_needed,
            "sentence": self.in_language(language),
        }


def outcome_codes(limits: ConformalLimits, logits: FloatArray) -> NDArray[np.object_]:
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
    'at 80% confidence: likely to respond (non-response is ruled out)'
    >>> outcome_set(ConformalLimits(0.9, None, None), 1.5).in_language("en")
    'at 90% confidence: nothing can be ruled out, because each class would need 9 patients'
    """
    [code] = outcome_codes(limits, np.array([logit]))
    never = ""
    if limits.is_informative:
        never = RESPONSE if limits.response_from is None else NON_RESPONSE if limits.non_response_to is None else ""
    return OutcomeSet(limits.level, str(code), never)
