"""From a table and the answers given so far to a study and the questions that are left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from responder.cohort.draft.column import ColumnGuess, guess_column, looks_like_date
from responder.cohort.draft.outcome import Candidate, draft_endpoint
from responder.cohort.draft.roles import MADE_IDS, find_ids, is_running_number, is_serial_date
from responder.cohort.draft.telling import response_of, telling_columns
from responder.cohort.draft.toml_text import line, value_text
from responder.cohort.findings import Finding
from responder.cohort.read import read_table, table_path
from responder.cohort.table import ColumnFacts, RawTable, ReadOptions
from responder.cohort.visits import fold_repeated
from responder.names import fold_name, split_unit
from responder.names.people import personal_columns
from responder.names.roles import starts_treatment
from responder.names.timing import baseline_rank, stem, time_of, visit_kind
from responder.study.quantities import known_quantity
from responder.study.questions import Answers, Question, find_questions
from responder.study.units import known_unit
from responder.toml_file import parse_toml
from responder.words import say

__all__ = ["Draft", "Ignored", "draft_study"]

TIMINGS = ("baseline", "on_treatment", "outcome", "ignored")
_IMMUNE = re.compile(
    r"treg|tcon|cd\d|th\d|tfh|\bnk\b|lymph|neutro|mono|[bt][_ ]?cell|il[_-]?\d|ifn|tnf|igg|foxp3|per_ul|淋巴|细胞",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Ignored:
    """A column that is no trait: its header, and the code of the reason (``ignored.CODE`` of the catalogue)."""

    header: str
    reason: str


@dataclass(frozen=True)
class Draft:
    """A study as far as a table tells it.

    Attributes
    ----------
    text : str
        The study as TOML; open questions stand in it.
    questions : tuple of Question
        What is open, in the order of the file.
    ignored : tuple of Ignored
        Columns that are no traits, each with the reason.
    findings : tuple of Finding
        What reading saw.
    patients : int
        Rows, after visits were folded.
    baseline : tuple of str
        Traits known before treatment, as far as that is certain.
    later : tuple of str
        Columns from after the start of treatment, never baseline traits.
    makes_ids : bool
        Whether pseudonyms stand in for the people's names.
    """

    text: str
    questions: tuple[Question, ...]
    ignored: tuple[Ignored, ...]
    findings: tuple[Finding, ...]
    patients: int
    baseline: tuple[str, ...]
    later: tuple[str, ...]
    makes_ids: bool

    def to_json(self) -> dict[str, Any]:
        """Return what is told of the draft beside its text, as JSON types."""
        return {
            "patients": self.patients,
            "baseline_traits": list(self.baseline),
            "later": list(self.later),
            "ignored": [{"column": column.header, "reason": column.reason} for column in self.ignored],
            "questions": [question.to_json() for question in self.questions],
            "findings": [finding.to_json() for finding in self.findings],
            "makes_ids": self.makes_ids,
        }


@dataclass(frozen=True)
class _Trait:
    """A column that becomes a trait."""

    header: str
    name: str
    guess: ColumnGuess
    facts: ColumnFacts
    timing: str | Question = ""
    why: str = ""


def draft_study(
    path: str | Path,
    answers: Mapping[str, str] | None = None,
    options: ReadOptions | None = None,
    language: str = "en",
) -> Draft:
    """Draft a study from a table: what is certain is written, every doubt is an open question in its place.

    Kinds, levels and units come from most cells of a column and from its name, or from a data dictionary. Times are
    never assumed: a column that says a later time, or was folded from a visit that is not baseline, is on-treatment;
    a second measurement of the same thing is asked. Numbers of patients are not copied.

    Parameters
    ----------
    path : str or Path
        A table, as in `responder.cohort.read_table`.
    answers : Mapping[str, str], optional
        Key of a question to its answer.
    options : ReadOptions, optional
        Encoding, sheet, dictionary, joined tables, filter.
    language : str
        Of comments: ``en`` or ``zh``.

    Returns
    -------
    Draft
        The study's text and the questions left open.

    Raises
    ------
    TableRefusedError
        If the file cannot be read as one table, or no column can be the patients' ids or the outcome.
    UsageError
        If an answer is to no question, or is none of its choices.
    """
    given = Answers(answers or {})
    reading = replace(options or ReadOptions(), baseline_visit=(answers or {}).get("baseline_visit", ""))
    table = read_table(path, reading)
    personal: dict[str, str] = dict(personal_columns(table.headers, [table.column(h) for h in table.headers]))
    declared = {header for header, facts in table.facts.items() if facts.identifier}
    personal |= {h: "declared" for h in declared if h in table.headers and h != table.headers[0]}
    ids = find_ids(table, personal, given)
    if isinstance(ids, str) and ids != MADE_IDS:
        table = fold_repeated(table, ids, reading.baseline_visit)
    traits, ignored = _sort_columns(table, ids, personal, given)
    visit = _baseline_visit(table, traits, given)
    traits = _with_timing(traits, visit, given)
    candidates = [
        Candidate(t.name, t.header, t.guess, t.timing in {"on_treatment", "outcome"})
        for t in traits
        if t.guess.kind != "set"
    ]
    endpoint = draft_endpoint(candidates, given)
    read_from = endpoint["column"]
    traits = [replace(t, timing="outcome", why="endpoint") if t.name == read_from else t for t in traits]
    traits = _ask_of_telling(table, traits, endpoint, given)
    stem_of_file = table_path(path).stem
    text = "\n".join(
        [
            *_head(stem_of_file, ids, visit, ignored, given, language),
            *(text for t in traits for text in _trait(t, language)),
            *_endpoint(endpoint, language),
        ]
    )
    given.refuse_unasked()
    questions = find_questions(parse_toml(text, str(path)))
    return Draft(
        text,
        questions,
        tuple(ignored),
        table.findings,
        len(table.rows),
        tuple(t.name for t in traits if t.timing == "baseline"),
        tuple(t.header for t in traits if t.timing in {"on_treatment", "outcome"}),
        ids == MADE_IDS,
    )


def _sort_columns(
    table: RawTable, ids: str | Question, personal: Mapping[str, str], answers: Answers
) -> tuple[list[_Trait], list[Ignored]]:
    """Return the columns that become traits, and the others with the reason why not."""
    traits: list[_Trait] = []
    ignored: list[Ignored] = []
    taken: set[str] = set()
    for header in table.headers:
        cells = table.column(header)
        if header == ids:
            continue
        is_group = table.facts.get(header, ColumnFacts()).kind == "group"
        reason = "personal" if header in personal else "added" if is_group else _no_trait(header, cells)
        if reason:
            ignored.append(Ignored(header, reason))
            continue
        facts = table.facts.get(header, ColumnFacts())
        name = _trait_name(header, taken)
        guess = guess_column(header, f"trait.{name}", cells, facts, answers)
        if not guess.kind:
            ignored.append(Ignored(header, guess.why_not))
            continue
        taken.add(name)
        traits.append(_Trait(header, name, _with_unit(guess, header), facts))
    return traits, ignored


def _no_trait(header: str, cells: Sequence[str]) -> str:
    """Return the code of the reason why a column is none, by what it is and not by what it measures."""
    if not any(cells):
        return "empty"
    if is_running_number(cells):
        return "running_number"
    if is_serial_date(header, cells):
        return "serial_date"
    if looks_like_date([cell for cell in cells if cell]):
        return "date"
    return ""


def _with_unit(guess: ColumnGuess, header: str) -> ColumnGuess:
    if guess.unit or guess.kind not in {"continuous", "count"}:
        return guess
    return replace(guess, unit=_unit_in(header))


def _unit_in(header: str) -> str:
    """Return the unit that a header names: in brackets, or as its last words (``crp_mg_l``, ``CRP mg/L``)."""
    name, bracket = split_unit(header)
    if bracket:
        return bracket if known_unit(bracket) else ""
    words = [word for word in re.split(r"[\s_]+", name) if word]
    for length in range(min(3, len(words) - 1), 0, -1):
        joined = "/".join(words[-length:]).replace("/per/", "/")
        joined = joined.removeprefix("per") if joined.startswith("per/") else joined
        unit = known_unit(joined)
        if unit and ("/" in unit or "%" in unit or len(unit) > 3 or unit == "kg"):  # and no mere letter
            return unit
    quantity = known_quantity(name)
    return quantity.unit if quantity is not None and quantity.id == "age" else ""


def _trait_name(header: str, taken: set[str]) -> str:
    """Return a name for a trait that no other has: of a header in Chinese, that of the quantity where it is known."""
    quantity = known_quantity(split_unit(header)[0])
    plain = split_unit(header)[0].replace("%", " percent ").replace("+", " pos ")
    plain = re.sub(r"(?<=\w)-(?=$|\W)", " neg ", plain)
    name = re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")
    if _CHINESE.search(plain) and quantity is not None:
        name = quantity.id
    if not name or not name[0].isalpha():
        name = f"trait_{name or len(taken) + 1}"
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _baseline_visit(table: RawTable, traits: Sequence[_Trait], answers: Answers) -> str | Question:
    """Return the visit that is baseline, where it has to be declared: asked where a measurement has no such visit."""
    visits_of: dict[str, dict[str, None]] = {}
    for trait in traits:
        if trait.facts.visit and not time_of(trait.facts.measure).kind:
            visits_of.setdefault(trait.facts.measure, {})[trait.facts.visit] = None
    for measure, facts in ((f.measure, f) for h, f in table.facts.items() if f.visit and h == f.measure):
        visits_of.setdefault(measure, {})[facts.visit] = None
    unplaced = [
        visits
        for visits in visits_of.values()
        if all(baseline_rank(visit) is None for visit in visits)
        and (len(visits) > 1 or visit_kind(next(iter(visits))) != "later")
    ]
    if not unplaced:
        return ""
    visits = tuple(dict.fromkeys(visit for group in unplaced for visit in group))
    return answers.settle(Question("baseline_visit", "baseline_visit", {"visits": ", ".join(visits)}, visits))


def _with_timing(traits: Sequence[_Trait], visit: str | Question, answers: Answers) -> list[_Trait]:
    """Return the traits with the time of each: from its visit, from its name, by answer, or as a question."""
    placed = [_timed(trait, visit) for trait in traits]
    by_stem: dict[str, list[_Trait]] = {}
    for trait in placed:
        by_stem.setdefault(_stem(trait), []).append(trait)
    timed = []
    for trait in placed:
        place = f"trait.{trait.name}.timing"
        same = _same_measurement(trait, by_stem[_stem(trait)])
        about = {"header": trait.header, "other": same[0].header if same else trait.header}
        open_ = bool(same) and trait.timing == "baseline" and not trait.why
        answer = answers.settle(Question(place, "timing_second", about, TIMINGS))
        if isinstance(answer, str):
            timed.append(replace(trait, timing=answer, why="answer"))
        else:
            timed.append(replace(trait, timing=answer) if open_ else trait)
    return timed


def _ask_of_telling(
    table: RawTable, traits: Sequence[_Trait], endpoint: Mapping[str, Any], answers: Answers
) -> list[_Trait]:
    """Return the traits, with a question of time for each that nearly tells who responded and says no time."""
    column = next((t for t in traits if t.name == endpoint["column"]), None)
    response = None if column is None else response_of(table.column(column.header), endpoint)
    if response is None:
        return list(traits)
    unsaid = {t.name: (t.guess, table.column(t.header)) for t in traits if t.timing == "baseline" and not t.why}
    telling = telling_columns(unsaid, response)
    return [
        replace(
            t,
            timing=answers.settle(Question(f"trait.{t.name}.timing", "timing_tells", {"header": t.header}, TIMINGS)),
        )
        if t.name in telling
        else t
        for t in traits
    ]


def _stem(trait: _Trait) -> str:
    return stem(split_unit(trait.header)[0])


def _same_measurement(trait: _Trait, group: Sequence[_Trait]) -> list[_Trait]:
    """Return the other columns that measure the same; of mere numbers (m_1, m_2) nothing says so."""
    said = any(t.why for t in group) or any(fold_name(split_unit(t.header)[0]) == _stem(t) for t in group)
    return [t for t in group if t is not trait] if said else []


def _timed(trait: _Trait, visit: str | Question) -> _Trait:
    """Return a trait with the time that its visit or its name says; `why` is empty where neither says anything."""
    facts = trait.facts
    if facts.timing:
        return replace(trait, timing=facts.timing, why="declared")
    by_name = time_of(trait.header, trait.guess.unit)
    if facts.visit and by_name.kind != "afterwards":
        if starts_treatment(facts.visit, visit if isinstance(visit, str) else ""):
            return replace(trait, timing="baseline", why="visit")
        return replace(trait, timing="" if isinstance(visit, Question) else "on_treatment", why="visit")
    if by_name.kind == "baseline" or (by_name.kind and by_name.token == visit):
        return replace(trait, timing="baseline", why="name")
    if by_name.kind:
        return replace(trait, timing="outcome" if by_name.kind == "afterwards" else "on_treatment", why="name")
    return replace(trait, timing="baseline")


def _head(
    file_stem: str,
    ids: str | Question,
    visit: str | Question,
    ignored: Sequence[Ignored],
    answers: Answers,
    language: str,
) -> list[str]:
    study_id = re.sub(r"[^a-z0-9]+", "-", file_stem.casefold()).strip("-") or "my-study"
    lines = [
        f"# {say('draft.head', language)}",
        f"# {say('draft.questions', language)}",
        'schema = "responder/study/1"',
        *line("id", study_id),
        *line("id_column", ids, language, say("draft.made_ids", language) if ids == MADE_IDS else ""),
    ]
    if visit:
        lines += line("baseline_visit", visit, language)
    if ignored:
        lines.append("ignored = [")
        lines += [f"  {value_text(i.header)},  # {say(f'ignored.{i.reason}', language)}" for i in ignored]
        lines.append("]")
    suggestions = {"title": file_stem, "intervention": say("draft.not_stated", language)}
    for key in ("title", "intervention", "population"):
        words = answers.settle(Question(key, key, {}, (), suggestions.get(key, say("draft.not_stated", language))))
        lines += line(key, words, language)
    lines.append("")
    for group in ("clinical", "immune", "outcome"):
        both = {tongue: say(f"draft.group.{group}", tongue) for tongue in ("en", "zh")}
        lines += [f"[groups.{group}]", *(text for tongue, word in both.items() for text in line(tongue, word)), ""]
    return lines


def _trait(trait: _Trait, language: str) -> list[str]:
    guess, facts = trait.guess, trait.facts
    quantity = known_quantity(split_unit(trait.header)[0], guess.unit)
    late = trait.timing in {"outcome", "on_treatment"}
    group = "outcome" if trait.timing == "outcome" else "immune" if _IMMUNE.search(trait.header) else "clinical"
    lines = ["[[trait]]", *line("name", trait.name), *line("kind", guess.kind, language), *line("group", group)]
    if facts.visit and trait.timing != "outcome":
        lines += line("event", facts.visit)
    if trait.timing and trait.timing != "baseline":
        why = say(f"draft.timing.{trait.why}", language) if late and trait.why else ""
        lines += line("timing", trait.timing, language, why)
    if guess.unit:
        lines += line("unit", guess.unit)
    elif guess.kind in {"continuous", "count"}:
        lines.append(f'# unit = ""  # {say("draft.unit", language)}')
    low, high = facts.plausible
    if low is not None and high is not None and low < high:
        lines += line("plausible", [low, high], language, say("draft.plausible_declared", language))
    elif quantity is not None and guess.kind in {"continuous", "count"} and guess.fits(quantity.plausible):
        lines += line("plausible", list(quantity.plausible), language, say("draft.plausible_proposed", language))
    elif guess.kind in {"continuous", "count"}:
        lines.append(f"# plausible = [LOWEST, HIGHEST]  # {say('draft.plausible', language)}")
    lines += line(
        "label",
        {"en": facts.label or trait.header, "zh": facts.label or trait.header}
        if _CHINESE.search(facts.label or trait.header)
        else {"en": facts.label or trait.header},
    )
    if guess.levels:
        levels = [{"name": g.name, **({"aliases": list(g.aliases)} if g.aliases else {})} for g in guess.levels]
        lines += line("levels", levels)
    if guess.decimal_mark:
        lines += line("decimal_mark", guess.decimal_mark, language)
    if guess.cells:
        lines += line("cells", {word: _cell(value) for word, value in guess.cells.items()}, language)
    if guess.at_limit:
        lines += line("limits", "limit", language, say("draft.limits", language, n=guess.at_limit))
    for word, count in guess.gap_words.items():
        lines.append(f"# {say('draft.gap_word', language, word=word, n=count)}")
    if fold_name(trait.header) != fold_name(trait.name):
        lines += line("aliases", [trait.header])
    return [*lines, ""]


def _cell(answer: str | Question) -> Any:
    """Return what an odd cell counts as: a number where the answer is one."""
    if isinstance(answer, str) and re.fullmatch(r"[+-]?\d+(?:\.\d+)?", answer):
        return float(answer) if "." in answer else int(answer)
    return answer


def _endpoint(endpoint: Mapping[str, Any], language: str) -> list[str]:
    lines = ["[[endpoint]]"]
    for key, value in endpoint.items():
        number = isinstance(value, str) and key == "threshold"
        lines += line(key, _cell(value) if number else value, language)
    return [*lines, ""]
