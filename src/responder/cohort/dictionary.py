"""REDCap's data dictionary: what a project itself declares of each of its fields."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from responder.cohort.bounds import refuse_file
from responder.cohort.checkboxes import MISSING_CODES
from responder.cohort.checks.intake import NO_DICTIONARY
from responder.cohort.csv_file import read_records
from responder.cohort.findings import Finding
from responder.cohort.rule import TableRefusedError
from responder.cohort.table import ColumnFacts, RawTable
from responder.names import fold_name, split_unit

__all__ = ["is_dictionary", "read_dictionary", "says_unknown"]

# Names of the columns, folded: as REDCap's pages write them, and as its interface for programs does.
_COLUMNS = {
    "field": ("variable/fieldname", "fieldname", "variablename"),
    "form": ("formname",),
    "type": ("fieldtype",),
    "label": ("fieldlabel",),
    "choices": ("choices,calculations,orsliderlabels", "selectchoicesorcalculations", "choicesorcalculations"),
    "note": ("fieldnote",),
    "validation": ("textvalidationtypeorshowslidernumber", "textvalidationtype"),
    "low": ("textvalidationmin",),
    "high": ("textvalidationmax",),
    "identifier": ("identifier?", "identifier"),
    "branching": ("branchinglogic(showfieldonlyif...)", "branchinglogic"),
    "annotation": ("fieldannotation",),
}
_NEEDED = ("field", "form", "type", "label")
_TEXTS = frozenset({"notes", "file", "sql", "signature", "text"})
_PERSONAL = frozenset({"email", "phone", "ssn", "zipcode", "postalcode", "mrn"})
_UNIT_ATOM = re.compile(
    r"(?:[kmunpfµμ]?(?:g|l|mol|iu|u|m|m2|m3|m²|m³|s|kat)|d[lg]|cm[23²³]?|mmhg|kpa|bpm|hz|meq|cells?|copies|points?|pts"
    r"|years?|yrs?|y|months?|mos?|weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|min|seconds?|sec"
    r"|kilograms?|grams?|milligrams?|lit(?:er|re)s?|met(?:er|re)s?|cent?imet(?:er|re)s?|pounds?|lbs?|inch(?:es)?|in|kd"
    r"|%|percent|°?[cf]|10[\^e]?\d{1,2}|1|score|titers?|ratio|岁|年|月|周|天|日|个|分)"
)
_UNIT_PARTS = re.compile(r"\s*(?:/|·|\*|×|\bper\b|\s)\s*")
_OURS = re.compile(r"\bresponder:(?P<said>[^\n]*)")
_GAP_LABEL = re.compile(
    r"(?:unknown|missing|not (?:reported|recorded|done|known|applicable|available|assessed|asked)|n/?a|refused"
    r"|declined|prefer not to (?:say|answer)|unbekannt|inconnu|desconocido|不详|未知|未查|缺失|不明)"
    r"(?:\s*(?:/|or)\s*(?:not reported|unknown|refused|missing))?",
    re.IGNORECASE,
)


def says_unknown(label: str) -> bool:
    """Return whether the label of a code says that nothing is known.

    Examples
    --------
    >>> says_unknown("Not reported"), says_unknown("不详"), says_unknown("No")
    (True, True, False)
    """
    return bool(_GAP_LABEL.fullmatch(label.strip()))


def is_dictionary(table: RawTable) -> bool:
    """Return whether a table is a REDCap data dictionary, handed in for the data."""
    return _positions(table.headers) is not None


def read_dictionary(path: str | Path, findings: list[Finding] | None = None) -> Mapping[str, ColumnFacts]:
    r"""Read a data dictionary, as REDCap's pages or its interface for programs give it.

    Parameters
    ----------
    path : str or Path
        CSV, of any encoding and delimiter that a table may have.
    findings : list of Finding, optional
        Gets what was odd about encoding and delimiter.

    Returns
    -------
    Mapping[str, ColumnFacts]
        By field, in the order of the project. Kind: ``continuous``, ``count`` (integers), ``binary``, ``nominal`` (a
        choice of several levels, which may or may not have an order), ``ordinal`` (numbers, or where a dictionary
        that this program wrote says so), ``set``, ``date``, ``text``, or empty for a text field without validation.
        Choices that mean a gap are in `missing`, code and label in turn.

    Raises
    ------
    TableRefusedError
        If the file cannot be read or is no data dictionary.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "dictionary.csv"
    >>> head = "field_name,form_name,field_type,field_label,select_choices_or_calculations"
    >>> _ = path.write_text(head + '\nsex,base,radio,Sex,"1, Female | 2, Male | 9, Unknown"\n')
    >>> sex = read_dictionary(path)["sex"]
    >>> sex.kind, sex.levels, sex.missing
    ('binary', (('1', 'Female'), ('2', 'Male')), ('9', 'Unknown'))
    """
    source = str(path)
    rows = _rows(Path(path), source, [] if findings is None else findings)
    at = _positions(rows[0]) if rows else None
    if at is None:
        raise NO_DICTIONARY.refusal("not_redcap", source)
    facts: dict[str, ColumnFacts] = {}
    for row in rows[1:]:
        cells = {name: row[i].strip() if i < len(row) else "" for name, i in at.items()}
        name = cells["field"]
        if name and cells.get("type", "").casefold() != "descriptive":
            facts[name] = _facts(cells)
    return facts


def _rows(path: Path, source: str, findings: list[Finding]) -> list[list[str]]:
    try:
        refuse_file(path, source)
        return [row for _, row in read_records(path, source, findings)[1] if any(row)]
    except OSError as error:
        raise NO_DICTIONARY.refusal("cannot_open", source, why=error.strerror) from error
    except TableRefusedError as error:
        if path.read_bytes().startswith(b"PK"):
            raise NO_DICTIONARY.refusal("no_text", source) from error
        raise


def _positions(headers: Sequence[str]) -> dict[str, int] | None:
    folded = {fold_name(header.strip().strip('"')): i for i, header in reversed(list(enumerate(headers)))}
    found = {}
    for column, names in _COLUMNS.items():
        at = next((folded[fold_name(name)] for name in names if fold_name(name) in folded), None)
        if at is not None:
            found[column] = at
    return found if all(column in found for column in _NEEDED) else None


def _facts(cells: Mapping[str, str]) -> ColumnFacts:
    own = _annotated(cells.get("annotation", ""))
    kind_of_field = cells["type"].casefold()
    validation = cells.get("validation", "").casefold()
    label = _plain(cells["label"])
    levels, missing = (
        _levels(cells.get("choices", "")) if kind_of_field in {"radio", "dropdown", "checkbox"} else ((), ())
    )
    kind = own.get("kind") or _kind(kind_of_field, validation, levels)
    bounds = (_number(cells.get("low", "")), _number(cells.get("high", "")))
    if kind_of_field == "slider" and bounds == (None, None):
        bounds = (0.0, 100.0)
    return ColumnFacts(
        label=label,
        kind=kind,
        unit=_unit(_plain(cells.get("note", "")), label, ours=own is not _NOTHING) if kind in _NUMBERS else "",
        levels=levels,
        plausible=bounds if kind in _NUMBERS else (None, None),
        missing=missing,
        identifier=cells.get("identifier", "").casefold() in {"y", "yes", "1"} or validation in _PERSONAL,
        asked_if=cells.get("branching", ""),
        timing=own.get("timing", ""),
        form=cells["form"],
    )


_NUMBERS = frozenset({"continuous", "count", ""})
_NOTHING: Mapping[str, str] = {}


def _annotated(annotation: str) -> Mapping[str, str]:
    """Return what a dictionary that this program wrote says behind ``responder:``."""
    match = _OURS.search(annotation)
    return dict(re.findall(r"(\w+)=(\w+)", match["said"])) if match else _NOTHING


def _kind(kind: str, validation: str, levels: Sequence[tuple[str, str]]) -> str:
    if kind in {"radio", "dropdown"}:
        if len(levels) == 2:
            return "binary"
        return "ordinal" if levels and all(_number(label) is not None for _, label in levels) else "nominal"
    if kind in {"yesno", "truefalse"}:
        return "binary"
    if kind == "checkbox":
        return "set"
    if kind in {"calc", "slider"}:
        return "continuous"
    if kind == "text" and validation:
        if validation.startswith("number"):
            return "continuous"
        if validation.startswith("integer"):
            return "count"
        return "date" if validation.startswith(("date", "time")) else "text"
    return "" if kind == "text" else "text" if kind in _TEXTS else ""


def _levels(choices: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the choices that are levels, as code and label, and the codes and labels of those that mean a gap."""
    levels, missing = [], []
    for choice in re.split(r"\||\\n|\n", choices):
        code, comma, label = (part.strip() for part in choice.partition(","))
        label = _plain(label) if comma else code
        if not code:
            continue
        if says_unknown(label) or (code.casefold() in MISSING_CODES and code.isupper()):
            missing += [code, label]
        else:
            levels.append((code, label))
    return tuple(levels), tuple(missing)


def _unit(note: str, label: str, *, ours: bool) -> str:
    if ours or _is_unit(note):
        return note
    bracket = split_unit(label)[1]
    return bracket if _is_unit(bracket) else ""


def _is_unit(text: str) -> bool:
    parts = [part for part in _UNIT_PARTS.split(text.casefold()) if part]
    return bool(parts) and all(_UNIT_ATOM.fullmatch(part) for part in parts)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None  # a date, or the name of another field


def _plain(text: str) -> str:
    """Return the words of a label without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^<>]+>", " ", text)).split())
