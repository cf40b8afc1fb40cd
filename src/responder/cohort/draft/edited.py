"""What a person says of a column though nobody asked: its kind, its unit, its levels, its name in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from responder.cohort.draft.column import MOST_LEVELS, ColumnGuess, LevelGuess
from responder.cohort.draft.trait import DraftTrait
from responder.study.questions import AnswerError, Answers, Question
from responder.study.units import known_unit
from responder.values import is_gap, number_style, parse_number

__all__ = ["NO_UNIT", "edited", "levels_text"]

NO_UNIT = "none"
"""The answer by which a unit that was found is taken back."""
_ORDERED, _APART = "<", "|"
_SPLIT = re.compile(r"[<|]")
_ALIAS = re.compile(r"[,，、]")


def edited(trait: DraftTrait, cells: Sequence[str], answers: Answers) -> DraftTrait:
    """Return a trait with what a person says of its column in place of what its cells look like.

    Parameters
    ----------
    trait : DraftTrait
        As the cells have it.
    cells : sequence of str
        Of its column.
    answers : Answers
        Answers given so far; every question that may be answered is noted in them.

    Raises
    ------
    AnswerError
        If a kind cannot be that of the column, or levels leave out one that is in it.
    """
    key, about, guess = f"trait.{trait.name}", {"header": trait.header}, trait.guess
    label = answers.volunteered(Question(f"{key}.label", "trait_label", about))
    if answers.has(f"{key}.kind"):  # asked already, as that of titres
        return replace(trait, label=label)
    if guess.levels:
        guess = _with_levels(guess, f"{key}.levels", about, answers)
    kinds = _kinds(guess)
    if len(kinds) > 1:
        kind = answers.volunteered(Question(f"{key}.kind", "trait_kind", about, kinds)) or guess.kind
        if kind == "ordinal" and guess.kind not in {"ordinal", "continuous", "count"}:
            raise AnswerError(
                "answer_no_order", f"{key}.levels", header=trait.header, example=levels_text(guess, ordered=True)
            )
        guess = _of_numbers(guess, cells) if guess.numbers and kind in {"ordinal", "binary"} else guess
        guess = replace(guess, kind=kind)
    if guess.kind in {"continuous", "count"}:
        unit = answers.volunteered(Question(f"{key}.unit", "trait_unit", about))
        if unit:  # what the numbers are in, whatever the header says
            guess = replace(guess, unit="" if unit == NO_UNIT else known_unit(unit) or unit)
    return replace(trait, guess=guess, label=label)


def levels_text(guess: ColumnGuess, *, ordered: bool | None = None) -> str:
    """Return levels as they are answered: in order with ``<`` between them, without an order with ``|``.

    Examples
    --------
    >>> levels_text(ColumnGuess("ordinal", levels=(LevelGuess("mild", ("light",)), LevelGuess("severe"))))
    'mild = light < severe'
    """
    sign = _ORDERED if (guess.kind == "ordinal" if ordered is None else ordered) else _APART
    written = [f"{one.name} = {', '.join(one.aliases)}" if one.aliases else one.name for one in guess.levels]
    return f" {sign} ".join(written)


def _with_levels(guess: ColumnGuess, key: str, about: dict[str, str], answers: Answers) -> ColumnGuess:
    """Return a column with its levels in the order, under the names, and with the spellings that a person says."""
    answer = answers.volunteered(Question(key, "trait_levels", about))
    if not answer:
        return guess
    found = {word.casefold(): level for level in guess.levels for word in (level.name, *level.aliases)}
    taken: list[str] = []
    levels = []
    for part in _SPLIT.split(answer):
        name, _, others = (text.strip() for text in part.partition("="))
        words = [name, *(word.strip() for word in _ALIAS.split(others) if word.strip())]
        own = list(dict.fromkeys(found[word.casefold()].name for word in words if word.casefold() in found))
        spelled = [word for level in guess.levels if level.name in own for word in (level.name, *level.aliases)]
        taken += own
        levels.append(LevelGuess(name, tuple(dict.fromkeys(w for w in (*words, *spelled) if w != name))))
    kind = guess.kind if guess.kind != "ordinal" else "set"
    if _ORDERED in answer and (kind != "binary" or len(levels) > 2):
        kind = "ordinal"
    known = sorted(level.name for level in guess.levels)
    fits = sorted(taken) == known and all(level.name for level in levels) and len(levels) > 1
    if not fits or (_ORDERED in answer and (_APART in answer or guess.is_list)):
        raise AnswerError("answer_levels", key, header=about["header"], answer=answer, example=levels_text(guess))
    return replace(guess, levels=tuple(levels), kind="set" if kind == "binary" and len(levels) > 2 else kind)


def _kinds(guess: ColumnGuess) -> tuple[str, ...]:
    """Return the kinds that a column may be of, by what stands in its cells."""
    if guess.numbers:
        different = len(set(guess.numbers))
        few = ("ordinal", *(("binary",) if different == 2 else ())) if 2 <= different <= MOST_LEVELS else ()
        return ("continuous", "count", *few)
    if guess.levels and not guess.is_list:
        return ("set", "ordinal", *(("binary",) if len(guess.levels) == 2 else ()))
    return ()


def _of_numbers(guess: ColumnGuess, cells: Sequence[str]) -> ColumnGuess:
    """Return a column of few different numbers as levels, in their order."""
    style = number_style([cell for cell in cells if not is_gap(cell)])
    written: dict[float, dict[str, None]] = {}
    for cell in cells:
        number = None if is_gap(cell) else parse_number(cell, style)
        if number is not None and number.value in guess.numbers:
            written.setdefault(number.value, {})[cell] = None
    levels = tuple(
        LevelGuess(f"{value:g}", tuple(word for word in words if word != f"{value:g}"))
        for value, words in sorted(written.items())
    )
    return replace(guess, levels=levels, unit="", numbers=(), decimal_mark="", at_limit=0)
