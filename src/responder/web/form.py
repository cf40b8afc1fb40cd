"""The form: a field a trait, drawn from the bundle; what was typed becomes a profile, or a word at the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from responder.score.bundle import Bundle, TraitSheet
from responder.score.profile import IMPLAUSIBLE, PROFILE, EncodedProfile, encode_table, what_is_wrong
from responder.study.encode import EncodeError
from responder.values import fold_unit, is_gap
from responder.words import Given, Phrase, Voice, languages, said, said_all, say
from responder.words.units import unit_words

__all__ = ["Field", "Typed", "form_fields", "read_form"]

MOST_OTHER_FIELDS = 500
"""As many fields may come beside those that are drawn, a value and a unit a trait."""
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
        Language of the page.
    asked : bool
        Whether an answer is wanted, rather than another language.
    show_anyway : bool
        Whether numbers are wanted although the model abstains.
    values : Mapping[str, list of str]
        Field to what was typed.
    profile : EncodedProfile, optional
        What can be scored; None where nothing can.
    errors : Mapping[str, str]
        Trait to what is wrong.
    problems : tuple of str
        What is wrong at no field.
    """

    lang: str
    asked: bool = False
    show_anyway: bool = False
    values: Mapping[str, list[str]] = field(default_factory=dict)
    profile: EncodedProfile | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


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
    most = MOST_OTHER_FIELDS + 2 * len(bundle.traits)
    values = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=most, strict_parsing=bool(body))
    values = {key: [text.strip()[:LONGEST_VALUE] for text in texts] for key, texts in values.items()}
    asked = (_one(values, "switch", ""), _one(values, "lang", ""))
    lang = next((code for code in asked if code in languages()), lang)
    given = {sheet.name: _value(sheet, values) for sheet in bundle.traits}
    errors = {name: say("form.contradiction", lang) for name, value in given.items() if value is CONTRADICTION}
    profile = {name: [value] for name, value in given.items() if value is not None and name not in errors}
    encoded = encode_table(bundle, profile) if profile else None
    found = encoded.errors.get(0, {}) if encoded is not None else {}
    sheets = {sheet.name: sheet for sheet in bundle.traits}
    errors |= {name: _complaint(sheets[name], error, lang) for name, error in found.items() if name in sheets}
    problems = [said(what_is_wrong(*each), lang) for each in found.items() if each[0] and each[0] not in sheets]
    if not errors and not problems and (encoded is None or found):
        problems = [say("form.nothing", lang)]
    whole = encoded.row(0, PROFILE) if encoded is not None and not errors and not problems else None
    return Typed(lang, "switch" not in values, "show_anyway" in values, values, whole, errors, tuple(problems))


def form_fields(bundle: Bundle, typed: Typed) -> list[Field]:
    """Return the fields of the form, filled with what was typed."""
    fields = []
    for index, sheet in enumerate(bundle.traits):
        trait = bundle.applicability.traits[index]
        group = Given(bundle.study.groups.get(sheet.code.group, {})).in_language(typed.lang) or sheet.code.group
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
        return given[0] if is_gap(given[0]) else f"{given[0]} {unit}"  # as in a cell, so that commas are looked at
    return given[0]


def _options(sheet: TraitSheet, lang: str) -> tuple[tuple[str, str], ...]:
    code = sheet.code
    if _kind(sheet) == "number":
        return tuple((unit, unit_words(unit, lang)) for unit in (code.unit, *code.units)) if code.units else ()
    if code.levels:
        return tuple((level, sheet.level_label(level, lang)) for level in code.levels)
    return (("1", say("form.yes", lang)), ("0", say("form.no", lang)))


def _hint(unit: str, bounds: tuple[float | None, ...], lang: str) -> str:
    """Say what may be written and what the model knows, in one unit."""
    t = Voice(lang, "form")
    low, high, least, most = bounds
    plausible = t("plausible", low=low, high=high, unit=unit_words(unit, lang)).strip() if low is not None else ""
    trained = t("trained_on", low=least, high=most) if least is not None else ""
    return t("both_ranges", plausible=plausible, trained_on=trained) if plausible and trained else plausible or trained


def _limits(sheet: TraitSheet, low: float | None, high: float | None) -> dict[str, tuple[float | None, ...]]:
    if _kind(sheet) != "number":
        return {}
    bounds = (*(sheet.code.plausible or (None, None)), low, high)
    factors = {sheet.code.unit: 1.0, **sheet.code.units}
    return {unit: tuple(None if x is None else x / factor for x in bounds) for unit, factor in factors.items()}


def _complaint(sheet: TraitSheet, error: EncodeError, lang: str) -> str:
    """Say at the field what would be right; the value itself is in the field already."""
    t, code = Voice(lang, "form"), sheet.code
    if _kind(sheet) != "number":
        return t("not_a_level")
    if error.about == "mark":
        return t("decimal_comma")
    wanted = "whole_number" if code.kind == "count" else "number"
    if code.plausible is None:
        return t(wanted)
    (low, high), unit = code.plausible, unit_words(code.unit, lang)
    values = {"low": low, "high": high, "unit": f" {unit}" if unit else ""}
    if not isinstance(error.problem, Phrase) or error.problem.code != IMPLAUSIBLE:
        return t(f"{wanted}_between", **values)
    slip = error.problem.values["slip"]
    other = [t("other_unit", unit=unit_words(slip, lang))] if slip else []
    return said_all([t("implausible", **values), *other], lang)
