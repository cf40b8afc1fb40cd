"""Judge the patients of a table by a study's criteria: read through the one door, patient by patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from responder.arrays import FloatArray
from responder.cohort.cells import columns_mark, encode_column
from responder.cohort.checks.cells import CELL_RULES
from responder.cohort.checks.identity import IDENTITY_RULES, find_identity
from responder.cohort.checks.intake import COLUMN_RULES, READ_RULES
from responder.cohort.checks.people import find_people
from responder.cohort.checks.ranges import RANGE_RULES, find_ranges
from responder.cohort.columns import find_id_column, find_near, free_headers, place_traits
from responder.cohort.findings import Finding, Findings, Severity
from responder.cohort.pseudonyms import PSEUDONYM_COLUMN, with_pseudonyms
from responder.cohort.read import read_table
from responder.cohort.rule import TableRefusedError, rule_results
from responder.cohort.selection import select_patients
from responder.cohort.table import RawTable, ReadOptions
from responder.cohort.trait_column import TraitColumn
from responder.cohort.visits import fold_repeated, split_where
from responder.errors import ConfigError
from responder.study.criteria import CriteriaSet, Fulfilment, Judged, fulfilment
from responder.study.model import Study, Trait
from responder.words import Phrase, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EligibilityScan", "JudgedPatients", "scan_eligibility"]

RULES = (*READ_RULES, *COLUMN_RULES, *IDENTITY_RULES, *CELL_RULES, *RANGE_RULES)


@dataclass(frozen=True)
class JudgedPatients:
    """Every patient of a table, judged by every criterion of a study.

    Attributes
    ----------
    study : Study
    source : str
        The file, as the user named it.
    ids : tuple of str
        Pseudonyms of the n patients.
    judged : tuple of Judged
        One a criterion, in the order of the study.
    absent : tuple of str
        Columns that criteria need, that the table lacks, and that do not follow from others.
    """

    study: Study
    source: str
    ids: tuple[str, ...]
    judged: tuple[Judged, ...]
    absent: tuple[str, ...]

    @property
    def sets(self) -> tuple[CriteriaSet, ...]:
        """The sets of criteria."""
        return self.study.criteria.sets

    def of_set(self, group: CriteriaSet) -> tuple[Judged, ...]:
        """Return the criteria of one set."""
        return tuple(one for one in self.judged if one.group is group)

    def verdict(self, group: CriteriaSet, row: int) -> Fulfilment:
        """Return whether a patient meets a set: not met when any criterion is not, else as the most open one."""
        return fulfilment(min(int(one.verdicts[row]) for one in self.of_set(group)))

    def counts(self, verdicts: Sequence[Fulfilment]) -> dict[str, int]:
        """Return how many verdicts are met, not met and open."""
        return {str(word): sum(verdict is word for verdict in verdicts) for word in Fulfilment}

    def frame(self, language: str = "en") -> pd.DataFrame:
        """Return one row a patient and criterion, with verdict, reason and columns."""
        import pandas as pd

        rows = [
            {
                "patient": patient,
                "criteria": one.group.id,
                "criterion": one.criterion.id,
                "asks": one.criterion.words.in_language(language),
                "verdict": str(one.verdict(row)),
                "reason": one.reason(row).in_language(language),
                "columns": ";".join(dict.fromkeys(test.name for test in one.criterion.tests)),
                "missing": ";".join(dict.fromkeys(test.name for test in one.missing(row))),
            }
            for row, patient in enumerate(self.ids)
            for one in self.judged
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return criteria, counts and patients as JSON types."""
        rows = range(len(self.ids))
        sets = [
            {
                "id": group.id,
                "use": group.use,
                "label": plain(group.words),
                "source": dict(group.source),
                "counts": self.counts([self.verdict(group, row) for row in rows]),
                "criteria": [
                    {
                        "id": one.criterion.id,
                        "label": plain(one.criterion.words),
                        "columns": list(dict.fromkeys(test.name for test in one.criterion.tests)),
                        "counts": self.counts([one.verdict(row) for row in rows]),
                    }
                    for one in self.of_set(group)
                ],
            }
            for group in self.sets
        ]
        patients = [
            {
                "patient": patient,
                "verdicts": {group.id: str(self.verdict(group, row)) for group in self.sets},
                "criteria": [
                    {
                        "criteria": one.group.id,
                        "criterion": one.criterion.id,
                        "verdict": str(one.verdict(row)),
                        "reason": one.reason(row).to_json(),
                        "missing": list(dict.fromkeys(test.name for test in one.missing(row))),
                    }
                    for one in self.judged
                ],
            }
            for row, patient in enumerate(self.ids)
        ]
        return {
            "study": self.study.id,
            "source": self.source,
            "n": len(self.ids),
            "sets": sets,
            "columns_absent": list(self.absent),
            "patients": patients,
        }


