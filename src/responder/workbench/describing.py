"""The second step: what each column is, what nobody but the author of the table can know, and what the check says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from responder.errors import ResponderError
from responder.study.questions import AnswerError
from responder.study.rule_words import response_words
from responder.words import Phrase, Spoken, knows
from responder.workbench.bench import Bench, see_other
from responder.workbench.forms import Form
from responder.workbench.work import Work

if TYPE_CHECKING:
    from responder.cohort import CohortScan
    from responder.cohort.draft import Draft, DraftTrait
    from responder.study.questions import Question

__all__ = ["routes"]

ANSWER, SHOWN = "answer.", "shown."
"""Prefixes of fields: an answer, and what stood in its field when the page was drawn."""
TIMING = ".timing"
SEVERAL = "response_levels"
MOST_LEVELS_SHOWN = 8
OPERATORS = {"==": "equal", "<=": "at_most", ">=": "at_least", "<": "below", ">": "above"}
ROLES = ("baseline", "on_treatment", "outcome", "ignored")


@dataclass(frozen=True)
class Asked:
    """A question as it is drawn: `choices` are values with their words, none for an answer in one's own words."""

    question: Question
    choices: tuple[tuple[str, str | Spoken], ...]
    value: str
    shown: str
    error: ResponderError | None

    @property
    def is_several(self) -> bool:
        """Whether several choices may be true at once."""
        return self.question.code == SEVERAL

    @property
    def ticked(self) -> frozenset[str]:
        """The choices that are made, where several may be."""
        return frozenset(self.value.split("|"))


@dataclass(frozen=True)
class ColumnCard:
    """A column as it is drawn: what it holds, and its role, which is asked where nothing says it."""

    trait: DraftTrait
    known: int
    of: int
    lowest: float | None
    highest: float | None
    levels: tuple[str, ...]
    more_levels: int
    role: str
    shown: str
    asked: Question | None
    error: ResponderError | None

    @property
    def field(self) -> str:
        """Name of the field of its role."""
        return f"{ANSWER}trait.{self.trait.name}{TIMING}"


def routes(bench: Bench) -> list[Route]:
    """Return the routes of this step."""

    async def describe(request: Request) -> Response:
        work = bench.work_of(request)
        return await _page(bench, request, work, None, {})

    async def answer(request: Request, form: Form) -> Response:
        work = bench.work_of(request)
        given = _given(form)
        try:
            changed = await bench.desk.run(_saved, work, given)
        except AnswerError as error:
            return await _page(bench, request, work, error, given)
        at = "#check" if changed.choices.study or not changed.draft.questions else "#open"
        return see_other(f"/w/{work.name}/describe{at}")

    return [bench.get("/w/{name}/describe", describe), bench.post("/w/{name}/describe", answer)]


async def _page(
    bench: Bench, request: Request, work: Work, error: AnswerError | None, given: Mapping[str, str]
) -> Response:
    try:
        values = await bench.desk.run(_described, work, error, given)
    except ResponderError as failure:
        return bench.page(request, "failure.html.j2", work, status=422, failure=failure)
    return bench.page(request, "describe.html.j2", work, status=422 if error else 200, **values)


def _saved(work: Work, given: Mapping[str, str]) -> Work:
    return work.save() if work.choices.study else work.with_answers(given).save()


def _given(form: Form) -> dict[str, str]:
    """Return the answers that are not what stood in their field: what is certain is left to the draft."""
    given = {}
    for name in form.fields:
        if name.startswith(ANSWER):
            key = name.removeprefix(ANSWER)
            answer = "|".join(form.every(name))
            if answer != form.one(SHOWN + key):
                given[key] = answer
    return given


def _described(work: Work, error: AnswerError | None, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows; a fresh work is saved, so that its files are there."""
    if not work.experiment_file.is_file():
        work.save()
    scan = work.scan
    values: dict[str, Any] = {"scan": scan, "rule": _rule(scan), "draft": None, "asked": (), "cards": ()}
    if work.choices.study:
        return values
    draft, wrong = work.draft, {} if error is None else {error.key: error}
    asked, cards = _questions(draft, work.choices.answers, given, wrong), _cards(work, draft, given, wrong)
    return values | {
        "draft": draft,
        "asked": asked,
        "cards": cards,
        "to_answer": len(asked[0]) + sum(card.asked is not None for card in cards),
        "roles": ROLES,
    }


def _rule(scan: CohortScan | None) -> Phrase | None:
    cohort = None if scan is None else scan.cohort
    if cohort is None:
        return None
    return response_words(cohort.study, cohort.endpoint, cohort.responders, cohort.n)


def _questions(
    draft: Draft, answers: Mapping[str, str], given: Mapping[str, str], wrong: Mapping[str, ResponderError]
) -> tuple[list[Asked], list[Asked]]:
    """Return the open questions, and those that are answered; the time of a column is asked on its card."""
    headers = {trait.name: trait.header for trait in draft.traits}
    open_keys = {question.key for question in draft.questions}
    still: list[Asked] = []
    settled: list[Asked] = []
    for question in draft.asked:
        if question.key.endswith(TIMING):
            continue
        choices = tuple((choice, _choice_words(question, choice, headers)) for choice in question.choices)
        shown = answers.get(question.key, "")
        value = given.get(question.key) or shown or ("" if question.choices else question.suggestion)
        asked = Asked(question, choices, value, shown, wrong.get(question.key))
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


def _cards(work: Work, draft: Draft, given: Mapping[str, str], wrong: Mapping[str, ResponderError]) -> list[ColumnCard]:
    from responder.cohort.visits import find_visit_column

    raw = work.read()
    folded = find_visit_column(raw) is not None
    open_ = {question.key: question for question in draft.questions}
    cards = []
    for trait in draft.traits:
        key = f"trait.{trait.name}{TIMING}"
        shown = "" if key in open_ else str(trait.timing)
        guess, numbers = trait.guess, trait.guess.numbers
        cells = [] if folded or trait.header not in raw.headers else [cell for cell in raw.column(trait.header) if cell]
        names = [level.name for level in guess.levels]
        cards.append(
            ColumnCard(
                trait,
                len(cells),
                0 if folded else len(raw.rows),
                min(numbers, default=None),
                max(numbers, default=None),
                tuple(names[:MOST_LEVELS_SHOWN]),
                max(0, len(names) - MOST_LEVELS_SHOWN),
                given.get(key, shown),
                shown,
                open_.get(key),
                wrong.get(key),
            )
        )
    return _open_first(cards)


def _open_first(cards: Sequence[ColumnCard]) -> list[ColumnCard]:
    return sorted(cards, key=lambda card: card.asked is None)
