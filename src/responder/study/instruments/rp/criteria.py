"""Classification criteria of relapsing polychondritis.

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
from responder.words import Phrase, Spoken

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CRITERIA",
    "Basis",
    "CriteriaResult",
    "Fulfilment",
    "Involvement",
    "assess_criteria",
]

Basis = Literal["ever", "active"]


class Involvement(StrEnum):
    """What is known of one finding."""

    NEVER = "never"
    PAST = "past"
    ACTIVE = "active"


class Fulfilment(StrEnum):
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
        _MICHET_MAJOR + _MICHET_MINOR,
        (),
        _michet,
    ),
    "mcadam_1976": _Criteria("McAdam 1976", _MCADAM, (), _mcadam),
    "damiani_1979": _Criteria(
        "Damiani 1979",
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
    verdict : Fulfilment
        Met, not met, or undetermined because missing findings could tip it.
    present, absent, missing : tuple of str
        Findings by what is known of them on this basis.
    reasons : tuple of Phrase
        Why.
    """

    criteria: str
    basis: Basis
    verdict: Fulfilment
    present: tuple[str, ...]
    absent: tuple[str, ...]
    missing: tuple[str, ...]
    reasons: tuple[Phrase, ...]

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
            "reasons": [reason.to_json() for reason in self.reasons],
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
        hint = did_you_mean(criteria, CRITERIA) or Phrase("hint.known", {"names": list(CRITERIA)})
        raise UsageError("criteria_unknown", where="criteria", hint=hint, name=criteria)
    if basis not in ("ever", "active"):
        raise UsageError("criteria_unknown_basis", where="basis", name=basis)
    rule = CRITERIA[criteria]
    states: dict[str, bool | None] = dict.fromkeys(rule.manifestations + rule.facts)
    for finding, value in findings.items():
        if finding not in states:
            near = suggest(finding, list(states)) or Phrase("hint.known", {"names": list(states)})
            raise _refusal("criteria_unknown_finding", finding, rule.title, near)
        read = _fact if finding in rule.facts else _involved
        states[finding] = read(finding, value, rule.title, basis)

    present = tuple(finding for finding, state in states.items() if state)
    absent = tuple(finding for finding, state in states.items() if state is False)
    missing = tuple(finding for finding, state in states.items() if state is None)
    at_least, at_most = rule.rule(frozenset(present)), rule.rule(frozenset(present + missing))
    verdict = Fulfilment.MET if at_least else Fulfilment.UNDETERMINED if at_most else Fulfilment.NOT_MET
    said_of = missing if verdict is Fulfilment.UNDETERMINED else present
    values = {
        "title": rule.title,
        "rule": Phrase(f"criteria.rule.{criteria}"),
        "findings": [Phrase(f"criteria.finding.{name}") for name in said_of] or Phrase("criteria.no_finding"),
    }
    why = Phrase(f"criteria.{verdict.name.lower()}", values)
    reasons = (why,) if basis == "ever" else (why, Phrase("criteria.only_active"))
    return CriteriaResult(criteria, basis, verdict, present, absent, missing, reasons)


def _involved(finding: str, value: object, title: str, basis: Basis) -> bool | None:
    """Read one manifestation; what was typed stays out of the message, because it is a patient's."""
    if is_gap(value):
        return None
    word = str(value).strip().casefold()
    if word not in list(Involvement):
        raise _refusal("criteria_involvement", finding, title, suggest(word, list(Involvement)))
    return word == Involvement.ACTIVE or (basis == "ever" and word == Involvement.PAST)


def _fact(finding: str, value: object, title: str, _basis: Basis) -> bool | None:
    if is_gap(value):
        return None
    answer = yes_no(value)
    if answer is None:
        raise _refusal("criteria_yes_no", finding, title)
    return answer == 1.0


def _refusal(case: str, finding: str, title: str, hint: str | Spoken | None = "") -> DataRefusedError:
    where = Phrase("place.criteria_finding", {"title": title, "finding": finding})
    return DataRefusedError(case, where=where, hint=hint or "", finding=finding, title=title)
