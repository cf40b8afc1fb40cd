"""Columns that nearly separate responders from non-responders: when they were measured is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.checks.leakage import tells_the_outcome
from responder.cohort.draft.column import MOST_COLUMNS_KEPT, ColumnGuess
from responder.cohort.endpoint import evaluate_endpoint
from responder.study.endpoint import Endpoint
from responder.study.questions import Question
from responder.values import fold_word, number_style, parse_number, typed_cells, yes_no

__all__ = ["forget_numbers", "response_of", "telling_columns"]


def response_of(guess: ColumnGuess, cells: Sequence[str], endpoint: Mapping[str, Any]) -> FloatArray | None:
    """Return who responded, shape (n,), ``nan`` where it is not said; None while the endpoint is open.

    Parameters
    ----------
    guess : ColumnGuess
        What the endpoint's column seems to hold.
    cells : sequence of str
        The column.
    endpoint : Mapping
        As `responder.cohort.draft.outcome.draft_endpoint` gives it.
    """
    rule = [endpoint.get(key) for key in ("column", "levels", "operator", "threshold")]
    if any(isinstance(value, Question) for value in rule) or isinstance(guess.kind, Question):
        return None
    if endpoint.get("levels"):
        spelled = {fold_word(word): level.name for level in guess.levels for word in (level.name, *level.aliases)}
        named = [spelled.get(fold_word(cell)) for cell in cells]
        return np.array([math.nan if name is None else float(name in endpoint["levels"]) for name in named])
    if guess.kind == "binary":
        answers = [yes_no(cell) for cell in cells]
        values = np.array([math.nan if answer is None else answer for answer in answers])
    else:
        values = _numbers(tuple(cells), typed_cells(cells))
    asked = Endpoint.model_validate(
        {"name": "asked", "label": "asked", "column": "asked", "operator": rule[2], "threshold": rule[3]}
    )
    return evaluate_endpoint(asked, values)


def telling_columns(columns: Mapping[str, tuple[ColumnGuess, Sequence[str]]], response: FloatArray) -> frozenset[str]:
    """Return the traits of which one alone puts nearly all patients in the order of their outcomes.

    Parameters
    ----------
    columns : Mapping[str, tuple of (ColumnGuess, sequence of str)]
        Baseline trait to what its column seems to hold, and its cells.
    response : ndarray, shape (n,)
        From `response_of`.
    """
    known = ~np.isnan(response)
    outcome = response[known].astype(np.int64)
    numeric = {
        name: _numbers(tuple(cells), typed_cells(cells))[known]
        for name, (guess, cells) in columns.items()
        if _is_number(guess)
    }
    return frozenset(n for n, values in numeric.items() if tells_the_outcome(values, outcome, len(columns)))


def _is_number(guess: ColumnGuess) -> bool:
    return isinstance(guess.kind, str) and guess.kind in {"continuous", "count"}


def forget_numbers() -> None:
    """Forget the numbers that were read from cells."""
    _numbers.cache_clear()


@lru_cache(maxsize=MOST_COLUMNS_KEPT)
def _numbers(cells: tuple[str, ...], typed: bytes) -> FloatArray:
    style = number_style(cells)
    read = [parse_number(cell, style) for cell in cells]
    return np.array([math.nan if number is None else number.value for number in read])
