"""Read baseline profiles from files: JSON (one object, or a list), JSON lines, CSV; in parts of bounded size."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from responder.errors import DataRefusedError, UsageError

__all__ = ["ROWS_AT_ONCE", "ProfilePart", "parse_json", "read_profiles"]

ROWS_AT_ONCE = 8192
LARGEST_JSON = 64_000_000
LARGEST_CELL = 100_000
LINE_FORMATS = frozenset({".jsonl", ".ndjson"})
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class ProfilePart:
    """Some consecutive profiles of a source.

    Attributes
    ----------
    source : str
        The file, as the user named it.
    first_row : int
        Number of the first one, from 1.
    columns : Mapping[str, Sequence]
        Header to cells; None where a profile does not give the key.
    """

    source: str
    first_row: int
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def profile(self, row: int) -> dict[str, Any]:
        """Return one of the profiles, without the keys that it does not give."""
        cells = {key: column[row] for key, column in self.columns.items()}
        return {key: cell for key, cell in cells.items() if cell is not None}


def read_profiles(path: Path, *, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[ProfilePart]:
    """Read the profiles of a file, a part at a time.

    Parameters
    ----------
    path : Path
        ``.json``, ``.jsonl``, ``.ndjson``; everything else is read as delimited text with a header.
    rows_at_once : int
        Most profiles in a part.

    Raises
    ------
    UsageError
        If there is no such file.
    DataRefusedError
        If the file is not of its format, or holds no profile.
    """
    source = str(path)
    if not path.is_file():
        raise UsageError("no such file", where=source, hint="check the path")
    with path.open(encoding="utf-8-sig", newline="") as text:
        empty = True
        try:
            for part in _parts(text, path.suffix.casefold(), source, rows_at_once):
                empty = False
                yield part
        except UnicodeDecodeError as error:
            raise DataRefusedError("the file is not UTF-8 text", where=source, hint="save it as UTF-8") from error
        if empty:
            raise DataRefusedError("the file holds no profile", where=source, hint="give one row a patient")


def _parts(text: IO[str], ending: str, source: str, rows_at_once: int) -> Iterator[ProfilePart]:
    if ending == ".json":
        return _in_parts(iter(_json_profiles(text, source)), source, rows_at_once)
    if ending in LINE_FORMATS:
        return _in_parts(_line_profiles(text, source), source, rows_at_once)
    return _csv_parts(text, source, rows_at_once)


def _json_profiles(text: IO[str], source: str) -> list[Any]:
    whole = text.read(LARGEST_JSON + 1)
    if len(whole) > LARGEST_JSON:
        raise DataRefusedError(
            "the JSON file is longer than 64 million characters",
            where=source,
            hint="use CSV or JSON lines, which are read in parts",
        )
    content = parse_json(whole, source)
    return content if isinstance(content, list) else [content]


def _line_profiles(text: IO[str], source: str) -> Iterator[Any]:
    for number, line in enumerate(text, 1):
        if line.strip():
            yield parse_json(line, f"{source}:{number}")


def parse_json(text: str, where: str) -> Any:
    """Parse JSON.

    Raises
    ------
    DataRefusedError
        If it is none, or an object has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, where))
    except json.JSONDecodeError as error:
        hint = f"mend line {error.lineno}, column {error.colno}"
        raise DataRefusedError("not valid JSON", where=where, hint=hint) from error
    except (ValueError, RecursionError) as error:
        hint = "it is nested too deeply, or holds a number too long"
        raise DataRefusedError("not valid JSON", where=where, hint=hint) from error


def _object(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    """Refuse a key that comes twice: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataRefusedError("a key is given twice in one object", where=where, hint="give each trait once")
    return found


def _in_parts(profiles: Iterator[Any], source: str, rows_at_once: int) -> Iterator[ProfilePart]:
    first = 1
    while chunk := list(itertools.islice(profiles, rows_at_once)):
        for index, profile in enumerate(chunk):
            if not isinstance(profile, dict):
                raise DataRefusedError(
                    "a profile must be an object of traits",
                    where=f"{source}, profile {first + index}",
                    hint='write {"trait": value, ...}, or a list of such objects',
                )
        keys = dict.fromkeys(key for profile in chunk for key in profile)
        if not keys:
            raise DataRefusedError("the profile is empty", where=source, hint="give the traits that are known")
        yield ProfilePart(source, first, {key: [profile.get(key) for profile in chunk] for key in keys})
        first += len(chunk)


def _csv_parts(text: IO[str], source: str, rows_at_once: int) -> Iterator[ProfilePart]:
    head = text.readline(LARGEST_CELL)
    if not head.strip():
        return
    delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(itertools.chain([head], text), delimiter=delimiter, strict=True)
    try:
        headers = [header.strip() for header in next(reader)]
        _refuse_headers(headers, source)
        first = 1
        while rows := list(itertools.islice(_whole_rows(reader, len(headers), source), rows_at_once)):
            yield ProfilePart(source, first, dict(zip(headers, zip(*rows, strict=True), strict=True)))
            first += len(rows)
    except csv.Error as error:
        raise DataRefusedError(
            "the line cannot be split into cells", where=f"{source}:{reader.line_num}", hint="mend its quotation marks"
        ) from error


def _whole_rows(reader: Iterable[list[str]], width: int, source: str) -> Iterator[list[str]]:
    for row in reader:
        if not "".join(row).strip():
            continue  # spreadsheets leave blank rows behind
        if len(row) == width:
            yield row
        else:
            line = getattr(reader, "line_num", 0)
            raise DataRefusedError(
                f"the row has {len(row)} cells and the header {width}",
                where=f"{source}:{line}",
                hint="quote cells that hold the delimiter, and use a decimal point",
            )


def _refuse_headers(headers: Sequence[str], source: str) -> None:
    if len(set(headers)) < len(headers):
        raise DataRefusedError("two columns have the same header", where=f"{source}:1", hint="remove one of them")
    if "" in headers:
        raise DataRefusedError("a column has no header", where=f"{source}:1", hint="name it, or remove it")
