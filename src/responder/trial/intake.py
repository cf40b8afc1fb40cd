"""Read a long table, one row per patient and visit, as a treated cohort, or refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.checks.cells import CELL_RULES
from responder.cohort.checks.endpoint import MET_BEFORE, find_met_before
from responder.cohort.checks.identity import IDENTITY_RULES, find_identity
from responder.cohort.checks.intake import COLUMN_RULES, READ_RULES
from responder.cohort.checks.people import find_people
from responder.cohort.checks.ranges import RANGE_RULES
from responder.cohort.checks.sanity import (
    ADDED,
    COMPUTED_VALUES,
    IMPOSSIBLE,
    INCONSISTENT,
    LIKE_MISSING,
    NO_WEIGHT,
    find_sanity,
)
from responder.cohort.columns import (
    find_absent,
    find_id_column,
    find_unused,
    free_headers,
    place_study,
)
from responder.cohort.derived import find_sources
from responder.cohort.endpoint import met_before
from responder.cohort.findings import Finding, Findings, Severity
from responder.cohort.headers import keep_rows, missing_column
from responder.cohort.places import shortened
from responder.cohort.provenance import column_provenance, read_provenance
from responder.cohort.pseudonyms import under_pseudonyms
from responder.cohort.read import read_table, table_path
from responder.cohort.reading import read_traits
from responder.cohort.rule import Rule, TableRefusedError, rule_results
from responder.cohort.selection import select_at_visits
from responder.cohort.table import RawTable, ReadOptions
from responder.cohort.trait_column import TraitColumn
from responder.cohort.visits import split_where
from responder.errors import ConfigError
from responder.study.model import Study, Trait
from responder.study.trial_design import TrialDesign
from responder.trial.adverse_events import read_events, row_patients
from responder.trial.doses import dose_column, doses_received
from responder.trial.rules import MISSED_VISIT, NO_BASELINE, NO_COURSE, NO_END, VISIT_RULES
from responder.trial.schedule import NO_VISIT, assign_visits, find_week_column, read_weeks
from responder.trial.scores import item_headers, score_rows
from responder.trial.visits import Visits
from responder.values import is_gap
from responder.words import Phrase

__all__ = ["VisitScan", "read_visits", "scan_visits"]

IDS_SHOWN = 10


@dataclass(frozen=True)
class VisitScan:
    """What a scan of a table of visits gave.

    Attributes
    ----------
    findings : Findings
        Everything that was seen, and what became of each rule.
    visits : Visits, optional
        The checked visits; None when anything was refused.
    """

    findings: Findings
    visits: Visits | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the scan as JSON types, without any patient's value."""
        return self.visits.to_json() if self.visits is not None else self.findings.to_json()


def read_visits(
    path: str | Path,
    study: Study,
    *,
    where: Mapping[str, str] | None = None,
    provenance: Mapping[str, str] | None = None,
    pseudonyms: bool = False,
) -> Visits:
    r"""Read a table of visits, or refuse it.

    Parameters
    ----------
    path : str or Path
        CSV, XLSX, XLS, Parquet, SAS XPT or REDCap export, one row per patient and visit.
    study : Study
        With a ``[trial]`` section; columns are found by trait name or alias.
    where : Mapping[str, str], optional
        Keep the patients who have this value at baseline, such as ``{"organs": "airway"}``, with all of their visits;
        a column that tells the rows of one visit apart, such as ``PARAMCD``, chooses rows.
    provenance : Mapping[str, str], optional
        Column to ``observed``, ``reconstructed`` or ``simulated``; overrides ``provenance.toml``.
    pseudonyms : bool
        Put pseudonyms in the place of the patients' ids.

    Returns
    -------
    Visits
        With every finding that did not refuse it.

    Raises
    ------
    DataRefusedError
        If the table breaks a rule that refuses; `scan_visits` gives all of them at once.
    ConfigError
        If the study declares no trial.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from responder.study import load_study
    >>> lines = ["patient_id,week,rpdai", "P1,0,9", "P1,12,0", "P2,0,14", "P2,4,9"]
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "visits.csv"
    >>> _ = path.write_text("\n".join(lines))
    >>> visits = read_visits(path, load_study("rp-ld-il2"))
    >>> visits.n, visits.members("completers").tolist()
    (2, [True, False])
    """
    scan = scan_visits(path, study, where=where, provenance=provenance, pseudonyms=pseudonyms)
    scan.findings.raise_if_refused(Phrase("rest.run_trial"))
    assert scan.visits is not None
    return scan.visits


