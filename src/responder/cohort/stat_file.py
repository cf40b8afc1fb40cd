"""Read the files of SAS, SPSS and Stata, with the labels, units and missing values that they declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from responder.cohort.bounds import refuse_cells
from responder.cohort.checks.intake import UNREADABLE, USER_MISSING
from responder.cohort.dictionary import says_unknown
from responder.cohort.encoding import guessed_encoding
from responder.cohort.findings import Finding
from responder.cohort.structure import make_table
from responder.cohort.table import ColumnFacts, RawTable, ReadOptions, cell_text
from responder.values import yes_no
from responder.words import Phrase

__all__ = ["read_sas", "read_spss", "read_stata", "read_xpt"]

FALLBACK = "WINDOWS-1252"


def read_xpt(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read a SAS transport file (XPT), version 5 or 8: the format of ADaM and SDTM data sets.

    Raises
    ------
    TableRefusedError
        If the file is not a transport file that can be read.
    """
    return _read(path, source, options, "read_xport", "xpt")


def read_sas(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read a SAS data set (sas7bdat).

    Raises
    ------
    TableRefusedError
        If the file is not a data set that can be read.
    """
    return _read(path, source, options, "read_sas7bdat", "sas")


def read_spss(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read an SPSS file (.sav, .zsav).

    Raises
    ------
    TableRefusedError
        If the file is not one of SPSS that can be read.
    """
    return _read(path, source, options, "read_sav", "spss", user_missing=True)


def read_stata(path: Path, source: str, options: ReadOptions) -> RawTable:
    """Read a Stata file (.dta).

    Raises
    ------
    TableRefusedError
        If the file is not one of Stata that can be read.
    """
    return _read(path, source, options, "read_dta", "stata", user_missing=True)


def _read(path: Path, source: str, options: ReadOptions, function: str, what: str, **settings: Any) -> RawTable:
    import pyreadstat

    reader = getattr(pyreadstat, function)
    findings: list[Finding] = []
    try:
        _, head = reader(path, metadataonly=True, **_encoded(options.encoding))
        if head.number_rows is not None:  # XPT does not say
            refuse_cells(head.number_rows, head.number_columns, source)
    except UnicodeDecodeError:
        pass  # names or labels outside UTF-8: below
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError) as error:
        if options.encoding:
            raise _wrong_encoding(source, options.encoding) from error
        raise _unreadable(source, what) from error
    columns, facts = _columns(reader, path, source, options.encoding, what, settings, findings)
    headers = list(columns)
    levels, missing = facts.variable_value_labels, dict(facts.missing_ranges)
    texts = {name: [cell_text(cell) for cell in cells] for name, cells in columns.items()}
    declared = {}
    for name in headers:
        known = {cell_text(code): str(label) for code, label in levels.get(name, {}).items()}
        unknown = {code for code, label in known.items() if says_unknown(label)}
        known = {code: label for code, label in known.items() if code not in unknown}
        said = {yes_no(label): code for code, label in known.items()}
        if set(said) == {0.0, 1.0} and len(known) == 2 and (yes_no(said[0.0]), yes_no(said[1.0])) != (0.0, 1.0):
            # 1 for yes and 2 for no, or worse: only the words say which is which
            texts[name] = [known.get(text, text) for text in texts[name]]
            known = {}
        gaps, codes = _user_missing(columns[name], missing.get(name, ()), facts.missing_user_values.get(name, ()))
        gaps = [gap or text in unknown for gap, text in zip(gaps, texts[name], strict=True)]
        if any(gaps):
            texts[name] = ["" if gap else text for text, gap in zip(texts[name], gaps, strict=True)]
            findings.append(USER_MISSING.found("declared", source, n=sum(gaps), column=name))
        declared[name] = ColumnFacts(
            label=facts.column_names_to_labels.get(name) or "",
            levels=tuple(known.items()),
            missing=codes,
        )
    declared = {name: fact for name, fact in declared.items() if fact != ColumnFacts()}
    rows = zip(*texts.values(), strict=True)
    records = [(1, headers), *((line, list(row)) for line, row in enumerate(rows, start=2))]
    return make_table(source, records, findings, declared, typed=True)


def _columns(
    reader: Callable[..., Any],
    path: Path,
    source: str,
    encoding: str,
    what: str,
    settings: Mapping[str, Any],
    findings: list[Finding],
) -> tuple[dict[str, Sequence[object]], Any]:
    """Return name to cells, and the metadata; bytes outside the file's encoding are read as Windows-1252."""
    import pyreadstat

    errors = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, ValueError)
    try:
        columns, facts = reader(path, output_format="dict", **settings, **_encoded(encoding))
    except errors as error:
        if encoding:
            raise _wrong_encoding(source, encoding) from error
        try:
            columns, facts = reader(path, output_format="dict", **settings, encoding=FALLBACK)
        except errors:
            raise _unreadable(source, what) from error
        if not isinstance(error, UnicodeDecodeError) and "encoding" not in str(error).casefold():
            raise _unreadable(source, what) from error
        findings.append(guessed_encoding(source, FALLBACK))
    return dict(columns), facts


def _encoded(encoding: str) -> dict[str, str]:
    return {"encoding": encoding} if encoding else {}


def _unreadable(source: str, what: str) -> Exception:
    return UNREADABLE.refusal("bad_statistics_file", source, format=Phrase(f"format.{what}"))


def _wrong_encoding(source: str, encoding: str) -> Exception:
    return UNREADABLE.refusal("other_encoding", source, encoding=encoding)


def _user_missing(
    cells: Sequence[object], ranges: Sequence[Mapping[str, Any]], tags: Sequence[object]
) -> tuple[list[bool], tuple[str, ...]]:
    """Return which cells the file declares missing, and the codes that it declares so."""
    tagged = set(tags)
    gaps = [cell in tagged or any(_within(cell, span) for span in ranges) for cell in cells]
    ends = [(cell_text(span["lo"]), cell_text(span["hi"])) for span in ranges]
    spans = [low if low == high else f"{low}..{high}" for low, high in ends]
    return gaps, (*spans, *sorted(map(str, tagged)))


def _within(cell: object, span: Mapping[str, Any]) -> bool:
    low, high = span["lo"], span["hi"]
    if isinstance(cell, str) or isinstance(low, str):
        return isinstance(cell, str) and cell.strip() == str(low).strip()
    return isinstance(cell, int | float) and low <= cell <= high
