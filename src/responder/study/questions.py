"""Open questions of a drafted study: what nobody but its author can know stands in the file until it is answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from responder.errors import DataRefusedError, UsageError, did_you_mean
from responder.words import Phrase

__all__ = ["AnswerError", "Answers", "OpenQuestionsError", "Question", "find_questions"]

ASK = "ask"
_KEYS = frozenset({ASK, "about", "choices", "suggestion"})
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_LISTED = re.compile(r"[;；|、]")
MOST_NAMED = 40
_NAMES = ("name", "id")
"""Keys by which the tables of a list are told apart."""


@dataclass(frozen=True)
class Question:
    """A doubt that stands in a study in place of the value.

    Attributes
    ----------
    key : str
        Where the answer goes, such as ``trait.crp_2.timing``.
    code : str
        Which question it is; its words are ``question.CODE`` of the catalogue.
    about : Mapping[str, str]
        Names and counts that the sentence needs; never a patient's value.
    choices : tuple of str
        What may be answered; empty for words or a number of one's own.
    suggestion : str
        The choice that is taken where a person says yes to all; empty where nothing may be suggested.
    """

    key: str
    code: str
    about: Mapping[str, str] = field(default_factory=dict, hash=False)
    choices: tuple[str, ...] = ()
    suggestion: str = ""

    @property
    def phrase(self) -> Phrase:
        """The question as a sentence; one that this version does not know is asked by its place."""
        asked = Phrase(f"question.{self.code}", self.about)
        try:
            str(asked)
        except KeyError:  # written by hand, or by another version
            return Phrase("question.by_place", {"key": self.key})
        return asked

    @property
    def allowed(self) -> Phrase:
        """What may be answered."""
        if not self.choices:
            return Phrase("question.free")
        return Phrase("question.choices", {"choices": " | ".join(self.choices)})

    def in_language(self, language: str) -> str:
        """Return the question in a language.

        Examples
        --------
        >>> Question("title", "title").in_language("en")
        'What is the title of the study?'
        """
        return self.phrase.in_language(language)

    def to_json(self) -> dict[str, Any]:
        """Return the question as JSON types."""
        return {
            "key": self.key,
            "code": self.code,
            "about": dict(self.about),
            "choices": list(self.choices),
            "suggestion": self.suggestion,
        }

    def placeholder(self) -> dict[str, Any]:
        """Return what stands in the file in place of the answer; `find_questions` reads it back."""
        content: dict[str, Any] = {ASK: self.code}
        if self.about:
            content["about"] = dict(self.about)
        if self.choices:
            content["choices"] = list(self.choices)
        if self.suggestion:
            content["suggestion"] = self.suggestion
        return content


class AnswerError(UsageError):
    """An answer that cannot be taken; `key` is that of its question, and `unasked` are all that nobody asks for."""

    def __init__(
        self, case: str, key: str, *, unasked: tuple[str, ...] = (), hint: Phrase | str = "", **values: Any
    ) -> None:
        super().__init__(case, where="--answer", hint=hint, key=key, **values)
        self.key, self.unasked = key, unasked


class Answers:
    """Answers given so far; what they do not settle stays a question.

    Parameters
    ----------
    given : Mapping[str, str]
        Key of a question to its answer.

    Examples
    --------
    >>> answers = Answers({"trait.crp.decimal_mark": ","})
    >>> answers.settle(Question("trait.crp.decimal_mark", "decimal_mark", {}, (",", ".")))
    ','
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = dict(given)
        self._asked: dict[str, Question] = {}

    @property
    def asked(self) -> tuple[Question, ...]:
        """Every question that came up, answered or not, in the order in which they came."""
        return tuple(self._asked.values())

    def within(self, place: str) -> tuple[tuple[str, str], ...]:
        """Return the answers to questions of one place, such as ``trait.crp``."""
        return tuple((key, answer) for key, answer in self._given.items() if key.startswith(f"{place}."))

    def came_up(self, questions: Iterable[Question]) -> None:
        """Note questions that were asked elsewhere of the same answers."""
        self._asked |= {question.key: question for question in questions}

    def has(self, key: str) -> bool:
        """Return whether a question came up."""
        return key in self._asked

    def volunteered(self, question: Question) -> str:
        """Return the answer to a question that nobody has to answer; empty where there is none. See `settle`."""
        answer = self.settle(question)
        return answer if isinstance(answer, str) else ""

    def settle(self, question: Question) -> str | Question:
        """Return the answer to a question, or the question.

        Raises
        ------
        AnswerError
            If the answer is none of its choices.
        """
        self._asked[question.key] = question
        answer = self._given.get(question.key)
        if answer is None:
            return question
        if question.choices and answer not in question.choices:
            raise _no_choice(question, answer)
        return answer

    def settle_number(self, question: Question) -> str | Question:
        """Return the answer to a question for a number, or the question.

        Raises
        ------
        AnswerError
            If the answer is no number.
        """
        answer = self.settle(question)
        if isinstance(answer, str) and not _NUMBER.fullmatch(answer):
            raise AnswerError("answer_no_number", question.key, answer=answer)
        return answer

    def settle_several(self, question: Question) -> tuple[str, ...] | Question:
        """Return the answers to a question of which several may be true, or the question; see `settle`."""
        answer = self._given.get(question.key)
        if answer is None or answer in question.choices:
            settled = self.settle(question)
            return settled if isinstance(settled, Question) else (settled,)
        self._asked[question.key] = question
        parts = tuple(part.strip() for part in _LISTED.split(answer) if part.strip())
        if not parts or not set(parts) <= set(question.choices):
            raise _no_choice(question, answer)
        return parts

    def refuse_unasked(self) -> None:
        """Refuse answers to what nobody asked.

        Raises
        ------
        AnswerError
            If there is such an answer.
        """
        unasked = tuple(key for key in self._given if key not in self._asked)
        if unasked:
            near = did_you_mean(unasked[0], self._asked)
            names = list(self._asked)[:MOST_NAMED]
            raise AnswerError("answer_unasked", unasked[0], unasked=unasked, hint=near or "", names=names)


