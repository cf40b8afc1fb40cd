"""Indices that are scored from items: a trait names one, and nothing outside this package knows its items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from responder.errors import DataRefusedError
from responder.study.rpdai import RPDAI_WEIGHTS, Quantity, score_rpdai
from responder.values import fold_unit, is_gap, number_style, parse_number

__all__ = ["INSTRUMENTS", "Instrument", "ItemScore"]


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


def _quantity(cells: Mapping[str, object], column: str, unit: str) -> Quantity | None:
    value = cells.get(column)
    if is_gap(value):
        return None
    text = str(value)
    style = number_style([text])
    parsed = None if style.doubt else parse_number(text, style)
    if parsed is None or parsed.limit or parsed.second or (parsed.unit and fold_unit(parsed.unit) != fold_unit(unit)):
        raise DataRefusedError(
            f"'{column}' is not a number", where=f"column '{column}'", hint=f"write a plain number in {unit}"
        )
    return Quantity(parsed.value, unit)


def _score_rpdai(cells: Mapping[str, object]) -> ItemScore:
    items = {name: value for name, value in cells.items() if name not in _RPDAI_MEASURED}
    crp, temperature = (_quantity(cells, column, unit) for column, unit in _RPDAI_MEASURED.items())
    return score_rpdai(items, crp=crp, temperature=temperature)


_RPDAI_MEASURED = {"crp_mg_per_l": "mg/L", "temperature_celsius": "C"}

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {"rpdai": Instrument(tuple(RPDAI_WEIGHTS), MappingProxyType(_RPDAI_MEASURED), RPDAI_WEIGHTS, _score_rpdai)}
)
"""Every instrument that a trait can name.

Examples
--------
>>> nothing = dict.fromkeys(INSTRUMENTS["rpdai"].items, 0)
>>> INSTRUMENTS["rpdai"].score(nothing | {"nasal_chondritis": 1, "crp_mg_per_l": 31}).score
Traceback (most recent call last):
responder.errors.DataRefusedError: RPDAI item 'crp_above_20_mg_per_l' contradicts its measured value
"""