def scan_visits(
    path: str | Path,
    study: Study,
    *,
    where: Mapping[str, str] | None = None,
    provenance: Mapping[str, str] | None = None,
    pseudonyms: bool = False,
) -> VisitScan:
    """Read and check a table of visits, and return all findings instead of raising the first; see `read_visits`.

    Raises
    ------
    ConfigError
        If the study declares no trial: that is no matter of the table.
    """
    if study.trial is None:
        place = Phrase("place.study_id", {"study": study.id})
        raise ConfigError("trial_not_declared", where=place, study=study.id)
    intake = _Intake(study, study.trial)
    try:
        visits = intake.run(str(path), where or {}, provenance, pseudonyms)
    except TableRefusedError as error:
        intake.findings.append(error.finding)
        visits = None
    shared = (*READ_RULES, *COLUMN_RULES, *IDENTITY_RULES, *CELL_RULES, *RANGE_RULES)
    rules = (*shared, LIKE_MISSING, COMPUTED_VALUES, ADDED, NO_WEIGHT, MET_BEFORE)
    results = rule_results((*rules, *VISIT_RULES), intake.findings, applied=visits is not None)
    for rule in (IMPOSSIBLE, INCONSISTENT):
        results += rule_results([rule], intake.findings, applied=rule in intake.checked)
    findings = Findings(tuple(intake.findings), tuple(results))
    return VisitScan(findings, None if visits is None or findings.refused else visits.with_findings(findings))


