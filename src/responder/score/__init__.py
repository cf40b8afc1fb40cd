"""Score a baseline profile from a bundle: NumPy and the standard library alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder._lazy import lazy_exports

if TYPE_CHECKING:
    from responder.score.answers import answer_many, answer_profile, bundle_identity
    from responder.score.applicability import ApplicabilityReference, TrainingTrait
    from responder.score.bundle import (
        Bundle,
        BundleProvenance,
        BundleStanding,
        BundleStudy,
        ModelIdentity,
        TraitSheet,
        row_digests,
    )
    from responder.score.ensemble import RefitEnsemble, affordable_refits
    from responder.score.importance import TraitImportance, trait_importance
    from responder.score.interval import NextPatient
    from responder.score.neighbours import Alike, most_alike
    from responder.score.profile import encode_profile, encode_table
    from responder.score.reasons import RESEARCH_USE, ScoreReason, research_use
    from responder.score.scorer import Score, score_profile
    from responder.score.sensitivity import Sensitivity, what_would_change
    from responder.score.storage import load_bundle, write_bundle
    from responder.score.table import TABLE_COLUMNS, TableScores, score_table

__all__ = [
    "RESEARCH_USE",
    "TABLE_COLUMNS",
    "Alike",
    "ApplicabilityReference",
    "Bundle",
    "BundleProvenance",
    "BundleStanding",
    "BundleStudy",
    "ModelIdentity",
    "NextPatient",
    "RefitEnsemble",
    "Score",
    "ScoreReason",
    "Sensitivity",
    "TableScores",
    "TrainingTrait",
    "TraitImportance",
    "TraitSheet",
    "affordable_refits",
    "answer_many",
    "answer_profile",
    "bundle_identity",
    "encode_profile",
    "encode_table",
    "load_bundle",
    "most_alike",
    "research_use",
    "row_digests",
    "score_profile",
    "score_table",
    "trait_importance",
    "what_would_change",
    "write_bundle",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "answers": ("answer_many", "answer_profile", "bundle_identity"),
        "applicability": ("ApplicabilityReference", "TrainingTrait"),
        "bundle": (
            "Bundle",
            "BundleProvenance",
            "BundleStanding",
            "BundleStudy",
            "ModelIdentity",
            "TraitSheet",
            "row_digests",
        ),
        "ensemble": ("RefitEnsemble", "affordable_refits"),
        "interval": ("NextPatient",),
        "importance": ("TraitImportance", "trait_importance"),
        "neighbours": ("Alike", "most_alike"),
        "profile": ("encode_profile", "encode_table"),
        "reasons": ("RESEARCH_USE", "ScoreReason", "research_use"),
        "scorer": ("Score", "score_profile"),
        "sensitivity": ("Sensitivity", "what_would_change"),
        "storage": ("load_bundle", "write_bundle"),
        "table": ("TABLE_COLUMNS", "TableScores", "score_table"),
    },
)
