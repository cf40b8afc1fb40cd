"""What is published, and every cohort that could have been behind it."""

from __future__ import annotations

from responder.evidence.facts import Fact, PublishedFacts, Source, load_published
from responder.evidence.predictors import (
    Predictor,
    Predictors,
    load_predictors,
)
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
    "EnsembleRange",
    "Fact",
    "Predictor",
    "Predictors",
    "PublishedFacts",
    "Reconstruction",
    "ReportedFacts",
    "Source",
    "ensemble_range",
    "load_facts",
    "load_predictors",
    "load_published",
    "reconstruct",
    "simulate_cohort",
    "simulate_visits",
    "simulated_provenance",
]
