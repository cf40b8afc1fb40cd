"""Read delimited text as it really arrives: any usual encoding, delimiter and line end."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from responder.cohort.bounds import refuse_cells
from responder.cohort.checks.intake import DELIMITER, EMPTY, MENDED, RAGGED
from responder.cohort.encoding import decode_text
from responder.cohort.findings import Finding
from responder.cohort.structure import make_table
from responder.cohort.table import HowRead, RawTable, ReadOptions
from responder.names.roles import fold_id_name, id_names
from responder.words import Phrase

__all__ = ["delimiter_words", "read_csv", "read_records", "sniff_delimiter"]

DELIMITERS = (",", ";", "\t", "|")
RARE_DELIMITERS = ("^", "~", "¦", "§", "#", ":", " ")
ROWS_SNIFFED = 50
_NAMED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}


def read_csv(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read a delimited text file; every cell stays text as it is written, so ids keep their leading zeros.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages.
    options : ReadOptions
        Its encoding, where a person named it.

    Raises
    ------
    TableRefusedError
        If the file is no delimited text, empty, of one column, or ragged.
    """
    findings: list[Finding] = []
    how, records = read_records(path, source, findings, options.encoding)
    table = make_table(source, _with_row_names(records), findings)
    # programs write semicolons where the comma is the decimal mark
    mark = "," if how.delimiter == ";" else ""
    return replace(table, mark=mark, how=replace(how, header_line=table.how.header_line))


def read_records(
    path: Path, source: str, findings: list[Finding], encoding: str = ""
) -> tuple[HowRead, list[tuple[int, list[str]]]]:
    """Return encoding and delimiter of a text file, and its rows with their lines, before any is taken for a header.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        Its name in messages.
    findings : list of Finding
        Gets what was odd about encoding and delimiter.
    encoding : str
        Its encoding, where a person named it.

    Raises
    ------
    TableRefusedError
        If the file is no delimited text, empty, or of one column.
    """
    text, encoding = decode_text(path.read_bytes(), source, findings, encoding)
    if not text.strip():
        raise EMPTY.refusal("empty_file", source)
    declared = re.match(r'"?sep=(.)"?\n', text)  # what Excel writes and reads to name the delimiter
    delimiter = declared.group(1) if declared else sniff_delimiter(text)
    if not delimiter:
        raise DELIMITER.refusal("text", f"{source}:1")
    if delimiter != ",":
        findings.append(MENDED.found("delimiter", source, sign=delimiter_words(delimiter)))
    return HowRead(encoding=encoding, delimiter=delimiter), _records(text, delimiter, source)[1 if declared else 0 :]


def delimiter_words(sign: str) -> Phrase:
    """Return the sign between columns in words.

    Examples
    --------
    >>> str(delimiter_words(";")), str(delimiter_words("^"))
    ('semicolons', "'^'")
    """
    known = _NAMED.get(sign)
    return Phrase(f"delimiter.{known}") if known else Phrase("list.quoted", {"name": sign})


def sniff_delimiter(text: str) -> str:
    r"""Return the delimiter that splits the first rows into most cells, as many as the header has, or ``""``.

    Where lines stand above the header, the number of cells of most rows decides. A sign that is no usual delimiter
    counts only where it splits every row into the same number of cells.

    Examples
    --------
    >>> sniff_delimiter("id;dose;organs\n1;2,5;ear\n2;3,5;eye\n")
    ';'
    >>> sniff_delimiter("Run 3\n\nid;dose;organs\n1;2,5;ear\n2;3,5;eye\n")
    ';'
    >>> sniff_delimiter("id^dose\n1^3\n2^4\n"), sniff_delimiter("id organs\n1 ear\n")
    ('^', '')
    """
    widths = {sign: found for sign in DELIMITERS if (found := _widths(text, sign))}
    for first_row, least in ((True, 0.5), (False, 0.5), (True, 0.0)):
        best, delimiter = 0.0, ""
        for sign, found in widths.items():
            counts = Counter(found)
            wide = found[0] if first_row else max((w for w in counts if w > 1), key=lambda w: w * counts[w], default=1)
            share = counts[wide] / len(found)
            if wide > 1 and share >= least and wide * share > best:
                best, delimiter = wide * share, sign
        if delimiter:
            return delimiter
    for sign in RARE_DELIMITERS:
        found = _widths(text, sign)
        body = set(found[1:])
        even = len(body) == 1 and found[0] in {min(body), min(body) - 1} and min(body) > (2 if sign == " " else 1)
        if even and len(found) > (3 if sign == " " else 1):
            return sign
    return ""


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
    cells = 0
    try:
        for row in reader:
            cells += len(row)
            refuse_cells(cells, 1, source)
            records.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise RAGGED.refusal("quotes", f"{source}:{line}", why=str(error)) from error
    return records


def _with_row_names(records: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Return the records with a blank name above the row names of R's ``write.table``, which has none for them."""
    filled = [row for _, row in records if row]
    widths = {len(row) for row in filled[1:]}
    if len(filled) < 3 or widths != {len(filled[0]) + 1} or not all(row[-1].strip() for row in filled[1:]):
        return records
    first = next(i for i, (_, row) in enumerate(records) if row)
    numbered = [row[0].strip() for row in filled[1:]] == [str(i) for i in range(1, len(filled))]
    if not numbered and fold_id_name(filled[0][0]) in id_names():
        return records  # the ids stand in the first column: what is over is a comma in a number
    return [(line, ["", *row] if i == first else row) for i, (line, row) in enumerate(records)]
