"""Each column as a card: what it holds, what is odd in it, and all that may be said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.cohort.draft.edited import levels_text
from responder.cohort.visits import find_visit_column
from responder.errors import ResponderError
from responder.words import Phrase, Spoken
from responder.workbench.marks import marks_of
from responder.workbench.remembered import Remembered

if TYPE_CHECKING:
    from responder.cohort.draft import Draft, DraftTrait
    from responder.cohort.findings import Finding
    from responder.cohort.table import RawTable
    from responder.study.questions import Question

__all__ = ["CardField", "ColumnCard", "cards_of", "is_of_card"]

PARTS = ("timing", "expected", "kind", "unit", "levels", "label")
"""What may be said of a column: the last parts of the keys of its questions."""
BESIDE = frozenset({"timing", "expected"})
"""What is always seen; the rest is unfolded."""
ROLES = ("baseline", "on_treatment", "outcome", "ignored")
MOST_LEVELS_SHOWN = 8


@dataclass(frozen=True)
class CardField:
    """One field of a card.

    Attributes
    ----------
    part : str
        One of `PARTS`.
    key : str
        Of its question.
    choices : tuple of (str, str or Spoken)
        Values with their words; none for words of one's own.
    value, shown : str
        What stands in it, and what stands there as far as the table and the answers tell it.
    asked : Question or None
        The question that is open.
    error : ResponderError or None
        Why the answer cannot be taken.
    before : Remembered or None
        What was said of the same column of another table.
    """

    part: str
    key: str
    choices: tuple[tuple[str, str | Spoken], ...]
    value: str
    shown: str
    asked: Question | None
    error: ResponderError | None
    before: Remembered | None = None

    @property
    def may_be_empty(self) -> bool:
        """Whether no choice is one."""
        return self.part == "expected" or self.asked is not None or self.value not in dict(self.choices)


@dataclass(frozen=True)
class ColumnCard:
    """A column as it is drawn."""

    trait: DraftTrait
    known: int
    of: int
    lowest: float | None
    highest: float | None
    levels: tuple[str, ...]
    more_levels: int
    fields: tuple[CardField, ...]
    odd: tuple[Finding, ...]

    @property
    def is_open(self) -> bool:
        """Whether a question about it is open."""
        return any(field.asked is not None for field in self.fields)

    @property
    def is_wrong(self) -> bool:
        """Whether an answer about it cannot be taken."""
        return any(field.error is not None for field in self.fields)

    @property
    def is_unfolded(self) -> bool:
        """Whether something in its folded fields is to be looked at."""
        return self.is_wrong or any(field.before for field in self.folded)

    @property
    def beside(self) -> tuple[CardField, ...]:
        """The fields that are always seen."""
        return tuple(field for field in self.fields if field.part in BESIDE)

    @property
    def folded(self) -> tuple[CardField, ...]:
        """The others."""
        return tuple(field for field in self.fields if field.part not in BESIDE)


def is_of_card(question: Question) -> bool:
    """Return whether a question is asked on the card of its column."""
    start, _, part = question.key.rpartition(".")
    return part in PARTS and start.startswith("trait.")


def cards_of(
    raw: RawTable,
    draft: Draft,
    findings: Iterable[Finding],
    given: Mapping[str, str],
    wrong: Mapping[str, ResponderError],
    before: Mapping[str, Remembered],
) -> list[ColumnCard]:
    """Return the cards of all columns that become traits; those that ask or are wrong come first.

    Parameters
    ----------
    raw : RawTable
        As it was read.
    draft : Draft
        With the answers so far.
    findings : iterable of Finding
        Of the check; none where questions are open.
    given : Mapping[str, str]
        Answers that could not be taken, to stand in their fields again.
    wrong : Mapping[str, ResponderError]
        Key to why not.
    before : Mapping[str, Remembered]
        Key to what was said of another table.
    """
    open_ = {question.key: question for question in draft.questions}
    asked = {question.key: question for question in draft.asked}
    odd: dict[str, list[Finding]] = {}
    for mark in marks_of((*raw.findings, *findings), raw.source, raw.headers):
        for header in mark.columns:
            if mark.finding not in odd.setdefault(header, []):
                odd[header].append(mark.finding)
    is_folded = find_visit_column(raw) is not None
    cards = []
    for trait in draft.traits:
        keys = [f"trait.{trait.name}.{part}" for part in PARTS]
        fields = tuple(
            _field(part, asked[key], trait, open_.get(key), given, wrong.get(key), before.get(key))
            for part, key in zip(PARTS, keys, strict=True)
            if key in asked and asked[key].code != "titre_kind"
        )
        cells: tuple[str, ...] = () if is_folded or trait.header not in raw.headers else raw.column(trait.header)
        names = [
            f"{level.name} = {', '.join(level.aliases)}" if level.aliases else level.name
            for level in trait.guess.levels
        ]
        cards.append(
            ColumnCard(
                trait,
                len(cells) - cells.count(""),
                len(cells),
                min(trait.guess.numbers, default=None),
                max(trait.guess.numbers, default=None),
                tuple(names[:MOST_LEVELS_SHOWN]),
                max(0, len(names) - MOST_LEVELS_SHOWN),
                fields,
                tuple(odd.get(trait.header, ())),
            )
        )
    return sorted(cards, key=lambda card: (not card.is_wrong, not card.is_open))


def _field(
    part: str,
    question: Question,
    trait: DraftTrait,
    is_open: Question | None,
    given: Mapping[str, str],
    error: ResponderError | None,
    before: Remembered | None,
) -> CardField:
    guess, kind = trait.guess, trait.guess.kind
    shown = {
        "timing": "" if is_open is not None else str(trait.timing),
        "expected": trait.expected,
        "kind": kind if isinstance(kind, str) else "",
        "unit": guess.unit,
        "levels": levels_text(guess),
        "label": trait.words,
    }[part]
    choices: Sequence[tuple[str, str | Spoken]] = ()
    if part == "timing":
        choices = [(role, Phrase(f"workbench.role.{role}")) for role in ROLES]
    elif part == "kind":
        choices = [(kind, Phrase(f"study_show.kinds.{kind}")) for kind in question.choices]
    elif part == "expected":
        choices = [(choice, _expectation(choice, trait)) for choice in question.choices]
    if before is not None and before.answer == shown:  # the table says so itself
        before = None
    value = given.get(question.key, shown)
    return CardField(part, question.key, tuple(choices), value, shown, is_open, error, before)


def _expectation(choice: str, trait: DraftTrait) -> Phrase:
    """Return a direction in words: of a level, or of yes, how often; of a value, how high."""
    level, _, direction = choice.rpartition(":")
    if not level and trait.guess.kind == "binary":
        level = trait.guess.levels[1].name if trait.guess.levels else ""
        case = "level" if level else "yes"
    else:
        case = "level" if level else "value"
    return Phrase(f"workbench.expected.{case}_{direction}", {"level": level})
