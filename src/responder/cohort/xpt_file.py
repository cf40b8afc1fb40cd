"""Read a SAS transport file (XPT), the format of ADaM and SDTM data sets."""

from __future__ import annotations

from pathlib import Path

from responder.cohort.checks.intake import UNREADABLE
from responder.cohort.table import RawTable, frame_records, make_table

__all__ = ["read_xpt"]


def read_xpt(path: Path, source: str) -> RawTable:
    """Read a SAS transport file, version 5 or 8.

    Raises
    ------
    TableRefusedError
        If the file is not a transport file that can be read.
    """
    import pyreadstat

    try:
        frame, _ = pyreadstat.read_xport(path)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise UNREADABLE.refusal(
            "the file is not a SAS transport file that can be read", source, "export it again"
        ) from error
    return make_table(source, frame_records(frame))
