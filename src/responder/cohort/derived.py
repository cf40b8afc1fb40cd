"""Traits that are computed from other columns: found, read and computed, with a note of each that was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cells import encode_column
from responder.cohort.checks.ranges import find_ranges
from responder.cohort.checks.sanity import ADDED, COMPUTED_VALUES, NO_WEIGHT, named
from responder.cohort.columns import known_names, place_traits
from responder.cohort.findings import Finding, Severity
from responder.cohort.places import quoted
from responder.cohort.table import RawTable
from responder.cohort.trait_column import TraitColumn
from responder.names import fold_name, split_unit
from responder.study.derive import DerivationNote, derive
from responder.study.model import Helper, Study, Trait
from responder.study.placing import ColumnSource
from responder.study.relations import shared_cells
from responder.study.shared_cells import claim
from responder.values import fold_unit

__all__ = ["Sources", "compute_traits", "encode_shared", "find_sources"]


@dataclass(frozen=True)
class Sources:
    """Columns that are read only to compute or to check others, by trait or helper.

    Attributes
    ----------
    helpers : Mapping[str, TraitColumn]
        Columns of helpers: what is wrong in them is said.
    members : Mapping[str, TraitColumn]
        Columns of traits that nobody asked for: left aside where anything is wrong in them.
    computed : Mapping[str, TraitColumn]
        Traits without a column of their own that can be computed, with the column that they start from.
    """

    helpers: Mapping[str, TraitColumn] = field(default_factory=dict)
    members: Mapping[str, TraitColumn] = field(default_factory=dict)
    computed: Mapping[str, TraitColumn] = field(default_factory=dict)

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers of all of them."""
        return tuple(column.header for column in (*self.helpers.values(), *self.members.values()))


def find_sources(
    table: RawTable, study: Study, columns: Mapping[str, TraitColumn], wanted: Collection[str], findings: list[Finding]
) -> Sources:
    """Return what else of the table the study's rules across columns need.

    Parameters
    ----------
    table : RawTable
        The table.
    study : Study
        With its relations, equivalents and sanity rules.
    columns : Mapping[str, TraitColumn]
        Columns of traits that were found.
    wanted : collection of str
        Traits that may be computed where they have no column: those asked for, and the products of relations.
    findings : list of Finding
        Two columns that can be one helper are appended.
    """
    helpers = {h.name: c for h in study.helpers if (c := _helper_column(table, study, h, columns, findings))}
    named_by_rules = [name for relation in study.relations for name in relation.names]
    named_by_rules += [name for rule in study.sanity for name in rule.names]
    others = [t for t in study.traits if t.name in named_by_rules and t.name not in columns]
    members = place_traits(table, study.traits, others, [], known_names(study))
    known: dict[str, TraitColumn] = {**columns, **members, **helpers}
    computed: dict[str, TraitColumn] = {}
    for rule in study.derivations:
        for name in rule.computed or (rule.target,):
            sources = [n for n in (rule.target, *rule.of) if n != name] if rule.kind == "product" else rule.of
            if name in wanted and name not in known and all(source in known for source in sources):
                first = known[sources[0]]
                computed[name] = known[name] = TraitColumn(study.trait(name), first.sources)
    return Sources(helpers, members, computed)


