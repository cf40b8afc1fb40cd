"""The description of the REST service: profiles drawn from the bundle, answers written out, examples that work."""

from __future__ import annotations

import math
from typing import Any

from responder.score.bundle import Bundle, TraitSheet
from responder.score.reasons import RESEARCH_USE
from responder.web.answer_schema import ANSWER_SCHEMAS, ref

__all__ = ["example_profile", "openapi"]

Schema = dict[str, Any]
EDGE = 1e-9
"""Converted limits are drawn in by this share, so that a value at the limit is still inside after conversion."""


def openapi(bundle: Bundle, version: str, *, with_token: bool) -> Schema:
    """Return the OpenAPI 3.1 document of the service."""
    profile = ref("Profile")
    profiles = {"type": "array", "items": profile, "minItems": 1, "maxItems": 1000}
    one, two = example_profile(bundle), [example_profile(bundle, patient) for patient in ("A", "B")]
    errors = {str(code): _answer(text, ref("Failure")) for code, text in _FAILURES.items()}
    score = {
        "post": {
            "operationId": "score",
            "summary": "Score one profile or many",
            "description": "One profile (an object) or up to 1000 (a list). A profile that cannot be understood is "
            "answered with 422 alone, and with decision 'refused' among many. Besides what the schema shows, a number "
            "may be a text with its unit, a level any spelling of the study, a key any alias of its trait, and null a "
            "trait that is not known.",
            "parameters": [
                {
                    "name": "show_anyway",
                    "in": "query",
                    "required": False,
                    "schema": {"type": "boolean", "default": False},
                    "description": "Give the numbers also where the model abstains.",
                }
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"oneOf": [profile, profiles]},
                        "examples": {
                            "one": {"summary": "One patient", "value": one},
                            "many": {"summary": "Two patients", "value": two},
                        },
                    }
                },
            },
            "responses": {"200": _answer("The scores, in the order of the profiles", ref("Answer")), **errors},
        }
    }
    model = {
        "get": {
            "operationId": "model",
            "summary": "What answers, and what it is worth",
            "responses": {
                "200": _answer("The model's standing, traits and provenance", ref("Model")),
                **{code: errors[code] for code in ("400", "401")},
            },
        }
    }
    health = {
        "get": {
            "operationId": "health",
            "summary": "Whether the service is up",
            "security": [],
            "responses": {"200": _answer("It is", ref("Health")), "400": errors["400"]},
        }
    }
    document: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": f"responder: {bundle.study.title.get('en', bundle.study.id)}",
            "version": version,
            "description": "Scores baseline profiles with one locked model. "
            f"{RESEARCH_USE['en']} Nothing that is sent is stored or logged.",
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
    patient = {"type": "string", "maxLength": 200, "description": "A pseudonym, given back with the score."}
    return {
        "type": "object",
        "description": "Baseline traits; leave out what is not known.",
        "properties": {name: patient, **properties},
        "additionalProperties": False,
        "anyOf": [{"required": [trait]} for trait in properties],
    }


def _trait(sheet: TraitSheet) -> Schema:
    code = sheet.code
    words = {"title": sheet.label("en"), "description": " · ".join(filter(None, [sheet.label("zh"), code.unit]))}
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


def _answer(text: str, schema: Schema) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


_FAILURES = {
    400: "The body is not JSON, or the host is foreign",
    401: "The token is missing",
    403: "Another site sent this",
    408: "The body came too slowly",
    413: "More than 1 MB, or more than 1000 profiles",
    415: "The body is not application/json",
    422: "The profile cannot be understood; the answer says why and how to mend it",
}
