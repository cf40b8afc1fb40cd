"""What is measured: traits, features, endpoints and hypotheses of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.study.encode import EncodeError, TraitCode, is_missing
    from responder.study.load import load_study, shipped_studies, study_digest
    from responder.study.model import Endpoint, Feature, Hypothesis, Study, Text, Trait

__all__ = [
    "EncodeError",
    "Endpoint",
    "Feature",
    "Hypothesis",
    "Study",
    "Text",
    "Trait",
    "TraitCode",
    "is_missing",
    "load_study",
    "shipped_studies",
    "study_digest",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "encode": ("EncodeError", "TraitCode", "is_missing"),
        "load": ("load_study", "shipped_studies", "study_digest"),
        "model": ("Endpoint", "Feature", "Hypothesis", "Study", "Text", "Trait"),
    },
)
