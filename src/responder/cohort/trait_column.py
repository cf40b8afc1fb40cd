"""The column of a table that holds a trait, and where one of its cells is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from responder.cohort.places import at_cell
from responder.cohort.table import RawTable
from responder.study.model import Trait
from responder.study.placing import ColumnSource
from responder.words import Phrase

__all__ = ["CELLS_SHOWN", "TraitColumn", "cell_place"]

CELLS_SHOWN = 5
"""Cells of one column that are named one by one; of the others their number is told."""


@dataclass(frozen=True)
class TraitColumn:
    """The column of a table that holds a trait, or the yes/no columns of a set's levels."""

    trait: Trait
    sources: tuple[ColumnSource, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The columns as the table names them."""
        return tuple(source.header for source in self.sources)

    @property
    def header(self) -> str:
        """The column as messages name it."""
        return ", ".join(self.headers)


def cell_place(table: RawTable, row: int, ids: Sequence[str], header: str) -> Phrase:
    """Return where a cell is: file and line, patient, column."""
    return at_cell(table.source, table.lines[row], header, ids[row])
