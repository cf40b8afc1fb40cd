"""Who may enter the trial of low-dose interleukin-2 in relapsing polychondritis, rule by rule."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from responder.errors import DataRefusedError
from responder.study.instruments.rp.criteria import CriteriaResult, Fulfilment
from responder.words import Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidate", "Eligibility", "EligibilityRule", "assess_eligibility"]

_MINIMUM_AGE_YEARS, _MAXIMUM_AGE_YEARS = 18, 70
_BACKGROUND_MG_PER_KG = 0.5
_EXCLUDING_MG_PER_KG = 1.0
_STABLE_WEEKS = 4
_EXCLUDING_NYHA = 3
_REGISTRY_WEEKS, _REPORT_WEEKS = 4, 12

_REGISTRY: Final = Phrase("eligibility.source.registry")
_REPORT: Final = Phrase("eligibility.source.report")
_BOTH: Final = Phrase("eligibility.source.both")


@dataclass(frozen=True)
class Candidate:
    """What the rules ask of one person; ``None`` is missing and is never read as favourable.

    Attributes
    ----------
    age_years : float or None
    michet : CriteriaResult or None
        Michet 1986, assessed on the basis "ever".
    uncontrolled_weeks : float or None
        Weeks of earlier therapy (glucocorticoid, immunosuppressant or biologic) without control.
    intolerant : bool or None
        Whether earlier therapy was not tolerated.
    glucocorticoid_mg_per_kg_per_day : float or None
        Background dose, prednisone equivalent; 0 when none is taken.
    background_stable_weeks : float or None
        Weeks for which background therapy has been stable.
    highest_glucocorticoid_mg_per_kg_per_day_last_month : float or None
    nyha_class : int or None
        1 to 4; 1 when there is no heart failure.
    recent_monoclonal_antibody : bool or None
    """

    age_years: float | None = None
    michet: CriteriaResult | None = None
    uncontrolled_weeks: float | None = None
    intolerant: bool | None = None
    glucocorticoid_mg_per_kg_per_day: float | None = None
    background_stable_weeks: float | None = None
    highest_glucocorticoid_mg_per_kg_per_day_last_month: float | None = None
    nyha_class: int | None = None
    recent_monoclonal_antibody: bool | None = None

    def __post_init__(self) -> None:
        """Refuse values that cannot be, naming the field and not the value."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
                raise DataRefusedError("eligibility_no_number", where=_place(field.name), field=field.name)
        if self.nyha_class not in (None, 1, 2, 3, 4):
            raise DataRefusedError("eligibility_nyha", where=_place("nyha_class"))
        if self.michet is not None and (self.michet.criteria, self.michet.basis) != ("michet_1986", "ever"):
            raise DataRefusedError("eligibility_michet", where=_place("michet"))


@dataclass(frozen=True)
class EligibilityRule:
    """One rule and whether the candidate meets it.

    Attributes
    ----------
    rule, source : Phrase
        What is asked, and who asks it.
    verdict : Fulfilment
    reason : Phrase
        Why, without the candidate's values.
    """

    rule: Phrase
    source: Phrase
    verdict: Fulfilment
    reason: Phrase

    def to_json(self) -> dict[str, Any]:
        """Return the rule as JSON types."""
        parts = {name: getattr(self, name).to_json() for name in ("rule", "source", "reason")}
        return {**parts, "verdict": str(self.verdict)}


@dataclass(frozen=True)
class Eligibility:
    """Whether a candidate may enter, with the verdict of each rule.

    Attributes
    ----------
    verdict : Fulfilment
        Met when every rule is; not met when any is not; else undetermined.
    rules : tuple of EligibilityRule
    """

    verdict: Fulfilment
    rules: tuple[EligibilityRule, ...]

    @property
    def reasons(self) -> tuple[Phrase, ...]:
        """Why the candidate is not, or not yet, eligible; empty when eligible."""
        return tuple(rule.reason for rule in self.rules if rule.verdict is not Fulfilment.MET)

    def frame(self) -> pd.DataFrame:
        """Return one row a rule: ``rule``, ``source``, ``verdict``, ``reason``."""
        import pandas as pd

        rows = [(str(r.rule), str(r.source), str(r.verdict), str(r.reason)) for r in self.rules]
        return pd.DataFrame(rows, columns=["rule", "source", "verdict", "reason"])

    def to_json(self) -> dict[str, Any]:
        """Return the verdict and its rules as JSON types."""
        return {"verdict": str(self.verdict), "rules": [rule.to_json() for rule in self.rules]}


