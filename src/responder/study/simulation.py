"""What is assumed where cohorts are simulated: how traits fall, what is planted, how visits go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from responder.toml_file import StrictModel

__all__ = ["Fold", "Share", "SimulatedDistribution", "StudySimulation", "Taper", "VisitSimulation"]


class SimulatedDistribution(StrictModel):
    """How a trait is drawn for a simulated cohort (an assumption, labelled as one).

    Attributes
    ----------
    kind : str
        ``lognormal`` (median, spread = geometric SD), ``normal`` (median, spread = SD), ``bernoulli`` (probability),
        ``levels`` (a probability a level) or ``patterns`` (a probability a ``;``-joined set of levels).
    """

    kind: Literal["lognormal", "normal", "bernoulli", "levels", "patterns"]
    median: float | None = None
    spread: float | None = Field(default=None, gt=0)
    probability: float | None = Field(default=None, ge=0, le=1)
    probabilities: Mapping[str, float] = Field(default_factory=dict)
    decimals: int = Field(default=2, ge=0, le=6)
    source: str = ""


class StudySimulation(StrictModel):
    """Everything that a planted-truth cohort needs: how traits fall, and what is planted."""

    prevalence: float = Field(gt=0, lt=1)
    traits: Mapping[str, SimulatedDistribution]
    log_odds_per_sd: Mapping[str, float]
    note: str = ""


class Fold(StrictModel):
    """How a trait moves on treatment: a median factor of baseline at each visit after it, and two spreads.

    Attributes
    ----------
    log_sd_patient, log_sd_visit : float
        SD of the natural logarithm of the factor between patients, and of each visit about its patient.
    """

    factor: tuple[float, ...]
    log_sd_patient: float = Field(default=0.0, ge=0)
    log_sd_visit: float = Field(default=0.0, ge=0)
    decimals: int = Field(default=2, ge=0, le=6)
    source: str = ""


class Taper(StrictModel):
    """How a dose is lowered: at each visit after `stable_until_week`, with a chance, to a factor of what it was."""

    stable_until_week: float
    chance: float = Field(ge=0, le=1)
    factor: float = Field(gt=0, lt=1)
    step: float = Field(gt=0)
    source: str = ""


class Share(StrictModel):
    """A trait that is the percentage of `part` in a whole: `part` plus `rest`, of which `rest` is only some."""

    part: str
    rest: str
    rest_is: float = Field(gt=0, le=1)
    source: str = ""


class VisitSimulation(StrictModel):
    """How a treated cohort is drawn visit by visit; every value is an assumption, labelled as one.

    Attributes
    ----------
    trait : str
        The set-valued trait whose levels are active, or clear, at a visit.
    patterns : Mapping[str, float]
        Relative frequency of each ``;``-joined set of levels at baseline.
    also : Mapping[str, float]
        Chance of further levels, each independent of all else.
    items : Mapping[str, Mapping[str, float]]
        The items of which a patient with a level has one, with their relative frequencies.
    clearing_per_visit : Mapping[str, float]
        Chance that a level still active at one visit is gone at the next, in an average patient.
    log_odds_per_sd : Mapping[str, float]
        Planted effects of baseline features on the logit of clearing, of every level alike.
    course, dose, shares
        How numeric traits move.
    withdrawal_per_visit : float
        Chance to leave between two visits.
    events_per_visit : Mapping[str, float]
        Chance of each adverse event at a visit on treatment.
    week_sd : float
        SD of the week of a visit about its scheduled week; it never leaves the window.
    """

    trait: str
    patterns: Mapping[str, float] = Field(min_length=1)
    also: Mapping[str, float] = Field(default_factory=dict)
    items: Mapping[str, Mapping[str, float]]
    clearing_per_visit: Mapping[str, float]
    log_odds_per_sd: Mapping[str, float] = Field(default_factory=dict)
    course: Mapping[str, Fold] = Field(default_factory=dict)
    dose: Mapping[str, Taper] = Field(default_factory=dict)
    shares: Mapping[str, Share] = Field(default_factory=dict)
    withdrawal_per_visit: float = Field(default=0.0, ge=0, lt=1)
    events_per_visit: Mapping[str, float] = Field(default_factory=dict)
    week_sd: float = Field(default=0.0, ge=0)
    note: str = ""
    sources: Mapping[str, str] = Field(default_factory=dict)
