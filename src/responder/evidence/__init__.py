"""What is published, and every cohort that could have been behind it."""

from __future__ import annotations

from responder.evidence.effects import EffectPerSd
from responder.evidence.facts import Fact, PublishedFacts, Source, load_published
from responder.evidence.map_prior import MapPrior, MarkerEvidence, PublishedEffect, map_prior
from responder.evidence.pooled import Pooled, pooled
from responder.evidence.predictors import (
    Predictor,
    Predictors,
    load_predictors,
)
from responder.evidence.prior_size import NormalMixture, effective_patients, two_normals
from responder.evidence.reconstruction import (
    Cohorts,
    EnsembleRange,
    Reconstruction,
    ReportedFacts,
    ensemble_range,
    load_facts,
    reconstruct,
)
from responder.evidence.simulate import simulate_cohort, simulated_provenance
from responder.evidence.simulate_visits import simulate_visits

__all__ = [
    "Cohorts",
    "EffectPerSd",
    "EnsembleRange",
    "Fact",
    "MapPrior",
    "MarkerEvidence",
    "NormalMixture",
    "Pooled",
    "Predictor",
    "Predictors",
    "PublishedEffect",
    "PublishedFacts",
    "Reconstruction",
    "ReportedFacts",
    "Source",
    "effective_patients",
    "ensemble_range",
    "load_facts",
    "load_predictors",
    "load_published",
    "map_prior",
    "pooled",
    "reconstruct",
    "simulate_cohort",
    "simulate_visits",
    "simulated_provenance",
    "two_normals",
]