def assess_eligibility(candidate: Candidate) -> Eligibility:
    """Check a candidate against the published rules of the trial.

    Parameters
    ----------
    candidate : Candidate

    Returns
    -------
    Eligibility

    Notes
    -----
    The registry (NCT04077736) and the trial's news summary differ in two places: inadequate response to
    standard treatment for at least 4 weeks against 12 weeks, and glucocorticoid of at most against below
    0.5 mg/kg/day.  Where only one of them is met the rule is undetermined, with that reason: which one the
    trial applied is not published.

    Examples
    --------
    >>> answer = assess_eligibility(Candidate(age_years=75))
    >>> str(answer.verdict), str(answer.reasons[0])
    ('not met', 'age is outside 18 to 70 years')
    """
    age, dose = candidate.age_years, candidate.glucocorticoid_mg_per_kg_per_day
    highest = candidate.highest_glucocorticoid_mg_per_kg_per_day_last_month
    nyha, stable = candidate.nyha_class, candidate.background_stable_weeks
    antibody = candidate.recent_monoclonal_antibody
    rules = (
        _rule("age", _REGISTRY, None if age is None else _MINIMUM_AGE_YEARS <= age <= _MAXIMUM_AGE_YEARS),
        _michet_rule(candidate.michet),
        _refractory_rule(candidate),
        _background_rule(dose),
        _rule("stable", _REPORT, None if stable is None else stable >= _STABLE_WEEKS),
        _rule("highest_dose", _REGISTRY, None if highest is None else highest <= _EXCLUDING_MG_PER_KG),
        _rule("heart_failure", _REGISTRY, None if nyha is None else nyha < _EXCLUDING_NYHA),
        _rule("antibody", _REGISTRY, None if antibody is None else not antibody),
    )
    verdicts = {rule.verdict for rule in rules}
    if Fulfilment.NOT_MET in verdicts:
        return Eligibility(Fulfilment.NOT_MET, rules)
    return Eligibility(Fulfilment.UNDETERMINED if Fulfilment.UNDETERMINED in verdicts else Fulfilment.MET, rules)


def _place(field: str) -> Phrase:
    return Phrase("place.eligibility_field", {"field": field})


def _rule(code: str, source: Phrase, met: bool | None, asked: str = "asked") -> EligibilityRule:
    rule = Phrase(f"eligibility.{code}.rule")
    if met is None:
        missing = Phrase("eligibility.missing", {"asked": Phrase(f"eligibility.{code}.{asked}")})
        return EligibilityRule(rule, source, Fulfilment.UNDETERMINED, missing)
    if met:
        return EligibilityRule(rule, source, Fulfilment.MET, rule)
    return EligibilityRule(rule, source, Fulfilment.NOT_MET, Phrase(f"eligibility.{code}.not_met"))


def _sources_differ(code: str) -> EligibilityRule:
    """Return a rule that is met by one of the two sources alone."""
    rule, differ = (Phrase(f"eligibility.{code}.{part}") for part in ("rule", "differ"))
    return EligibilityRule(rule, _BOTH, Fulfilment.UNDETERMINED, differ)


def _michet_rule(michet: CriteriaResult | None) -> EligibilityRule:
    if michet is None:
        return _rule("michet", _REPORT, None)
    return EligibilityRule(Phrase("eligibility.michet.rule"), _REPORT, michet.verdict, michet.reasons[0])


def _refractory_rule(candidate: Candidate) -> EligibilityRule:
    weeks, intolerant = candidate.uncontrolled_weeks, candidate.intolerant
    if intolerant or (weeks is not None and weeks >= _REPORT_WEEKS):
        return _rule("refractory", _BOTH, True)
    if weeks is None or intolerant is None:
        return _rule("refractory", _BOTH, None, "asked_weeks" if weeks is None else "asked_tolerance")
    return _rule("refractory", _BOTH, False) if weeks < _REGISTRY_WEEKS else _sources_differ("refractory")


def _background_rule(dose: float | None) -> EligibilityRule:
    if dose == _BACKGROUND_MG_PER_KG:
        return _sources_differ("background")
    return _rule("background", _BOTH, None if dose is None else dose < _BACKGROUND_MG_PER_KG)
