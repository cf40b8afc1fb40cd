"""A data frame as a table: the same cells as if it had been written to a file and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from responder.cohort.bounds import refuse_cells
from responder.cohort.structure import make_table
from responder.cohort.table import ColumnFacts, RawTable, cell_text
from responder.errors import UsageError

__all__ = ["FRAME", "ID_COLUMN", "table_of_frame"]

FRAME = "DataFrame"
"""What messages call a table that has no file."""

ID_COLUMN = "patient_id"
"""What an index without a name is called, where it is more than the numbers of the rows."""


def table_of_frame(frame: pd.DataFrame, facts: Mapping[str, ColumnFacts] | None = None) -> RawTable:
    """Return a data frame as a table of text, its rows numbered from 1.

    A cell becomes the text that a person would have typed, a list of levels one enumeration. An index that is not just
    the number of each row holds the patients' ids and becomes the first column.

    Parameters
    ----------
    frame : DataFrame
        One row a patient, or a patient and visit.
    facts : Mapping[str, ColumnFacts], optional
        What is declared of columns.

    Raises
    ------
    UsageError
        If it is no data frame, or its columns or its index have several levels.
    TableRefusedError
        If it has no row, a single column, or two columns of one name.

    Examples
    --------
    >>> frame = pd.DataFrame({"organs": [["ear", "nose"], []], "crp": [3.0, np.nan]}, index=["P1", "P2"])
    >>> table = table_of_frame(frame)
    >>> table.headers, table.rows
    (('patient_id', 'organs', 'crp'), (('P1', 'ear;nose', '3'), ('P2', 'none', '')))
    """
    if not isinstance(frame, pd.DataFrame):
        raise UsageError("frame_no_frame", where=FRAME, kind=type(frame).__name__)
    if frame.columns.nlevels > 1 or frame.index.nlevels > 1:
        raise UsageError("frame_levels", where=FRAME)
    if not isinstance(frame.index, pd.RangeIndex) or frame.index.name is not None:
        frame = frame.reset_index(names=ID_COLUMN if frame.index.name is None else str(frame.index.name))
    refuse_cells(*frame.shape, FRAME)
    columns = [[_text(cell) for cell in frame.iloc[:, at].tolist()] for at in range(frame.shape[1])]
    rows: list[tuple[int, Sequence[str]]] = list(enumerate(zip(*columns, strict=True), start=1))
    return make_table(FRAME, [(0, [str(name) for name in frame.columns]), *rows], facts=facts, typed=True)


def _text(cell: Any) -> str:
    if isinstance(cell, np.ndarray | np.generic):
        cell = cell.tolist()
    if isinstance(cell, list | tuple | set | frozenset):
        levels = sorted(map(str, cell)) if isinstance(cell, set | frozenset) else cell
        return ";".join(cell_text(level) for level in levels) if levels else "none"
    return cell_text(cell)
