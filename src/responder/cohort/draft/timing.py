"""When each column of a drafted study was measured: said by its visit or its name, answered, or asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from responder.cohort.beside import said_beside
from responder.cohort.draft.telling import response_of, telling_columns
from responder.cohort.draft.trait import DraftTrait
from responder.cohort.table import RawTable
from responder.names import split_unit
from responder.names.roles import starts_treatment
from responder.names.timing import baseline_rank, stem, time_of, visit_kind
from responder.study.quantities import known_quantity, repeated_quantity
from responder.study.questions import Answers, Question
from responder.values import fold_unit

__all__ = ["ask_of_telling", "baseline_visit", "same_at_baseline", "with_expected", "with_timing"]

MOST_MEASUREMENTS = 6
DIRECTIONS = ("higher", "lower")
TIMINGS = ("baseline", "on_treatment", "outcome", "ignored")


def baseline_visit(table: RawTable, traits: Sequence[DraftTrait], answers: Answers) -> str | Question:
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


def with_timing(traits: Sequence[DraftTrait], visit: str | Question, answers: Answers) -> list[DraftTrait]:
    """Return the traits with the time of each: from its visit, from its name, by answer, or as a question."""
    placed = [_timed(trait, visit) for trait in traits]
    by_stem: dict[str, list[DraftTrait]] = {}
    by_quantity: dict[str, list[DraftTrait]] = {}
    for trait in placed:
        by_stem.setdefault(_stem(trait), []).append(trait)
        by_quantity.setdefault(_quantity(trait), []).append(trait)
    timed = []
    for trait in placed:
        place = f"trait.{trait.name}.timing"
        same = _same_measurement(trait, by_stem[_stem(trait)])
        if not same and (quantity := _quantity(trait)):
            same = [other for other in by_quantity[quantity] if other is not trait]
        about = {"header": trait.header, "other": same[0].header if same else trait.header}
        open_ = bool(same) and trait.timing == "baseline" and not trait.why
        answer = answers.settle(Question(place, "timing_second", about, TIMINGS))
        if isinstance(answer, str):
            timed.append(replace(trait, timing=answer, why="answer"))
        else:
            timed.append(replace(trait, timing=answer) if open_ else trait)
    return timed


def ask_of_telling(
    table: RawTable, traits: Sequence[DraftTrait], endpoint: Mapping[str, Any], answers: Answers
) -> list[DraftTrait]:
    """Return the traits, asking when each that nearly separates the outcomes was measured, unless its name says so."""
    column = next((t for t in traits if t.name == endpoint["column"]), None)
    response = None if column is None else response_of(column.guess, table.column(column.header), endpoint)
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


def with_expected(traits: Sequence[DraftTrait], answers: Answers) -> list[DraftTrait]:
    """Return the traits known before treatment with what was declared beforehand to go with response."""
    return [replace(t, expected=_expected(t, answers)) if t.timing == "baseline" else t for t in traits]


def _expected(trait: DraftTrait, answers: Answers) -> str:
    choices: tuple[str, ...] = DIRECTIONS
    if trait.guess.kind == "set":
        choices = tuple(f"{level.name}:{way}" for level in trait.guess.levels for way in DIRECTIONS)
    about = {"header": trait.header}
    return answers.volunteered(Question(f"trait.{trait.name}.expected", "trait_expected", about, choices))


def same_at_baseline(traits: Sequence[DraftTrait], outcome: DraftTrait) -> list[DraftTrait]:
    """Return the baseline traits that measure what an outcome measures."""
    return [t for t in traits if t.timing == "baseline" and _stem(t) == _stem(outcome)]


def _quantity(trait: DraftTrait) -> str:
    """Return the known quantity that a column of numbers measures, also where its name says that there are several."""
    if trait.guess.kind not in {"continuous", "count"}:
        return ""
    quantity = repeated_quantity(_stem(trait) if trait.why else trait.header)
    return f"{quantity} {fold_unit(trait.guess.unit)}" if quantity else ""


def _stem(trait: DraftTrait) -> str:
    return stem(split_unit(trait.header)[0])


def _same_measurement(trait: DraftTrait, group: Sequence[DraftTrait]) -> list[DraftTrait]:
    """Return the other columns that measure the same; many that differ in a number alone are a panel (item_1 ...)."""
    if len(group) > MOST_MEASUREMENTS and not any(t.why for t in group) and known_quantity(_stem(trait)) is None:
        return []
    return [t for t in group if t is not trait]


def _timed(trait: DraftTrait, visit: str | Question) -> DraftTrait:
    """Return a trait with the time that its visit or its name says; `why` is empty where neither says anything."""
    facts = trait.facts
    if facts.timing:
        return replace(trait, timing=facts.timing, why="declared")
    by_name = time_of(trait.header, trait.guess.unit)
    if not by_name.kind:
        by_name = said_beside(facts)
    if facts.visit and by_name.kind != "afterwards":
        if starts_treatment(facts.visit, visit if isinstance(visit, str) else ""):
            return replace(trait, timing="baseline", why="visit")
        return replace(trait, timing="" if isinstance(visit, Question) else "on_treatment", why="visit")
    if by_name.kind == "baseline" or (by_name.kind and by_name.token == visit):
        return replace(trait, timing="baseline", why="name")
    if by_name.kind:
        return replace(trait, timing="outcome" if by_name.kind == "afterwards" else "on_treatment", why="name")
    return replace(trait, timing="baseline")
