"""Fold a table of patients and visits into one row per patient; no later value can pass for a baseline one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from responder.cohort.checks.intake import DUPLICATE_HEADER, FOLDED_VISITS, REPEATED_VISIT, UNKNOWN_BASELINE
from responder.cohort.headers import keep_rows
from responder.cohort.places import at_columns, shortened
from responder.cohort.rule import TableRefusedError
from responder.cohort.table import ColumnFacts, RawTable
from responder.errors import did_you_mean
from responder.names import fold_name, split_unit
from responder.names.timing import baseline_rank, visit_kind

__all__ = [
    "find_visit_column",
    "fold_repeated",
    "fold_visits",
    "is_visit_column",
    "keep_where",
    "refuse_unknown_visit",
    "split_where",
    "visit_ranks",
]

_VISIT_COLUMNS = (
    "redcapeventname", "eventname", "visit", "visitname", "visitnum", "visitnumber", "visitno", "studyvisit",
    "timepoint", "sampletiming", "samplingtime", "sampletime", "timing", "采样时间",
    "event", "avisit", "week", "weeks", "day", "month", "visitweek", "studyweek", "studyday", "cycle",
    "besuch", "visite", "visita", "zeitpunkt", "woche", "monat", "semaine", "semana", "访视", "访视名称", "访视号",
    "随访", "随访时间", "时间点", "时点", "周", "周数", "疗程", "時点", "週",
)  # fmt: skip
_COUNTED_VISITS = {"week", "visitweek", "studyweek", "studyday", "visit", "visitname", "avisit", "timepoint", "访视"}
_REDCAP_EVENTS = {"redcapeventname", "eventname"}
# Columns of long tables that say which of several measurements a row holds.
_PARAMETERS = (
    "paramcd", "param", "parametercode", "parameter", "lbtestcd", "testcd", "lbtest", "testname", "analyte", "assay",
    "指标", "检验项目",
)  # fmt: skip
_VALUES = ("aval", "avalc", "chg", "pchg", "lborres", "lbstresn", "lbstresc", "value", "result", "结果", "检验结果")
# Flags and qualifiers of ADaM that say which of several records counts.
_RECORDS = ("anl01fl", "anl02fl", "anl03fl", "ablfl", "dtype", "basetype")
_BEFORE = re.compile(r"baseline|screening|基线|筛选")
_VALUES_SHOWN = 12
_MOST_PARAMETERS = 200


@dataclass
class _Patient:
    line: int
    cells: dict[str, str] = field(default_factory=dict)
    visits: set[str] = field(default_factory=set)


def find_visit_column(table: RawTable) -> str | None:
    """Return the header of the column that names the visit, or None; of several, one that knows a baseline."""
    found = list(filter(is_visit_column, table.headers))
    for header in found:
        if any(baseline_rank(_visit_name(cell, header)) is not None for cell in set(table.column(header))):
            return header
    return found[0] if found else None


def is_visit_column(header: str) -> bool:
    """Return whether a column of this name says the visit of each row."""
    return fold_name(header) in _VISIT_COLUMNS


def split_where(where: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the wishes that choose rows (a visit, one of several measurements or records), and those for patients.

    Examples
    --------
    >>> split_where({"PARAMCD": "CRFL", "arm": "IL-2"})
    ({'PARAMCD': 'CRFL'}, {'arm': 'IL-2'})
    """
    of_rows = {name for name in where if is_visit_column(name) or fold_name(name) in {*_PARAMETERS, *_RECORDS}}
    rows = {name: value for name, value in where.items() if name in of_rows}
    return rows, {name: value for name, value in where.items() if name not in of_rows}


def visit_ranks(table: RawTable, visit_header: str, baseline_visit: str = "") -> list[float | None]:
    """Return how far each row's visit is from the start of treatment; None for a later one.

    Raises
    ------
    TableRefusedError
        If the table lacks the declared baseline visit.
    """
    cells = table.column(visit_header)
    visits = [_visit_name(cell, visit_header) for cell in cells]
    refuse_unknown_visit(baseline_visit, [*visits, *cells], table.source)
    if not baseline_visit:
        return [baseline_rank(visit) for visit in visits]
    declared = fold_name(baseline_visit)
    return [
        0.0 if declared in {fold_name(visit), fold_name(cell)} else None
        for visit, cell in zip(visits, cells, strict=True)
    ]


def keep_where(table: RawTable, where: Mapping[str, str]) -> tuple[RawTable, dict[str, str]]:
    """Return the rows whose columns have the wanted values, before visits are folded, and the wishes left over.

    What the table has not is left over (a column that folding or joining makes), and so is a field of a REDCap export
    with events: it is filled in at one event, and means the patient.

    Raises
    ------
    TableRefusedError
        If no row is left.
    """
    known = {fold_name(header) for header in table.headers}
    known = known & _REDCAP_EVENTS or known
    now = {name: value for name, value in where.items() if fold_name(name) in known}
    return keep_rows(table, now), {name: value for name, value in where.items() if name not in now}


