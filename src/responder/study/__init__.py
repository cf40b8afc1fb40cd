"""What is measured: traits, features, endpoints and hypotheses of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.study.counterparts import Counterparts, find_counterparts
    from responder.study.encode import EncodeError, TraitCode, is_missing
    from responder.study.hypothesis import Expectation, Hypothesis
    from responder.study.instruments import INSTRUMENTS, Instrument, ItemScore
    from responder.study.load import REFERENCE_STUDY, load_study, shipped_studies, study_digest
    from responder.study.model import Endpoint, Feature, Study
    from responder.study.text import Text
    from responder.study.trait import Level, Trait
    from responder.study.trial_design import Course, EventFlag, PatientGroups, Safety, TrialDesign

__all__ = [
    "INSTRUMENTS",
    "REFERENCE_STUDY",
    "Counterparts",
    "Course",
    "EncodeError",
    "Endpoint",
    "EventFlag",
    "Expectation",
    "Feature",
    "Hypothesis",
    "Instrument",
    "ItemScore",
    "Level",
    "PatientGroups",
    "Safety",
    "Study",
    "Text",
    "Trait",
    "TraitCode",
    "TrialDesign",
    "find_counterparts",
    "is_missing",
    "load_study",
    "shipped_studies",
    "study_digest",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "counterparts": ("Counterparts", "find_counterparts"),
        "encode": ("EncodeError", "TraitCode", "is_missing"),
        "hypothesis": ("Expectation", "Hypothesis"),
        "instruments": ("INSTRUMENTS", "Instrument", "ItemScore"),
        "load": ("REFERENCE_STUDY", "load_study", "shipped_studies", "study_digest"),
        "model": ("Endpoint", "Feature", "Study"),
        "text": ("Text",),
        "trait": ("Level", "Trait"),
        "trial_design": ("Course", "EventFlag", "PatientGroups", "Safety", "TrialDesign"),
    },
)
