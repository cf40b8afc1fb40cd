"""What is published, and every cohort that could have been behind it."""

from __future__ import annotations

from responder.evidence.facts import TAG_MEANINGS, Fact, PublishedFacts, Source, load_published
from responder.evidence.simulate import simulate_cohort, simulated_provenance

__all__ = [
    "TAG_MEANINGS",
    "Fact",
    "PublishedFacts",
    "Source",
    "load_published",
    "simulate_cohort",
    "simulated_provenance",
]
