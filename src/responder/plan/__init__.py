"""How many patients would settle it? Riley's criteria, and simulation with the project's own pipeline."""

from __future__ import annotations

from responder.plan.borrowed import BorrowedPower, WhatIsBorrowed, simulate_borrowing
from responder.plan.exclusion import RateExclusion, patients_to_exclude, rate_exclusions
from responder.plan.population import Effect, Population, following, normal_population, plain_features, study_population
from responder.plan.power import PowerSimulation, simulate_power
from responder.plan.rank_test import rank_test_size
from responder.plan.riley import (
    RileyCriteria,
    cox_snell_auc,
    cox_snell_r2,
    implied_shrinkage,
    largest_cox_snell_r2,
    largest_parameters,
    riley_criteria,
)
from responder.plan.setting import DEFAULT_AUCS, DEFAULT_SIZES, AtHand, Setting, of_numbers, of_study, overridden
from responder.plan.simulated import Needed, PowerPoint, SimulatedPower
from responder.plan.study_plan import Assumption, Shortfall, StudyPlan, plan_study, simulation_key
from responder.plan.two_arms import ControlledTrial, plan_trial
from responder.plan.validation_study import ValidationSize, validation_size

__all__ = [
    "DEFAULT_AUCS",
    "DEFAULT_SIZES",
    "Assumption",
    "AtHand",
    "BorrowedPower",
    "ControlledTrial",
    "Effect",
    "Needed",
    "Population",
    "PowerPoint",
    "PowerSimulation",
    "RateExclusion",
    "RileyCriteria",
    "Setting",
    "Shortfall",
    "SimulatedPower",
    "StudyPlan",
    "ValidationSize",
    "WhatIsBorrowed",
    "cox_snell_auc",
    "cox_snell_r2",
    "following",
    "implied_shrinkage",
    "largest_cox_snell_r2",
    "largest_parameters",
    "normal_population",
    "of_numbers",
    "of_study",
    "overridden",
    "patients_to_exclude",
    "plain_features",
    "plan_study",
    "plan_trial",
    "rank_test_size",
    "rate_exclusions",
    "riley_criteria",
    "simulate_borrowing",
    "simulate_power",
    "simulation_key",
    "study_population",
    "validation_size",
]
