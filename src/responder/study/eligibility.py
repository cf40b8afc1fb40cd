"""Who may enter the trial of low-dose interleukin-2 in relapsing polychondritis, rule by rule."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from responder.errors import DataRefusedError
from responder.study.criteria import CriteriaResult, Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Candidate", "Eligibility", "EligibilityRule", "assess_eligibility"]

_MINIMUM_AGE_YEARS, _MAXIMUM_AGE_YEARS = 18, 70
_BACKGROUND_MG_PER_KG = 0.5
_EXCLUDING_MG_PER_KG = 1.0
_STABLE_WEEKS = 4
_EXCLUDING_NYHA = 3
_REGISTRY_WEEKS, _REPORT_WEEKS = 4, 12

_REGISTRY: Final = "registry NCT04077736"
_REPORT: Final = "the trial's news summary"


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
                raise DataRefusedError(
                    f"'{field.name}' is not a finite number of 0 or more",
                    where=f"eligibility '{field.name}'",
                    hint="leave it out when it is not known",
                )
        if self.nyha_class not in (None, 1, 2, 3, 4):
            raise DataRefusedError("'nyha_class' is not 1, 2, 3 or 4", where="eligibility 'nyha_class'")
        if self.michet is not None and (self.michet.criteria, self.michet.basis) != ("michet_1986", "ever"):
            raise DataRefusedError(
                "'michet' must be Michet 1986 on the basis 'ever'",
                where="eligibility 'michet'",
                hint="assess_criteria('michet_1986', findings)",
            )


@dataclass(frozen=True)
class EligibilityRule:
    """One rule and whether the candidate meets it.

    Attributes
    ----------
    rule, source : str
        What is asked, and who asks it.
    verdict : Verdict
    reason : str
        Why, without the candidate's values.
    """

    rule: str
    source: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Eligibility:
    """Whether a candidate may enter, with the verdict of each rule.

    Attributes
    ----------
    verdict : Verdict
        Met when every rule is; not met when any is not; else undetermined.
    rules : tuple of EligibilityRule
    """

    verdict: Verdict
    rules: tuple[EligibilityRule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the candidate is not, or not yet, eligible; empty when eligible."""
        return tuple(rule.reason for rule in self.rules if rule.verdict is not Verdict.MET)

    def frame(self) -> pd.DataFrame:
        """Return one row a rule: ``rule``, ``source``, ``verdict``, ``reason``."""
        import pandas as pd

        rows = [(rule.rule, rule.source, str(rule.verdict), rule.reason) for rule in self.rules]
        return pd.DataFrame(rows, columns=["rule", "source", "verdict", "reason"])

    def to_json(self) -> dict[str, Any]:
        """Return the verdict and its rules as JSON types."""
        return {"verdict": str(self.verdict), "rules": self.frame().to_dict(orient="records")}


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
    >>> str(answer.verdict), answer.reasons[0]
    ('not met', 'age is outside 18 to 70 years')
    """
    age, dose = candidate.age_years, candidate.glucocorticoid_mg_per_kg_per_day
    highest = candidate.highest_glucocorticoid_mg_per_kg_per_day_last_month
    nyha, stable = candidate.nyha_class, candidate.background_stable_weeks
    antibody = candidate.recent_monoclonal_antibody
    rules = (
        _rule(
            "age 18 to 70 years",
            _REGISTRY,
            None if age is None else _MINIMUM_AGE_YEARS <= age <= _MAXIMUM_AGE_YEARS,
            "age is outside 18 to 70 years",
            "age",
        ),
        _michet_rule(candidate.michet),
        _refractory_rule(candidate),
        _background_rule(dose),
        _rule(
            "background therapy stable for at least 4 weeks",
            _REPORT,
            None if stable is None else stable >= _STABLE_WEEKS,
            "background therapy has been stable for less than 4 weeks",
            "weeks of stable background therapy",
        ),
        _rule(
            "no glucocorticoid above 1 mg/kg/day within 1 month",
            _REGISTRY,
            None if highest is None else highest <= _EXCLUDING_MG_PER_KG,
            "glucocorticoid was above 1 mg/kg/day within 1 month",
            "highest glucocorticoid dose of the last month",
        ),
        _rule(
            "no heart failure of NYHA class III or above",
            _REGISTRY,
            None if nyha is None else nyha < _EXCLUDING_NYHA,
            "heart failure is of NYHA class III or above",
            "NYHA class",
        ),
        _rule(
            "no recent monoclonal antibody",
            _REGISTRY,
            None if antibody is None else not antibody,
            "a monoclonal antibody was given recently",
            "recent monoclonal antibody",
        ),
    )
    verdicts = {rule.verdict for rule in rules}
    if Verdict.NOT_MET in verdicts:
        return Eligibility(Verdict.NOT_MET, rules)
    return Eligibility(Verdict.UNDETERMINED if Verdict.UNDETERMINED in verdicts else Verdict.MET, rules)


def _rule(rule: str, source: str, met: bool | None, otherwise: str, asked: str) -> EligibilityRule:
    if met is None:
        return EligibilityRule(rule, source, Verdict.UNDETERMINED, f"{asked}: missing")
    return EligibilityRule(rule, source, Verdict.MET if met else Verdict.NOT_MET, rule if met else otherwise)


def _michet_rule(michet: CriteriaResult | None) -> EligibilityRule:
    rule = "Michet 1986 criteria"
    if michet is None:
        return _rule(rule, _REPORT, None, "", rule)
    return EligibilityRule(rule, _REPORT, michet.verdict, michet.reasons[0])


def _refractory_rule(candidate: Candidate) -> EligibilityRule:
    rule = "not controlled by 12 weeks (registry: 4 weeks) of earlier therapy, or intolerant"
    source = f"{_REPORT}; {_REGISTRY}"
    weeks, intolerant = candidate.uncontrolled_weeks, candidate.intolerant
    if intolerant or (weeks is not None and weeks >= _REPORT_WEEKS):
        return EligibilityRule(rule, source, Verdict.MET, rule)
    if weeks is None or intolerant is None:
        asked = "weeks without control" if weeks is None else "intolerance of earlier therapy"
        return _rule(rule, source, None, "", asked)
    if weeks < _REGISTRY_WEEKS:
        why = "earlier therapy was given for less than 4 weeks without control, and was tolerated"
        return EligibilityRule(rule, source, Verdict.NOT_MET, why)
    why = "not controlled for 4 to 12 weeks: enough for the registry, not for the trial's summary"
    return EligibilityRule(rule, source, Verdict.UNDETERMINED, why)


def _background_rule(dose: float | None) -> EligibilityRule:
    rule = "background glucocorticoid below (registry: at most) 0.5 mg/kg/day"
    source = f"{_REPORT}; {_REGISTRY}"
    if dose == _BACKGROUND_MG_PER_KG:
        why = "glucocorticoid is exactly 0.5 mg/kg/day: allowed by the registry, not by the trial's summary"
        return EligibilityRule(rule, source, Verdict.UNDETERMINED, why)
    met = None if dose is None else dose < _BACKGROUND_MG_PER_KG
    return _rule(rule, source, met, "glucocorticoid is above 0.5 mg/kg/day", "background glucocorticoid dose")
