"""The description of the REST service: profiles drawn from the bundle, answers written out, examples that work."""

from __future__ import annotations

import math
from typing import Any

from responder.score.bundle import Bundle, TraitSheet
from responder.score.reasons import RESEARCH_USE
from responder.web.answer_schema import ANSWER_SCHEMAS, ref
from responder.words import Given, Phrase, languages

__all__ = ["MOST_PROFILES", "example_profile", "openapi"]

Schema = dict[str, Any]
MOST_PROFILES = 1000
FAILURES = (400, 401, 403, 408, 413, 415, 422)
EDGE = 1e-9
"""Converted limits are drawn in by this share, so that a value at the limit is still inside after conversion."""


def openapi(bundle: Bundle, version: str, *, with_token: bool) -> Schema:
    """Return the OpenAPI 3.1 document of the service, its descriptions as phrases: `words.said_in` says them."""
    profile = ref("Profile")
    profiles = {"type": "array", "items": profile, "minItems": 1, "maxItems": MOST_PROFILES}
    one, two = example_profile(bundle), [example_profile(bundle, patient) for patient in ("A", "B")]
    errors = {str(code): _answer(f"failure_{code}", ref("Failure")) for code in FAILURES}
    lang = _query("lang", {"enum": list(languages())})
    score = {
        "post": {
            "operationId": "score",
            "summary": _said("score"),
            "description": _said("score_description", most=MOST_PROFILES),
            "parameters": [_query("show_anyway", {"type": "boolean", "default": False}), lang],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"oneOf": [profile, profiles]},
                        "examples": {
                            "one": {"summary": _said("one_patient"), "value": one},
                            "many": {"summary": _said("two_patients"), "value": two},
                        },
                    }
                },
            },
            "responses": {"200": _answer("scores", ref("Answer")), **errors},
        }
    }
    model = {
        "get": {
            "operationId": "model",
            "summary": _said("model"),
            "parameters": [lang],
            "responses": {
                "200": _answer("model_answer", ref("Model")),
                **{code: errors[code] for code in ("400", "401")},
            },
        }
    }
    health = {
        "get": {
            "operationId": "health",
            "summary": _said("health"),
            "security": [],
            "responses": {"200": _answer("health_answer", ref("Health")), "400": errors["400"]},
        }
    }
    known_only = bundle.standing.known_only or ""
    document: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": _said("title", study=Given(bundle.study.title)),
            "version": version,
            "description": _said(f"description{_when(bundle)}", research_use=RESEARCH_USE, known_only=known_only),
        },
        "paths": {"/v1/score": score, "/v1/model": model, "/healthz": health},
        "components": {"schemas": {"Profile": _profile(bundle), **ANSWER_SCHEMAS}},
    }
    if with_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def example_profile(bundle: Bundle, patient: str = "A") -> Schema:
    """Return a made-up profile in the middle of the training cohort; it is nobody's."""
    profile: Schema = {"patient_id": f"example-{patient}"}
    for sheet, trait in zip(bundle.traits, bundle.applicability.traits, strict=True):
        code = sheet.code
        if code.kind == "set":
            common = min((pattern for pattern in trait.patterns if sum(pattern)), key=sum, default=())
            profile[sheet.name] = [level for level, on in zip(code.levels, common, strict=True) if on]
        elif code.levels:
            profile[sheet.name] = code.levels[0]
        elif trait.low is not None and trait.high is not None:
            middle = (trait.low + trait.high) / 2
            profile[sheet.name] = math.floor(middle) if code.kind in {"count", "binary"} else round(middle, 2)
    return profile


def _profile(bundle: Bundle) -> Schema:
    properties = {sheet.name: _trait(sheet) for sheet in bundle.traits}
    name = bundle.study.id_names[0] if bundle.study.id_names else "patient_id"
    patient = {"type": "string", "maxLength": 200, "description": _said("pseudonym")}
    return {
        "type": "object",
        "description": _said(f"profile{_when(bundle)}"),
        "properties": {name: patient, **properties},
        "additionalProperties": False,
        "anyOf": [{"required": [trait]} for trait in properties],
    }


def _trait(sheet: TraitSheet) -> Schema:
    code = sheet.code
    words = {"title": sheet.words, "description": code.unit}
    if code.kind == "set":
        return {**words, "type": "array", "items": {"enum": list(code.levels)}, "uniqueItems": True}
    if code.levels:
        return {**words, "enum": list(code.levels)}
    if code.kind == "binary":
        return {**words, "enum": [0, 1]}
    plain = {"type": "integer" if code.kind == "count" else "number", **_between(code.plausible, 1.0)}
    if not code.units:
        return {**words, **plain}
    in_units = [
        {
            "type": "object",
            "properties": {"value": {"type": "number", **_between(code.plausible, factor)}, "unit": {"const": unit}},
            "required": ["value", "unit"],
            "additionalProperties": False,
        }
        for unit, factor in ({code.unit: 1.0, **code.units} if code.kind != "count" else {}).items()
    ]
    return {**words, "anyOf": [plain, *in_units]}


def _between(bounds: tuple[float, float] | None, factor: float) -> Schema:
    low, high = bounds if bounds is not None else (-1e15, 1e15)
    if factor == 1.0:
        return {"minimum": low, "maximum": high}
    low, high = low / factor, high / factor
    return {"minimum": low + EDGE * abs(low), "maximum": high - EDGE * abs(high)}


def _query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": _said(name)}


def _answer(key: str, schema: Schema) -> Schema:
    return {"description": _said(key), "content": {"application/json": {"schema": schema}}}


def _when(bundle: Bundle) -> str:
    """Return the ending of the keys that say when what a bundle looks at is known."""
    return "_on_treatment" if bundle.standing.known_only is not None else ""


def _said(key: str, **values: Any) -> Phrase:
    return Phrase(f"rest.{key}", values)
