"""Check that nobody's name, number or address is used as an id or a trait."""

from __future__ import annotations

from collections.abc import Iterable

from responder.cohort.checks.intake import IDENTIFYING, PERSON_IN_USE
from responder.cohort.findings import Finding
from responder.cohort.table import RawTable
from responder.names.people import personal_columns

__all__ = ["find_people", "people_in"]


def people_in(table: RawTable) -> tuple[str, ...]:
    """Return the headers of columns that name, number or locate a person."""
    return tuple(personal_columns(table.headers, [table.column(header) for header in table.headers]))


def find_people(table: RawTable, id_header: str | None, traits: Iterable[str]) -> list[Finding]:
    """Return a caution of the columns that tell who a patient is, and a refusal where one is in use.

    Parameters
    ----------
    table : RawTable
        The table.
    id_header : str, optional
        Its column of patient ids.
    traits : iterable of str
        The headers of the traits in use. What a data dictionary marks as identifier must not be among them.
    """
    personal = people_in(table)
    declared = [header for header, facts in table.facts.items() if facts.identifier and header != id_header]
    findings = [
        PERSON_IN_USE.found(
            "a column that tells who a patient is must not be a trait",
            f"{table.source}, column '{header}'",
            "take the trait out of the study, and remove the column before analysis",
        )
        for header in traits
        if header in personal or header in declared
    ]
    if id_header in personal:
        findings.append(
            PERSON_IN_USE.found(
                "the column of patient ids tells who the patients are",
                f"{table.source}, column '{id_header}'",
                "give each patient a pseudonym such as P01, keep the list of who is who apart, and name that column "
                "as id_column",
            )
        )
    shown = [header for header in table.headers if header in personal or header in declared]
    if shown:
        findings.append(
            IDENTIFYING.found(
                f"columns name or locate a person: {', '.join(shown)}",
                table.source,
                "remove them before analysis: nothing here needs them",
            )
        )
    return findings
