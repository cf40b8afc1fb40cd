"""Find each trait's column in a table, by its name or an alias, and the ids; tell which columns nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from responder.cohort.checks.cells import FOREIGN_UNIT
from responder.cohort.checks.intake import (
    AMBIGUOUS_COLUMN,
    ID_COLUMN,
    NOT_USED,
    OPTIONAL_MISSING,
)
from responder.cohort.findings import Finding
from responder.cohort.headers import missing_column, nearest_header
from responder.cohort.places import at_columns, quoted, shortened
from responder.cohort.table import UNNAMED, RawTable
from responder.cohort.trait_column import TraitColumn
from responder.names import fold_name, split_unit
from responder.study.model import Study, Trait
from responder.study.placing import TraitNames
from responder.words import Phrase
from responder.words.units import unit_phrase

__all__ = [
    "find_absent",
    "find_id_column",
    "find_near",
    "find_unused",
    "free_headers",
    "known_names",
    "place_study",
    "place_traits",
]

COLUMNS_SHOWN = 12


def place_traits(
    table: RawTable, traits: Sequence[Trait], wanted: Sequence[Trait], findings: list[Finding], others: Iterable[str]
) -> dict[str, TraitColumn]:
    """Return the columns of wanted traits by name; see `responder.study.placing.TraitNames`.

    Parameters
    ----------
    table : RawTable
        The table.
    traits : sequence of Trait
        Every trait that columns may belong to.
    wanted : sequence of Trait
        Those that are looked for.
    findings : list of Finding
        To which traits of which more than one column could be it are appended, and units that a trait does not know.
    others : iterable of str
        Names of columns that are no traits, such as ids.
    """
    placed = TraitNames([trait.code for trait in traits], others).place(table.headers)
    by_name = {trait.name: trait for trait in wanted}
    for name, headers in placed.doubts.items():
        if name not in by_name:
            continue
        findings.append(AMBIGUOUS_COLUMN.found("several", table.source, trait=name, columns=quoted(headers)))
    for name, columns in placed.foreign_units.items():
        for header, unit in columns if name in by_name else ():
            place = at_columns(table.source, header)
            findings.append(
                FOREIGN_UNIT.found("unit", place, trait=name, unit=unit, own=unit_phrase(by_name[name].unit))
            )
    return {name: TraitColumn(trait, placed.sources[name]) for name, trait in by_name.items() if name in placed.sources}


def place_study(
    table: RawTable, study: Study, wanted: Sequence[Trait], findings: list[Finding]
) -> dict[str, TraitColumn]:
    """Return the columns of wanted traits of a study by name; see `place_traits`.

    A unit that a trait does not know and a helper in its column does (``mg/kg`` of a dose) is no fault.
    """
    said: list[Finding] = []
    placed = place_traits(table, study.traits, wanted, said, known_names(study))
    shared = [
        at_columns(table.source, header)
        for helper in study.helpers
        for header in table.headers
        if helper.in_column_of and helper.code.factor(split_unit(header)[1]) is not None
    ]
    findings += [f for f in said if f.code != FOREIGN_UNIT.code or f.where not in shared]
    return placed


def find_id_column(table: RawTable, study: Study, findings: list[Finding]) -> str | None:
    """Return the header of the patient ids: by name, by alias, or the first column if it has no name."""
    names = [study.id_column, *study.id_aliases]
    for name in names:
        for header in table.headers:
            if fold_name(header) == fold_name(name):
                return header
    if table.headers[0] == f"{UNNAMED}_1":
        findings.append(ID_COLUMN.found("unnamed", table.source, name=study.id_column))
        return table.headers[0]
    findings.append(missing_column(table.source, names, free_headers(table, study), Phrase("role.ids")))
    return None


def free_headers(table: RawTable, study: Study) -> tuple[str, ...]:
    """Return the headers that no trait of the study claims: those that a missing column may hide behind."""
    claimed = TraitNames([trait.code for trait in study.traits], known_names(study)).place(table.headers).claimed
    return tuple(header for header in table.headers if header not in claimed)


def known_names(study: Study) -> tuple[str, ...]:
    """Return the names of a study's columns that are no traits."""
    return (study.id_column, *study.id_aliases, *study.ignored)


def find_near(table: RawTable, free: Sequence[str], absent: Iterable[Trait]) -> tuple[list[Finding], list[str]]:
    """Return a note for each absent trait to which a free header comes near, and the names of the others."""
    findings, far = [], []
    for trait in absent:
        near = nearest_header((trait.name, *trait.aliases), free)
        if near:
            findings.append(OPTIONAL_MISSING.found("near", table.source, near, column=trait.name))
        else:
            far.append(trait.name)
    return findings, far


def find_absent(table: RawTable, study: Study, absent: Iterable[Trait]) -> list[Finding]:
    """Return notes of traits that nobody asked for and that the table lacks; alone where a header comes near."""
    asked = study.asked_traits
    findings, far = find_near(table, free_headers(table, study), (trait for trait in absent if trait in asked))
    if far:
        findings.append(OPTIONAL_MISSING.found("absent", table.source, names=tuple(far)))
    return findings


def find_unused(table: RawTable, study: Study, others: Iterable[str]) -> list[Finding]:
    """Return notes of the columns that nobody knows.

    Parameters
    ----------
    table : RawTable
        The table.
    study : Study
        Its traits, the columns beside them and ``ignored`` ones are known.
    others : iterable of str
        Names of columns that are known besides.
    """
    beside = [name for column in study.columns_beside for name in (column.name, *column.aliases)]
    silent = {fold_name(name) for name in (*study.ignored, *beside, *others)}
    unknown = [header for header in free_headers(table, study) if fold_name(header) not in silent]
    return [NOT_USED.found("unknown", table.source, names=shortened(unknown, COLUMNS_SHOWN))] if unknown else []