class _Intake:
    """The steps of one intake; each appends to `findings`."""

    def __init__(self, study: Study, design: TrialDesign) -> None:
        self.study, self.design = study, design
        self.findings: list[Finding] = []
        self.checked: set[Rule] = set()

    def run(
        self, path: str, where: Mapping[str, str], provenance: Mapping[str, str] | None, pseudonyms: bool
    ) -> Visits | None:
        """Take all steps; return None where the table is refused."""
        table = read_table(path, ReadOptions(fold_visits=False))
        self.findings += table.findings
        of_rows, of_patients = split_where(where)
        table = keep_rows(table, of_rows)
        id_header = find_id_column(table, self.study, self.findings)
        week = find_week_column(table, self.design, self.findings)
        if id_header is not None and week is not None:
            table = self._select(table, of_patients, id_header, week)
        baseline = self.study.baseline_traits
        columns = place_study(table, self.study, baseline, self.findings)
        scored = {t.name: item_headers(table, t) for t in self.study.baseline_traits}
        events = read_events(table, self.design.safety, self.findings)
        dosing = self.design.dosing
        given = dose_column(table, dosing, self.findings) if dosing is not None else None
        products = {d.target for d in self.study.derivations}
        sources = find_sources(table, self.study, columns, products, self.findings)
        used = [
            *where,
            *sources.headers,
            *(h for headers in scored.values() for h in headers.values()),
            *events.headers.values(),
            *([given.header] if given else []),
        ]
        self._note_columns(
            table, {**columns, **sources.computed}, scored, [*used, *filter(None, [id_header, week and week[0]])]
        )
        if id_header is None or week is None:
            return None
        ids = table.column(id_header)
        first = {patient: row for row, patient in reversed(list(enumerate(ids)))}
        people = table.keeping(first[patient] == row for row, patient in enumerate(ids))
        found = find_people(people, id_header, [column.header for column in columns.values()])
        self.findings += found
        if any(finding.severity is Severity.REFUSED for finding in found):
            return None  # before any message tells an id
        self._check_ids(table, id_header)
        if pseudonyms:
            table, self.findings = under_pseudonyms(table, id_header, self.findings)
            ids = table.column(id_header)
        weeks = read_weeks(table, *week, self.findings)
        at_visit = assign_visits(table, ids, weeks, self.design, self.findings)
        rows, measured = read_traits(
            table, self.study, columns, sources, ids, self.findings, at_visit == 0, self._on_treatment
        )
        for trait in self.study.baseline_traits:
            if scored[trait.name]:
                totals = rows[trait.name][:, 0] if trait.name in rows else np.full(len(ids), np.nan)
                scores, found = score_rows(table, trait, columns.get(trait.name), totals, ids)
                rows[trait.name] = scores[:, np.newaxis]
                self.findings += found
        first = at_visit == 0
        at_baseline = {name: values[first] for name, values in {**measured, **self._scored(rows, scored)}.items()}
        patients = [patient for patient, keep in zip(ids, first, strict=True) if keep]
        contradictions, self.checked = find_sanity(self.study, table.source, patients, at_baseline)
        self.findings += contradictions
        self._need_endpoint(table, rows)
        counts = events.counted(table, ids, weeks, self.findings)
        doses = doses_received(table, given, ids, weeks, self.design, self.findings) if given else None
        if any(finding.severity is Severity.REFUSED for finding in self.findings):
            return None

        shape = _Shape(row_patients(ids), at_visit, weeks, self.design)
        values = {
            name: shape.by_visit(column)
            for trait, table_rows in rows.items()
            for name, column in zip(self.study.trait(trait).code.columns, table_rows.T, strict=True)
        }
        beside = read_provenance(table_path(path))
        headers = {name: columns[name].header if name in columns else name for name in rows} | events.headers
        headers |= {given.trait.name: given.header} if given else {}
        visits = Visits(
            study=self.study,
            ids=tuple(dict.fromkeys(ids)),
            values=values,
            weeks=shape.by_visit(weeks),
            events=counts,
            doses=doses,
            provenance={n: column_provenance(h, n, provenance, beside) for n, h in headers.items()},
            source=table.source,
        )
        self._note_missed(visits)
        self._note_met_before(visits)
        return visits

    def _select(self, table: RawTable, where: Mapping[str, str], id_header: str, week: tuple[str, float]) -> RawTable:
        """Return all visits of the patients who had the wanted values at baseline."""
        ids = table.column(id_header)
        weeks = read_weeks(table, *week, [])  # what is odd about weeks is told of the patients who stay
        first = assign_visits(table, ids, weeks, self.design, []) == 0
        from_start = [abs(at) if before else None for at, before in zip(weeks.tolist(), first, strict=True)]
        table, found = select_at_visits(table, where, ids, from_start, study=self.study)
        self.findings += found
        return table

    def _note_columns(
        self,
        table: RawTable,
        columns: Mapping[str, TraitColumn],
        scored: Mapping[str, Mapping[str, str]],
        used: list[str],
    ) -> None:
        absent = [t for t in self.study.baseline_traits if t.name not in columns and not scored[t.name]]
        self.findings += find_absent(table, self.study, absent)
        self.findings += find_unused(table, self.study, used)

    def _check_ids(self, table: RawTable, id_header: str) -> None:
        """Check the ids as if each patient had one row: that they repeat is what visits are."""
        seen: set[str] = set()
        first = []
        for patient in table.column(id_header):
            first.append(is_gap(patient) or patient not in seen)
            seen.add(patient)
        self.findings += find_identity(table.keeping(first), id_header)

    def _scored(self, rows: Mapping[str, FloatArray], scored: Mapping[str, Mapping[str, str]]) -> dict[str, FloatArray]:
        """Return the traits that are scored from items."""
        return {name: rows[name] for name, headers in scored.items() if headers}

    def _on_treatment(self, trait: Trait) -> Trait:
        ranges = [t.plausible for t in (trait, *self._repeating(trait.name)) if t.plausible is not None]
        if not ranges:
            return trait
        plausible = (min(low for low, _ in ranges), max(high for _, high in ranges))
        return Trait.model_validate(trait.model_dump() | {"plausible": plausible})

    def _repeating(self, name: str) -> list[Trait]:
        return [trait for trait in self.study.traits if trait.repeats == name]

    def _need_endpoint(self, table: RawTable, rows: Mapping[str, FloatArray]) -> None:
        column = self.study.trait(self.study.endpoint.column)
        trait = self.study.trait(column.repeats or column.name)
        if trait.name not in rows:
            role = Phrase("role.endpoint", {"endpoint": self.study.endpoint.name})
            names = (trait.name, *trait.aliases)
            self.findings.append(missing_column(table.source, names, free_headers(table, self.study), role))

    def _note_missed(self, visits: Visits) -> None:
        """Say who left early, who missed a visit, and who has no baseline."""
        seen, last, weeks = ~np.isnan(visits.weeks), visits.last_visit, self.design.weeks
        if not (seen[:, 0] & seen[:, 1:].any(axis=1)).any():
            scheduled = tuple(f"{week:g}" for week in weeks)
            self.findings.append(NO_COURSE.found("no_course", visits.source, weeks=scheduled))
            return
        if not seen[:, -1].any():
            self.findings.append(NO_END.found("nobody", visits.source, week=weeks[-1]))
            return
        without = np.flatnonzero(~seen[:, 0])
        if without.size:
            self.findings.append(NO_BASELINE.found("no_baseline", visits.source, **_named(visits, without)))
        left = np.flatnonzero(last < len(weeks) - 1)
        if left.size:
            self.findings.append(MISSED_VISIT.found("last", visits.source, week=weeks[-1], **_named(visits, left)))
        skipped = [(i, v) for i, v in zip(*np.nonzero(~seen), strict=True) if 0 < v < last[i]]
        if skipped:
            missed = [Phrase("list.at_week", {"patient": visits.ids[i], "week": weeks[v]}) for i, v in skipped]
            names = shortened(missed, IDS_SHOWN)
            self.findings.append(MISSED_VISIT.found("skipped", visits.source, n=len(skipped), names=names))

    def _note_met_before(self, visits: Visits) -> None:
        """Say to whom an endpoint does not apply, because its rule was met before treatment already."""
        for endpoint in self.study.endpoints:
            compared = visits.compared(endpoint)
            if compared is not None:
                place = Phrase("place.file_endpoint", {"file": visits.source, "endpoint": endpoint.name})
                self.findings += find_met_before(endpoint, place, visits.ids, met_before(endpoint, *compared))


class _Shape:
    """Rows of a table as (patient, visit); of rows in one window the recorded value nearest to its week counts."""

    def __init__(self, who: IntArray, at_visit: IntArray, weeks: FloatArray, design: TrialDesign) -> None:
        distance = np.abs(weeks - np.array(design.weeks)[at_visit])
        # of two as near the earlier is written last, and stays
        order = np.lexsort((-weeks, -distance))
        self.rows = order[at_visit[order] != NO_VISIT]
        self.at = (who[self.rows], at_visit[self.rows])
        self.size = (int(who.max()) + 1, len(design.weeks))

    def by_visit(self, values: FloatArray) -> FloatArray:
        """Return one column of rows, shape (rows,), as shape (n, visits)."""
        shaped = np.full(self.size, np.nan)
        for patient, visit, value in zip(*self.at, values[self.rows], strict=True):
            if not np.isnan(value):
                shaped[patient, visit] = value
        return shaped


def _named(visits: Visits, patients: IntArray) -> dict[str, Any]:
    names = shortened([visits.ids[i] for i in patients], IDS_SHOWN)
    return {"count": patients.size, "of": visits.n, "names": names}
