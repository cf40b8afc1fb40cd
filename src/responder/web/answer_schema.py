"""The shape of every answer of the REST service, as JSON Schema; a test holds the answers to it."""

from __future__ import annotations

from typing import Any

__all__ = ["ANSWER_SCHEMAS", "ref"]

Schema = dict[str, Any]

NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
WORDS: Schema = {"type": "object", "additionalProperties": TEXT, "description": "The same words by language."}


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _said(description: str, schema: Schema) -> Schema:
    return {**schema, "description": description}


ERROR = _object(kind=TEXT, message=TEXT, where=TEXT, hint=TEXT)
BUNDLE = _object(name=TEXT, study=TEXT, model=TEXT)

SCORE = _object(
    patient=_said("Pseudonym, where the profile gives one.", TEXT),
    decision=_said(
        "scored, scored_with_caution, or abstained: then no personal probability is given.",
        {"enum": ["scored", "scored_with_caution", "abstained"]},
    ),
    reasons=_said(
        "Why, those that abstain first.",
        _list(_object(code=TEXT, abstains=FLAG, traits=_list(TEXT), sentence=TEXT, sentence_zh=TEXT)),
    ),
    shown_anyway=_said("Numbers are given although the model abstains, because they were asked for.", FLAG),
    probability=_said("Of response under treatment; null where held back.", MAYBE_NUMBER),
    logit=_said("Of the probability.", MAYBE_NUMBER),
    interval=_said(
        "Of the true probability, with the share of new patients whose true probability such intervals held in "
        "simulated cohorts; null where held back, and for a bundle trained before there were intervals.",
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
                sentence_zh=TEXT,
            )
        ),
    ),
    venn_abers=_said(
        "The calibrated share of responders if this patient is counted as a non-responder, and as a responder: one of "
        "the two is calibrated, and it is not known which. No bounds of the patient's own probability.",
        _maybe(_object(p0=NUMBER, p1=NUMBER)),
    ),
    conformal=_said(
        "The outcomes that cannot be ruled out, a level each; empty where held back, or an older bundle has none.",
        _list(
            _object(
                level=NUMBER,
                outcomes={"enum": ["both", "response", "non_response", "neither", "uninformative"]},
                n_needed=COUNT,
                sentence=TEXT,
                sentence_zh=TEXT,
            )
        ),
    ),
    stability=_said(
        "Central share of the probability over bootstrap refits of the whole pipeline: how far it moves, not how far "
        "it may be off.",
        _maybe(_object(lower=NUMBER, upper=NUMBER, level=NUMBER)),
    ),
    effective_sample_size=_said(
        "The probability is as steady as from so many patients like this one; null above the number of patients.",
        MAYBE_NUMBER,
    ),
    prevalence=_said(
        "Share of responders in the training cohort with its exact 95% interval: the answer where the personal one is "
        "held back.",
        _object(responders=COUNT, n=COUNT, estimate=NUMBER, lower=NUMBER, upper=NUMBER),
    ),
    attributions=_said(
        "Shapley values by trait; with the base value they add up to the logit.",
        _object(
            scale={"const": "logit"},
            base_value=MAYBE_NUMBER,
            exact=FLAG,
            contributions=_list(_object(name=TEXT, label=TEXT, label_zh=TEXT, contribution=NUMBER)),
        ),
    ),
    applicability=_said(
        "How the profile stands to the training cohort.",
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
            distance=NUMBER,
            largest_distance=NUMBER,
        ),
    ),
    ignored=_said("Keys that the study knows and this model does not use.", _list(TEXT)),
    standing=_said("What the model is worth.", {"allOf": [ref("Standing")]}),
    research_use=_said("The sentence that goes with every score.", WORDS),
    sensitivity=_said(
        "How far each trait could move it: within its measuring error, or, where missing, over what was seen.",
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
    sentence_zh=TEXT,
    n=COUNT,
    responders=COUNT,
    prevalence_lower=NUMBER,
    prevalence_upper=NUMBER,
    lpo_auc=_said("Leave-pair-out AUC.", MAYBE_NUMBER),
    lpo_auc_lower=_said(
        "Of the AUC that this pipeline has with two patients fewer, not of the best possible.", MAYBE_NUMBER
    ),
    lpo_auc_upper=MAYBE_NUMBER,
    interval_method=TEXT,
    interval_coverage=_said("Coverage of the interval by simulation, at this size.", MAYBE_NUMBER),
    permutation_p=MAYBE_NUMBER,
    permutation_p_maxt=_said("Adjusted for everything that was tried.", MAYBE_NUMBER),
    smallest_attainable_p=MAYBE_NUMBER,
    brier_skill_loo=MAYBE_NUMBER,
    illustration=_said("What the training values rest on, where they were not observed.", TEXT),
    illustration_zh=TEXT,
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
        title=WORDS,
        study=_object(id=TEXT, title=WORDS, intervention=WORDS, endpoint=WORDS),
        standing=ref("Standing"),
        traits=_list(
            _object(
                name=TEXT,
                aliases=_list(TEXT),
                kind=TEXT,
                unit=TEXT,
                units={"type": "object", "additionalProperties": NUMBER},
                levels=_list(TEXT),
                labels=WORDS,
                plausible=_maybe(_list(NUMBER)),
                reference=_maybe(_list(NUMBER)),
                training_range=_list(MAYBE_NUMBER),
            )
        ),
        refits=COUNT,
        provenance=_object(cohort_digest=TEXT, code_version=TEXT, lock_digest=TEXT, seed=COUNT, experiment=TEXT),
        research_use=WORDS,
    ),
}
"""Every answer by name."""
