"""Reconstruction: every cohort that fits what was reported, and the range of any result over them.

A person is one of finitely many cells, a cohort is a multiset of them, and every reported fact but a P value
bounds a count, a sum or a spread.  Such cohorts are counted exactly in a layered graph, listed by rank or drawn
with equal chance, and sifted by the P values that the report gives.
"""

from __future__ import annotations

from responder.evidence.reconstruction.conflict import Conflict
from responder.evidence.reconstruction.ensemble import Cohorts
from responder.evidence.reconstruction.paired_p import paired_p_values
from responder.evidence.reconstruction.result import (
    EnsembleRange,
    Reconstruction,
    ensemble_range,
    fisher_p_values,
)
from responder.evidence.reconstruction.search import reconstruct
from responder.evidence.reconstruction.sift import Tally
from responder.evidence.reconstruction.statements import ReportedFact, ReportedFacts, load_facts

__all__ = [
    "Cohorts",
    "Conflict",
    "EnsembleRange",
    "Reconstruction",
    "ReportedFact",
    "ReportedFacts",
    "Tally",
    "ensemble_range",
    "fisher_p_values",
    "load_facts",
    "paired_p_values",
    "reconstruct",
]