def fold_repeated(table: RawTable, id_header: str, baseline_visit: str = "") -> RawTable:
    """Fold visits where ids repeat and a column names the visit; else return the table as it is.

    Raises
    ------
    TableRefusedError
        If a patient has several rows for one visit, or none of a column of visits tells why there are several
        rows but a column of parameters does (as in ADaM): one parameter must be chosen.
    """
    ids = table.column(id_header)
    visit_header = find_visit_column(table)
    is_long = len(set(ids)) < len(table.rows)
    # one row per patient, and each of a visit in words that is a later one: no value of it may pass for a baseline one
    # (of a table of one parameter a row, that is its value alone)
    of_parameters = not {fold_name(header) for header in table.headers}.isdisjoint(_PARAMETERS)
    is_late = (
        visit_header is not None
        and not of_parameters
        and any(_is_later(cell, visit_header) for cell in table.column(visit_header))
    )
    if not is_long and not is_late:
        return _at_one_visit(table, visit_header) if visit_header else table
    if visit_header is not None:
        return fold_visits(table, id_header, visit_header, baseline_visit=baseline_visit)
    parameter = _parameter_column(table, [(i,) for i in ids], (id_header,))
    if parameter is not None:
        raise _several_parameters(table, parameter, by_visit=False)
    return table


def _is_later(visit: str, header: str) -> bool:
    """Return whether a visit is later; a mere number is one of a column of weeks or visits, and no day of a month."""
    if visit.replace(".", "").isdigit():
        return fold_name(header) in _COUNTED_VISITS and visit_kind(_visit_name(visit, header)) == "later"
    return visit_kind(visit) == "later"


def _at_one_visit(table: RawTable, visit_header: str) -> RawTable:
    """Return a table of one parameter with its values' facts: they are of the visit that all rows are of."""
    visits = {_visit_name(cell, visit_header) for cell in table.column(visit_header)}
    folded = {fold_name(header) for header in table.headers}
    if len(visits) > 1 or folded.isdisjoint(_PARAMETERS):
        return table
    facts = {
        header: replace(table.facts.get(header, ColumnFacts()), visit=min(visits), measure=header)
        for header in table.headers
        if fold_name(header) in _VALUES
    }
    return replace(table, facts={**table.facts, **facts})


def fold_visits(
    table: RawTable,
    id_header: str,
    visit_header: str,
    arms: Mapping[str, str] | None = None,
    baseline_visit: str = "",
) -> RawTable:
    """Return one row per patient.

    A column keeps its name for the visit at which treatment starts (baseline, week 0, day 0 or 1, enrolment,
    screening) and gets the visit as ending at every other, unless its name says so already: ``rpdai`` at week
    12 becomes ``rpdai_week_12``. Where no visit is recognised as the start, every column gets its visit as ending,
    whatever is declared: names never depend on an answer. Each new column's facts say its visit and its measure.

    Parameters
    ----------
    table : RawTable
        One row a patient and visit.
    id_header, visit_header : str
        The columns of patient ids and of visits.
    arms : Mapping[str, str], optional
        Visit as written to the visit without its arm; visits of two arms are then one.
    baseline_visit : str
        The visit that is declared to be the baseline; it must be in the table.

    Raises
    ------
    TableRefusedError
        If a patient has two rows for one visit, two columns would get one name, or the table lacks the
        declared baseline visit.
    """
    id_at, visit_at = table.headers.index(id_header), table.headers.index(visit_header)
    fields = [i for i in range(len(table.headers)) if i not in {id_at, visit_at}]
    visits = [_visit_name((arms or {}).get(row[visit_at], row[visit_at]), visit_header) for row in table.rows]
    refuse_unknown_visit(baseline_visit, [*visits, *table.column(visit_header)], table.source)
    _refuse_repeated(table, id_header, visit_header, visits)
    names = _names(table, visits, fields)
    patients: dict[str, _Patient] = {}
    for row, line, visit in zip(table.rows, table.lines, visits, strict=True):
        patient = patients.setdefault(row[id_at], _Patient(line))
        for i in fields:
            if row[i]:
                patient.cells.setdefault(names[i, visit], row[i])
    headers = list(dict.fromkeys(names.values()))
    place, of = at_columns(table.source, visit_header), len(patients)
    note = FOLDED_VISITS.found("folded", place, rows=len(table.rows), visits=len(set(visits)), patients=of)
    facts = {id_header: table.facts[id_header]} if id_header in table.facts else {}
    for (i, visit), name in names.items():
        known = table.facts.get(table.headers[i], ColumnFacts())
        facts[name] = known if known.once else replace(known, visit=visit, measure=table.headers[i])
    return RawTable(
        table.source,
        (id_header, *headers),
        tuple((name, *(p.cells.get(h, "") for h in headers)) for name, p in patients.items()),
        tuple(p.line for p in patients.values()),
        (*table.findings, note),
        facts,
        table.mark,
        table.how,
    )


