"""The answer that a reader came for: what can be said of these patients and of the next, and what would settle it.

It is made once, in ``responder.experiment.answering``; terminal, report, card, MLflow and notebook show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from responder.validate.result import Result
from responder.words import Phrase, from_json, said

__all__ = ["Answer", "AnswerLine"]

SECTIONS = ("hypotheses", "markers", "next_patient", "needed")


@dataclass(frozen=True)
class AnswerLine(Result):
    """One thing that is said, and what it must be read with.

    Attributes
    ----------
    statement : Phrase
        What is said.
    notes : tuple of Phrase
        What stands below it.
    """

    statement: Phrase
    notes: tuple[Phrase, ...] = ()

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> AnswerLine:
        """Rebuild a line from `to_json`."""
        return cls(from_json(content["statement"]), from_json(content["notes"]))


@dataclass(frozen=True, repr=False)
class Answer(Result):
    """What every output leads with.

    Attributes
    ----------
    lead : Phrase
        One sentence: what can be said of these patients.
    read_with : tuple of Phrase
        What it must be read with: of a landmark, when its values are known and who was left out; what the values rest
        on where they were not all observed.
    hypotheses : tuple of AnswerLine
        One a declared hypothesis: the claim, below it its direction here and its verdict, then its parts.
    markers : tuple of AnswerLine
        Direction of the markers that no hypothesis declares, with what the model that uses them is worth.
    next_patient : tuple of AnswerLine
        What the next patient gets.
    needed : tuple of AnswerLine
        How many patients would settle it, and what is assumed for that.

    Examples
    --------
    >>> answer = Answer(Phrase("list.none"), (), (), (), (AnswerLine(Phrase("list.none")),), ())
    >>> print(answer.in_language("en"))
    none
    <BLANKLINE>
    The next patient
      none
    """

    lead: Phrase
    read_with: tuple[Phrase, ...]
    hypotheses: tuple[AnswerLine, ...]
    markers: tuple[AnswerLine, ...]
    next_patient: tuple[AnswerLine, ...]
    needed: tuple[AnswerLine, ...]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Answer:
        """Rebuild an answer from `to_json`."""
        lines = {name: tuple(map(AnswerLine.from_json, content[name])) for name in SECTIONS}
        return cls(from_json(content["lead"]), from_json(content["read_with"]), **lines)

    @property
    def sections(self) -> list[tuple[Phrase, Sequence[AnswerLine]]]:
        """Heading and lines of every part that has something to say."""
        found = [(Phrase(f"bottom_line.{name}"), getattr(self, name)) for name in SECTIONS]
        return [(heading, lines) for heading, lines in found if lines]

    def in_language(self, language: str) -> str:
        """Return the answer as text for a terminal."""
        blocks = ["\n".join(said(each, language) for each in (self.lead, *self.read_with))]
        for heading, lines in self.sections:
            own = [said(heading, language)]
            for line in lines:
                own += [f"  {said(line.statement, language)}", *(f"      {said(n, language)}" for n in line.notes)]
            blocks.append("\n".join(own))
        return "\n\n".join(blocks)

    def markdown(self, language: str = "en") -> str:
        """Return the answer as Markdown, for MLflow and notebooks."""
        blocks = [f"**{said(self.lead, language)}**"]
        blocks += [f"*{said(each, language)}*" for each in self.read_with]
        for heading, lines in self.sections:
            own = []
            for line in lines:
                own += [f"- {said(line.statement, language)}", *(f"  - {said(n, language)}" for n in line.notes)]
            blocks += [f"**{said(heading, language)}**", "\n".join(own)]
        return "\n\n".join(blocks)

    def _repr_markdown_(self) -> str:
        """Return what a notebook shows."""
        return self.markdown()

    def __repr__(self) -> str:
        return self.in_language("en")
