"""The shape of every answer of the REST service, as JSON Schema; a test holds the answers to it.

Descriptions are phrases, said when the document is given out.
"""

from __future__ import annotations

from typing import Any

from responder.words import Phrase

__all__ = ["ANSWER_SCHEMAS", "ref"]

Schema = dict[str, Any]

NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
BY_LANGUAGE: Schema = {
    "type": "object",
    "additionalProperties": TEXT,
    "description": Phrase("answer.by_language"),
}


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _said(key: str, schema: Schema) -> Schema:
    return {**schema, "description": Phrase(f"answer.{key}")}


ERROR = _object(kind=TEXT, message=TEXT, where=TEXT, hint=TEXT)
BUNDLE = _object(name=TEXT, study=TEXT, model=TEXT)

SCORE = _object(
    patient=_said("patient", TEXT),
    decision=_said(
        "decision",
        {"enum": ["scored", "scored_with_caution", "abstained"]},
    ),
    reasons=_said(
        "reasons",
        _list(_object(code=TEXT, abstains=FLAG, traits=_list(TEXT), sentence=TEXT)),
    ),
    shown_anyway=_said("shown_anyway", FLAG),
    probability=_said("probability", MAYBE_NUMBER),
    logit=_said("logit", MAYBE_NUMBER),
    interval=_said(
        "interval",
        _maybe(
            _object(
                lower=NUMBER,
                upper=NUMBER,
                level=NUMBER,
                lowest=NUMBER,
                highest=NUMBER,
                n=COUNT,
                features=COUNT,
                sentence=TEXT,
            )
        ),
    ),
    venn_abers=_said(
        "venn_abers",
        _maybe(_object(p0=NUMBER, p1=NUMBER)),
    ),
    conformal=_said(
        "conformal",
        _list(
            _object(
                level=NUMBER,
                outcomes={"enum": ["both", "response", "non_response", "neither", "uninformative"]},
                n_needed=COUNT,
                sentence=TEXT,
            )
        ),
    ),
    stability=_said(
        "stability",
        _maybe(_object(lower=NUMBER, upper=NUMBER, level=NUMBER)),
    ),
    effective_sample_size=_said(
        "effective_sample_size",
        MAYBE_NUMBER,
    ),
    borrowed=_said("borrowed", _maybe(_object(patients=NUMBER, others=NUMBER, own=NUMBER, sentence=TEXT))),
    prevalence=_said(
        "prevalence",
        _object(responders=COUNT, n=COUNT, estimate=NUMBER, lower=NUMBER, upper=NUMBER),
    ),
    attributions=_said(
        "attributions",
        _object(
            scale={"const": "logit"},
            base_value=MAYBE_NUMBER,
            exact=FLAG,
            contributions=_list(_object(name=TEXT, label=TEXT, contribution=NUMBER, standard_error=MAYBE_NUMBER)),
        ),
    ),
    applicability=_said(
        "applicability",
        _object(
            traits=_list(
                _object(
                    name=TEXT,
                    state={"enum": ["in_range", "outside_range", "not_seen", "missing"]},
                    low=MAYBE_NUMBER,
                    high=MAYBE_NUMBER,
                )
            ),
            missing=_list(TEXT),
            leverage=NUMBER,
            largest_leverage=NUMBER,
            distance=MAYBE_NUMBER,
            largest_distance=MAYBE_NUMBER,
        ),
    ),
    ignored=_said("ignored", _list(TEXT)),
    standing=_said("standing", {"allOf": [ref("Standing")]}),
    research_use=_said("research_use", TEXT),
    sensitivity=_said(
        "sensitivity",
        _object(
            probability=MAYBE_NUMBER,
            traits=_list(
                _object(
                    name=TEXT,
                    why={"enum": ["measuring_error", "missing"]},
                    low=MAYBE_NUMBER,
                    high=MAYBE_NUMBER,
                    lower=NUMBER,
                    upper=NUMBER,
                    width=NUMBER,
                )
            ),
            not_declared=_list(TEXT),
        ),
    ),
)

STANDING = _object(
    kind={"enum": ["beats_chance", "not_shown_to_beat_chance", "cannot_be_estimated"]},
    sentence=TEXT,
    n=COUNT,
    responders=COUNT,
    prevalence_lower=NUMBER,
    prevalence_upper=NUMBER,
    lpo_auc=_said("lpo_auc", MAYBE_NUMBER),
    lpo_auc_lower=_said("lpo_auc_interval", MAYBE_NUMBER),
    lpo_auc_upper=MAYBE_NUMBER,
    interval_method=TEXT,
    interval_coverage=_said("interval_coverage", MAYBE_NUMBER),
    permutation_p=MAYBE_NUMBER,
    permutation_p_maxt=_said("permutation_p_maxt", MAYBE_NUMBER),
    smallest_attainable_p=MAYBE_NUMBER,
    brier_skill_loo=MAYBE_NUMBER,
    illustration=_said("illustration", TEXT),
    known_only=_said("known_only", TEXT),
)

ANSWER_SCHEMAS: Schema = {
    "Failure": _object(ok={"const": False}, error=ERROR),
    "Refusal": _object(decision={"const": "refused"}, error=ERROR),
    "Answer": _object(
        schema={"const": "responder/score/1"},
        ok={"const": True},
        bundle=BUNDLE,
        counts=_object(profiles=COUNT, abstained=COUNT, refused=COUNT),
        scores=_list({"anyOf": [ref("Score"), ref("Refusal")]}),
    ),
    "Health": _object(ok={"const": True}),
    "Score": SCORE,
    "Standing": STANDING,
    "Model": _object(
        schema={"const": "responder/model/1"},
        ok={"const": True},
        bundle=BUNDLE,
        title=TEXT,
        study=_object(id=TEXT, title=BY_LANGUAGE, intervention=BY_LANGUAGE, endpoint=BY_LANGUAGE),
        standing=ref("Standing"),
        traits=_list(
            _object(
                name=TEXT,
                aliases=_list(TEXT),
                kind=TEXT,
                unit=TEXT,
                units={"type": "object", "additionalProperties": NUMBER},
                levels=_list(TEXT),
                labels=BY_LANGUAGE,
                plausible=_maybe(_list(NUMBER)),
                reference=_maybe(_list(NUMBER)),
                training_range=_list(MAYBE_NUMBER),
            )
        ),
        refits=COUNT,
        provenance=_object(cohort_digest=TEXT, code_version=TEXT, lock_digest=TEXT, seed=COUNT, experiment=TEXT),
        research_use=_said("research_use", TEXT),
    ),
}
"""Every answer by name."""
