"""An endpoint's rule in words: what a reader must see to know what "response" means here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.words.say import say

if TYPE_CHECKING:
    from responder.study.endpoint import Endpoint
    from responder.study.model import Study, Trait

__all__ = ["rule_words", "say_response"]

_OPERATOR_KEYS = {"==": "is", "<=": "at_most", ">=": "at_least", "<": "below", ">": "above"}
# a fall by at least 25 is a change of at most -25, and so on: what is said is the size and the direction
_CHANGE_KEYS = {"==": "by", "<=": "at_least", ">=": "at_least", "<": "more_than", ">": "more_than"}


def rule_words(study: Study, endpoint: Endpoint, language: str = "en") -> str:
    """Return what counts as response, in ``en`` or ``zh``.

    Levels are named, never their numbers; a change is told by its size and direction.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> for endpoint in study.endpoints:
    ...     print(rule_words(study, endpoint))
    RPDAI at week 12 is 0
    Prednisone dose at week 12 is at least 25% lower than at baseline
    ear or nose chondritis of baseline is gone at week 12
    RPDAI at week 12 is lower than at baseline
    >>> rule_words(study, study.endpoints[1], "zh")
    '第12周泼尼松剂量较基线降低至少25%'
    """
    column = study.trait(endpoint.column)
    what = column.label.in_language(language)
    if endpoint.measure == "resolution":
        return _resolution(column, endpoint, language)
    if endpoint.measure in {"change", "percent_change"}:
        return _change(what, endpoint, column.unit, language)
    if column.kind in {"binary", "ordinal"}:
        named = _level_words(column, endpoint, language)
        if named:
            return say("rule.level", language, what=what, levels=_either(named, language))
    threshold = 0.0 if endpoint.threshold is None else endpoint.threshold
    key = _OPERATOR_KEYS[endpoint.operator or "=="]
    return say(f"rule.{key}", language, what=what, value=_number(threshold, _shown_unit(column.unit)))


def say_response(study: Study, endpoint: Endpoint, responders: int, n: int, language: str = "en") -> str:
    """Return the rule with how many of how many met it.

    Examples
    --------
    >>> from responder.study import load_study
    >>> study = load_study("rp-ld-il2")
    >>> say_response(study, study.endpoint, 6, 9), say_response(study, study.endpoint, 6, 9, "zh")
    ('response: RPDAI at week 12 is 0; 6 of 9', '应答：第12周RPDAI评分为0；9名中6名')
    """
    rule = rule_words(study, endpoint, language)
    return say("rule.response", language, rule=rule, responders=responders, patients=n)


def _level_words(column: Trait, endpoint: Endpoint, language: str) -> list[str]:
    """Return the levels that count as response; empty where the rule is met by none of them."""
    numbers = column.code.level_values or {"no": 0.0, "yes": 1.0}
    counted = [level for level, number in numbers.items() if endpoint.met_by(number)]
    labels = {level.name: level.label.in_language(language) for level in column.levels if level.label is not None}
    if not column.levels:
        labels = {word: say(f"rule.{word}", language) for word in ("no", "yes")}
    return [labels.get(level, level) for level in counted]


def _resolution(column: Trait, endpoint: Endpoint, language: str) -> str:
    label = next((level.label for level in column.levels if level.name == endpoint.level), None)
    what = label.in_language(language) if label is not None else endpoint.level.replace("_", " ")
    key = "gone" if endpoint.met_by(0.0) else "stays"
    if endpoint.week is None:
        return say(f"rule.{key}_later", language, what=what)
    return say(f"rule.{key}", language, what=what, week=f"{endpoint.week:g}")


def _change(what: str, endpoint: Endpoint, unit: str, language: str) -> str:
    threshold, operator = endpoint.threshold or 0.0, endpoint.operator or "=="
    unit = "%" if endpoint.measure == "percent_change" else _shown_unit(unit)
    if threshold == 0.0:
        key = {"<": "lower", ">": "higher", "<=": "not_higher", ">=": "not_lower", "==": "unchanged"}[operator]
        return say(f"rule.{key}", language, what=what)
    towards = {"<=": -1.0, "<": -1.0, ">=": 1.0, ">": 1.0}.get(operator, threshold)
    if towards * threshold < 0:  # such as "change >= -2": a bound on the other side of no change
        return say(f"rule.change_{_OPERATOR_KEYS[operator]}", language, what=what, value=_number(threshold, unit))
    key = f"{'lower' if threshold < 0 else 'higher'}_{_CHANGE_KEYS[operator]}"
    return say(f"rule.{key}", language, what=what, value=_number(abs(threshold), unit))


def _number(value: float, unit: str) -> str:
    return f"{value:g}{unit}" if unit in {"", "%"} else f"{value:g} {unit}"


def _shown_unit(unit: str) -> str:
    """Return the unit as it is said; that a score counts points need not be said."""
    return "" if unit == "points" else unit


def _either(items: list[str], language: str) -> str:
    """Return alternatives as one enumeration."""
    if len(items) == 1:
        return items[0]
    comma = say("rule.comma", language)
    return say("rule.either", language, first=comma.join(items[:-1]), last=items[-1])
