"""Read profiles in JSON: a list of objects, one object, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from responder.cohort.bounds import refuse_cells
from responder.cohort.checks.intake import DUPLICATE_HEADER, EMPTY, UNREADABLE
from responder.cohort.encoding import decode_text
from responder.cohort.findings import Finding
from responder.cohort.structure import unique_headers
from responder.cohort.table import HowRead, RawTable, ReadOptions, cell_text
from responder.names.fold import BLANKS
from responder.values import TypedNumber

__all__ = ["json_cell", "profile_table", "read_json"]

_MEASURED = frozenset({"value", "unit"})


def read_json(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read profiles; keys are the headers, and a key that a profile does not give is a gap.

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
        If the file is no JSON, holds anything but objects of cells, or an object has a key twice.
    """
    findings: list[Finding] = []
    text, encoding = decode_text(path.read_bytes(), source, findings, options.encoding)
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, source))
        profiles = content if isinstance(content, list) else [content]
        lines = list(range(1, len(profiles) + 1))
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise UNREADABLE.refusal("bad_json", source, line=error.lineno, column=error.colno) from error
        profiles, lines = _of_lines(text, source)
    except (ValueError, RecursionError) as error:
        raise UNREADABLE.refusal("deep_json", source) from error
    return replace(profile_table(source, profiles, lines, findings), how=HowRead(encoding=encoding))


def profile_table(
    source: str, profiles: Sequence[object], lines: Sequence[int] = (), findings: Sequence[Finding] = ()
) -> RawTable:
    """Return a table of profiles, each an object of cells.

    Parameters
    ----------
    source : str
        Where they come from, for messages.
    profiles : sequence of object
        Parsed JSON: mappings of trait to cell.
    lines : sequence of int, optional
        Number of each in its source; from 1 where empty.
    findings : sequence of Finding
        What was seen before.

    Raises
    ------
    TableRefusedError
        If one is no mapping, or a cell neither text, number, list nor value with unit.

    Examples
    --------
    >>> table = profile_table("body", [{"organs": ["ear", "eye"], "treg": {"value": 0.022, "unit": "10^9/L"}}])
    >>> table.headers, table.rows
    (('organs', 'treg'), (('ear;eye', '0.022 10^9/L'),))
    """
    numbers = list(lines) or list(range(1, len(profiles) + 1))
    keys: dict[str, None] = {}
    cells: list[dict[str, str]] = []
    for number, profile in zip(numbers, profiles, strict=True):
        if not isinstance(profile, Mapping):
            raise UNREADABLE.refusal("no_object", f"{source}:{number}")
        row = {str(key).strip(BLANKS): json_cell(cell, f"{source}:{number}") for key, cell in profile.items()}
        if len(row) < len(profile):
            raise DUPLICATE_HEADER.refusal("key_blanks", f"{source}:{number}")
        cells.append(row)
        keys.update(dict.fromkeys(cells[-1]))
    if not keys:
        raise EMPTY.refusal("no_profile", source)
    refuse_cells(len(cells), len(keys), source)
    noted = list(findings)
    headers = unique_headers(list(keys), source, noted)
    rows = tuple(tuple(row.get(key, "") for key in keys) for row in cells)
    return RawTable(source, headers, rows, tuple(numbers), tuple(noted))


def json_cell(cell: object, where: str = "") -> str:
    """Return a JSON value as the text of a cell: levels joined with ``;``, a value with its unit behind it.

    Raises
    ------
    TableRefusedError
        If it is an object of something else, or a list of lists.

    Examples
    --------
    >>> [json_cell(cell) for cell in (3.0, True, None, ["ear"], [], {"value": 2, "unit": "years"})]
    ['3', 'true', '', 'ear', 'none', '2 years']
    """
    if isinstance(cell, Mapping) and "value" in cell and set(cell) <= _MEASURED:
        measured = f"{json_cell(cell['value'], where)} {json_cell(cell.get('unit'), where)}".strip(BLANKS)
        return TypedNumber(measured) if isinstance(cell["value"], float) else measured
    if isinstance(cell, Sequence) and not isinstance(cell, str | bytes):
        if any(isinstance(item, Mapping | list | tuple) for item in cell):
            raise _no_cell(where)
        return ";".join(cell_text(item) for item in cell) if cell else "none"
    if isinstance(cell, Mapping):
        raise _no_cell(where)
    return str(cell).lower() if isinstance(cell, bool) else cell_text(cell)


def _no_cell(where: str) -> Exception:
    return UNREADABLE.refusal("nested_value", where)


def _of_lines(text: str, source: str) -> tuple[list[Any], list[int]]:
    profiles, lines = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{source}:{number}"
            try:
                profiles.append(json.loads(line, object_pairs_hook=lambda pairs: _object(pairs, place)))  # noqa: B023
            except (ValueError, RecursionError) as error:
                raise UNREADABLE.refusal("bad_json_line", place) from error
            lines.append(number)
    return profiles, lines


def _object(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    """Refuse a key that comes twice: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DUPLICATE_HEADER.refusal("key", where)
    return found
