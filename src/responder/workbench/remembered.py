"""What was said of the same columns of other tables of this project: offered again, and never taken by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from responder.names import fold_name
from responder.workbench.work import Choices, Work

if TYPE_CHECKING:
    from responder.study.questions import Question

__all__ = ["Remembered", "known_columns", "remembered_of"]

AT_ONCE = frozenset({"trait_kind", "trait_unit", "trait_levels", "trait_label", "intervention", "population"})
"""Questions that are neither about times nor about outcomes: what is remembered may be confirmed for all at once."""
NOT_AGAIN = frozenset({"title", "trait_expected"})
"""A title is of one table, and an expectation is declared for each study."""
OUTCOMES = frozenset({"outcome_column", "outcome_missing"})


@dataclass(frozen=True)
class Remembered:
    """An answer that was given for another table.

    Attributes
    ----------
    key : str
        Of the question, as this table has it.
    answer : str
        What was said.
    file : str
        The other table.
    is_plain : bool
        Whether it is neither about a time nor about an outcome.
    """

    key: str
    answer: str
    file: str
    is_plain: bool


def remembered_of(work: Work, others: Iterable[Work]) -> dict[str, Remembered]:
    """Return what others said of questions that this table leaves unanswered, by key.

    Parameters
    ----------
    work : Work
        Of the table that is described.
    others : iterable of Work
        Of the other tables of the project, the one that was changed last first: the first that knows an answer tells.
    """
    others = [other for other in others if other.name != work.name]
    if not others or work.choices.study:
        return {}
    called = _Names([work, *others])
    asked = [q for q in work.draft.asked if q.key not in work.answers and q.code not in NOT_AGAIN]
    found: dict[str, Remembered] = {}
    for other in others:
        here = _same_columns(work, other.choices, called)
        there = {name: known for known, name in here.items()}
        for question in asked:
            answer = _answer(question, other.choices.answers, here, there)
            if answer not in {"", question.suggestion} and question.key not in found:  # that stands there already
                file = Path(other.choices.table).name
                found[question.key] = Remembered(question.key, answer, file, question.code in AT_ONCE)
    return found


def known_columns(work: Work, others: Iterable[Work]) -> tuple[str, ...]:
    """Return columns of other tables that this one does not have: one of its own may be one of them, renamed."""
    others = [other for other in others if other.name != work.name and other.choices.columns]
    called = _Names([work, *others])
    own = {name for trait in work.draft.traits for name in called(trait.header)}
    headers = dict.fromkeys(header for other in others for header in other.choices.columns)
    return tuple(header for header in headers if fold_name(header) not in own)


class _Names:
    """Every name of a column: its own, and those under which a person said that other tables have it."""

    def __init__(self, works: Iterable[Work]) -> None:
        self._aliases: dict[str, set[str]] = {}
        for work in works:
            for header, other in work.choices.aliases.items():
                for one, another in ((header, other), (other, header)):
                    self._aliases.setdefault(fold_name(one), set()).add(fold_name(another))

    def __call__(self, header: str) -> set[str]:
        name = fold_name(header)
        return {name, *self._aliases.get(name, ())}


def _same_columns(work: Work, other: Choices, called: _Names) -> dict[str, str]:
    """Return the trait of another table to that of this one, where both are of one column."""
    names = {name: trait.name for trait in work.draft.traits for name in called(trait.header)}
    return {known: names[fold_name(header)] for header, known in other.columns.items() if fold_name(header) in names}


def _answer(question: Question, answers: Mapping[str, str], here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Return what was answered to the same question of another table, if it can be said of this one."""
    key = question.key
    if key.startswith("trait."):
        _, name, rest = key.split(".", 2)
        if name not in there:
            return ""
        key = f"trait.{there[name]}.{rest}"
    answer = answers.get(key, "")
    if question.code in OUTCOMES:
        answer = here.get(answer, "")
    fits = not question.choices or set(answer.split("|")) <= set(question.choices)
    return answer if fits else ""
