"""Hold a trial's results against what is published of it, number by number."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from responder.errors import ConfigError, did_you_mean
from responder.evidence.facts import Fact, PublishedFacts
from responder.study.text import Text
from responder.trial.baseline import BaselineCount
from responder.trial.result import TrialResult
from responder.trial.summary import Row
from responder.words import Phrase

__all__ = ["PublishedNumber", "compare_published", "trial_numbers"]

Value = float | str


@dataclass(frozen=True)
class PublishedNumber(Row):
    """One published number beside the result that it should equal.

    Attributes
    ----------
    fact, value : str
        Which fact, and which of its numbers.
    statement : Text
        The fact in words, in the languages that the file has.
    tags : str
        What the number rests on: P published, A news summary and interview, I arithmetic.
    published, here : float or str
        The number as published, and the result, unrounded.
    relation : str
        ``=`` equal when rounded as published; ``<`` and ``>=`` for values named ``..._below`` and ``at_least...``.
    agrees : bool
    result : str
        Name of the result; see `trial_numbers`.
    """

    fact: str
    statement: Text
    value: str
    tags: str
    published: Value
    here: Value
    relation: str
    agrees: bool
    result: str


def trial_numbers(result: TrialResult) -> dict[str, Value | tuple[float, ...]]:
    """Return every number of a result by name, in completers, such as ``endpoints.complete_rpdai_response.n``.

    ``courses.<course>.week<week>`` and ``baseline.<trait>`` hold ``n``, ``median``, ``minimum``, ``maximum`` and
    quartiles; a course on treatment also the members of its test; ``baseline.<trait>.<level>`` holds ``count`` and
    ``n``; endpoints and events hold counts, and ``percent``, ``lower_percent`` and ``upper_percent``.
    """
    told, weeks = result.visits.to_json(), result.visits.design.weeks
    left = [entry["last_week"] for entry in told["withdrawn"] if entry["last_week"] is not None]
    numbers: dict[str, Value | tuple[float, ...]] = {
        "weeks": weeks,
        "enrolled": told["enrolled"],
        "completed": told["completed"],
        **({"last_week_of_withdrawn": max(left)} if left else {}),
    }
    named: list[tuple[str, Row]] = [
        (f"baseline.{r.trait}.{r.level}" if isinstance(r, BaselineCount) else f"baseline.{r.trait}", r)
        for r in result.baseline
        if r.population == "completers"
    ]
    named += [(f"endpoints.{r.endpoint}", r) for r in result.endpoints if r.population == "completers"]
    named += [(f"courses.{r.course}.week{r.week:g}", r) for r in result.courses if r.population == "completers"]
    events = [r for r in result.safety if r.population == "completers"]
    named += [(f"safety.{r.event}", r) for r in events]
    for name, row in named:
        members = row.to_json()
        for share, percent in (("estimate", "percent"), ("lower", "lower_percent"), ("upper", "upper_percent")):
            if members.get(share) is not None:
                members[percent] = 100 * members[share]
        numbers |= {
            f"{name}.{key}": value
            for key, value in members.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
    if events and events[0].patients:
        numbers["safety.commonest"] = events[0].event
    return numbers


def compare_published(result: TrialResult, facts: PublishedFacts) -> tuple[PublishedNumber, ...]:
    """Return every published number that names a result, beside that result.

    Raises
    ------
    ConfigError
        If a fact names a result that there is not.
    """
    numbers = trial_numbers(result)
    rows: list[PublishedNumber] = []
    for fact in facts.facts:
        for value, named in fact.results.items():
            names = [named] if isinstance(named, str) else list(named)
            here = [_find(numbers, name, fact) for name in names]
            found = [part for entry in here for part in (entry if isinstance(entry, tuple) else (entry,))]
            given = fact.values[value]
            published = list(given) if isinstance(given, tuple) else [given] * len(found)
            if len(published) != len(found):
                raise ConfigError(
                    "fact_numbers",
                    where=Phrase("place.published_fact", {"fact": fact.id}),
                    fact=fact.id,
                    numbers=len(published),
                    value=value,
                    results=len(found),
                )
            paths = names if len(names) == len(found) else names * len(found)
            rows += [_row(fact, value, *pair) for pair in zip(published, found, paths, strict=True)]
    return tuple(rows)


def _find(numbers: dict[str, Value | tuple[float, ...]], name: str, fact: Fact) -> Value | tuple[float, ...]:
    if name in numbers:
        return numbers[name]
    where = Phrase("place.published_fact", {"fact": fact.id})
    raise ConfigError("fact_result", where=where, hint=did_you_mean(name, numbers), fact=fact.id, name=name)


def _row(fact: Fact, value: str, published: Value, here: Value, path: str) -> PublishedNumber:
    relation = "<" if value.endswith("_below") else ">=" if value.startswith("at_least") else "="
    return PublishedNumber(
        fact=fact.id,
        statement=fact.statement,
        value=value,
        tags=", ".join(fact.tags),
        published=published,
        here=here,
        relation=relation,
        agrees=_agrees(published, here, relation),
        result=path,
    )


def _agrees(published: Value, here: Value, relation: str) -> bool:
    if isinstance(published, str) or isinstance(here, str):
        return published == here
    if relation == "<":
        return here < published
    if relation == ">=":
        return here >= published
    # equal once rounded as the published number is, whichever way a half is rounded
    exponent = Decimal(repr(published)).as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return abs(here - published) <= 0.5 * 10.0**-digits * (1 + 1e-9)
