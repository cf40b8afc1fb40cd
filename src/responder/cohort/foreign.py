"""Files of other programs that are no tables, recognised by content: which program, and what to export from it."""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from responder.cohort.checks.intake import FOREIGN
from responder.words import Phrase

__all__ = ["refuse_foreign"]

_HEAD = 4096
_R_STARTS = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\x00\x00", b"A\n2\n", b"A\n3\n", b"B\n\x02", b"B\n\x03")
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"PCFF", "prism"),
    (b"{\\rtf", "rtf"),
    (b"FCS2.0", "fcs"),
    (b"FCS3.", "fcs"),
    (b"SQLite format 3", "sqlite"),
    (b"\x89HDF", "hdf5"),
    (b"ASCII SPSS PORT FILE", "spss_portable"),
    (b"**COMPRESSED**", "sas_cport"),
    (b"Minitab", "minitab"),
    (b"\x00\x00\x00\x00\x00\x05\x16\x07", "apple_double"),
    (b"7z\xbc\xaf\x27\x1c", "seven_zip"),
    (b"Rar!", "rar"),
)
_IN_OLE: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "locked"),
    ("WordDocument", "word"),
    ("PowerPoint Document", "powerpoint"),
    ("__nameid_version", "email"),
)
_IN_ZIP: tuple[tuple[str, str], ...] = (
    ("word/document.xml", "word"),
    ("ppt/presentation.xml", "powerpoint"),
    ("Index/Document.iwa", "numbers"),
    ("Index.zip", "numbers"),
    ("analyses.json", "jasp"),
    ("xdata.json", "jamovi"),
    ("data.bin", "jamovi"),
    ("document.json", "prism"),
)
_BY_ENDING = {
    "omv": "jamovi",
    "jasp": "jasp",
    "prism": "prism",
    "pzf": "prism",
    "pzfx": "prism",
    "numbers": "numbers",
    "mtw": "minitab",
    "mwx": "minitab",
    "mpx": "minitab_project",
    "rds": "r_objects",
    "rdata": "r_objects",
    "rda": "r_objects",
    "jmp": "jmp",
    "sas7bcat": "sas_catalogue",
    "wsp": "flowjo",
}
_SAS = bytes.fromhex("000000000000000000000000c2ea8160")


def refuse_foreign(path: Path, source: str, start: bytes) -> None:
    """Refuse a file that is recognised as another program's document.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages.
    start : bytes
        Its first bytes, some hundreds at least.

    Raises
    ------
    TableRefusedError
        With the program, and the export to use.
    """
    known = _by_start(start) or _by_text(start)
    ending = path.suffix.casefold().lstrip(".")
    if not known and start.startswith(b"PK\x03\x04"):
        known = _in_zip(path, ending)
    elif not known and start.startswith(b"\xd0\xcf\x11\xe0"):
        known = _in_ole(path) or _BY_ENDING.get(ending)
    elif not known and start.startswith(_SAS) and b"CATALOG" in start[:200]:
        known = "sas_catalogue"
    elif not known and (unpacked := _unpacked(start)) is not None:
        of_r = unpacked.startswith(_R_STARTS) or ending in {"rds", "rdata", "rda"}
        known = "r_objects" if of_r else "packed"
    elif not known and b"\x00" in start[:512]:
        known = _BY_ENDING.get(ending)
    if known:
        what, export = Phrase(f"foreign.{known}.what"), Phrase(f"foreign.{known}.fix")
        raise FOREIGN.refusal("document", source, export, what=what)


def _by_start(start: bytes) -> str | None:
    if start.startswith(_R_STARTS):
        return "r_objects"
    return next((known for sign, known in _STARTS if start.startswith(sign)), None)


def _by_text(start: bytes) -> str | None:
    """Return what a text in brackets is: pages and projects under the name of a table."""
    text = start.decode("utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "latin-1", errors="replace")
    text = text.lstrip("\ufeff\u00ef\u00bb\u00bf \t\r\n").casefold()
    if not text.startswith("<") or text.startswith("<stata_dta>"):
        return None
    if "<graphpadprismfile" in text:
        return "prism"
    if "schemas-microsoft-com:office:spreadsheet" in text:
        return "excel_xml"
    if text.startswith("<!doctype html") or "<html" in text or "<table" in text:
        return "web_page"
    if "<workspace" in text:
        return "flowjo"
    if "<odm" in text:
        return "odm"
    return "xml" if text.startswith("<?xml") else None


def _in_zip(path: Path, ending: str) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100).decode("latin-1") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
        return None  # the reader of workbooks says what is wrong
    if any(name.startswith("xl/") for name in names) or "opendocument.spreadsheet" in kind:
        return None
    if "opendocument" in kind:
        return "open_document"
    by_name = _BY_ENDING.get(ending)
    found = next((known for name, known in _IN_ZIP if _holds(names, name)), None)
    return by_name or found or "packed"


def _holds(names: Iterable[str], name: str) -> bool:
    return any(other == name or other.endswith("/" + name) for other in names)


def _in_ole(path: Path) -> str | None:
    """Return what an old Office file is, by the names of its streams, which stand in UTF-16."""
    content = path.read_bytes()
    if "Workbook".encode("utf-16-le") in content or "B\0o\0o\0k\0\0\0".encode("latin-1") in content:
        return None
    return next((known for name, known in _IN_OLE if name.encode("utf-16-le") in content), None)


def _unpacked(start: bytes) -> bytes | None:
    """Return the first bytes inside a file packed by gzip, bzip2 or xz; None for any other."""
    try:
        if start.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(31).decompress(start, _HEAD)
        if start.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(start, _HEAD)
        if start.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor().decompress(start, _HEAD)
    except (OSError, zlib.error, lzma.LZMAError, EOFError):
        return b""
    return None
