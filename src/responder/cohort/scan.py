"""The steps from a file to a checked cohort: filter, map, encode, evaluate the endpoint, check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from responder.cohort.checks import COHORT_CHECKS, Subject, run_checks
from responder.cohort.checks.endpoint import ENDPOINT_RULES, find_endpoint
from responder.cohort.checks.identity import IDENTITY_RULES, find_identity
from responder.cohort.checks.intake import COLUMN_RULES, READ_RULES
from responder.cohort.checks.leakage import OFFERED_AFTER_START
from responder.cohort.checks.people import find_people, people_in
from responder.cohort.checks.ranges import RANGE_RULES, find_ranges
from responder.cohort.cohort import Cohort
from responder.cohort.columns import (
    TraitColumn,
    encode_column,
    find_absent,
    find_column,
    find_header,
    find_id_column,
    find_unused,
    free_headers,
    keep_rows,
    missing_column,
)
from responder.cohort.endpoint import evaluate_endpoint, measure_endpoint
from responder.cohort.findings import CheckResult, Finding, Severity
from responder.cohort.provenance import column_provenance, read_provenance
from responder.cohort.read import read_table, table_path
from responder.cohort.rule import Rule, rule_results
from responder.cohort.table import RawTable
from responder.cohort.visits import fold_repeated
from responder.study.model import Endpoint, Study, Trait

__all__ = ["Scan"]

FloatArray = NDArray[np.float64]


class Scan:
    """The steps of one intake; each appends to `findings`, and a stage that was reached to `reached`."""

    def __init__(self, study: Study, endpoint: Endpoint, wanted: tuple[Trait, ...], *, required: bool) -> None:
        self.study, self.endpoint, self.wanted, self.required = study, endpoint, wanted, required
        self.findings: list[Finding] = []
        self.cohort_results: list[CheckResult] = []
        self.reached: set[Rule] = {OFFERED_AFTER_START}

    def results(self) -> list[CheckResult]:
        """Return what became of every rule, those of stages not reached as not applicable."""
        tables = (*READ_RULES, *COLUMN_RULES, *IDENTITY_RULES, *RANGE_RULES)
        stages = (*tables, OFFERED_AFTER_START, *ENDPOINT_RULES)
        results = [r for rule in stages for r in rule_results([rule], self.findings, applied=rule in self.reached)]
        if self.cohort_results:
            return results + self.cohort_results
        return results + rule_results([check.rule for check in COHORT_CHECKS], (), applied=False)

    def refused(self) -> bool:
        """Return whether anything so far refuses the table."""
        return any(finding.severity is Severity.REFUSED for finding in self.findings)

    def run(
        self, path: str, where: Mapping[str, str], provenance: Mapping[str, str] | None, strata: str | None
    ) -> Cohort | None:
        """Take all steps; return None as soon as a stage refused the table."""
        table = read_table(path)
        self.findings += table.findings
        self.reached |= set(READ_RULES) | set(COLUMN_RULES)
        table = keep_rows(table, where)
        id_header = find_id_column(table, self.study, self.findings)
        if id_header is not None and id_header not in people_in(table):
            seen = len(table.findings)
            table = fold_repeated(table, id_header)
            self.findings += table.findings[seen:]
        columns = {c.trait.name: c for trait in self._looked_for() if (c := self._find(table, trait))}
        if not self.required:
            absent = [t for t in self.wanted if t.name not in columns and t.name != self.endpoint.baseline]
            self.findings += find_absent(table, self.study, absent)
        others = [*where, *([strata] if strata else []), *([id_header] if id_header else [])]
        self.findings += find_unused(table, self.study, others)
        self.findings += find_people(table, id_header, [column.header for column in columns.values()])
        strata_header = find_header(table, strata, "of strata") if strata else None
        if id_header is None or self.refused():
            return None
        self.findings += find_identity(table, id_header)
        ids = table.column(id_header)
        encoded = {name: self._encode(table, column, ids) for name, column in columns.items()}
        self.reached |= set(IDENTITY_RULES) | set(RANGE_RULES)
        if self.refused():
            return None

        column = self.endpoint.column
        outcome_values = self._endpoint_values(encoded, column)
        baseline = self._endpoint_values(encoded, self.endpoint.baseline) if self.endpoint.baseline else None
        response = evaluate_endpoint(self.endpoint, outcome_values, baseline)
        place = f"{table.source}, column '{columns[column].header}'"
        self.findings += find_endpoint(self.endpoint, place, ids, outcome_values, response)
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
        )
        found, self.cohort_results = run_checks(COHORT_CHECKS, subject)
        self.findings += found
        beside = read_provenance(table_path(path))
        kept = {name: columns[name] for name in (*used, column, self.endpoint.baseline) if name in columns}
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
        )

    def _looked_for(self) -> list[Trait]:
        """Return the traits wanted, then those that the endpoint needs."""
        names = [self.endpoint.column, *([self.endpoint.baseline] if self.endpoint.baseline else [])]
        return list(_unique([*self.wanted, *(self.study.trait(name) for name in names)]))

    def _find(self, table: RawTable, trait: Trait) -> TraitColumn | None:
        """Return a trait's column; where there is none and one is needed, append a finding."""
        column = find_column(table, trait, self.findings)
        for_endpoint = trait.name in {self.endpoint.column, self.endpoint.baseline}
        if column is None and (for_endpoint or self.required):
            what = f"needed for the endpoint '{self.endpoint.name}'" if for_endpoint else "a trait in use"
            free = free_headers(table, self.study)
            self.findings.append(missing_column(table.source, (trait.name, *trait.aliases), free, what))
        return column

    def _encode(self, table: RawTable, column: TraitColumn, ids: Sequence[str]) -> FloatArray:
        values = encode_column(table, column, ids, self.findings)
        if column.trait.kind != "set":
            self.findings += find_ranges(table, column, ids, values[:, 0])
        return values

    def _endpoint_values(self, encoded: Mapping[str, FloatArray], name: str) -> FloatArray:
        """Return the column that the endpoint looks at: of a set-valued trait, its level's."""
        levels, level = self.study.trait(name).code.levels, self.endpoint.level
        return encoded[name][:, levels.index(level) if level else 0]


def _unique(traits: Sequence[Trait]) -> tuple[Trait, ...]:
    return tuple({trait.name: trait for trait in traits}.values())


def _kept(cells: Sequence[str], known: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(cell for cell, keep in zip(cells, known, strict=True) if keep)
