"""Classification criteria of relapsing polychondritis, and who may enter the RP study.

The criteria ask what was *ever* involved; disease activity asks what is *active* now.  Findings keep the two
apart, and a finding that nobody looked for leaves a criterion undetermined whenever it could tip it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from responder.errors import DataRefusedError, UsageError, did_you_mean
from responder.names.suggest import suggest
from responder.values import is_gap, yes_no

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CRITERIA",
    "Basis",
    "CriteriaResult",
    "Involvement",
    "Verdict",
    "assess_criteria",
]

Basis = Literal["ever", "active"]


class Involvement(StrEnum):
    """What is known of one finding."""

    NEVER = "never"
    PAST = "past"
    ACTIVE = "active"


class Verdict(StrEnum):
    """Whether a rule is met; missing findings may leave it open."""

    MET = "met"
    NOT_MET = "not met"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class _Criteria:
    """One published set of criteria: what it counts, and the rule over what is present.

    The rule only ever asks for *more* findings, so reading every missing finding once as absent and once as
    present brackets all that they could be.
    """

    title: str
    source: str
    manifestations: tuple[str, ...]
    facts: tuple[str, ...]
    rule: Callable[[frozenset[str]], bool]


_MICHET_MAJOR: Final = ("auricular_chondritis", "nasal_chondritis", "laryngotracheal_chondritis")
_MICHET_MINOR: Final = (
    "seronegative_inflammatory_arthritis",
    "ocular_inflammation",
    "hearing_loss",
    "vestibular_dysfunction",
)
_MCADAM: Final = (
    "bilateral_auricular_chondritis",
    "non_erosive_seronegative_polyarthritis",
    "nasal_chondritis",
    "ocular_inflammation",
    "respiratory_tract_chondritis",
    "cochlear_or_vestibular_dysfunction",
)
_DAMIANI_FACTS: Final = ("histology_confirms", "responded_to_glucocorticoid_or_dapsone")


def _michet(present: frozenset[str]) -> bool:
    major = sum(finding in present for finding in _MICHET_MAJOR)
    minor = sum(finding in present for finding in _MICHET_MINOR)
    return major >= 2 or (major >= 1 and minor >= 2)


def _mcadam(present: frozenset[str]) -> bool:
    return sum(finding in present for finding in _MCADAM) >= 3


def _damiani(present: frozenset[str]) -> bool:
    signs = sum(finding in present for finding in _MCADAM)
    histology, response = (fact in present for fact in _DAMIANI_FACTS)
    return signs >= 3 or (signs >= 1 and histology) or (signs >= 2 and response)


CRITERIA: Final[Mapping[str, _Criteria]] = {
    "michet_1986": _Criteria(
        "Michet 1986",
        "as listed by NCT06941376: 2 of the first 3 findings, or 1 of them and 2 of the others",
        _MICHET_MAJOR + _MICHET_MINOR,
        (),
        _michet,
    ),
    "mcadam_1976": _Criteria("McAdam 1976", "3 of 6 findings", _MCADAM, (), _mcadam),
    "damiani_1979": _Criteria(
        "Damiani 1979",
        "3 McAdam findings; or 1 with histology; or 2 with response to glucocorticoid or dapsone",
        _MCADAM,
        _DAMIANI_FACTS,
        _damiani,
    ),
}
"""The published criteria by name: their findings (never, past, active) and facts (yes, no)."""


@dataclass(frozen=True)
class CriteriaResult:
    """Whether one person meets one set of criteria.

    Attributes
    ----------
    criteria : str
        Name in `CRITERIA`.
    basis : str
        ``ever`` (what classification asks) or ``active``.
    verdict : Verdict
        Met, not met, or undetermined because missing findings could tip it.
    present, absent, missing : tuple of str
        Findings by what is known of them on this basis.
    reasons : tuple of str
        Sentences that say why.
    """

    criteria: str
    basis: Basis
    verdict: Verdict
    present: tuple[str, ...]
    absent: tuple[str, ...]
    missing: tuple[str, ...]
    reasons: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return one row a finding: ``finding``, ``state``."""
        import pandas as pd

        rows = [(finding, state) for state in ("present", "absent", "missing") for finding in getattr(self, state)]
        return pd.DataFrame(rows, columns=["finding", "state"])

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON types."""
        return {
            "criteria": self.criteria,
            "basis": self.basis,
            "verdict": str(self.verdict),
            "present": list(self.present),
            "absent": list(self.absent),
            "missing": list(self.missing),
            "reasons": list(self.reasons),
        }


def assess_criteria(criteria: str, findings: Mapping[str, object], *, basis: Basis = "ever") -> CriteriaResult:
    """Assess one set of criteria.

    Parameters
    ----------
    criteria : str
        ``michet_1986``, ``mcadam_1976`` or ``damiani_1979``.
    findings : mapping of str to object
        Finding -> ``"never"``, ``"past"``, ``"active"`` or missing; for Damiani's two facts yes, no or
        missing.  What is left out is missing.
    basis : str
        ``"ever"`` counts past and active findings, as classification does; ``"active"`` counts active ones
        only.

    Returns
    -------
    CriteriaResult

    Raises
    ------
    UsageError
        For unknown criteria or an unknown basis.
    DataRefusedError
        For an unknown finding, or a state that is none of the above.

    Notes
    -----
    Michet 1986 as listed by NCT06941376; McAdam 1976; Damiani 1979.

    Examples
    --------
    >>> ear_now_nose_before = {"auricular_chondritis": "active", "nasal_chondritis": "past"}
    >>> str(assess_criteria("michet_1986", ear_now_nose_before).verdict)
    'met'
    >>> str(assess_criteria("michet_1986", ear_now_nose_before, basis="active").verdict)
    'undetermined'
    """
    if criteria not in CRITERIA:
        raise UsageError(
            f"no criteria called '{criteria}'",
            where="criteria",
            hint=did_you_mean(criteria, CRITERIA) or "known: " + ", ".join(CRITERIA),
        )
    if basis not in ("ever", "active"):
        raise UsageError(f"no basis called '{basis}'", where="basis", hint="'ever' or 'active'")
    rule = CRITERIA[criteria]
    states: dict[str, bool | None] = dict.fromkeys(rule.manifestations + rule.facts)
    for finding, value in findings.items():
        if finding not in states:
            raise DataRefusedError(
                f"'{finding}' is not a finding of {rule.title}",
                where=f"{rule.title} finding '{finding}'",
                hint=suggest(finding, list(states)) or "known: " + ", ".join(states),
            )
        read = _fact if finding in rule.facts else _involved
        states[finding] = read(finding, value, rule.title, basis)

    present = tuple(finding for finding, state in states.items() if state)
    absent = tuple(finding for finding, state in states.items() if state is False)
    missing = tuple(finding for finding, state in states.items() if state is None)
    at_least, at_most = rule.rule(frozenset(present)), rule.rule(frozenset(present + missing))
    if at_least:
        verdict, why = Verdict.MET, f"{rule.title} is met: {_words(present)}"
    elif not at_most:
        verdict, why = Verdict.NOT_MET, f"{rule.title} is not met ({rule.source}); present: {_words(present)}"
    else:
        verdict, why = Verdict.UNDETERMINED, f"{rule.title} depends on what is missing: {_words(missing)}"
    reasons = (why,) if basis == "ever" else (why, "only findings active now were counted")
    return CriteriaResult(criteria, basis, verdict, present, absent, missing, reasons)


def _involved(finding: str, value: object, title: str, basis: Basis) -> bool | None:
    """Read one manifestation; what was typed stays out of the message, because it is a patient's."""
    if is_gap(value):
        return None
    word = str(value).strip().casefold()
    if word not in list(Involvement):
        raise DataRefusedError(
            f"finding '{finding}' is neither never, past, active nor missing",
            where=f"{title} finding '{finding}'",
            hint=suggest(word, list(Involvement)) or "yes or no is not enough: say past or active",
        )
    return word == Involvement.ACTIVE or (basis == "ever" and word == Involvement.PAST)


def _fact(finding: str, value: object, title: str, _basis: Basis) -> bool | None:
    if is_gap(value):
        return None
    answer = yes_no(value)
    if answer is None:
        raise DataRefusedError(
            f"'{finding}' is neither yes, no nor missing",
            where=f"{title} finding '{finding}'",
            hint="write yes or no",
        )
    return answer == 1.0


def _words(findings: tuple[str, ...]) -> str:
    return ", ".join(finding.replace("_", " ") for finding in findings) or "none"
