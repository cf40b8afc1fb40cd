"""From a table and the answers given so far to a study and the questions that are left."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from responder.cohort.checks.identity import find_samples
from responder.cohort.checks.intake import MISSING_COLUMN
from responder.cohort.draft.column import MOST_COLUMNS_KEPT, guess_column, looks_like_date
from responder.cohort.draft.edited import edited
from responder.cohort.draft.outcome import OutcomeCandidate, draft_endpoint, from_baseline
from responder.cohort.draft.roles import MADE_IDS, find_ids, is_running_number, is_serial_date
from responder.cohort.draft.telling import forget_numbers
from responder.cohort.draft.timing import ask_of_telling, baseline_visit, same_at_baseline, with_expected, with_timing
from responder.cohort.draft.trait import DraftTrait, Ignored, as_outcome
from responder.cohort.draft.writing import endpoint_lines, head_lines, hypothesis_lines, trait_lines
from responder.cohort.findings import Finding
from responder.cohort.headers import keep_rows
from responder.cohort.pseudonyms import PSEUDONYM_COLUMN, with_pseudonyms
from responder.cohort.read import read_table, table_path
from responder.cohort.rule import TableRefusedError
from responder.cohort.selection import select_patients
from responder.cohort.table import ColumnFacts, RawTable, ReadOptions
from responder.cohort.visits import find_visit_column, fold_repeated, split_where
from responder.names import split_unit
from responder.names.coding import codes_in
from responder.names.people import personal_columns
from responder.study.column import table_mark
from responder.study.quantities import known_quantity
from responder.study.questions import Answers, Question, find_questions
from responder.toml_file import parse_toml
from responder.values import typed_cells

if TYPE_CHECKING:
    from responder.cohort.read import TableSource

__all__ = ["Draft", "Ignored", "draft_study", "forget_columns"]

_CHINESE = re.compile(r"[\u3400-\u9fff]")


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
    traits : tuple of DraftTrait
        The columns that become traits, with what each seems to hold.
    asked : tuple of Question
        Every question that came up, answered or not; among them, for every trait, those about its time, kind, unit,
        levels, label and expected direction, which nobody has to answer.
    """

    text: str
    questions: tuple[Question, ...]
    ignored: tuple[Ignored, ...]
    findings: tuple[Finding, ...]
    patients: int
    baseline: tuple[str, ...]
    later: tuple[str, ...]
    makes_ids: bool
    traits: tuple[DraftTrait, ...] = ()
    asked: tuple[Question, ...] = ()

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