def refuse_unknown_visit(wanted: str, visits: Sequence[str], source: str) -> None:
    """Raise a refusal if a declared baseline visit is none of the visits."""
    known = {fold_name(visit): visit for visit in reversed(visits)}
    if wanted and fold_name(wanted) not in known:
        listed = list(dict.fromkeys(reversed(list(known.values()))))
        near = did_you_mean(wanted, listed)
        raise UNKNOWN_BASELINE.refusal("visit", source, near, visit=wanted, visits=shortened(listed, _VALUES_SHOWN))


def _refuse_repeated(table: RawTable, id_header: str, visit_header: str, visits: Sequence[str]) -> None:
    keys = list(zip(table.column(id_header), visits, strict=True))
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    at = next((at for at, key in enumerate(keys) if first[key] != at), None)
    if at is None:
        return
    parameter = _parameter_column(table, keys, (id_header, visit_header))
    if parameter is not None:
        raise _several_parameters(table, parameter, by_visit=True)
    visit = table.column(visit_header)[at]
    raise REPEATED_VISIT.refusal("visit", f"{table.source}:{table.lines[at]}", patient=keys[at][0], visit=visit)


def _parameter_column(table: RawTable, keys: Sequence[tuple[str, ...]], taken: Sequence[str]) -> str | None:
    """Return the column of codes that tells apart the rows of most keys: what each of them measures."""
    for name in _PARAMETERS:
        for header in table.headers:
            cells = table.column(header)
            if header in taken or fold_name(header) != name or any(re.match(r"[-+<>]?[\d.]", cell) for cell in cells):
                continue
            told_apart = len({*zip(keys, cells, strict=True)}) == len(keys)
            if told_apart and 2 <= len(set(cells)) <= _MOST_PARAMETERS and len(keys) >= 1.5 * len(set(keys)):
                return header
    return None


def _several_parameters(table: RawTable, header: str, *, by_visit: bool) -> TableRefusedError:
    # ADaM ends the code of a yes or no in FL: as good an example as any
    values = list(dict.fromkeys(cell for cell in table.column(header) if cell))
    choice = f"{header}={next((v for v in values if v.endswith('FL')), values[0])}"
    case, listed = "parameter_of_visit" if by_visit else "parameter", shortened(values, _VALUES_SHOWN)
    place = at_columns(table.source, header)
    return REPEATED_VISIT.refusal(case, place, column=header, values=listed, choice=choice)


def _visit_name(visit: str, header: str) -> str:
    """Return a visit as part of a column name: ``Week 12`` and 12 under ``week`` are both ``week_12``."""
    visit = unicodedata.normalize("NFKC", visit).strip()
    if re.fullmatch(r"-?\d+(\.0+)?", visit):
        number = int(float(visit))
        return f"{fold_name(header)}_{'minus_' if number < 0 else ''}{abs(number)}"
    visit = visit.casefold().replace("\u2212", "-")
    # a hyphen may be a dash (week-4); behind a blank or bracket, or before treatment, it is a minus
    sign = r"-(?=\d)" if _BEFORE.match(visit) else r"(?<![^\s(\[])-(?=\d)"
    return re.sub(r"\W+", "_", re.sub(sign, " minus ", visit)).strip("_") or "no_visit"


def _names(table: RawTable, visits: Sequence[str], fields: Sequence[int]) -> dict[tuple[int, str], str]:
    """Return the new column name of each column at each visit where it has values."""
    filled: dict[int, dict[str, None]] = {i: {} for i in fields}
    for row, visit in zip(table.rows, visits, strict=True):
        for i in fields:
            if row[i]:
                filled[i][visit] = None
    names = {}
    owners: dict[str, int] = {}
    for i in fields:
        header = table.headers[i]
        once = table.facts.get(header, ColumnFacts()).once
        ranked = [(rank, len(visit), visit) for visit in filled[i] if (rank := baseline_rank(visit)) is not None]
        start = min(ranked)[2] if ranked else ""
        for visit in filled[i]:
            says_so = len(filled[i]) == 1 and fold_name(split_unit(header)[0]).endswith(fold_name(visit))
            name = header if once or visit == start or says_so else _ending(header, visit)
            names[i, visit] = name
            if owners.setdefault(fold_name(name), i) != i:
                raise DUPLICATE_HEADER.refusal("folded", table.source, name=name, column=header, visit=visit)
    return names


def _ending(header: str, visit: str) -> str:
    """Return a header with a visit as ending, before a unit in brackets: ``CRP (mg/L)`` stays a column in mg/L."""
    name, bracket = split_unit(header)
    return f"{name}_{visit} ({bracket})" if bracket else f"{header}_{visit}"
