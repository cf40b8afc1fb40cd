"""Read an Apache Parquet file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from responder.cohort.bounds import MAX_UNPACKED_BYTES, refuse_cells
from responder.cohort.checks.intake import UNREADABLE
from responder.cohort.structure import make_table
from responder.cohort.table import RawTable, ReadOptions, cell_text

__all__ = ["read_parquet"]


def read_parquet(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read a Parquet file; typed cells become the text that a person would have typed.

    Raises
    ------
    TableRefusedError
        If the file is not Parquet, or larger than any table of patients.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            facts = file.metadata
            refuse_cells(facts.num_rows, facts.num_columns, source)
            groups = [facts.row_group(i) for i in range(facts.num_row_groups)]
            unpacked = sum(group.total_byte_size for group in groups)
            if unpacked > MAX_UNPACKED_BYTES:
                raise UNREADABLE.refusal("unpacked_table", source, size=MAX_UNPACKED_BYTES // 1_000_000)
            table = file.read(use_threads=False)  # this process may be a fork
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UNREADABLE.refusal("bad_parquet", source) from error
    order = _index_first(table)
    columns = [[cell_text(cell) for cell in table.column(i).to_pylist()] for i in order]
    header = (1, [table.column_names[i] for i in order])
    rows = enumerate(zip(*columns, strict=True), start=2)
    return make_table(source, [header, *((line, list(row)) for line, row in rows)], typed=True)


def _index_first(table: Any) -> list[int]:
    """Return the positions of the columns, those that pandas keeps as a named index first, without an unnamed one."""
    written = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
    index = {name for name in written.get("index_columns", ()) if isinstance(name, str)}
    unnamed = {c.get("field_name") for c in written.get("columns", ()) if c.get("name") is None} & index
    at = range(table.num_columns)
    names = table.column_names
    return [*(i for i in at if names[i] in index - unnamed), *(i for i in at if names[i] not in index)]
