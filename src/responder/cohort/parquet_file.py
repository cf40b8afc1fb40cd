"""Read an Apache Parquet file."""

from __future__ import annotations

from pathlib import Path

from responder.cohort.checks.intake import UNREADABLE
from responder.cohort.table import RawTable, frame_records, make_table

__all__ = ["read_parquet"]

MAX_CELLS = 20_000_000


def read_parquet(path: Path, source: str) -> RawTable:
    """Read a Parquet file; typed cells become the text that a person would have typed.

    Raises
    ------
    TableRefusedError
        If the file is not Parquet, or larger than any table of patients.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        facts = parquet.ParquetFile(path).metadata
        if facts.num_rows * facts.num_columns > MAX_CELLS:
            raise UNREADABLE.refusal("the table has too many cells", source, "keep the columns of the study only")
        frame = parquet.read_table(path).to_pandas()
    except pa.ArrowException as error:
        raise UNREADABLE.refusal("the file is not Parquet that can be read", source, "export it again") from error
    return make_table(source, frame_records(frame))