def encode_shared(
    table: RawTable, study: Study, column: TraitColumn, ids: Sequence[str], findings: list[Finding], mark: str = ""
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the numbers of a trait's column, and of the helpers that speak in some of its cells, shape (n,) each."""
    trait = column.trait
    shared = shared_cells(trait, study.helpers)
    claimed = [claim(cell, shared) for cell in table.column(column.header)] if shared else []
    if not any(name for name, _ in claimed):
        return encode_column(table, column, ids, findings, mark), {}
    own = [rest if name in {"", trait.name, trait.repeats} else "" for name, rest in claimed]
    values = encode_column(_with_cells(table, column.header, own), column, ids, findings, mark)
    parts = {}
    for helper in study.helpers:
        theirs = [rest if name == helper.name else "" for name, rest in claimed]
        if any(theirs):
            part = TraitColumn(helper, (ColumnSource(column.header),))
            other = _with_cells(table, column.header, theirs)
            parts[helper.name] = encode_column(other, part, ids, findings, mark)[:, 0]
            findings += find_ranges(other, part, ids, parts[helper.name])
    return values, parts


def compute_traits(
    table: RawTable,
    study: Study,
    sources: Sources,
    encoded: Mapping[str, FloatArray],
    parts: Mapping[str, Mapping[str, FloatArray]],
    ids: Sequence[str],
    findings: list[Finding],
    mark: str,
    as_held: Callable[[Trait], Trait] = lambda trait: trait,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Compute what follows from other columns.

    Parameters
    ----------
    table, study, sources
        As in `find_sources`.
    encoded : Mapping[str, ndarray of shape (n, columns)]
        Traits that were read.
    parts : Mapping[str, Mapping[str, ndarray of shape (n,)]]
        Trait to the helpers that speak in cells of its column; see `encode_shared`.
    ids : sequence of str
        Patients, n of them.
    findings : list of Finding
        Notes of what was computed, and refusals, are appended.
    mark : str
        The decimal mark that the table proves; see `responder.cohort.cells.columns_mark`.
    as_held : callable
        The trait whose plausible range a computed value is held to.

    Returns
    -------
    traits : dict of str to ndarray
        `encoded`, with what was computed, and the traits that have no column of their own.
    measured : dict of str to ndarray
        Everything that was read itself, traits nobody asked for included: what rules across columns are held against.
    """
    measured = dict(encoded)
    for name, column in sources.members.items():
        said: list[Finding] = []
        values = encode_column(table, column, ids, said, mark)
        if column.trait.kind != "set":
            said += find_ranges(table, column, ids, values[:, 0])
        if not any(finding.severity is Severity.REFUSED for finding in said):
            measured[name] = values
    helpers: dict[str, FloatArray] = {}
    for name, column in sources.helpers.items():
        helpers[name] = encode_column(table, column, ids, findings, mark)[:, 0]
        findings += find_ranges(table, column, ids, helpers[name])
    later = {name for name in parts if study.trait(name).timing != "baseline"}
    for part in (cells for name, cells in parts.items() if name not in later):
        for name, values in part.items():
            helpers[name] = np.where(np.isnan(values), helpers.get(name, np.nan), values)
    numbers = {n: v[:, 0] for n, v in measured.items() if study.trait(n).kind != "set" and n not in later}
    found, notes = derive({**numbers, **helpers}, study.derivations)
    names = {*encoded, *sources.computed}
    traits = {**encoded, **{name: found[name][:, np.newaxis] for name in names & (set(found) - later)}}
    _say(table, [(n, as_held(study.trait(n.name))) for n in notes if n.name in names], found, ids, findings)
    findings += _without_weight(table, study, found, ids)
    for name in later & set(encoded):
        traits[name] = _later(table, study, name, encoded[name][:, 0], parts[name], helpers, ids, findings)
    return traits, measured


def _say(
    table: RawTable,
    notes: Sequence[tuple[DerivationNote, Trait]],
    found: Mapping[str, FloatArray],
    ids: Sequence[str],
    findings: list[Finding],
) -> None:
    """Append what was computed, and what of it lies beyond the plausible range."""
    for note, trait in notes:
        said: dict[str, Any] = {"trait": note.name, "count": int(note.rows.sum()), "of": len(ids)}
        if note.kind == "product":
            findings.append(COMPUTED_VALUES.found("product", table.source, sources=quoted(note.of), **said))
        else:
            findings.append(ADDED.found("dose", table.source, source=note.of[-1], **said))
        findings += find_ranges(
            table, TraitColumn(trait, (ColumnSource(trait.name),)), ids, np.where(note.rows, found[note.name], np.nan)
        )


def _later(
    table: RawTable,
    study: Study,
    name: str,
    values: FloatArray,
    parts: Mapping[str, FloatArray],
    helpers: Mapping[str, FloatArray],
    ids: Sequence[str],
    findings: list[Finding],
) -> FloatArray:
    """Return a later trait, shape (n, 1), with the cells that speak of a helper counted as at baseline."""
    first = study.trait(name).repeats
    everywhere = {h.name for h in study.helpers if not h.in_column_of}  # such as a weight: the same at every visit
    kept = {helper: given for helper, given in helpers.items() if helper in everywhere}
    found, notes = derive({first: values, **kept, **parts}, study.derivations)
    said = [(replace(note, name=name), study.trait(name)) for note in notes if note.name == first]
    _say(table, said, {name: found[first]}, ids, findings)
    findings += _without_weight(table, study, found, ids)
    return found[first][:, np.newaxis]


def _without_weight(
    table: RawTable, study: Study, found: Mapping[str, FloatArray], ids: Sequence[str]
) -> list[Finding]:
    """Return the patients whose dose is given by weight, and who have none."""
    nothing = np.full(len(ids), np.nan)
    findings = []
    for relation in study.relations:
        for name in relation.of:
            helper = next((h for h in study.helpers if h.name == name and h.in_column_of == relation.product), None)
            if helper is None:
                continue
            other = next(n for n in relation.of if n != name)
            lacking = ~np.isnan(found.get(name, nothing)) & np.isnan(found.get(other, nothing))
            if lacking.any():
                findings.append(
                    NO_WEIGHT.found(
                        "no_weight",
                        table.source,
                        trait=relation.product,
                        unit=helper.unit,
                        other=other,
                        names=named(ids, lacking),
                        own=study.trait(relation.product).unit,
                    )
                )
    return findings


def _helper_column(
    table: RawTable,
    study: Study,
    helper: Helper,
    columns: Mapping[str, TraitColumn],
    findings: list[Finding],
) -> TraitColumn | None:
    """Return the helper's own column, or that of its trait whose header says the helper's unit."""
    own = place_traits(table, (*study.traits, helper), [helper], findings, known_names(study)).get(helper.name)
    if own is not None or not helper.in_column_of or helper.in_column_of in columns:
        return own
    trait: Trait = study.trait(helper.in_column_of)
    names = {fold_name(name) for name in (trait.name, *trait.aliases, *helper.cell_words)}
    units = {fold_unit(unit): unit for unit in (helper.unit, *helper.units)}
    for unit in map(fold_unit, (trait.unit, *trait.units)):
        units.pop(unit, None)
    for header in table.headers:
        name, unit = split_unit(header)
        if fold_name(name) in names and fold_unit(unit) in units:
            return TraitColumn(helper, (ColumnSource(header, units[fold_unit(unit)]),))
    return None


def _with_cells(table: RawTable, header: str, cells: Sequence[str]) -> RawTable:
    at = table.headers.index(header)
    rows = tuple((*row[:at], cell, *row[at + 1 :]) for row, cell in zip(table.rows, cells, strict=True))
    return replace(table, rows=rows)