class OpenQuestionsError(DataRefusedError):
    """A study whose questions are not all answered; `every` holds one error per question.

    Parameters
    ----------
    questions : sequence of Question
        What is open.
    where : str
        The file or table that they are of.
    fixes : sequence of Phrase, optional
        How to answer each, where that is not by writing into a file.
    """

    kind = "open_questions"

    def __init__(self, questions: Sequence[Question], where: str, fixes: Sequence[Phrase] = ()) -> None:
        self.questions = tuple(questions)
        self.every = tuple(
            DataRefusedError(
                Phrase("question.open", {"question": question.phrase}),
                where=Phrase("place.question", {"file": where, "key": question.key}),
                hint=fix,
            )
            for question, fix in zip(questions, fixes or [q.allowed for q in questions], strict=True)
        )
        first = self.every[0]
        super().__init__(first.message, where=first.where, hint=first.hint)

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the error with all its questions."""
        return {**super().to_json(language), "questions": [question.to_json() for question in self.questions]}


def _no_choice(question: Question, answer: str) -> AnswerError:
    return AnswerError("answer_no_choice", question.key, answer=answer, allowed=question.allowed)


def find_questions(content: Mapping[str, Any]) -> tuple[Question, ...]:
    """Return the open questions of a study as it stands in its file, in the order of the file.

    Examples
    --------
    >>> content = {"trait": [{"name": "crp_2", "timing": {"ask": "timing", "about": {"header": "crp_2"}}}]}
    >>> [question.key for question in find_questions(content)]
    ['trait.crp_2.timing']
    """
    return tuple(_walk(content, ""))


def _walk(node: object, path: str) -> Iterator[Question]:
    if isinstance(node, Mapping):
        if isinstance(node.get(ASK), str) and set(node) <= _KEYS:
            about = {name: str(value) for name, value in node.get("about", {}).items()}
            choices = tuple(map(str, node.get("choices", ())))
            yield Question(path, node[ASK], about, choices, str(node.get("suggestion", "")))
            return
        for key, value in node.items():
            yield from _walk(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            names = [item[name] for name in _NAMES if isinstance(item, Mapping) and isinstance(item.get(name), str)]
            yield from _walk(item, f"{path}.{names[0] if names else index}")
