"""Bring a second table (a flow export, a laboratory's list) to the first by the patients' ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from responder.cohort.checks.intake import DUPLICATE_HEADER, JOINED, NOT_JOINED, UNMATCHED
from responder.cohort.findings import Finding
from responder.cohort.places import at_lines, shortened
from responder.cohort.table import ColumnFacts, RawTable
from responder.errors import did_you_mean
from responder.names import fold_name
from responder.names.people import personal_columns
from responder.words import Phrase

__all__ = ["JoinSpec", "join_table", "located", "parse_join"]

_EXAMPLE = "RP-{id}_W0_*.fcs"
_SHOWN = 20
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ID_PLACE = "{id}"
_ID_NAMES = (
    "record_id", "patient_id", "USUBJID", "subject_id", "participant_id", "study_id", "id", "patient", "subject",
    "患者编号", "编号", "病例号",
)  # fmt: skip


@dataclass(frozen=True)
class JoinSpec:
    """What ``FILE``, ``FILE:KEY`` or ``FILE:KEY=PATTERN`` says.

    Attributes
    ----------
    file : str
        The table; a sheet of a workbook behind ``#``.
    key : str
        Its column of patients; found by its name where empty.
    pattern : str
        What a key looks like, ``{id}`` being the patient's id and ``*`` anything; empty where the key is the id.
    """

    file: str
    key: str = ""
    pattern: str = ""


def parse_join(spec: str, folder: str | Path = ".") -> JoinSpec:
    r"""Return the parts of a specification; the file is looked for as given, and then in a folder.

    Examples
    --------
    >>> parse_join("flow.csv:Sample=RP-{id}_W0_*.fcs")
    JoinSpec(file='flow.csv', key='Sample', pattern='RP-{id}_W0_*.fcs')
    >>> parse_join(r"C:\lab\flow.xlsx#Sheet 1:ID"), parse_join("flow.csv").key
    (JoinSpec(file='C:\\lab\\flow.xlsx#Sheet 1', key='ID', pattern=''), '')
    """
    start = 2 if _DRIVE.match(spec) else 0
    colons = [at for at in range(start, len(spec)) if spec[at] == ":"]
    ends = [end for end in (*colons, len(spec)) if _exists(spec[:end], folder)]
    end = ends[0] if ends else (colons or [len(spec)])[0]
    key, _, pattern = spec[end + 1 :].partition("=")
    file = spec[:end]
    if not _exists(file, ".") and _exists(file, folder):
        file = str(Path(folder) / file)
    return JoinSpec(file, key.strip(), pattern.strip())


def located(spec: str, folder: str | Path) -> str:
    """Return a specification whose file is named from a folder; as it is where the file is not there.

    Examples
    --------
    >>> located("nowhere.csv:Sample", "/data")
    'nowhere.csv:Sample'
    """
    said = parse_join(spec, folder)
    return ":".join(filter(None, [said.file, "=".join(filter(None, [said.key, said.pattern]))]))


def join_table(table: RawTable, second: RawTable, said: JoinSpec, id_header: str = "") -> RawTable:
    """Return the table with the columns of a second one beside each patient's own.

    The number of rows never changes. A column whose name the table has already gets the second file's name as ending
    (``crp`` of ``lab.csv`` becomes ``crp_lab``). Rows of the second table that fit no pattern, and patients who are
    in one table alone, are named.

    Parameters
    ----------
    table, second : RawTable
        The two tables.
    said : JoinSpec
        How they go together. Without a key it is the column named like the first table's ids, else the first column.
    id_header : str
        Column of the patients' ids in the first table; where empty, the one that is named like KEY or like an id, else
        the first.

    Raises
    ------
    TableRefusedError
        If the second table has no such column, has a patient twice, or none of the first table's ids,
        or if either key is a column of names.

    Examples
    --------
    >>> first = RawTable("cohort.csv", ("id", "age"), (("P1", "40"), ("P2", "51")), (2, 3))
    >>> flow = RawTable("flow.csv", ("Sample", "Treg"), (("RP-P1_W0_a.fcs", "12"), ("RP-P2_W0_b.fcs", "30")), (2, 3))
    >>> join_table(first, flow, JoinSpec("flow.csv", "Sample", "RP-{id}_W0_*.fcs")).rows
    (('P1', '40', '12'), ('P2', '51', '30'))
    """
    named = ["" if said.pattern else said.key, *_ID_NAMES]
    id_header = id_header or next(filter(None, (_like(name, table.headers) for name in named)), table.headers[0])
    key_header = _key_header(second, said.key, id_header)
    for header, whole in ((id_header, table), (key_header, second)):
        if personal_columns([header], [whole.column(header)]):
            raise NOT_JOINED.refusal("personal", whole.source, column=header)
    findings = [*table.findings, *second.findings]
    ids = table.column(id_header)
    row_of = _rows_by_id(second, key_header, said.pattern, ids, findings)
    wanted = [i for i, header in enumerate(second.headers) if header != key_header]
    names = _new_names(table, second, wanted)
    _refuse_strangers(table, second, row_of, ids)
    findings += _unmatched(table, second, row_of, ids)
    listed, file = shortened([names[i] for i in wanted], _SHOWN), str(said.file)
    findings.append(JOINED.found("joined", table.source, n=len(wanted), file=file, key=key_header, names=listed))
    blank = ("",) * len(second.headers)
    rows = []
    for row, patient in zip(table.rows, ids, strict=True):
        found = row_of.get(_folded(patient))
        cells = second.rows[found[1]] if found else blank
        rows.append((*row, *(cells[i] for i in wanted)))
    facts = dict(table.facts)
    for i in wanted:
        known = second.facts.get(second.headers[i], ColumnFacts())
        facts[names[i]] = replace(known, once=True)
    headers = (*table.headers, *(names[i] for i in wanted))
    return replace(table, headers=headers, rows=tuple(rows), findings=tuple(findings), facts=facts)


def _exists(file: str, folder: str | Path) -> bool:
    return any(path.is_file() for name in (file, file.rpartition("#")[0]) for path in (Path(name), Path(folder) / name))


def _like(name: str, headers: Sequence[str]) -> str:
    return next((header for header in headers if name and fold_name(header) == fold_name(name)), "")


def _key_header(second: RawTable, key: str, id_header: str) -> str:
    if not key:
        return _like(id_header, second.headers) or second.headers[0]
    found = _like(key, second.headers)
    if not found:
        near, names = did_you_mean(key, second.headers), shortened(second.headers, _SHOWN)
        raise NOT_JOINED.refusal("no_column", second.source, near, column=key, names=names)
    return found


def _rows_by_id(
    second: RawTable, key_header: str, pattern: str, ids: Sequence[str], findings: list[Finding]
) -> dict[str, tuple[str, int]]:
    """Return folded patient id to the id as it is written in the second table, and its row there."""
    known = {_folded(patient) for patient in ids}
    forms = _forms(pattern, second.source)
    found: dict[str, tuple[str, int]] = {}
    unfit = []
    for at, key in enumerate(second.column(key_header)):
        read = _id_of(key, forms, known) if forms else key
        if not read:
            unfit.append(second.lines[at])
            continue
        patient = _folded(read)
        if patient in found and patient in known:
            place = at_lines(second.source, [second.lines[found[patient][1]], second.lines[at]])
            raise NOT_JOINED.refusal("two_rows", place, patient=read, example=_EXAMPLE)
        found.setdefault(patient, (read, at))
    if unfit:
        case = "no_fit" if forms else "no_key"
        findings.append(UNMATCHED.found(case, at_lines(second.source, unfit), n=len(unfit), pattern=pattern))
    return found


def _forms(pattern: str, source: str) -> list[re.Pattern[str]]:
    """Return the pattern with the shortest id that fits, and with the longest."""
    if not pattern:
        return []
    if pattern.count(_ID_PLACE) != 1:
        raise NOT_JOINED.refusal("pattern", source, pattern=pattern, place=_ID_PLACE, example=_EXAMPLE)
    before, after = (".*".join(map(re.escape, part.split("*"))) for part in pattern.split(_ID_PLACE))
    return [re.compile(rf"{before}(.+{lazy}){after}", re.IGNORECASE) for lazy in ("?", "")]


def _id_of(key: str, forms: Sequence[re.Pattern[str]], known: set[str]) -> str:
    read = [match.group(1) for form in forms if (match := form.fullmatch(key))]
    return next((text for text in read if _folded(text) in known), read[0] if read else "")


def _new_names(table: RawTable, second: RawTable, wanted: Sequence[int]) -> dict[int, str]:
    taken = {fold_name(header) for header in table.headers}
    own = {fold_name(second.headers[i]) for i in wanted}
    ending = re.sub(r"\W+", "_", Path(second.source.partition("#")[0]).stem).strip("_")
    names = {}
    for i in wanted:
        header = second.headers[i]
        if fold_name(header) in taken:
            renamed = f"{header}_{ending}"
            if fold_name(renamed) in taken | own:
                raise DUPLICATE_HEADER.refusal("joined", second.source, column=header, other=renamed)
            header = renamed
        names[i] = header
        taken.add(fold_name(header))
    return names


def _refuse_strangers(
    table: RawTable, second: RawTable, row_of: Mapping[str, tuple[str, int]], ids: Sequence[str]
) -> None:
    if not any(_folded(patient) in row_of for patient in ids):
        keys = shortened([written for written, _ in row_of.values()]) or Phrase("list.none")
        patients = shortened(list(dict.fromkeys(ids)))
        file = table.source
        raise NOT_JOINED.refusal("strangers", second.source, file=file, keys=keys, patients=patients, example=_EXAMPLE)


def _unmatched(
    table: RawTable, second: RawTable, row_of: Mapping[str, tuple[str, int]], ids: Sequence[str]
) -> list[Finding]:
    known = {_folded(patient): patient for patient in ids}
    without = [patient for folded, patient in known.items() if folded not in row_of]
    strangers = [second.lines[at] for folded, (_, at) in row_of.items() if folded not in known]
    found = []
    if without:
        names = shortened(without, _SHOWN)
        found.append(UNMATCHED.found("patients", second.source, n=len(without), names=names))
    if strangers:
        place = at_lines(second.source, strangers)  # an id that the cohort does not know is named nowhere
        found.append(UNMATCHED.found("rows", place, n=len(strangers), file=table.source))
    return found


def _folded(patient: str) -> str:
    return unicodedata.normalize("NFKC", patient).strip().casefold()
