"""What an index is that is scored from items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from responder.errors import DataRefusedError
from responder.values import fold_unit, is_gap, number_style, parse_number
from responder.words import Phrase

__all__ = ["Instrument", "ItemScore", "Measured", "measured"]


class ItemScore(Protocol):
    """What an instrument makes of one person's items at one visit."""

    @property
    def score(self) -> int | None:
        """The score; ``None`` while missing items leave more than one value possible."""

    @property
    def lower(self) -> int:
        """Smallest score that the missing items allow."""

    @property
    def upper(self) -> int:
        """Largest score that the missing items allow."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Items of which nothing is known."""


@dataclass(frozen=True)
class Instrument:
    """One index.

    Attributes
    ----------
    items : tuple of str
        Names of the items, which are also names of columns.
    measured : Mapping[str, str]
        Columns of measured values that decide an item, with their unit.
    weights : Mapping[str, float]
        What each item adds to the score.
    score : callable
        From cells by column name (items and measured values, any of them left out) to an `ItemScore`. Raises
        `DataRefusedError`, which names the item, where they contradict each other.
    """

    items: tuple[str, ...]
    measured: Mapping[str, str]
    weights: Mapping[str, float]
    score: Callable[[Mapping[str, object]], ItemScore]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the instrument can use."""
        return (*self.items, *self.measured)


@dataclass(frozen=True)
class Measured:
    """A measured value with its unit, which is never guessed.

    Parameters
    ----------
    value : float
        The number as measured.
    unit : str
        Such as ``"mg/L"``.
    """

    value: float
    unit: str


def measured(cells: Mapping[str, object], column: str, unit: str) -> Measured | None:
    """Return the value in a column of measured values; None where there is none.

    Raises
    ------
    DataRefusedError
        If the cell is not a number in that unit.
    """
    value = cells.get(column)
    if is_gap(value):
        return None
    text = str(value)
    style = number_style([text])
    parsed = None if style.doubt else parse_number(text, style)
    if parsed is None or parsed.limit or parsed.second or (parsed.unit and fold_unit(parsed.unit) != fold_unit(unit)):
        where = Phrase("place.column", {"column": column})
        raise DataRefusedError("instrument_no_number", where=where, column=column, unit=unit)
    return Measured(parsed.value, unit)
