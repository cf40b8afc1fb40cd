"""A column that becomes a trait of a drafted study, and one that does not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from responder.cohort.draft.column import ColumnGuess
from responder.cohort.table import ColumnFacts
from responder.study.questions import Question

__all__ = ["DraftTrait", "Ignored", "as_outcome"]


@dataclass(frozen=True)
class DraftTrait:
    """A column that becomes a trait.

    Attributes
    ----------
    header, name : str
        Of the column, and of the trait.
    guess : ColumnGuess
        What it holds.
    facts : ColumnFacts
        What the file or a dictionary declares.
    timing : str or Question
        When it was measured; empty where its event will say so.
    why : str
        What said when (``visit``, ``name``, ``declared``, ``answer``, ``endpoint``); empty where nothing did.
    label : str
        Its name in words, where a person gave it one.
    expected : str
        What was declared beforehand to go with response: ``higher`` or ``lower``, of a set behind ``LEVEL:``.
    """

    header: str
    name: str
    guess: ColumnGuess
    facts: ColumnFacts
    timing: str | Question = ""
    why: str = ""
    label: str = ""
    expected: str = ""

    @property
    def words(self) -> str:
        """Its name in words: given, declared by the file or a dictionary, else its header."""
        return self.label or self.facts.label or self.header


@dataclass(frozen=True)
class Ignored:
    """A column that is no trait: its header, and the code of the reason (``ignored.CODE`` of the catalogue)."""

    header: str
    reason: str


def as_outcome(trait: DraftTrait) -> DraftTrait:
    """Return a trait as the column of an endpoint: of several words one is told from the others, not ordered."""
    kind = "ordinal" if trait.guess.kind == "set" else trait.guess.kind
    return replace(trait, guess=replace(trait.guess, kind=kind), timing="outcome", why="endpoint")
