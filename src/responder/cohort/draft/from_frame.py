"""A study from a data frame and what is said of its columns, by the same rules as a draft from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from responder.cohort.data_frame import FRAME, table_of_frame
from responder.cohort.draft.drafting import Draft, draft_study
from responder.cohort.table import ColumnFacts
from responder.errors import ConfigError, UsageError, known_names
from responder.names.roles import fold_id_name, id_names
from responder.names.suggest import suggest
from responder.study.model import Study
from responder.study.questions import OpenQuestionsError, Question
from responder.toml_file import parse_model, parse_toml
from responder.values import yes_no
from responder.words import Phrase

__all__ = ["Response", "study_of_frame"]

Response = str | float | Sequence[str]
_RULE = re.compile(r"(==|<=|>=|<|>)\s*([+-]?\d+(?:\.\d+)?)")
_HEAD = ("title", "intervention", "population")


@dataclass(frozen=True)
class _Said:
    """What the arguments say of the columns."""

    outcome: str
    baseline: tuple[str, ...] | None
    response: Response | None
    words: Mapping[str, str]

    def answer(self, question: Question) -> str | None:
        """Return what the arguments answer; None where they leave a question open."""
        key = question.key
        if key in _HEAD:
            return self.words.get(key) or question.suggestion
        if key.startswith("endpoint."):
            return self._of_endpoint(key.rpartition(".")[2], question)
        header = question.about.get("header", "")
        if key.endswith(".timing") and header == self.outcome:
            return "outcome"
        # what is listed as baseline is said to be so; whatever tells the outcome is looked for when the table is read
        return "baseline" if key.endswith(".timing") and header in (self.baseline or ()) else None

    def _of_endpoint(self, part: str, question: Question) -> str | None:
        if part == "column":
            return question.choices[0]
        if part == "label":
            return self.words.get("label") or question.suggestion
        if question.code.endswith("_of_any"):  # asked better as soon as the column is known
            return None
        return self.rule(has_levels=part == "levels").get(part)

    def rule(self, *, has_levels: bool) -> dict[str, str]:
        """Return what counts as response, as an endpoint says it; empty where no argument does."""
        given = self.response
        if given is None:
            return {}
        if not isinstance(given, str | int | float):
            return {"levels": ";".join(map(str, given))}
        text = f"{float(given):g}" if isinstance(given, int | float) else given.strip()
        if has_levels:
            return {"levels": text}
        found = _RULE.fullmatch(text)
        if found:
            return {"operator": found[1], "threshold": found[2]}
        answer = yes_no(text)
        return {"operator": "==", "threshold": text if answer is None else f"{answer:g}"}


def study_of_frame(
    frame: pd.DataFrame,
    outcome: str,
    baseline: Sequence[str] | None = None,
    *,
    response: Response | None = None,
    ids: str | None = None,
    title: str = "",
    units: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
) -> Study:
    """Return a study; see `responder.study.Study.from_frame`, which documents it."""
    read = table_of_frame(frame)  # refuses what is no table of patients
    of_index = [header for header in read.headers if header not in set(map(str, frame.columns))]
    named = {"outcome": [outcome], "baseline": baseline or (), "ids": [ids] if ids else (), "units": units or ()}
    _refuse_unknown({**named, "labels": labels or ()}, read.headers)
    id_column = ids if ids is not None else _id_column(read.headers, of_index, outcome, baseline)
    wanted = list(dict.fromkeys([*(baseline if baseline is not None else read.headers), outcome]))
    used = [header for header in read.headers if header in wanted and header != id_column]
    facts = {h: ColumnFacts(label=(labels or {}).get(h, ""), unit=(units or {}).get(h, "")) for h in used}
    kept = frame[[name for name in frame.columns if str(name) in {*used, id_column}]]
    table = table_of_frame(kept if id_column in of_index else kept.reset_index(drop=True), facts)
    words = {"title": title, "label": (labels or {}).get(outcome, outcome)}
    said = _Said(outcome, None if baseline is None else tuple(baseline), response, words)
    answered = dict(answers or {})
    while True:
        try:
            drafted = draft_study(table, answered, id_column=id_column, outcome=outcome)
        except UsageError as error:
            error.where = _place("answers" if answers and set(answered) == set(answers) else "response")
            raise
        more = {q.key: answer for q in drafted.questions if (answer := said.answer(q)) is not None}
        if not more:
            break
        answered |= more
    if drafted.questions:
        raise OpenQuestionsError(drafted.questions, FRAME, [_argument(question) for question in drafted.questions])
    _refuse_later(drafted, baseline or ())
    content = parse_toml(drafted.text, FRAME)
    if response is not None:  # also where the column's name had said it
        content["endpoint"][0] |= _as_declared(said.rule(has_levels="levels" in content["endpoint"][0]))
    others = [header for header in read.headers if header not in {*used, id_column}]
    content["ignored"] = [*content.get("ignored", ()), *others]
    return parse_model(content, Study, FRAME)


def _as_declared(rule: Mapping[str, str]) -> dict[str, Any]:
    if "levels" in rule:
        return {"levels": rule["levels"].split(";")}
    return {"operator": rule["operator"], "threshold": float(rule["threshold"])}


def _refuse_unknown(named: Mapping[str, Any], headers: Sequence[str]) -> None:
    for argument, names in named.items():
        for name in names:
            if name not in headers:
                hint = suggest(str(name), headers) or known_names(headers)
                raise ConfigError("frame_no_column", where=_place(argument), hint=hint, name=str(name))


def _id_column(headers: Sequence[str], of_index: Sequence[str], outcome: str, baseline: Sequence[str] | None) -> str:
    """Return the column of ids: one named like it, else the index; empty where rows have no name of their own."""
    taken = {outcome, *(baseline or ())}
    for name in id_names():
        for header in headers:
            if fold_id_name(header) == name and header not in taken:
                return header
    return of_index[0] if of_index else ""


def _refuse_later(drafted: Draft, baseline: Sequence[str]) -> None:
    """Refuse a column that was said to be baseline and is none, by its name or by what it holds."""
    reasons = {column.header: Phrase(f"ignored.{column.reason}") for column in drafted.ignored}
    reasons |= dict.fromkeys(drafted.later, Phrase("question_argument.later"))
    for name in baseline:
        if name in reasons:
            raise ConfigError("frame_not_baseline", where=_place("baseline"), name=name, why=reasons[name])


def _argument(question: Question) -> Phrase:
    """Return which argument answers a question."""
    kind = "answers"
    if question.key.startswith("endpoint."):
        kind = "response_of" if question.choices and not question.key.endswith(".operator") else "response_rule"
    elif question.key.endswith(".timing"):
        kind = "baseline"
    choices = question.choices or ("...",)
    values = {"key": question.key, "choices": " | ".join(choices), "example": choices[0]}
    return Phrase(f"question_argument.{kind}", values)


def _place(argument: str) -> Phrase:
    return Phrase("place.argument", {"name": argument})
