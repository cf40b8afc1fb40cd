"""An endpoint's rule in words: what a reader must see to know what "response" means here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from responder.study.endpoint import Endpoint
from responder.study.model import Study
from responder.study.trait import Level, Trait
from responder.words import Given, Phrase

__all__ = ["response_words", "rule_words"]

_OPERATOR_KEYS = {"==": "is", "<=": "at_most", ">=": "at_least", "<": "below", ">": "above"}
# a fall by at least 25 is a change of at most -25, and so on: what is said is the size and the direction
_CHANGE_KEYS = {"==": "by", "<=": "at_least", ">=": "at_least", "<": "more_than", ">": "more_than"}


def rule_words(study: Study, endpoint: Endpoint) -> Phrase:
    """Return what counts as response.

    Levels are named, never their numbers; a change is told by its size and direction.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> for endpoint in study.endpoints:
    ...     print(rule_words(study, endpoint))
    RPDAI at week 12 is 0
    Prednisone dose at week 12 is at least 25% lower than at baseline
    ear or nose chondritis present at baseline is gone at week 12
    RPDAI at week 12 is lower than at baseline
    >>> rule_words(study, study.endpoints[1]).in_language("zh")
    '第12周泼尼松剂量较基线降低至少25%'
    """
    if endpoint.also:
        rules = [rule_words(study, part) for part in endpoint.parts]
        return reduce(lambda one, other: Phrase("rule.both", {"one": one, "other": other}), rules)
    column = study.trait(endpoint.column)
    what = column.label.given
    if endpoint.measure == "resolution":
        return _resolution(column, endpoint)
    if endpoint.measure in {"change", "percent_change"}:
        return _change(what, endpoint, column.unit)
    if column.kind in {"binary", "ordinal"} and (levels := _levels(column, endpoint)):
        return Phrase("rule.level", {"what": what, "levels": _either(levels)})
    threshold = 0.0 if endpoint.threshold is None else endpoint.threshold
    key = _OPERATOR_KEYS[endpoint.operator or "=="]
    return Phrase(f"rule.{key}", {"what": what, "value": _number(threshold, _shown_unit(column.unit))})


def response_words(study: Study, endpoint: Endpoint, responders: int, n: int) -> Phrase:
    """Return the rule with how many of how many met it.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> found = response_words(study, study.endpoint, 6, 9)
    >>> str(found), found.in_language("zh")
    ('response: RPDAI at week 12 is 0; 6 of 9', '应答：第12周RPDAI评分为0；9名中6名')
    """
    rule = rule_words(study, endpoint)
    return Phrase("rule.response", {"rule": rule, "responders": responders, "patients": n})


def _levels(column: Trait, endpoint: Endpoint) -> list[Phrase | Given]:
    """Return the levels that count as response; empty where the rule is met by none of them."""
    if not column.levels:
        answers = {0.0: Phrase("rule.no"), 1.0: Phrase("rule.yes")}
        return [words for number, words in answers.items() if endpoint.met_by(number)]
    numbers = column.code.level_values
    return [_label(level) for level in column.levels if endpoint.met_by(numbers[level.name])]


def _label(level: Level) -> Given:
    return level.label.given if level.label is not None else Given({"en": level.name})


def _resolution(column: Trait, endpoint: Endpoint) -> Phrase:
    what = next(level for level in column.levels if level.name == endpoint.level).shown.given
    key = "gone" if endpoint.met_by(0.0) else "stays"
    if endpoint.week is None:
        return Phrase(f"rule.{key}_later", {"what": what})
    return Phrase(f"rule.{key}", {"what": what, "week": endpoint.week})


def _change(what: Given, endpoint: Endpoint, unit: str) -> Phrase:
    threshold, operator = endpoint.threshold or 0.0, endpoint.operator or "=="
    unit = "%" if endpoint.measure == "percent_change" else _shown_unit(unit)
    if threshold == 0.0:
        key = {"<": "lower", ">": "higher", "<=": "not_higher", ">=": "not_lower", "==": "unchanged"}[operator]
        return Phrase(f"rule.{key}", {"what": what})
    towards = {"<=": -1.0, "<": -1.0, ">=": 1.0, ">": 1.0}.get(operator, threshold)
    if towards * threshold < 0:  # such as "change >= -2": a bound on the other side of no change
        return Phrase(f"rule.change_{_OPERATOR_KEYS[operator]}", {"what": what, "value": _number(threshold, unit)})
    key = f"{'lower' if threshold < 0 else 'higher'}_{_CHANGE_KEYS[operator]}"
    return Phrase(f"rule.{key}", {"what": what, "value": _number(abs(threshold), unit)})


def _number(value: float, unit: str) -> Phrase:
    key = "percent" if unit == "%" else "quantity" if unit else "number"
    return Phrase(f"rule.{key}", {"value": value, "unit": unit})


def _shown_unit(unit: str) -> str:
    """Return the unit as it is said; that a score counts points need not be said."""
    return "" if unit == "points" else unit


def _either(items: Sequence[Any]) -> Any:
    """Return alternatives as one enumeration."""
    *first, last = items
    if not first:
        return last
    before = reduce(lambda one, other: Phrase("rule.comma", {"one": one, "other": other}), first)
    return Phrase("rule.either", {"first": before, "last": last})
