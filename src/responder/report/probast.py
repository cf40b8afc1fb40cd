"""A self-assessment against the four domains of PROBAST+AI: what the run can judge of itself, and what it cannot.

The tool itself is for independent assessors (Moons et al., BMJ 2025;388:e082505). Here only those concerns are rated
that follow from numbers of the run; all else stays unclear until somebody judges it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from responder.report.answers import DOMAINS, CardAnswers
from responder.report.limits import FEW_PATIENTS_A_FEATURE
from responder.report.source import ReportInput
from responder.words import Voice

__all__ = ["Domain", "assess_risk_of_bias"]

SMALL_COHORT = 100
Rating = Literal["low", "high", "unclear"]


@dataclass(frozen=True)
class Domain:
    """One domain.

    Attributes
    ----------
    name : str
        ``participants``, ``predictors``, ``outcome`` or ``analysis``.
    rating : str
        Concern about quality of development and risk of bias of evaluation: ``low``, ``high`` or ``unclear``.
    reasons : tuple of str
        Why, from the run and from the study team.
    judged_by : str
        ``run``, ``team`` or ``nobody``.
    """

    name: str
    rating: Rating
    reasons: tuple[str, ...]
    judged_by: Literal["run", "team", "nobody"]


def assess_risk_of_bias(source: ReportInput, answers: CardAnswers, words: Voice) -> tuple[Domain, ...]:
    """Return the four domains. A concern that the numbers raise is not lowered by anybody's word."""
    return tuple(_assess(name, source, answers, words) for name in DOMAINS)


def _assess(name: str, source: ReportInput, answers: CardAnswers, words: Voice) -> Domain:
    grave, plain = _CONCERNS[name](source, words)
    judged = answers.probast.get(name)
    said = (words("tripod.team", text=judged.reason),) if judged else ()
    if grave:
        return Domain(name, "high", (*grave, *plain, *said), "run")
    if judged:
        return Domain(name, judged.rating, (*plain, *said), "team")
    return Domain(name, "unclear", (*plain, words("probast.to_be_judged")), "nobody")


def _participants(source: ReportInput, words: Voice) -> tuple[list[str], list[str]]:
    grave = [words("probast.not_observed")] if source.rests_on else []
    plain = [words("probast.completers")] if source.endpoint.withdrawal == "completers" else []
    return grave, plain


def _predictors(source: ReportInput, words: Voice) -> tuple[list[str], list[str]]:
    leaks = [c for c in source.content["checks"] if c["status"] == "failed" and c["code"] in LEAKAGE_CODES]
    week = source.study.known_at_week
    clean = words("probast.known_by_week", week=week) if week else words("probast.baseline_only")
    return [], [words("probast.leak_found") if leaks else clean]


LEAKAGE_CODES = frozenset({"RSP222", "RSP224"})


def _outcome(source: ReportInput, words: Voice) -> tuple[list[str], list[str]]:
    coupled = [t for t in source.endpoint.coupled if t in source.cohort["traits"]]
    labels = words.listed([source.trait_label(t, words) for t in coupled])
    return ([words("probast.coupled", traits=labels)] if coupled else []), []


def _analysis(source: ReportInput, words: Voice) -> tuple[list[str], list[str]]:
    features, grave = len(source.content["features"]), []
    if source.n < SMALL_COHORT:
        grave.append(words("probast.small", n=source.n, smaller=source.smaller_class))
    ratio = source.smaller_class / features
    if ratio < FEW_PATIENTS_A_FEATURE:
        grave.append(words("probast.few", ratio=f"{ratio:.1f}", features=features))
    plain = [words("probast.refitted"), words("probast.internal")]
    if source.tuned_too_early:
        grave.append(words("probast.tuned"))
    return grave, plain


_CONCERNS = {"participants": _participants, "predictors": _predictors, "outcome": _outcome, "analysis": _analysis}
