"""Tables as files to take away, written by what the commands write them with."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["KINDS", "table_file"]

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
"""The media type of each kind of file."""


def table_file(
    kind: str, beside: Path, parts: Iterable[Mapping[str, Any]], text: Collection[str] | None = None
) -> bytes:
    """Return what a command's ``--out FILE`` would hold.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    beside : Path
        A folder of the project, in which the file is made for the moment.
    parts : iterable of Mapping
        The rows, part by part, as columns.
    text : collection of str, optional
        Columns of text; those of scores by default.
    """
    from responder.cli.scored_file import ScoredFile

    with tempfile.TemporaryDirectory(dir=beside) as folder:
        target = Path(folder) / f"table.{kind}"
        with ScoredFile(target, text) as file:
            for part in parts:
                file.write(part)
        return target.read_bytes()
