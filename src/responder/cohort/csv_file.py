"""Read delimited text as it really arrives: any usual encoding, delimiter and line end."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from pathlib import Path

from responder.cohort.checks.intake import DELIMITER, EMPTY, ENCODING, MENDED, RAGGED, UNREADABLE
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable, make_table

__all__ = ["decode_text", "read_csv", "sniff_delimiter"]

DELIMITERS = (",", ";", "\t", "|")
ROWS_SNIFFED = 50
_POINT = re.compile(r"[+-]?\d*\.\d+(?![\d.])")  # and no date such as 1.2.2024
_COMMA = re.compile(r"^([+-]?\d+),(\d+)(?=[^\d,]*$)")  # a unit may follow
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}(?!\d)")
_LIST = re.compile(r"\d+(?:,\d+){2,}$")  # 1,234,567 or the levels 1,2,5
_TYPICAL_SIGNS = frozenset("µμ°±²³×–—‘’“”…≥≤™®")


def read_csv(path: Path, source: str) -> RawTable:
    """Read a delimited text file; every cell stays text, so ids keep their leading zeros.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages.

    Raises
    ------
    TableRefusedError
        If the file is no delimited text, empty, of one column, or ragged.
    """
    findings: list[Finding] = []
    text = decode_text(path.read_bytes(), source, findings)
    if not text.strip():
        raise EMPTY.refusal("the file is empty", source, "export it again, with a header and one row a patient")
    declared = re.match(r"sep=(.)\n", text)  # what Excel writes and reads to name the delimiter
    delimiter = declared.group(1) if declared else sniff_delimiter(text)
    if not delimiter:
        raise DELIMITER.refusal(
            "the file has a single column",
            f"{source}:1",
            "separate the columns with a comma, semicolon, tab or bar",
        )
    if delimiter != ",":
        name = {";": "semicolon", "\t": "tab", "|": "bar"}.get(delimiter, delimiter)
        findings.append(MENDED.found(f"columns are separated by a {name}", source))
    records = _records(text, delimiter, source)[1 if declared else 0 :]
    if delimiter != ",":
        records = _with_decimal_points(records, source, findings)
    return make_table(source, records, findings)


def decode_text(content: bytes, source: str, findings: list[Finding]) -> str:
    """Return text with newline line ends; append a finding when it was not UTF-8 or ended lines in CR only.

    A file that is not UTF-8 is taken for GB 18030 when its high bytes pair up as common Chinese characters,
    else for Windows-1252 or Mac Roman, whichever gives more small letters and laboratory signs.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\x00" in content:
        raise UNREADABLE.refusal(
            "the file is neither text nor a format that is known", source, "export CSV, XLSX, Parquet or XPT"
        )
    else:
        encoding = _guess_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UNREADABLE.refusal(
            "the text has bytes that no usual encoding explains", source, "save it as UTF-8"
        ) from error
    if encoding != "utf-8-sig":
        hint = "check names and units with accents or signs, or save the file as UTF-8"
        findings.append(ENCODING.found(f"the text is not UTF-8 and was read as {encoding}", source, hint))
    if "\r" in text and "\n" not in text:
        findings.append(MENDED.found("lines end as on an old Macintosh (CR only)", source))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def sniff_delimiter(text: str) -> str:
    r"""Return the delimiter that splits the first rows into most cells, as many as the header has, or ``""``.

    Examples
    --------
    >>> sniff_delimiter("id;dose;organs\n1;2,5;ear\n2;3,5;eye\n")
    ';'
    >>> sniff_delimiter("id organs\n1 ear\n")
    ''
    """
    best, delimiter = 0.0, ""
    for candidate in DELIMITERS:
        widths = _widths(text, candidate)
        if not widths or widths[0] < 2:
            continue
        score = widths[0] * Counter(widths)[widths[0]] / len(widths)
        if score > best:
            best, delimiter = score, candidate
    return delimiter


def _widths(text: str, delimiter: str) -> list[int]:
    """Return the number of cells of the first rows, up to one that cannot be split."""
    widths: list[int] = []
    with contextlib.suppress(csv.Error):
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True):
            if row:
                widths.append(len(row))
            if len(widths) == ROWS_SNIFFED:
                break
    return widths


def _records(text: str, delimiter: str, source: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            records.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise RAGGED.refusal(
            f"the line cannot be split into cells ({error})",
            f"{source}:{line}",
            "a quotation mark that is not closed, or not doubled inside a quoted cell: mend that line",
        ) from error
    return records


def _with_decimal_points(
    records: list[tuple[int, list[str]]], source: str, findings: list[Finding]
) -> list[tuple[int, list[str]]]:
    """Return the records with decimal points, where the table has decimal commas and not one decimal point.

    So do most of Europe's spreadsheets write a table whose columns no comma separates. Where every comma may as
    well group thousands, as in 150,000, the cells stay as they are, to be refused.
    """
    cells = [cell.strip() for _, row in records[1:] for cell in row]
    decimal = any(_COMMA.match(cell) and not _THOUSANDS.match(cell) for cell in cells)
    if not decimal or any(_POINT.match(cell) or _LIST.match(cell) for cell in cells):
        return records
    findings.append(MENDED.found("decimal commas were read as decimal points", source))
    commas = [(line, [_COMMA.sub(r"\1.\2", cell.strip()) for cell in row]) for line, row in records[1:]]
    return [records[0], *commas]


def _guess_encoding(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb2312"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "gb18030" if encoding == "gb2312" else encoding
    old_macintosh = b"\r" in content and b"\n" not in content
    windows, macintosh = _plausibility(content, "cp1252"), _plausibility(content, "mac_roman")
    return "mac_roman" if macintosh > windows or (macintosh == windows and old_macintosh) else "cp1252"


def _plausibility(content: bytes, encoding: str) -> int:
    """Return how many non-ASCII characters look at home: small letters, and the signs of a laboratory."""
    text = content.decode(encoding, errors="replace")
    return sum(1 for sign in text if ord(sign) > 127 and (sign.islower() or sign in _TYPICAL_SIGNS))
