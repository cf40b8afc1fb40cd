"""The form: a field a trait, drawn from the bundle; what was typed becomes a profile, or a word at the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from responder.score.bundle import Bundle, TraitSheet
from responder.score.profile import encode_value
from responder.score.units import unit_words
from responder.study.encode import EncodeError
from responder.values import fold_unit
from responder.web.text import TEXT

__all__ = ["Field", "Typed", "form_fields", "read_form"]

MOST_FIELDS = 500
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Field:
    """One field of the form, ready to be drawn.

    Attributes
    ----------
    name, label, group : str
        Trait, its name in words, and the name of its group.
    kind : str
        ``number``, ``choice`` (one of several) or ``levels`` (several at once).
    options : tuple of (str, str)
        Levels, or units, with their words.
    text, unit : str
        What was typed.
    chosen : frozenset of str
        Levels that were ticked.
    hints : Mapping[str, str]
        Unit to what may be written in it; for other kinds one empty hint.
    error : str
        What is wrong with what was typed, empty where nothing is.
    limits : Mapping[str, tuple of four float]
        Unit to plausible and training range, for the check while typing.
    """

    name: str
    label: str
    group: str
    kind: str
    options: tuple[tuple[str, str], ...]
    text: str
    unit: str
    chosen: frozenset[str]
    hints: Mapping[str, str]
    error: str
    limits: Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True)
class Typed:
    """What came with the form.

    Attributes
    ----------
    lang : str
        ``en`` or ``zh``.
    asked : bool
        Whether an answer is wanted, rather than another language.
    show_anyway : bool
        Whether numbers are wanted although the model abstains.
    values : Mapping[str, list of str]
        Field to what was typed.
    profile : Mapping[str, Any]
        What can be scored.
    errors : Mapping[str, str]
        Trait to what is wrong.
    """

    lang: str
    asked: bool = False
    show_anyway: bool = False
    values: Mapping[str, list[str]] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def read_form(bundle: Bundle, body: bytes, lang: str) -> Typed:
    """Understand an urlencoded form.

    Parameters
    ----------
    bundle : Bundle
        Says which fields there are; others are left alone.
    body : bytes
        As the browser sent it.
    lang : str
        Language of messages, unless the form says another.

    Raises
    ------
    ValueError
        If the body is no form.
    """
    values = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, strict_parsing=bool(body))
    values = {key: [text.strip()[:LONGEST_VALUE] for text in texts] for key, texts in values.items()}
    lang = _one(values, "lang", lang)
    lang = _one(values, "switch", lang)
    lang = lang if lang in TEXT else "en"
    profile: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for sheet in bundle.traits:
        value = _value(sheet, values)
        if value is None:
            continue
        if value == CONTRADICTION:
            errors[sheet.name] = TEXT[lang]["contradiction"]
            continue
        try:
            encode_value(sheet.code, value)
        except EncodeError as error:
            errors[sheet.name] = _complaint(sheet, value, error, lang)
        else:
            profile[sheet.name] = value
    return Typed(lang, "switch" not in values, "show_anyway" in values, values, profile, errors)


def form_fields(bundle: Bundle, typed: Typed) -> list[Field]:
    """Return the fields of the form, filled with what was typed."""
    fields = []
    for index, sheet in enumerate(bundle.traits):
        trait = bundle.applicability.traits[index]
        words = bundle.study.groups.get(sheet.code.group, {})
        group = words.get(typed.lang) or words.get("en") or sheet.code.group
        unit = _one(typed.values, f"unit.{sheet.name}", sheet.code.unit)
        limits = _limits(sheet, trait.low, trait.high)
        fields.append(
            Field(
                sheet.name,
                sheet.label(typed.lang),
                group,
                _kind(sheet),
                _options(sheet, typed.lang),
                _one(typed.values, sheet.name, ""),
                unit if unit in {sheet.code.unit, *sheet.code.units} else sheet.code.unit,
                frozenset(typed.values.get(sheet.name, ())),
                {at: _hint(at, bounds, typed.lang) for at, bounds in limits.items()},
                typed.errors.get(sheet.name, ""),
                limits,
            )
        )
    return fields


CONTRADICTION = object()
NONE_OF_THEM = "none"


def _one(values: Mapping[str, list[str]], key: str, default: str) -> str:
    return values[key][0] if values.get(key) else default


def _kind(sheet: TraitSheet) -> str:
    return {"set": "levels", "binary": "choice", "ordinal": "choice"}.get(sheet.code.kind, "number")


def _value(sheet: TraitSheet, values: Mapping[str, list[str]]) -> Any:
    """Return what was typed as the value of a profile; None where nothing was."""
    given = [text for text in values.get(sheet.name, ()) if text]
    if not given:
        return None
    if sheet.code.kind == "set":
        if NONE_OF_THEM in given:
            return [] if len(given) == 1 else CONTRADICTION
        return given
    unit = _one(values, f"unit.{sheet.name}", "")
    if _kind(sheet) == "number" and unit and fold_unit(unit) != fold_unit(sheet.code.unit):
        return {"value": given[0], "unit": unit}
    return given[0]


def _options(sheet: TraitSheet, lang: str) -> tuple[tuple[str, str], ...]:
    code = sheet.code
    if _kind(sheet) == "number":
        return tuple((unit, unit_words(unit, lang)) for unit in (code.unit, *code.units)) if code.units else ()
    if code.levels:
        return tuple((level, sheet.level_label(level, lang)) for level in code.levels)
    return (("1", TEXT[lang]["yes"]), ("0", TEXT[lang]["no"]))


def _hint(unit: str, bounds: tuple[float | None, ...], lang: str) -> str:
    """Say what may be written and what the model knows, in one unit."""
    words = TEXT[lang]
    low, high, least, most = bounds
    parts = []
    if low is not None and high is not None:
        parts.append(words["plausible"].format(low, high, unit_words(unit, lang)).strip())
    if least is not None and most is not None:
        parts.append(words["trained_on"].format(least, most))
    return words["separator"].join(parts)


def _limits(sheet: TraitSheet, low: float | None, high: float | None) -> dict[str, tuple[float | None, ...]]:
    if _kind(sheet) != "number":
        return {}
    bounds = (*(sheet.code.plausible or (None, None)), low, high)
    factors = {sheet.code.unit: 1.0, **sheet.code.units}
    return {unit: tuple(None if x is None else x / factor for x in bounds) for unit, factor in factors.items()}


def _complaint(sheet: TraitSheet, value: Any, error: EncodeError, lang: str) -> str:
    """Say at the field what would be right; the value itself is in the field already."""
    words, code = TEXT[lang], sheet.code
    if _kind(sheet) != "number":
        return words["not_a_level"]
    if error.about == "mark":
        return words["decimal_comma"]
    number = words["whole_number"] if code.kind == "count" else words["number"]
    if code.plausible is None:
        return number
    slip = ""
    try:
        slip = code.unit_slip(code.encode(value)[0])
    except EncodeError:
        pass
    else:
        number = words["implausible"]
    hint = words["other_unit"].format(unit_words(slip, lang)) if slip else ""
    return " ".join(
        filter(None, [number, words["between"].format(*code.plausible, unit_words(code.unit, lang)).strip(), hint])
    )
