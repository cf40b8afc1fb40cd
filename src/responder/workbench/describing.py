"""The second step: what each column is, what nobody but the author of the table can know, and what the check says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.cohort.draft.edited import NO_UNIT
from responder.errors import ResponderError
from responder.study.questions import AnswerError
from responder.study.rule_words import response_words
from responder.words import Phrase, Spoken, knows
from responder.workbench.bench import Bench, see_other
from responder.workbench.cards import ColumnCard, cards_of, is_of_card
from responder.workbench.forms import Form
from responder.workbench.remembered import Remembered, known_columns, remembered_of
from responder.workbench.stamp import first_stamp
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.cohort import CohortScan
    from responder.cohort.draft import Draft
    from responder.study.questions import Question

__all__ = ["routes"]

ANSWER, SHOWN, ALIAS = "answer.", "shown.", "alias."
"""Prefixes of fields: an answer, what stood in its field when the page was drawn, and a column of another table."""
SEVERAL = "response_levels"
ALL = "all"
PART = "part"
"""Asked for by a script that does not wait for the check."""
CARDS_OF_A_PAGE = 48
OPERATORS = {"==": "equal", "<=": "at_most", ">=": "at_least", "<": "below", ">": "above"}


@dataclass(frozen=True)
class Asked:
    """A question as it is drawn: `choices` are values with their words, none for an answer in one's own words."""

    question: Question
    choices: tuple[tuple[str, str | Spoken], ...]
    value: str
    shown: str
    is_given: bool
    error: ResponderError | None
    before: Remembered | None

    @property
    def is_several(self) -> bool:
        """Whether several choices may be true at once."""
        return self.question.code == SEVERAL

    @property
    def ticked(self) -> frozenset[str]:
        """The choices that are made, where several may be."""
        return frozenset(self.value.split("|"))


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def describe(request: Request) -> Response:
        work = bench.work_of(request)
        return await _page(bench, request, work, None, {})

    async def answer(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        given, page = _given(form), form.one("page")
        try:
            changed = await bench.desk.run(_saved, work, given, _aliases(form))
        except AnswerError as error:
            return await _page(bench, request, work, error, given)
        at = "#check" if changed.choices.study or not changed.draft.questions else "#open"
        asked = {PART: form.one(PART), "page": page if page.isdigit() else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return see_other(f"/w/{work.name}/describe{'?' * bool(query)}{query}{at}")

    async def take(request: Request, form: Form) -> Response:
        """Take what was said of another table: of one question, or of all that are about no time and no outcome."""
        work, wanted = bench.work_of(request), form.one("take")
        try:
            await bench.desk.run(_taken, bench, work, wanted)
        except AnswerError as error:
            return await _page(bench, request, bench.work_of(request), error, {})
        return see_other(f"/w/{work.name}/describe#columns-head")

    return [
        bench.get("/w/{name}/describe", describe),
        bench.post("/w/{name}/describe", answer),
        bench.post("/w/{name}/remembered", take),
    ]


async def _page(
    bench: Bench, request: Request, work: Work, error: AnswerError | None, given: Mapping[str, str]
) -> Response:
    try:
        page, is_part = request.query_params.get("page", "1"), PART in request.query_params
        at = int(page) if page.isdigit() else 1
        values = await bench.desk.run(_described, bench, work, error, given, at, is_part)
    except ResponderError as failure:
        return bench.page(request, "failure.html.j2", work, status=422, failure=failure)
    return bench.page(request, "describe.html.j2", work, status=422 if error else 200, **values)


def _saved(work: Work, given: Mapping[str, str], aliases: Mapping[str, str]) -> Work:
    return work.save() if work.choices.study else work.with_answers(given).with_aliases(aliases).save()


def _given(form: Form) -> dict[str, str]:
    """Return the answers that are not what stood in their field: what is certain is left to the draft."""
    given = {}
    for name in form.fields:
        if name.startswith(ANSWER):
            key = name.removeprefix(ANSWER)
            answer = "|".join(form.every(name))
            if answer != form.one(SHOWN + key):
                given[key] = NO_UNIT if key.endswith(".unit") and not answer else answer
    return given


def _aliases(form: Form) -> dict[str, str]:
    """Return which columns are called otherwise in other tables."""
    return {name.removeprefix(ALIAS): form.one(name) for name in form.fields if name.startswith(ALIAS)}


def _described(
    bench: Bench, work: Work, error: AnswerError | None, given: Mapping[str, str], page: int, is_part: bool
) -> dict[str, Any]:
    """Return what the page shows; a fresh work is saved, so that its files are there.

    After an answer a script asks for what is at hand, and then for the page with the check, which may take seconds.
    """
    if not work.experiment_file.is_file():
        work.save()
    is_waiting = is_part and not work.is_checked
    scan = None if is_waiting else work.scan
    values: dict[str, Any] = {
        "is_waiting": is_waiting,
        "scan": scan,
        "rule": _rule(scan),
        "draft": None,
        "asked": (),
        "cards": (),
    }
    if work.choices.study:
        return values
    draft, wrong = work.draft, {} if error is None else {error.key: error}
    others = list(bench.works)
    before = remembered_of(work, others)
    asked = _questions(draft, work.answers, given, wrong, before)
    cards = cards_of(work.raw, draft, () if scan is None else scan.findings, given, wrong, before)
    pages = max(1, -(-len(cards) // CARDS_OF_A_PAGE))
    at = 1 if error is not None else max(1, min(page, pages))  # what is wrong or open comes first
    return values | {
        "draft": draft,
        "asked": asked,
        "cards": cards[(at - 1) * CARDS_OF_A_PAGE : at * CARDS_OF_A_PAGE],
        "n_cards": len(cards),
        "page": at,
        "pages": pages,
        "to_answer": len(asked[0]) + sum(card.is_open for card in cards),
        "is_late": first_stamp(work) is not None,
        "plain": _plain(before, asked[0], cards),
        "elsewhere": known_columns(work, others),
    }


def _plain(
    before: Mapping[str, Remembered], still: Iterable[Asked], cards: Iterable[ColumnCard]
) -> tuple[Remembered, ...]:
    """Return what is offered on the page and may be taken all at once."""
    offered = [*(one.before for one in still), *(field.before for card in cards for field in card.fields)]
    return tuple(one for one in offered if one is not None and one.is_plain)


def _taken(bench: Bench, work: Work, wanted: str) -> None:
    """Take what is offered; what does not fit this table is refused when all the rest is taken."""
    found = remembered_of(work, bench.works)
    given = {one.key: one.answer for one in found.values() if one.key == wanted or (wanted == ALL and one.is_plain)}
    refused: AnswerError | None = None
    while given:
        try:
            work.with_answers(given).save()
            break
        except AnswerError as error:
            refused = error
            given.pop(error.key)
    if refused is not None:
        raise refused


def _rule(scan: CohortScan | None) -> Phrase | None:
    cohort = None if scan is None else scan.cohort
    if cohort is None:
        return None
    return response_words(cohort.study, cohort.endpoint, cohort.responders, cohort.n)


def _questions(
    draft: Draft,
    answers: Mapping[str, str],
    given: Mapping[str, str],
    wrong: Mapping[str, ResponderError],
    before: Mapping[str, Remembered],
) -> tuple[list[Asked], list[Asked]]:
    """Return the open questions, and those that are answered; the time of a column is asked on its card."""
    headers = {trait.name: trait.header for trait in draft.traits}
    open_keys = {question.key for question in draft.questions}
    still: list[Asked] = []
    settled: list[Asked] = []
    for question in draft.asked:
        if is_of_card(question) and question.code != "titre_kind":
            continue
        choices = tuple((choice, _choice_words(question, choice, headers)) for choice in question.choices)
        shown = answers.get(question.key, "")
        value = given.get(question.key) or shown or ("" if question.choices else question.suggestion)
        key = question.key
        asked = Asked(question, choices, value, shown, key in given, wrong.get(key), before.get(key))
        (still if question.key in open_keys else settled).append(asked)
    return still, settled


def _choice_words(question: Question, choice: str, headers: Mapping[str, str]) -> str | Spoken:
    """Return a choice in words: of a trait its column, of a code its meaning, of anything else what it is."""
    if question.code in {"outcome_column", "outcome_missing"}:
        return headers.get(choice, choice)
    if choice in OPERATORS:
        return Phrase(f"workbench.operator.{OPERATORS[choice]}")
    code = f"workbench.answer_{question.code}.{choice}"
    return Phrase(code) if knows(code) else choice
