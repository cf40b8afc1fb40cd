"""How large a table of patients may be, checked before anything of it is unpacked into memory."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from responder.cohort.checks.intake import UNREADABLE

__all__ = [
    "MAX_CELLS",
    "MAX_FILE_BYTES",
    "MAX_RATIO",
    "MAX_UNPACKED_BYTES",
    "refuse_cells",
    "refuse_file",
    "refuse_zip",
]

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 400_000_000
MAX_RATIO = 300
"""Unpacked to packed bytes beyond which an archive is no workbook; small ones may pack as well as they like."""
MAX_CELLS = 5_000_000
_SMALL = 20_000_000
_MOST_PARTS = 10_000
_CHUNK = 1 << 20


def refuse_file(path: Path, source: str) -> None:
    """Refuse a file of more than `MAX_FILE_BYTES`, without opening it."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UNREADABLE.refusal("too_large", source, size=MAX_FILE_BYTES // 1_000_000)


def refuse_cells(rows: int, columns: int, source: str) -> None:
    """Refuse a table of more than `MAX_CELLS`, blank ones included.

    Examples
    --------
    >>> refuse_cells(2000, 500, "t.xlsx")
    """
    if rows * columns > MAX_CELLS:
        raise UNREADABLE.refusal("too_many_cells", source, cells=rows * columns, most=MAX_CELLS)


def refuse_zip(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse an archive that unpacks to more than a table of patients needs, or that is damaged.

    Sizes are those that the archive declares; each part is then unpacked once, in pieces, up to its declared size,
    so that a false declaration is found by the checksum.
    """
    parts = archive.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    too_dense = unpacked > _SMALL and unpacked > MAX_RATIO * packed
    if unpacked > MAX_UNPACKED_BYTES or too_dense or len(parts) > _MOST_PARTS:
        raise UNREADABLE.refusal("unpacked_workbook", source, size=unpacked // 1_000_000)
    try:
        for part in parts:
            with archive.open(part) as content:
                while content.read(_CHUNK):
                    pass
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UNREADABLE.refusal("damaged_workbook", source) from error
