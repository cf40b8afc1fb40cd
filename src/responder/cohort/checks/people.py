"""Check that nobody's name, number or address is used as an id or a trait."""

from __future__ import annotations

from collections.abc import Iterable

from responder.cohort.checks.intake import IDENTIFYING, PERSON_IN_USE
from responder.cohort.findings import Finding
from responder.cohort.places import at_columns
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
        PERSON_IN_USE.found("trait", at_columns(table.source, header))
        for header in traits
        if header in personal or header in declared
    ]
    if id_header is not None and id_header in personal:
        findings.append(PERSON_IN_USE.found("ids", at_columns(table.source, id_header)))
    shown = [header for header in table.headers if header in personal or header in declared]
    if shown:
        findings.append(IDENTIFYING.found("columns", table.source, names=tuple(shown)))
    return findings
