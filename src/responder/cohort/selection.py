"""Choose patients by what they were at baseline: a filter takes all visits of a patient, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from responder.cohort.checks.intake import NO_BASELINE_TO_SELECT_BY, SELECTED, UNKNOWN_TO_FILTER, WHERE
from responder.cohort.findings import Finding
from responder.cohort.headers import find_header
from responder.cohort.places import at_columns
from responder.cohort.table import RawTable
from responder.cohort.visits import find_visit_column, visit_ranks
from responder.names import fold_name
from responder.names.suggest import suggest
from responder.study.encode import EncodeError, TraitCode
from responder.study.model import Study
from responder.words import Phrase

__all__ = ["select_at_visits", "select_patients"]


def select_patients(
    table: RawTable,
    where: Mapping[str, str],
    id_header: str | None,
    *,
    study: Study | None = None,
    baseline_visit: str = "",
) -> tuple[RawTable, list[Finding]]:
    """Return the rows of the patients that a filter means; see `select_at_visits`.

    Parameters
    ----------
    table : RawTable
        One row a patient, or a patient and visit with a column that names the visit.
    where : Mapping[str, str]
        Column to the value wanted.
    id_header : str or None
        The column of ids; None where every row is a patient.
    study : Study, optional
        Whose set-valued traits are read as sets.
    baseline_visit : str
        The visit that is declared to be the baseline.

    Raises
    ------
    TableRefusedError
        As `select_at_visits`; or if the table lacks the declared baseline visit.
    """
    visit = find_visit_column(table) if where and id_header is not None else None
    if visit is None:
        return select_at_visits(table, where, range(len(table.rows)), [0.0] * len(table.rows), study=study)
    assert id_header is not None
    ranks = visit_ranks(table, visit, baseline_visit)
    return select_at_visits(table, where, table.column(id_header), ranks, study=study)


def select_at_visits(
    table: RawTable,
    where: Mapping[str, str],
    ids: Sequence[str] | range,
    from_start: Sequence[float | None],
    *,
    study: Study | None = None,
) -> tuple[RawTable, list[Finding]]:
    """Return all rows of the patients who had the wanted values at baseline.

    What a patient had is what stands at the baseline visit nearest to the start of treatment where anything stands; a
    column with one value for each patient at every visit (an arm, a centre) needs no baseline. Of a set-valued trait, a
    patient has the wanted value who has all levels that it names.

    Parameters
    ----------
    table : RawTable
        The table.
    where : Mapping[str, str]
        Column to the value wanted.
    ids : sequence, length rows
        The patient of each row.
    from_start : sequence of float or None, length rows
        How far a row is from the start of treatment; None for a later visit.
    study : Study, optional
        Whose set-valued traits are read as sets.

    Returns
    -------
    table : RawTable
        With the rows that are kept.
    findings : list of Finding
        Where patients have several rows: how many were chosen, and whose value is not known. Empty otherwise.

    Raises
    ------
    TableRefusedError
        If there is no such column, nobody has the value, or nobody's value at baseline is known.
    """
    findings: list[Finding] = []
    patients = list(dict.fromkeys(ids))
    kept = set(patients)
    for name, value in where.items():
        header = find_header(table, name, Phrase("role.filter"))
        known = _at_baseline(table.column(header), ids, from_start)
        place, said = at_columns(table.source, header), {"column": header, "value": str(value)}
        if not known:
            raise NO_BASELINE_TO_SELECT_BY.refusal("column", place, **said)
        wanted = _Wanted(str(value).strip(), _code_of(header, study))
        chosen = {patient for patient, cell in known.items() if wanted.is_in(cell)}
        if not chosen & kept:
            raise WHERE.refusal("none", table.source, suggest(str(value), set(known.values())), **said)
        if len(patients) < len(ids):
            findings.append(SELECTED.found("patients", place, **said, count=len(chosen), of=len(patients)))
            if unknown := len(patients) - len(known):
                findings.append(UNKNOWN_TO_FILTER.found("blank", place, column=header, n=unknown))
        kept &= chosen
    return table.keeping(patient in kept for patient in ids), findings


def _at_baseline(
    cells: Sequence[str], ids: Sequence[str] | range, from_start: Sequence[float | None]
) -> dict[str | int, str]:
    """Return what each patient had at baseline; without those of whom nothing is known."""
    patients: list[str | int] = list(ids)
    every: dict[str | int, set[str]] = {}
    nearest: dict[str | int, tuple[float, str]] = {}
    for patient, cell, rank in zip(patients, cells, from_start, strict=True):
        every.setdefault(patient, set()).add(cell)
        if cell and rank is not None and (patient not in nearest or rank < nearest[patient][0]):
            nearest[patient] = (rank, cell)
    known = {patient: cell for patient, (_, cell) in nearest.items()}
    is_of_patients = all(len(own) == 1 and "" not in own for own in every.values())
    return {patient: next(iter(own)) for patient, own in every.items()} if is_of_patients else known


def _code_of(header: str, study: Study | None) -> TraitCode | None:
    """Return how a set-valued trait of a column is read; None for any other column."""
    name = fold_name(header)
    for trait in study.traits if study is not None else ():
        if trait.kind == "set" and name in {fold_name(spelling) for spelling in (trait.name, *trait.aliases)}:
            return trait.code
    return None


class _Wanted:
    """A value to filter by."""

    def __init__(self, text: str, code: TraitCode | None) -> None:
        self.text, self.code = text.casefold(), code
        self.levels = _levels(text, code)

    def is_in(self, cell: str) -> bool:
        """Return whether a cell is the value or, in a set, has every level that it names."""
        return cell.casefold() == self.text or bool(self.levels and self.levels <= _levels(cell, self.code))


def _levels(text: str, code: TraitCode | None) -> set[str]:
    if code is None:
        return set()
    try:
        return {level for level, present in zip(code.levels, code.encode(text), strict=True) if present == 1}
    except EncodeError:
        return set()
