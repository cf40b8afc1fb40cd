"""Write a drafted study as TOML, with comments on what was proposed and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from responder.cohort.draft.roles import MADE_IDS
from responder.cohort.draft.toml_text import line, value_text
from responder.cohort.draft.trait import DraftTrait, Ignored
from responder.names import fold_name, split_unit
from responder.study.quantities import known_quantity
from responder.study.questions import Answers, Question
from responder.words import languages, say

__all__ = ["endpoint_lines", "head_lines", "hypothesis_lines", "trait_lines"]

_IMMUNE = re.compile(
    r"treg|tcon|cd\d|th\d|tfh|\bnk\b|lymph|neutro|mono|[bt][_ ]?cell|il[_-]?\d|ifn|tnf|igg|foxp3|per_ul|淋巴|细胞",
    re.IGNORECASE,
)
_TOLD = ("applies_unless_met_at", "coupled")


def head_lines(
    file_stem: str,
    ids: str | Question,
    visit: str | Question,
    ignored: Sequence[Ignored],
    answers: Answers,
    language: str,
) -> list[str]:
    """Return the head of the study: its words, ids, what is left out and why, groups."""
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
        both = {tongue: say(f"draft.group.{group}", tongue) for tongue in languages()}
        lines += [f"[groups.{group}]", *(text for tongue, word in both.items() for text in line(tongue, word)), ""]
    return lines


def trait_lines(trait: DraftTrait, language: str) -> list[str]:
    """Return the section of one trait."""
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
    lines += line("label", {"en": trait.words})
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


def hypothesis_lines(trait: DraftTrait, language: str) -> list[str]:
    """Return what was declared beforehand of a trait, as a hypothesis; nothing where nothing was."""
    if not trait.expected:
        return []
    level, _, direction = trait.expected.rpartition(":")
    binary = trait.guess.kind == "binary"
    words = level or (trait.guess.levels[1].name if binary and trait.guess.levels else "")
    case = ("level" if words else "yes" if binary else "value") + f"_{direction}"
    about = {"what": trait.words, "level": words}
    feature = f"{trait.name}={level}" if level else trait.name
    return [
        "[[hypothesis]]",
        *line("id", feature),
        *line("statement", {tongue: say(f"draft.expected.{case}", tongue, **about) for tongue in languages()}),
        *line("expects", [{"feature": feature, "direction": direction}]),
        *line("source", {tongue: say("draft.expected.source", tongue) for tongue in languages()}),
        "",
    ]


def endpoint_lines(endpoint: Mapping[str, Any], language: str) -> list[str]:
    """Return the section of the endpoint."""
    lines = ["[[endpoint]]"]
    for key, value in endpoint.items():
        number = isinstance(value, str) and key == "threshold"
        comment = say(f"draft.endpoint.{key}", language) if key in _TOLD else ""
        lines += line(key, _cell(value) if number else value, language, comment if value else "")
    return [*lines, ""]
