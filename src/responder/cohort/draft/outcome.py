"""The endpoint of a drafted study: read from what is named and valued like a response; everything else is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from responder.cohort.draft.column import ColumnGuess
from responder.cohort.draft.trait import DraftTrait
from responder.names import split_unit
from responder.names.roles import says_response, yes_is_response
from responder.study.questions import Answers, Question
from responder.values import yes_no

__all__ = ["ENDPOINT", "OutcomeCandidate", "draft_endpoint", "from_baseline"]

ENDPOINT = "response"
_OPERATORS = ("==", "<=", ">=", "<", ">")


@dataclass(frozen=True)
class OutcomeCandidate:
    """A column that may be the outcome.

    Attributes
    ----------
    name, header : str
        Trait and column.
    guess : ColumnGuess
        What it holds.
    is_late : bool
        Whether it is from after the start of treatment, by its name or its visit.
    label : str
        Its name in words, where a file or a dictionary declares one.
    """

    name: str
    header: str
    guess: ColumnGuess
    is_late: bool
    label: str = ""


def draft_endpoint(candidates: Sequence[OutcomeCandidate], answers: Answers) -> dict[str, Any]:
    """Return the endpoint as it is written into the study; what is not certain is a `Question`.

    Certain is only one thing: a single column named like a response that says yes or no.

    Parameters
    ----------
    candidates : sequence of OutcomeCandidate
        Traits that an endpoint can be read from.
    answers : Answers
        Answers given so far.
    """
    place = f"endpoint.{ENDPOINT}"
    named = [c for c in candidates if says_response(c.header)]
    late = [c for c in candidates if c.is_late]
    offered = (
        named or late or [c for c in candidates if c.guess.kind in {"binary", "ordinal", "set"}] or list(candidates)
    )
    column: str | Question = offered[0].name
    if len(named) != 1:
        code = "outcome_column" if named or late else "outcome_missing"
        column = answers.settle(Question(f"{place}.column", code, {}, tuple(c.name for c in offered)))
    chosen = next((c for c in candidates if c.name == column), None)
    suggestion = (chosen.label or chosen.header) if chosen else ""
    label = answers.settle(Question(f"{place}.label", "endpoint_label", {}, (), suggestion))
    content: dict[str, Any] = {"name": ENDPOINT, "label": label, "column": column}
    return content | _rule(place, chosen, offered, answers)


def from_baseline(outcome: DraftTrait, same: Sequence[DraftTrait]) -> dict[str, Any]:
    """Return what an endpoint says of the same measurement before treatment.

    It is coupled with the outcome; and who meets a rule of numbers before treatment cannot reach it by treatment.

    Parameters
    ----------
    outcome : DraftTrait
        The column that the endpoint is read from.
    same : sequence of DraftTrait
        Baseline traits of the same measurement.
    """
    content: dict[str, Any] = {}
    numeric = [t for t in same if t.guess.kind in {"continuous", "count"}]
    if [(t.guess.kind, t.guess.unit) for t in numeric] == [(outcome.guess.kind, outcome.guess.unit)]:
        content["applies_unless_met_at"] = numeric[0].name
    return content | {"coupled": [t.name for t in same]}


def _rule(
    place: str, chosen: OutcomeCandidate | None, offered: Sequence[OutcomeCandidate], answers: Answers
) -> dict[str, Any]:
    """Return what counts as response: yes where the column says yes or no; else the levels or the rule are asked."""
    if chosen is None:
        if all(c.guess.kind == "binary" and not c.guess.levels and yes_is_response(c.header) for c in offered):
            return {"operator": "==", "threshold": 1}
        return {
            "operator": Question(f"{place}.operator", "operator_of_any", {}, _OPERATORS),
            "threshold": Question(f"{place}.threshold", "threshold_of_any"),
        }
    about = {"header": chosen.header}
    if chosen.guess.levels:
        names = tuple(level.name for level in chosen.guess.levels)
        said = {yes_no(name): name for name in names}
        if set(said) == {0.0, 1.0} and yes_is_response(split_unit(chosen.header)[0]):
            return {"levels": (said[1.0],)}
        levels = answers.settle_several(Question(f"{place}.levels", "response_levels", about, names))
        return {"levels": levels}
    if chosen.guess.kind == "binary":
        if yes_is_response(chosen.header):
            return {"operator": "==", "threshold": 1}
        question = Question(f"{place}.threshold", "yes_or_no", about, ("1", "0"))
        return {"operator": "==", "threshold": answers.settle(question)}
    return {
        "operator": answers.settle(Question(f"{place}.operator", "operator", about, _OPERATORS)),
        "threshold": answers.settle_number(Question(f"{place}.threshold", "threshold", about)),
    }