def draft_study(
    path: TableSource,
    answers: Mapping[str, str] | None = None,
    options: ReadOptions | None = None,
    language: str = "en",
    *,
    id_column: str | None = None,
    outcome: str | None = None,
    read: Callable[[TableSource, ReadOptions], RawTable] = read_table,
) -> Draft:
    """Draft a study from a table: what is certain is written, every doubt is an open question in its place.

    Kinds, levels and units come from most cells of a column and from its name, or from a data dictionary. Times are
    never assumed: a column that says a later time, or was folded from a visit that is not baseline, is on-treatment;
    a second measurement of the same thing is asked. Numbers of patients are not copied.

    Parameters
    ----------
    path : str, Path, DataFrame or RawTable
        A table, as in `responder.cohort.read_table`.
    answers : Mapping[str, str], optional
        Key of a question to its answer.
    options : ReadOptions, optional
        Encoding, sheet, dictionary, joined tables, filter.
    language : str
        Of comments.
    id_column : str, optional
        The column of the patients' ids; empty where there is none, and pseudonyms are made. Found or asked by default.
    outcome : str, optional
        The column that the endpoint is read from. Found or asked by default.
    read : callable
        What reads the table; who drafts again and again keeps what was read.

    Returns
    -------
    Draft
        The study's text and the questions left open.

    Raises
    ------
    TableRefusedError
        If the file cannot be read as one table, or no column can be the patients' ids or the outcome.
    AnswerError
        If an answer is to no question, or is none of its choices.
    """
    given = Answers(answers or {})
    reading = replace(options or ReadOptions(), baseline_visit=(answers or {}).get("baseline_visit", ""))
    of_rows, of_patients = split_where(reading.where)
    table = read(path, replace(reading, where=of_rows))
    personal: dict[str, str] = dict(personal_columns(table.headers, [table.column(h) for h in table.headers]))
    declared = {header for header, facts in table.facts.items() if facts.identifier}
    personal |= {h: "declared" for h in declared if h in table.headers and h != table.headers[0]}
    if find_visit_column(table) is None:  # a row is a patient: ids need to tell apart only those who stay
        table, of_patients = keep_rows(table, of_patients), {}
    ids = find_ids(table, personal, given) if id_column is None else id_column
    id_header = ids if isinstance(ids, str) and ids != MADE_IDS else None
    table, chosen = select_patients(table, of_patients, id_header, baseline_visit=reading.baseline_visit)
    table = replace(table, findings=(*table.findings, *chosen))
    if isinstance(ids, str):
        table = with_pseudonyms(table) if ids == MADE_IDS else table
        if ids and (samples := find_samples(table, ids)):
            raise TableRefusedError(samples[0])
        table = fold_repeated(table, ids or PSEUDONYM_COLUMN, reading.baseline_visit)
    traits, ignored = _sort_columns(table, ids, personal, given)
    visit = baseline_visit(table, traits, given)
    traits = with_timing(traits, visit, given)
    candidates = [
        OutcomeCandidate(t.name, t.header, t.guess, t.timing in {"on_treatment", "outcome"}, t.label or t.facts.label)
        for t in traits
        if (t.guess.kind != "set" or not t.guess.is_list) and outcome in (None, t.header)
    ]
    if outcome is not None and not candidates:
        raise MISSING_COLUMN.refusal("no_outcome", table.source, column=outcome)
    endpoint = draft_endpoint(candidates, given)
    read_from = endpoint["column"]
    traits = [as_outcome(t) if t.name == read_from else t for t in traits]
    traits = ask_of_telling(table, traits, endpoint, given)
    for told in (t for t in traits if t.name == read_from):
        endpoint |= from_baseline(told, same_at_baseline(traits, told))
    traits = with_expected(traits, given)
    stem_of_file = table_path(table.source).stem
    text = "\n".join(
        [
            *head_lines(stem_of_file, ids, visit, ignored, given, language),
            *(text for t in traits for text in trait_lines(t, language)),
            *endpoint_lines(endpoint, language),
            *(text for t in traits for text in hypothesis_lines(t, language)),
        ]
    )
    given.refuse_unasked()
    questions = find_questions(parse_toml(text, table.source))
    return Draft(
        text,
        questions,
        tuple(ignored),
        table.findings,
        len(table.rows),
        tuple(t.name for t in traits if t.timing == "baseline"),
        tuple(t.header for t in traits if t.timing in {"on_treatment", "outcome"}),
        ids == MADE_IDS,
        tuple(traits),
        given.asked,
    )


def _sort_columns(
    table: RawTable, ids: str | Question, personal: Mapping[str, str], answers: Answers
) -> tuple[list[DraftTrait], list[Ignored]]:
    """Return the columns that become traits, and the others with the reason why not."""
    traits: list[DraftTrait] = []
    ignored: list[Ignored] = []
    taken: set[str] = set()
    mark = table.mark or table_mark([table.column(header) for header in table.headers])
    for header in table.headers:
        cells = table.column(header)
        if header == (ids or PSEUDONYM_COLUMN):
            continue
        is_group = table.facts.get(header, ColumnFacts()).kind == "group"
        reason = "personal" if header in personal else "added" if is_group else ""
        if reason:
            ignored.append(Ignored(header, reason))
            continue
        facts, name = table.facts.get(header, ColumnFacts()), _trait_name(header, taken)
        column, asked = _taken(header, name, cells, typed_cells(cells), facts, answers.within(f"trait.{name}"), mark)
        answers.came_up(asked)
        if isinstance(column, Ignored):
            ignored.append(column)
            continue
        taken.add(name)
        traits.append(column)
    return traits, ignored


@lru_cache(maxsize=MOST_COLUMNS_KEPT)
def _taken(
    header: str,
    name: str,
    cells: tuple[str, ...],
    typed: bytes,  # equal texts that are typed or not are not the same
    facts: ColumnFacts,
    said: tuple[tuple[str, str], ...],
    mark: str,
) -> tuple[DraftTrait | Ignored, tuple[Question, ...]]:
    """Return what a column is taken for and what is asked of it: a study is drafted again after every answer."""
    if reason := _no_trait(header, cells):
        return Ignored(header, reason), ()
    answers = Answers(dict(said))
    facts = facts if facts.levels else replace(facts, levels=codes_in(header))
    guess = guess_column(header, f"trait.{name}", cells, facts, answers, mark)
    if not guess.kind:
        return Ignored(header, guess.why_not), answers.asked
    return edited(DraftTrait(header, name, guess, facts), cells, answers), answers.asked


def forget_columns() -> None:
    """Forget what columns were taken for: their cells are no longer in memory."""
    _taken.cache_clear()
    forget_numbers()


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
