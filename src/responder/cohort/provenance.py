"""Where a table's values come from: read from ``provenance.toml`` beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from responder.cohort.cohort import Provenance
from responder.errors import ConfigError, did_you_mean
from responder.names import fold_name
from responder.toml_file import read_toml

__all__ = ["PROVENANCE_FILE", "column_provenance", "read_provenance"]

PROVENANCE_FILE = "provenance.toml"


def read_provenance(table: Path) -> dict[str, Provenance]:
    """Return the provenance of each column of a table, from the ``provenance.toml`` in its folder.

    The file has one section a column, ``[<file name without ending>.<column>]``, with the key ``provenance``
    (``observed``, ``reconstructed`` or ``simulated``) and usually ``why``. Without the file, or without a
    section for this table, nothing is said and every column counts as observed.

    Raises
    ------
    ConfigError
        If the file is not such a file.
    """
    path = table.parent / PROVENANCE_FILE
    if not path.is_file():
        return {}
    section = read_toml(path).get(table.stem, {})
    if not isinstance(section, dict):
        raise ConfigError("provenance_section", where=str(path), table=table.stem)
    kinds = {}
    for column, entry in section.items():
        word = entry.get("provenance") if isinstance(entry, dict) else entry
        kinds[column] = _kind(word, f"{path}, [{table.stem}.{column}]")
    return kinds


def column_provenance(
    header: str, trait: str, given: Mapping[str, str] | None, beside: Mapping[str, Provenance]
) -> Provenance:
    """Return the provenance of one column, by its header or its trait; what is given outright wins."""
    wanted = {fold_name(header), fold_name(trait)}
    for source in (given or {}, beside):
        for name, kind in source.items():
            if fold_name(name) in wanted:
                return _kind(kind, f"provenance of '{name}'")
    return Provenance.OBSERVED


def _kind(word: object, where: str) -> Provenance:
    try:
        return Provenance(str(word))
    except ValueError as error:
        allowed = [str(kind) for kind in Provenance]
        near = did_you_mean(str(word), allowed)
        raise ConfigError("provenance_word", where=where, hint=near, word=str(word), allowed=allowed) from error
