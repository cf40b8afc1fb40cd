"""Files of other programs that are no tables, recognised by content: which program, and what to export from it."""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from responder.cohort.checks.intake import FOREIGN

__all__ = ["refuse_foreign"]

_HEAD = 4096
_R_STARTS = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\x00\x00", b"A\n2\n", b"A\n3\n", b"B\n\x02", b"B\n\x03")
_AS_CSV = "export the data sheet as CSV"
_R = ("a file of R objects", "in R: write.csv(table, 'table.csv', row.names = FALSE)")
_PRISM = ("a GraphPad Prism project", "in Prism: File > Export, format CSV, of each data table")
_WORD = ("a Word document", "copy its table into a spreadsheet and save that as XLSX or CSV")
_STARTS: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"%PDF", ("a PDF", "ask for the table itself, as XLSX or CSV: a page has no cells")),
    (b"PCFF", _PRISM),
    (b"{\\rtf", ("a rich text document", _WORD[1])),
    (b"FCS2.0", ("a flow cytometer's file of events (FCS)", "gate it, and export the table of populations as CSV")),
    (b"FCS3.", ("a flow cytometer's file of events (FCS)", "gate it, and export the table of populations as CSV")),
    (b"SQLite format 3", ("an SQLite database", "export the table that is meant as CSV")),
    (b"\x89HDF", ("an HDF5 file", "export the table that is meant as CSV or Parquet")),
    (b"ASCII SPSS PORT FILE", ("an SPSS portable file", "in SPSS: File > Save as, type SPSS Statistics (.sav)")),
    (b"**COMPRESSED**", ("a SAS CPORT library", "in SAS: write the data set by the XPORT engine, or as CSV")),
    (b"Minitab", ("a Minitab worksheet", "in Minitab: File > Save worksheet as, type CSV")),
    (b"\x00\x00\x00\x00\x00\x05\x16\x07", ("what macOS keeps beside a file", "name the file itself")),
    (b"7z\xbc\xaf\x27\x1c", ("a 7-Zip archive", "unpack it, and name the table in it")),
    (b"Rar!", ("a RAR archive", "unpack it, and name the table in it")),
)
_IN_OLE: tuple[tuple[str, tuple[str, str]], ...] = (
    ("EncryptedPackage", ("a workbook under a password", "open it in its program, and save it without password")),
    ("WordDocument", _WORD),
    ("PowerPoint Document", ("a PowerPoint presentation", _WORD[1])),
    ("__nameid_version", ("an e-mail", "save the file that is attached to it")),
)
_IN_ZIP: tuple[tuple[str, tuple[str, str]], ...] = (
    ("word/document.xml", _WORD),
    ("ppt/presentation.xml", ("a PowerPoint presentation", _WORD[1])),
    ("Index/Document.iwa", ("an Apple Numbers document", "in Numbers: File > Export to, Excel or CSV")),
    ("Index.zip", ("an Apple Numbers document", "in Numbers: File > Export to, Excel or CSV")),
    ("analyses.json", ("a JASP project", "in JASP: Menu > Export data, as CSV")),
    ("xdata.json", ("a jamovi project", "in jamovi: Menu > Export, as CSV or SPSS .sav")),
    ("data.bin", ("a jamovi project", "in jamovi: Menu > Export, as CSV or SPSS .sav")),
    ("document.json", _PRISM),
)
_BY_ENDING = {
    "omv": ("a jamovi project", "in jamovi: Menu > Export, as CSV or SPSS .sav"),
    "jasp": ("a JASP project", "in JASP: Menu > Export data, as CSV"),
    "prism": _PRISM,
    "pzf": _PRISM,
    "pzfx": _PRISM,
    "numbers": ("an Apple Numbers document", "in Numbers: File > Export to, Excel or CSV"),
    "mtw": ("a Minitab worksheet", "in Minitab: File > Save worksheet as, type CSV"),
    "mwx": ("a Minitab worksheet", "in Minitab: File > Save worksheet as, type CSV"),
    "mpx": ("a Minitab project", "in Minitab: File > Save worksheet as, type CSV"),
    "rds": _R,
    "rdata": _R,
    "rda": _R,
    "jmp": ("a JMP table", "in JMP: File > Save as, CSV or SAS transport"),
    "sas7bcat": ("a SAS catalogue of formats", "name the data set itself (.sas7bdat), or export it as CSV"),
    "wsp": ("a FlowJo workspace", "in FlowJo: export the table of populations as CSV"),
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
        known = _BY_ENDING["sas7bcat"]
    elif not known and (unpacked := _unpacked(start)) is not None:
        other = ("a packed file", "unpack it, and name the table in it")
        known = _R if unpacked.startswith(_R_STARTS) or ending in {"rds", "rdata", "rda"} else other
    elif not known and b"\x00" in start[:512]:
        known = _BY_ENDING.get(ending)
    if known:
        raise FOREIGN.refusal(f"this is {known[0]}, not a table", source, known[1])


def _by_start(start: bytes) -> tuple[str, str] | None:
    if start.startswith(_R_STARTS):
        return _R
    return next((known for sign, known in _STARTS if start.startswith(sign)), None)


def _by_text(start: bytes) -> tuple[str, str] | None:
    """Return what a text in brackets is: pages and projects under the name of a table."""
    text = start.decode("utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "latin-1", errors="replace")
    text = text.lstrip("\ufeff\u00ef\u00bb\u00bf \t\r\n").casefold()
    if not text.startswith("<") or text.startswith("<stata_dta>"):
        return None
    if "<graphpadprismfile" in text:
        return _PRISM
    if "schemas-microsoft-com:office:spreadsheet" in text:
        return "a workbook of Excel 2003 in XML", "open it in a spreadsheet, and save it as XLSX"
    if text.startswith("<!doctype html") or "<html" in text or "<table" in text:
        return "a web page, whatever its name says", "open it in a spreadsheet, and save it as XLSX"
    if "<workspace" in text:
        return _BY_ENDING["wsp"]
    if "<odm" in text:
        return "a study in CDISC ODM", _AS_CSV
    return ("an XML document", _AS_CSV) if text.startswith("<?xml") else None


def _in_zip(path: Path, ending: str) -> tuple[str, str] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100).decode("latin-1") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
        return None  # the reader of workbooks says what is wrong
    if any(name.startswith("xl/") for name in names) or "opendocument.spreadsheet" in kind:
        return None
    if "opendocument" in kind:
        return "an OpenDocument text", _WORD[1]
    by_name = _BY_ENDING.get(ending)
    found = next((known for name, known in _IN_ZIP if _holds(names, name)), None)
    return by_name or found or ("a packed file", "unpack it, and name the table in it")


def _holds(names: Iterable[str], name: str) -> bool:
    return any(other == name or other.endswith("/" + name) for other in names)


def _in_ole(path: Path) -> tuple[str, str] | None:
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
