"""Why a score is held back or to be taken with caution: a closed set of reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from responder.words import Phrase, Spoken, say

__all__ = ["ABSTAINED", "REASONS", "RESEARCH_USE", "SCORED", "WITH_CAUTION", "ScoreReason", "research_use"]

SCORED, WITH_CAUTION, ABSTAINED = "scored", "scored_with_caution", "abstained"

RESEARCH_USE = Phrase("score.research_use")
"""The sentence that goes with every score."""


def research_use(language: str) -> str:
    """Return the sentence that goes with every score, in a language."""
    return say(RESEARCH_USE.code, language)


REASONS: dict[str, bool] = {
    "model_not_shown": True,
    "model_not_estimable": True,
    "level_not_seen": True,
    "far_outside": True,
    "unlike_anyone": True,
    "mostly_missing": True,
    "outside_range": False,
    "high_leverage": False,
    "no_near_neighbour": False,
    "missing": False,
    "missing_pattern_not_seen": False,
    "interval_open": False,
    "no_interval": False,
    "without_patients": False,
    "illustrative": False,
    "not_eligible": False,
    "held_at_edge": False,
}
"""Code of a reason to whether it holds the personal probability back, rather than calling for caution."""


@dataclass(frozen=True)
class ScoreReason:
    """One reason of one score.

    Attributes
    ----------
    code : str
        Key of `REASONS`.
    traits : tuple of str
        Traits concerned, by name.
    statement : Phrase
        In words, with the traits' labels.
    """

    code: str
    traits: tuple[str, ...]
    statement: Phrase

    @classmethod
    def of(cls, code: str, traits: Sequence[str] = (), labels: Sequence[Spoken] = (), **limits: str) -> ScoreReason:
        """Return a reason; `labels` are those of the traits, `limits` those of an interval."""
        return cls(code, tuple(traits), Phrase(f"reason.{code}", {"traits": tuple(labels), **limits}))

    @property
    def abstains(self) -> bool:
        """Whether it holds the personal probability back."""
        return REASONS[self.code]

    def in_language(self, language: str) -> str:
        """Return the reason in words."""
        return self.statement.in_language(language)

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the reason as JSON types, said in a language."""
        return {
            "code": self.code,
            "abstains": self.abstains,
            "traits": list(self.traits),
            "sentence": self.in_language(language),
        }
