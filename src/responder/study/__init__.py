"""What is measured: traits, features, endpoints and hypotheses of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.study.criteria import CRITERIA, CriteriaResult, Involvement, Verdict, assess_criteria
    from responder.study.eligibility import Candidate, Eligibility, EligibilityRule, assess_eligibility
    from responder.study.encode import EncodeError, TraitCode, is_missing
    from responder.study.instruments import INSTRUMENTS, Instrument, ItemScore
    from responder.study.load import load_study, shipped_studies, study_digest
    from responder.study.model import Endpoint, Feature, Hypothesis, Study, Trait
    from responder.study.rpdai import (
        RPDAI_MAXIMUM_REACHABLE,
        RPDAI_MAXIMUM_THEORETICAL,
        RPDAI_WEIGHTS,
        RPDAI_WINDOW_DAYS,
        Quantity,
        RpdaiScore,
        score_rpdai,
    )
    from responder.study.text import Text
    from responder.study.trial_design import Course, EventFlag, PatientGroups, Safety, TrialDesign

__all__ = [
    "CRITERIA",
    "INSTRUMENTS",
    "RPDAI_MAXIMUM_REACHABLE",
    "RPDAI_MAXIMUM_THEORETICAL",
    "RPDAI_WEIGHTS",
    "RPDAI_WINDOW_DAYS",
    "Candidate",
    "Course",
    "CriteriaResult",
    "Eligibility",
    "EligibilityRule",
    "EncodeError",
    "Endpoint",
    "EventFlag",
    "Feature",
    "Hypothesis",
    "Instrument",
    "Involvement",
    "ItemScore",
    "PatientGroups",
    "Quantity",
    "RpdaiScore",
    "Safety",
    "Study",
    "Text",
    "Trait",
    "TraitCode",
    "TrialDesign",
    "Verdict",
    "assess_criteria",
    "assess_eligibility",
    "is_missing",
    "load_study",
    "score_rpdai",
    "shipped_studies",
    "study_digest",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "criteria": ("CRITERIA", "CriteriaResult", "Involvement", "Verdict", "assess_criteria"),
        "eligibility": ("Candidate", "Eligibility", "EligibilityRule", "assess_eligibility"),
        "encode": ("EncodeError", "TraitCode", "is_missing"),
        "instruments": ("INSTRUMENTS", "Instrument", "ItemScore"),
        "load": ("load_study", "shipped_studies", "study_digest"),
        "model": ("Endpoint", "Feature", "Hypothesis", "Study", "Trait"),
        "rpdai": (
            "RPDAI_MAXIMUM_REACHABLE",
            "RPDAI_MAXIMUM_THEORETICAL",
            "RPDAI_WEIGHTS",
            "RPDAI_WINDOW_DAYS",
            "Quantity",
            "RpdaiScore",
            "score_rpdai",
        ),
        "text": ("Text",),
        "trial_design": ("Course", "EventFlag", "PatientGroups", "Safety", "TrialDesign"),
    },
)
