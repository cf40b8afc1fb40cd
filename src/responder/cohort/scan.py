"""The steps from a file to a checked cohort: filter, map, encode, evaluate the endpoint, check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.cohort.beside import said_beside
from responder.cohort.checks import COHORT_CHECKS, Subject, run_checks
from responder.cohort.checks.cells import CELL_RULES
from responder.cohort.checks.endpoint import ENDPOINT_RULES, find_endpoint
from responder.cohort.checks.identity import IDENTITY_RULES, find_identity
from responder.cohort.checks.intake import COLUMN_RULES, READ_RULES
from responder.cohort.checks.leakage import OFFERED_AFTER_START
from responder.cohort.checks.people import find_people, people_in
from responder.cohort.checks.ranges import RANGE_RULES
from responder.cohort.checks.sanity import (
    ADDED,
    COMPUTED_VALUES,
    LIKE_MISSING,
    NO_WEIGHT,
    SANITY_RULES,
    find_sanity,
)
from responder.cohort.cohort import Cohort
from responder.cohort.columns import (
    find_absent,
    find_id_column,
    find_unused,
    free_headers,
    place_study,
)
from responder.cohort.derived import find_sources
from responder.cohort.endpoint import all_met, evaluate_endpoint, measure_endpoint, met_before
from responder.cohort.findings import CheckResult, Finding, Severity
from responder.cohort.headers import find_header, missing_column
from responder.cohort.places import at_columns
from responder.cohort.provenance import column_provenance, read_provenance
from responder.cohort.pseudonyms import PSEUDONYM_COLUMN, under_pseudonyms, with_pseudonyms
from responder.cohort.read import read_table, table_path
from responder.cohort.reading import read_traits
from responder.cohort.rule import Rule, rule_results
from responder.cohort.selection import select_patients
from responder.cohort.table import RawTable, ReadOptions
from responder.cohort.unused import unused_numeric
from responder.cohort.visits import fold_repeated, split_where
from responder.study.model import Endpoint, Study, Trait
from responder.words import Phrase

if TYPE_CHECKING:
    from responder.cohort.read import TableSource

__all__ = ["Scan"]


class Scan:
    """The steps of one intake; each appends to `findings`, and a stage that was reached to `reached`.

    `unused_numeric` are the columns with numbers that nobody uses.
    """

    def __init__(self, study: Study, endpoint: Endpoint, wanted: tuple[Trait, ...], *, required: bool) -> None:
        self.study, self.endpoint, self.wanted, self.required = study, endpoint, wanted, required
        self.findings: list[Finding] = []
        self.cohort_results: list[CheckResult] = []
        self.unused_numeric: tuple[str, ...] = ()
        self.headers: tuple[str, ...] = ()
        self.reached: set[Rule] = {OFFERED_AFTER_START}

    def results(self) -> list[CheckResult]:
        """Return what became of every rule, those of stages not reached as not applicable."""
        tables = (*READ_RULES, *COLUMN_RULES, *IDENTITY_RULES, *CELL_RULES, *RANGE_RULES, *SANITY_RULES)
        stages = (*tables, OFFERED_AFTER_START, *ENDPOINT_RULES)
        results = [r for rule in stages for r in rule_results([rule], self.findings, applied=rule in self.reached)]
        if self.cohort_results:
            return results + self.cohort_results
        return results + rule_results([check.rule for check in COHORT_CHECKS], (), applied=False)

    def refused(self) -> bool:
        """Return whether anything so far refuses the table."""
        return any(finding.severity is Severity.REFUSED for finding in self.findings)

    def run(
        self, path: TableSource, options: ReadOptions, provenance: Mapping[str, str] | None, strata: str | None
    ) -> Cohort | None:
        """Take all steps; return None as soon as a stage refused the table."""
        of_rows, where = split_where(options.where)
        options = replace(options, baseline_visit=self.study.baseline_visit, where=of_rows)
        table = read_table(path, options)
        self.findings += table.findings
        self.headers = tuple(table.headers)
        self.reached |= set(READ_RULES) | set(COLUMN_RULES)
        table, id_header = self._with_ids(table, where)
        if id_header is not None and id_header not in people_in(table):
            seen = len(table.findings)
            table = fold_repeated(table, id_header, options.baseline_visit)
            self.findings += table.findings[seen:]
        columns = place_study(table, self.study, self._looked_for(), self.findings)
        sources = find_sources(table, self.study, columns, self._computable(), self.findings)
        self._note_absent(table, {*columns, *sources.computed})
        others = [
            *of_rows,
            *where,
            *([strata] if strata else []),
            *([id_header] if id_header else []),
            *sources.headers,
        ]
        self.findings += find_unused(table, self.study, others)
        self.unused_numeric = unused_numeric(table, self.study, others)
        self.findings += find_people(table, id_header, [column.header for column in columns.values()])
        strata_header = find_header(table, strata, Phrase("role.strata")) if strata else None
        if id_header is None or self.refused():
            return None
        self.findings += find_identity(table, id_header)
        if options.pseudonyms:
            table, self.findings = under_pseudonyms(table, id_header, self.findings)
        ids = table.column(id_header)
        encoded, measured = read_traits(table, self.study, columns, sources, ids, self.findings)
        columns |= sources.computed
        contradictions, checked = find_sanity(self.study, table.source, ids, measured)
        self.findings += contradictions
        self.reached |= {
            *IDENTITY_RULES,
            *CELL_RULES,
            *RANGE_RULES,
            *checked,
            LIKE_MISSING,
            COMPUTED_VALUES,
            ADDED,
            NO_WEIGHT,
        }
        if self.refused():
            return None

        column = self.endpoint.column
        outcome_values = self._endpoint_values(encoded, column)
        baseline = self._endpoint_values(encoded, start) if (start := self.endpoint.compared_with) in encoded else None
        response = all_met([self._response(part, encoded) for part in self.endpoint.parts])
        place = at_columns(table.source, *columns[column].headers)
        self.findings += find_endpoint(
            self.endpoint, place, ids, outcome_values, response, met_before(self.endpoint, outcome_values, baseline)
        )
        self.reached |= set(ENDPOINT_RULES)
        if self.refused():
            return None

        known = ~np.isnan(response)
        used = [trait.name for trait in self.wanted if trait.name in columns]
        subject = Subject(
            study=self.study,
            endpoint=self.endpoint,
            source=table.source,
            ids=tuple(i for i, keep in zip(ids, known, strict=True) if keep),
            headers={name: columns[name].header for name in used},
            columns=tuple(c for name in used for c in columns[name].trait.code.columns),
            values=np.column_stack([encoded[name][known] for name in used] or [np.empty((int(known.sum()), 0))]),
            outcome=response[known].astype(np.int64),
            outcome_values=outcome_values[known],
            measured=measure_endpoint(self.endpoint, outcome_values, baseline)[known],
            visits={header: facts.visit for header, facts in table.facts.items() if facts.visit},
            beside={header: said for header, facts in table.facts.items() if (said := said_beside(facts)).kind},
        )
        found, self.cohort_results = run_checks(COHORT_CHECKS, subject)
        self.findings += found
        beside = read_provenance(table_path(path)) if isinstance(path, str | Path) else {}
        kept = {name: columns[name] for name in (*used, *self._endpoint_traits()) if name in columns}
        return Cohort(
            study=self.study,
            endpoint=self.endpoint,
            ids=subject.ids,
            columns=subject.columns,
            values=subject.values,
            outcome=subject.outcome,
            strata=_kept(table.column(strata_header), known) if strata_header else (),
            provenance={n: column_provenance(c.header, n, provenance, beside) for n, c in kept.items()},
            source=table.source,
            left_out=tuple(i for i, keep in zip(ids, known, strict=True) if not keep),
        )

    def _with_ids(self, table: RawTable, where: Mapping[str, str]) -> tuple[RawTable, str | None]:
        """Return the rows to be kept, and the column of ids; where the study has none, pseudonyms are made."""
        header = find_id_column(table, self.study, self.findings) if self.study.id_column else None
        visit = self.study.baseline_visit
        table, chosen = select_patients(table, where, header, study=self.study, baseline_visit=visit)
        self.findings += chosen
        return (table, header) if self.study.id_column else (with_pseudonyms(table), PSEUDONYM_COLUMN)

    def _looked_for(self) -> list[Trait]:
        """Return the traits wanted, then those that the endpoint needs."""
        compared = [part.compared_with for part in self.endpoint.parts if part.compared_with]
        names = [*(part.column for part in self.endpoint.parts), *compared]
        return list(_unique([*self.wanted, *(self.study.trait(name) for name in names)]))

    def _endpoint_traits(self) -> tuple[str, ...]:
        """Return the traits without which the endpoint cannot be told."""
        return tuple(name for part in self.endpoint.parts for name in (part.column, part.baseline) if name)

    def _response(self, part: Endpoint, encoded: Mapping[str, FloatArray]) -> FloatArray:
        """Return who meets one part of the endpoint."""
        start = part.compared_with
        baseline = self._endpoint_values(encoded, start) if start in encoded else None
        return evaluate_endpoint(part, self._endpoint_values(encoded, part.column), baseline)

    def _computable(self) -> set[str]:
        """Return the traits in use that may be computed; unasked, only the products of relations."""
        used = {trait.name for trait in self.wanted} | {part.compared_with for part in self.endpoint.parts}
        return used if self.required else used & {d.target for d in self.study.derivations}

    def _note_absent(self, table: RawTable, found: set[str]) -> None:
        """Append a finding for each trait that is needed and has no column, and notes of those nobody asked for."""
        endpoint = set(self._endpoint_traits())
        for trait in self._looked_for():
            needed = trait.name in endpoint
            if trait.name not in found and (needed or (self.required and trait in self.wanted)):
                role = Phrase("role.endpoint", {"endpoint": self.endpoint.name}) if needed else Phrase("role.trait")
                free = free_headers(table, self.study)
                self.findings.append(missing_column(table.source, (trait.name, *trait.aliases), free, role))
        if not self.required:
            absent = [t for t in self.wanted if t.name not in found and t.name not in endpoint]
            self.findings += find_absent(table, self.study, absent)

    def _endpoint_values(self, encoded: Mapping[str, FloatArray], name: str) -> FloatArray:
        """Return the column that the endpoint looks at: of a set-valued trait, its level's."""
        levels, level = self.study.trait(name).code.levels, self.endpoint.level
        return encoded[name][:, levels.index(level) if level else 0]


def _unique(traits: Sequence[Trait]) -> tuple[Trait, ...]:
    return tuple({trait.name: trait for trait in traits}.values())


def _kept(cells: Sequence[str], known: BoolArray) -> tuple[str, ...]:
    return tuple(cell for cell, keep in zip(cells, known, strict=True) if keep)
