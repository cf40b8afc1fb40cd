"""Draft a study from a person's own table: a description to review, never one to trust."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from responder.cohort.checks.intake import MISSING_COLUMN
from responder.cohort.checks.people import people_in
from responder.cohort.read import read_table, table_path
from responder.cohort.table import RawTable
from responder.cohort.visits import fold_repeated
from responder.names import fold_name
from responder.names.timing import time_of
from responder.study.encode import BINARY_SPELLINGS, is_missing

__all__ = ["draft_study"]

MOST_LEVELS = 12
_ID_NAMES = (
    "patientid", "id", "subjectid", "usubjid", "recordid", "participantid", "participant", "subject",
    "studyid", "donor", "patient", "case", "患者编号", "unnamed1",
)  # fmt: skip
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_NUMBER_WITH_UNIT = re.compile(r"^[+-]?[\d.]+\s*(?P<unit>[^\d\s.][^\d]*)$")
_UNIT_IN_NAME = (
    (re.compile(r"[\(\[](?P<unit>[^\(\)\[\]]+)[\)\]]\s*$"), None),
    (re.compile(r"per_ul(?![a-z])|/[uµμ]l", re.IGNORECASE), "cells/ul"),
    (re.compile(r"mg_per_day|mg/d", re.IGNORECASE), "mg/day"),
    (re.compile(r"mg_per_l(?![a-z])|mg/l", re.IGNORECASE), "mg/L"),
    (re.compile(r"kg_per_m2|\bbmi\b", re.IGNORECASE), "kg/m2"),
    (re.compile(r"%|percent|pct", re.IGNORECASE), "%"),
    (re.compile(r"years|\bage\b", re.IGNORECASE), "years"),
    (re.compile(r"months", re.IGNORECASE), "months"),
    (re.compile(r"weeks", re.IGNORECASE), "weeks"),
)
_IMMUNE = re.compile(
    r"treg|tcon|cd\d|th\d|tfh|\bnk\b|lymph|neutro|mono|[bt][_ ]?cell|il[_-]?\d|ifn|tnf|igg|foxp3|per_ul",
    re.IGNORECASE,
)
# words for a response that are no part of their opposites, and the opposites
_WELL = re.compile(r"^(?:cr|pr|r|yes|responder|response|remission|good|better|improved|success|complete|partial)\b")
_ILL = re.compile(r"^(?:pd|sd|nr|no|non|not|poor|bad|worse|fail|stable|progress|relapse|refractory)")
_COUNTED = re.compile(r"(?:^|_|\b)(?:n|number|count|score|points|items)(?:$|_|\b)", re.IGNORECASE)


@dataclass(frozen=True)
class _Guess:
    """What a column seems to be; `doubt` is what a person must look at."""

    header: str
    name: str
    kind: str
    timing: str = "baseline"
    unit: str = ""
    levels: tuple[str, ...] = ()
    doubt: str = ""


def draft_study(path: str | Path) -> str:
    """Draft a study as TOML text from a table, with comments on all that was guessed.

    Kinds, levels and units are guessed from names and cells; columns named like a later visit are declared
    on-treatment, those named like an outcome as outcomes; the endpoint is a guess. Numbers of patients are
    not copied: plausible ranges are for a person to write. The draft is a valid study that reads its table.

    Parameters
    ----------
    path : str or Path
        A table, as in `responder.cohort.read_table`.

    Returns
    -------
    str
        The draft.

    Raises
    ------
    TableRefusedError
        If the file cannot be read as one table, or no column can be the patients' ids or the outcome.
    """
    table = read_table(path)
    people = people_in(table)
    id_header = _id_header(table, people)
    table = fold_repeated(table, id_header)
    guesses: list[_Guess] = []
    ignored = []
    for header in table.headers:
        if header == id_header:
            continue
        guess = _guess(header, table.column(header), {g.name for g in guesses})
        if guess is None or header in people:
            ignored.append(header)
        else:
            guesses.append(guess)
    guesses, endpoint = _with_endpoint(guesses, table.source)
    study_id = re.sub(r"[^a-z0-9]+", "-", table_path(path).stem.casefold()).strip("-") or "my-study"
    parts = [_head(study_id, id_header, ignored), *map(_trait, guesses), _endpoint(endpoint)]
    return "\n".join(parts)


def _id_header(table: RawTable, people: Sequence[str]) -> str:
    for name in _ID_NAMES:
        for header in table.headers:
            if fold_name(header) == name and header not in people:
                return header
    unique = [h for h in table.headers if h not in people and len(set(table.column(h))) == len(table.rows)]
    texts = [h for h in unique if not all(_NUMBER.match(cell) for cell in table.column(h))]
    numbered = [h for h in unique if all(cell.isdigit() for cell in table.column(h))]
    if not texts and not numbered:
        hint = "add a column 'patient_id' with a pseudonym for each patient, such as P01, P02 ..."
        raise MISSING_COLUMN.refusal("no column tells the patients apart", table.source, hint)
    return (texts or numbered)[0]


def _guess(header: str, cells: Sequence[str], taken: set[str]) -> _Guess | None:
    """Return what a column seems to be, or None for an empty one and for free text."""
    known = [cell for cell in cells if not is_missing(cell)]
    if not known:
        return None
    name = _trait_name(header, taken)
    timing = {"later": "on_treatment", "afterwards": "outcome"}.get(time_of(header).kind, "baseline")
    if {cell.casefold() for cell in known} <= set(BINARY_SPELLINGS):
        return _Guess(header, name, "binary", timing)
    units = [match["unit"].strip() for cell in known if (match := _NUMBER_WITH_UNIT.match(cell))]
    if all(_NUMBER.match(cell) or _NUMBER_WITH_UNIT.match(cell) for cell in known) and len(set(units)) <= 1:
        whole = all(float(cell).is_integer() and float(cell) >= 0 for cell in known if _NUMBER.match(cell))
        kind = "count" if whole and not units and _COUNTED.search(header) else "continuous"
        return _Guess(header, name, kind, timing, units[0] if units else _unit_in(header))
    words = {cell.casefold(): cell for cell in known}
    if len(words) == 2 and "none" in words and len(known) > len(words):
        both = (words.pop("none"), *words.values())
        return _Guess(header, name, "binary", timing, levels=both, doubt="the second level counts as 1")
    levels = _levels(known)
    if levels is None:
        return None
    if len(levels) == 2 and not any(";" in cell or cell.casefold() == "none" for cell in known):
        levels = tuple(sorted(levels, key=_how_well))
        return _Guess(header, name, "binary", timing, levels=levels, doubt="the second level counts as 1")
    doubt = "one column a level; if the levels have an order, write kind = 'ordinal' and put them in order"
    return _Guess(header, name, "set", timing, levels=levels, doubt=doubt)


def _levels(known: Sequence[str]) -> tuple[str, ...] | None:
    parts = [part.strip() for cell in known for part in cell.split(";")]
    spelled = {part.casefold(): part for part in parts if part and part.casefold() != "none"}
    is_text = len({part.casefold() for part in parts}) == len(parts)  # no answer twice: remarks, not levels
    unfit = any(_NUMBER.match(level) or re.search(r"[;|,+]", level) for level in spelled)
    if is_text or unfit or not 2 <= len(spelled) <= MOST_LEVELS:
        return None
    return tuple(sorted(spelled.values()))


def _how_well(level: str) -> int:
    """Return 1 for a word of response, -1 for one of the lack of it, 0 for all else."""
    word = level.casefold()
    return int(bool(_WELL.match(word))) - int(bool(_ILL.match(word)))


def _unit_in(header: str) -> str:
    for pattern, unit in _UNIT_IN_NAME:
        match = pattern.search(header)
        if match:
            return unit or match["unit"].strip()
    return ""


def _trait_name(header: str, taken: set[str]) -> str:
    plain = re.sub(r"[\(\[].*?[\)\]]", "", header).replace("%", " percent ").replace("+", " pos ")
    name = re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")
    if not name or not name[0].isalpha():
        name = f"trait_{name}".rstrip("_")
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _with_endpoint(guesses: list[_Guess], source: str) -> tuple[list[_Guess], _Guess]:
    """Return the guesses, and the endpoint's: an outcome, else of the last visit, else the last column."""
    single = [g for g in guesses if g.kind != "set"]
    outcomes = [g for g in single if g.timing == "outcome"]
    later = sorted((g for g in single if g.timing == "on_treatment"), key=_visit_number, reverse=True)
    candidates = [
        *(g for g in outcomes if g.kind == "binary"),
        *outcomes,
        *later,
        *(g for g in single[::-1] if g.kind == "binary"),
        *single[::-1],
    ]
    if not candidates:
        hint = "add a column that says who responded, 1 or 0"
        raise MISSING_COLUMN.refusal("no column can be an outcome", source, hint)
    endpoint = replace(candidates[0], timing="outcome")
    return [endpoint if g is candidates[0] else g for g in guesses], endpoint


