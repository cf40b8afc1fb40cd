"""Columns that nearly tell who responded: when they were taken is asked, whatever they are called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.cohort.checks.leakage import tells_the_outcome
from responder.cohort.draft.column import ColumnGuess
from responder.study.questions import Question
from responder.values import number_style, parse_number, yes_no

__all__ = ["response_of", "telling_columns"]

FloatArray = NDArray[np.float64]


def response_of(cells: Sequence[str], endpoint: Mapping[str, Any]) -> FloatArray | None:
    """Return who responded, shape (n,), ``nan`` where it is not said; None while the endpoint is open.

    Parameters
    ----------
    cells : sequence of str
        The endpoint's column.
    endpoint : Mapping
        As `responder.cohort.draft.outcome.draft_endpoint` gives it.
    """
    levels = endpoint.get("levels")
    if any(isinstance(value, Question) for value in (endpoint["column"], levels, endpoint.get("operator"))):
        return None
    if levels:
        wanted = {level.casefold() for level in levels}
        return np.array([math.nan if not cell else float(cell.casefold() in wanted) for cell in cells])
    answers = [yes_no(cell) for cell in cells]
    return None if all(a is None for a in answers) else np.array([math.nan if a is None else a for a in answers])


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
    numeric = {name: _numbers(cells)[known] for name, (guess, cells) in columns.items() if _is_number(guess)}
    return frozenset(n for n, values in numeric.items() if tells_the_outcome(values, outcome, len(columns)))


def _is_number(guess: ColumnGuess) -> bool:
    return isinstance(guess.kind, str) and guess.kind in {"continuous", "count"}


def _numbers(cells: Sequence[str]) -> FloatArray:
    style = number_style(cells)
    read = [parse_number(cell, style) for cell in cells]
    return np.array([math.nan if number is None else number.value for number in read])
