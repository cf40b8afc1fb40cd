"""Files of baseline profiles, read as every table of patients is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from responder.errors import UsageError
from responder.score.bundle import Bundle
from responder.score.profile import EncodedTable
from responder.study.column import Cells

if TYPE_CHECKING:
    from responder.cohort.findings import Finding

__all__ = ["GivenProfiles", "read_profiles"]


@dataclass(frozen=True)
class GivenProfiles:
    """The profiles of one source, column by column.

    Attributes
    ----------
    source : str
        The file, as the user named it.
    columns : Mapping[str, Cells]
        Header to cells.
    lines : sequence of int
        Line of each profile in the source.
    findings : tuple of Finding
        What reading saw and corrected.
    """

    source: str
    columns: Mapping[str, Cells]
    lines: Sequence[int] = (1,)
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def overridden(self, bundle: Bundle, given: Mapping[str, str]) -> GivenProfiles:
        """Return the profiles with traits given besides; such a trait is no longer read from the source.

        Parameters
        ----------
        bundle : Bundle
            Says under which names a trait is found.
        given : Mapping[str, str]
            Trait, by name or alias, to the value of all profiles.
        """
        replaced = bundle.names.place(tuple(given)).sources
        placed = bundle.names.place(tuple(self.columns))
        gone = {source.header for name in replaced for source in placed.sources.get(name, ())}
        gone.update(header for name in replaced for header in placed.doubts.get(name, ()))
        kept = {header: cells for header, cells in self.columns.items() if header not in gone}
        return replace(self, columns={**kept, **{key: [value] * len(self) for key, value in given.items()}})

    def notes(self, bundle: Bundle, encoded: EncodedTable) -> list[Finding]:
        """Return what reading the file and its cells saw, as `responder check` would tell it."""
        from responder.cohort.cell_notes import cell_notes

        found = list(self.findings)
        for code in bundle.codes:
            if code.name in encoded.readings:
                found += cell_notes(code, encoded.readings[code.name], self.source, self.lines)
        return found


def read_profiles(path: str | Path) -> GivenProfiles:
    """Read the profiles of a file of any format that is known, one row (or object) per patient.

    Columns that name or locate a person are left out, and told.

    Parameters
    ----------
    path : str or Path
        As `responder.cohort.read_table` takes it.

    Raises
    ------
    UsageError
        If there is no such file.
    DataRefusedError
        If it cannot be read as one table.
    """
    from responder.cohort.checks.people import find_people, people_in  # only where there is a file
    from responder.cohort.read import read_table, table_path

    if not table_path(path).is_file():
        raise UsageError("profiles_no_file", where=str(path))
    table = read_table(path)
    personal = people_in(table)
    columns = {
        header: cells
        for header, cells in zip(table.headers, zip(*table.rows, strict=True), strict=True)
        if header not in personal
    }
    return GivenProfiles(table.source, columns, table.lines, (*table.findings, *find_people(table, None, ())))