def _visit_number(guess: _Guess) -> int:
    return max(map(int, re.findall(r"\d+", guess.header)), default=0)


def _head(study_id: str, id_header: str, ignored: Sequence[str]) -> str:
    lines = [
        "# Drafted from a table. All is guessed: review each line, above all `timing` and the endpoint.",
        "# Only what is known BEFORE treatment is a baseline trait; anything later leaks the outcome.",
        'schema = "responder/study/1"',
        f"id = {_text(study_id)}",
        f"id_column = {_text(id_header)}",
    ]
    if ignored:
        lines.append("# empty columns, text of one value or of very many, and columns that name a person")
        lines.append(f"ignored = {_texts(ignored)}")
    lines += ["", "[title]", 'en = "TITLE"', "", "[intervention]", 'en = "INTERVENTION"', ""]
    lines += ["[population]", 'en = "POPULATION"', ""]
    for group, label in (("clinical", "Clinical"), ("immune", "Immune"), ("outcome", "Outcome")):
        lines += [f"[groups.{group}]", f"en = {_text(label)}", ""]
    return "\n".join(lines)


def _trait(guess: _Guess) -> str:
    group = "outcome" if guess.timing == "outcome" else "immune" if _IMMUNE.search(guess.header) else "clinical"
    lines = [
        "[[trait]]",
        f"name = {_text(guess.name)}",
        f"kind = {_text(guess.kind)}",
        f"group = {_text(group)}",
    ]
    if guess.timing != "baseline":
        by_name = time_of(guess.header).kind in {"later", "afterwards"}
        why = "by its name" if by_name else "no column is named like an outcome"
        lines.append(f"timing = {_text(guess.timing)}  # {why}: review")
    if guess.unit:
        lines.append(f"unit = {_text(guess.unit)}")
    elif guess.kind == "continuous":
        lines.append('# unit = ""  # write it')
    if guess.kind in {"continuous", "count"}:
        lines.append("# plausible = [LOWEST, HIGHEST]  # outside it a value is an error of entry: write it")
    lines.append(f"label = {{ en = {_text(guess.header)} }}")
    if guess.levels:
        levels = ", ".join(f"{{ name = {_text(level)} }}" for level in guess.levels)
        lines += [f"# {guess.doubt}", f"levels = [{levels}]"]
    if guess.header != guess.name:
        lines.append(f"aliases = {_texts([guess.header])}")
    return "\n".join([*lines, ""])


def _endpoint(guess: _Guess) -> str:
    counts = f", so that {_text(guess.levels[1])} counts as response" if len(guess.levels) == 2 else ""
    lines = [
        '# What counts as response. measure = "change" or "percent_change" compares with a `baseline` trait.',
        "[[endpoint]]",
        'name = "response"',
        'label = { en = "Response" }',
        f"column = {_text(guess.name)}  # guessed: review",
        'operator = "=="  # guessed: review',
        f"threshold = {1 if guess.kind == 'binary' else 0}  # guessed{counts}: review",
        "coupled = []  # baseline traits that are part of the endpoint's own score",
        "",
    ]
    return "\n".join(lines)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _texts(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, texts)) + "]"