@dataclass(frozen=True)
class EligibilityScan:
    """What came of a table.

    Attributes
    ----------
    findings : Findings
        Everything that was seen, and what became of each rule.
    patients : JudgedPatients, optional
        None where the table was refused.
    """

    findings: Findings
    patients: JudgedPatients | None = None


def scan_eligibility(path: str | Path, study: Study, *, options: ReadOptions | None = None) -> EligibilityScan:
    r"""Read a table of patients and judge each of them by the criteria of a study.

    Parameters
    ----------
    path : str or Path
        Any table that `responder.cohort.read_table` reads, one row per patient; of a table of visits, baseline counts.
    study : Study
        With an ``[eligibility]`` section.
    options : ReadOptions, optional
        How the file is read.

    Raises
    ------
    ConfigError
        If the study declares no criteria: that is no matter of the table.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from responder.study import load_study
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "patients.csv"
    >>> _ = path.write_text("\n".join(["patient_id,age_years", "P1,17.99", "P2,18"]))
    >>> found = scan_eligibility(path, load_study("rp-ld-il2")).patients
    >>> [str(found.judged[0].verdict(row)) for row in range(2)]
    ['not met', 'met']
    """
    if study.eligibility is None:
        raise ConfigError("no_eligibility", where=Phrase("place.study_id", {"study": study.id}), study=study.id)
    findings: list[Finding] = []
    try:
        patients = _judged(str(path), study, options or ReadOptions(), findings)
    except TableRefusedError as error:
        findings.append(error.finding)
        patients = None
    return EligibilityScan(Findings(tuple(findings), tuple(rule_results(RULES, findings))), patients)


def _judged(path: str, study: Study, options: ReadOptions, findings: list[Finding]) -> JudgedPatients | None:
    of_rows, where = split_where(options.where)
    options = replace(options, baseline_visit=study.baseline_visit, where=of_rows)
    table = read_table(path, options)
    id_header = find_id_column(table, study, findings) if study.id_column else None
    table, chosen = select_patients(table, where, id_header, study=study, baseline_visit=options.baseline_visit)
    findings += chosen
    if not study.id_column:
        table, id_header = with_pseudonyms(table), PSEUDONYM_COLUMN
    if id_header is not None:
        table = fold_repeated(table, id_header, options.baseline_visit)
    findings += table.findings
    columns = _columns(table, study, findings)
    findings += find_people(table, id_header, [column.header for column in columns.values()])
    if id_header is None or _refused(findings):
        return None
    findings += find_identity(table, id_header)
    ids = table.column(id_header)
    values = _values(table, study, columns, ids, findings)
    if _refused(findings):
        return None
    judged = study.criteria.judge(values)
    read = {
        test.column: (test.name, one.states[:, at]) for one in judged for at, test in enumerate(one.criterion.tests)
    }
    unknown = dict.fromkeys(name for name, states in read.values() if np.isnan(states).all())
    return JudgedPatients(study, table.source, tuple(ids), judged, tuple(n for n in unknown if n not in columns))


def _columns(table: RawTable, study: Study, findings: list[Finding]) -> dict[str, TraitColumn]:
    """Return the columns that criteria need, by name; a header that comes near to one that is absent is told."""
    known = (*study.traits, *study.columns_beside)
    names = {code.name for code in study.criteria.codes}
    wanted: list[Trait] = [trait for trait in known if trait.name in names]
    found = place_traits(table, known, wanted, findings, (study.id_column, *study.id_aliases, *study.ignored))
    taken = {header for column in found.values() for header in column.headers}
    free = [header for header in free_headers(table, study) if header not in taken]
    absent = (trait for trait in wanted if trait.name not in found and trait in study.columns_beside)
    findings += find_near(table, free, absent)[0]
    return found


def _values(
    table: RawTable, study: Study, columns: dict[str, TraitColumn], ids: Sequence[str], findings: list[Finding]
) -> FloatArray:
    mark = columns_mark(table, columns.values())
    parts = []
    for code in study.criteria.codes:
        column = columns.get(code.name)
        if column is None:
            parts.append(np.full((len(ids), len(code.columns)), np.nan))
            continue
        parts.append(encode_column(table, column, ids, findings, mark))
        if code.is_numeric:
            findings += find_ranges(table, column, ids, parts[-1][:, 0])
    return np.column_stack(parts)


def _refused(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.REFUSED for finding in findings)
