"""Score one profile, or a table of them: a probability, what it rests on, and whether it may be given at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import BoolArray, FloatArray
from responder.models.borrowed_decision import BorrowedDecision
from responder.score._plain import Plain
from responder.score.attributions import Attribution, attributions, player_label
from responder.score.bundle import Bundle, BundleStanding
from responder.score.evaluate import STABILITY_LEVEL, Evaluation, evaluate
from responder.score.interval import percent
from responder.score.outcomes import OutcomeSet, outcome_set
from responder.score.profile import PROFILE, EncodedProfile, encode_profile
from responder.score.reasons import ScoreReason, research_use
from responder.words import MOST_LISTED, Phrase, Spoken, Voice, say

__all__ = [
    "BorrowedShare",
    "Neighbour",
    "Score",
    "ScoreInterval",
    "TraitCheck",
    "score_encoded",
    "score_profile",
]

IN_RANGE = "in_range"


@dataclass(frozen=True)
class TraitCheck(Plain):
    """One trait of a profile against the training cohort.

    Attributes
    ----------
    name : str
        The trait.
    state : str
        ``in_range``, ``outside_range``, ``not_seen`` or ``missing``.
    low, high : float, optional
        Training range.
    """

    name: str
    state: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Neighbour(Plain):
    """Where the profile stands among the training patients.

    Attributes
    ----------
    leverage, largest_leverage : float
        Of the profile, and the largest of a training patient over the others.
    distance, largest_distance : float, optional
        To the nearest training patient, and the largest of a training patient to the next (in SD a feature); None in a
        shareable bundle.
    """

    leverage: float
    largest_leverage: float
    distance: float | None
    largest_distance: float | None

    @property
    def case(self) -> str:
        """Which sentence tells it: ``nearest``, or ``leverage`` alone."""
        return "leverage" if self.distance is None else "nearest"


@dataclass(frozen=True)
class ScoreInterval(Plain):
    """Within which limits the true probability lies, and how often such limits held it.

    Attributes
    ----------
    lower, upper : float
        Limits; the probability given is within them.
    level : float
        Nominal level.
    lowest, highest : float
        Share of new patients whose true probability such intervals held in simulated cohorts, over the true effects.
    n, features : int
        Of those cohorts, the nearest that were simulated.
    statement : Phrase
        The coverage in words.
    """

    lower: float
    upper: float
    level: float
    lowest: float
    highest: float
    n: int
    features: int
    statement: Phrase


@dataclass(frozen=True)
class BorrowedShare(Plain):
    """How much of a probability is other people's; see `responder.models.borrowed_decision`.

    Attributes
    ----------
    patients : float
        Effective sample size of the probability.
    others, own : float
        Of these, other people, and the patients trained on; the rest is the neutral prior.
    statement : Phrase
        All in words.
    """

    patients: float
    others: float
    own: float
    statement: Phrase


@dataclass(frozen=True, repr=False)
class Score:
    """The answer for one profile; a notebook shows decision, probability and reasons.

    Attributes
    ----------
    patient : str
        Pseudonym, where the profile gives one.
    decision : str
        ``scored``, ``scored_with_caution`` or ``abstained``.
    reasons : tuple of ScoreReason
        Why; empty for ``scored``.
    shown_anyway : bool
        Whether numbers are given although the decision is to abstain, because the user insisted.
    probability, logit : float, optional
        Of response under treatment; None where held back.
    interval : ScoreInterval, optional
        Of the true probability; None where held back, and in bundles of before.
    venn_abers : tuple of two float, optional
        The shares of responders to which this score is calibrated if this patient is counted as a non-responder, and as
        a responder: one of the two is calibrated, and nobody knows which. No interval for the patient's probability.
    conformal : tuple of OutcomeSet
        The outcomes that cannot be ruled out, a level each; empty where held back, or the bundle has none.
    stability : tuple of two float, optional
        Central 95% of the probability over bootstrap refits of the whole pipeline: how far it moves, not how far it
        may be off.
    effective_sample_size : float, optional
        "As steady as from so many patients like this one"; None too in a shareable bundle, and above the number of
        training patients.
    borrowed : BorrowedShare, optional
        Of a model that borrows from other people; None of every other, and where held back.
    base_value : float, optional
        Mean logit of the training patients; with the contributions it adds up to `logit`.
    attributions : tuple of Attribution
        Largest first.
    attributions_exact : bool
        Whether the contributions were counted out rather than sampled.
    traits : tuple of TraitCheck
        One a trait of the model.
    neighbour : Neighbour
    missing, ignored : tuple of str
        Traits not given; keys given that the model does not use.
    standing : BundleStanding
        What the model is worth, with the cohort's prevalence and its interval.
    """

    patient: str
    decision: str
    reasons: tuple[ScoreReason, ...]
    shown_anyway: bool
    probability: float | None
    logit: float | None
    interval: ScoreInterval | None
    venn_abers: tuple[float, float] | None
    conformal: tuple[OutcomeSet, ...]
    stability: tuple[float, float] | None
    effective_sample_size: float | None
    borrowed: BorrowedShare | None
    base_value: float | None
    attributions: tuple[Attribution, ...]
    attributions_exact: bool
    traits: tuple[TraitCheck, ...]
    neighbour: Neighbour
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    standing: BundleStanding

    @property
    def told_attributions(self) -> tuple[Attribution, ...]:
        """The attributions as a person is told them: of very many the largest, and all others together."""
        first, others = self.attributions[:MOST_LISTED], self.attributions[MOST_LISTED:]
        if not others:
            return first
        together = sum(part.contribution for part in others)
        return (*first, Attribution("", Phrase("score.rest", {"n": len(others)}), together))

    @property
    def told_traits(self) -> tuple[TraitCheck, ...]:
        """The checks of traits as a person is told them: of very many the first, those out of range before others."""
        if len(self.traits) <= MOST_LISTED:
            return self.traits
        return tuple(sorted(self.traits, key=lambda check: check.state == IN_RANGE)[:MOST_LISTED])

    def in_language(self, language: str) -> str:
        """Return decision, probability and reasons in words; ``responder score`` shows all else too."""
        t = Voice(language, "card")
        lines = [t(self.decision), *(f"  - {t.of(reason)}" for reason in self.reasons)]
        if self.probability is not None:
            lines += [f"  ! {t('shown_anyway')}"] if self.shown_anyway else []
            lines.append(t("number", label=t("probability"), value=f"{self.probability:.2f}"))
        if self.interval is not None:
            label = say("next_patient.label", language, level=self.interval.level)
            span = t("span", lower=self.interval.lower, upper=self.interval.upper)
            lines += [t("number", label=label, value=span), t.of(self.interval.statement)]
        return "\n".join([*lines, research_use(language)])

    def __repr__(self) -> str:
        return self.in_language("en")

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return the score as JSON types, said in a language."""
        standing = self.standing
        return {
            "patient": self.patient,
            "decision": self.decision,
            "reasons": [reason.to_json(language) for reason in self.reasons],
            "shown_anyway": self.shown_anyway,
            "probability": self.probability,
            "logit": self.logit,
            "interval": None if self.interval is None else self.interval.to_json(language),
            "venn_abers": None if self.venn_abers is None else {"p0": self.venn_abers[0], "p1": self.venn_abers[1]},
            "conformal": [found.to_json(language) for found in self.conformal],
            "stability": None
            if self.stability is None
            else {"lower": self.stability[0], "upper": self.stability[1], "level": STABILITY_LEVEL},
            "effective_sample_size": self.effective_sample_size,
            "borrowed": None if self.borrowed is None else self.borrowed.to_json(language),
            "prevalence": {
                "responders": standing.responders,
                "n": standing.n,
                "estimate": standing.prevalence,
                "lower": standing.prevalence_lower,
                "upper": standing.prevalence_upper,
            },
            "attributions": {
                "scale": "logit",
                "base_value": self.base_value,
                "exact": self.attributions_exact,
                "contributions": [attribution.to_json(language) for attribution in self.attributions],
            },
            "applicability": {
                "traits": [check.to_json() for check in self.traits],
                "missing": list(self.missing),
                **self.neighbour.to_json(),
            },
            "ignored": list(self.ignored),
            "standing": standing.told(language),
            "research_use": research_use(language),
        }


def score_profile(
    bundle: Bundle, profile: Mapping[str, Any], *, show_anyway: bool = False, where: str | Spoken = PROFILE
) -> Score:
    """Score one baseline profile.

    Parameters
    ----------
    bundle : Bundle
        The model and what belongs to it.
    profile : Mapping
        Trait to value; see `responder.score.encode_profile`.
    show_anyway : bool
        Give the numbers also where the decision is to abstain.
    where : str or Phrase
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If the profile cannot be understood.
    """
    return score_encoded(bundle, encode_profile(bundle, profile, where), show_anyway=show_anyway)


def score_encoded(bundle: Bundle, encoded: EncodedProfile, *, show_anyway: bool = False) -> Score:
    """Score a profile that is understood already; see `score_profile`."""
    found = evaluate(bundle, encoded.values, entry=encoded.entry, show_anyway=show_anyway)
    abstained = bool(found.abstained[0])
    shown = show_anyway or not abstained
    # of a model that cannot be estimated nothing is explained, whoever insists
    explained = shown and bundle.standing.kind != "cannot_be_estimated"
    base, parts, exact = attributions(bundle, found.features) if explained else (None, (), True)
    size = float(found.effective_sample_size[0]) if explained else float("nan")
    app, reference = found.applicability, bundle.applicability
    return Score(
        patient=encoded.patient,
        decision=str(found.decision[0]),
        reasons=profile_reasons(bundle, found),
        shown_anyway=abstained and shown,
        probability=float(found.probability[0]) if shown else None,
        logit=float(found.logit[0]) if shown else None,
        interval=_interval(bundle, found),
        venn_abers=_pair(found.venn_abers),
        conformal=tuple(outcome_set(limits, float(found.logit[0])) for limits in bundle.conformal) if shown else (),
        stability=_pair(found.stability),
        effective_sample_size=size if np.isfinite(size) else None,
        borrowed=_borrowed(bundle, found) if explained else None,
        base_value=base,
        attributions=parts,
        attributions_exact=exact,
        traits=_trait_checks(bundle, found),
        neighbour=Neighbour(
            float(app.leverage[0]),
            reference.largest_leverage,
            None if bundle.shareable else float(app.distance[0]),
            None if bundle.shareable else reference.largest_distance,
        ),
        missing=tuple(code.name for code, gone in zip(bundle.codes, app.missing[0], strict=True) if gone),
        ignored=encoded.ignored,
        standing=bundle.standing,
    )


def _pair(values: FloatArray) -> tuple[float, float] | None:
    """Return two numbers of the first profile, or None where they were held back or cannot be told."""
    first, second = values[0].tolist()
    return None if np.isnan(first) else (first, second)


def _borrowed(bundle: Bundle, found: Evaluation) -> BorrowedShare | None:
    decision = bundle.pipeline.decision
    if not isinstance(decision, BorrowedDecision):
        return None
    behind = decision.patients_behind(found.features)
    patients, others, own = (float(part[0]) for part in (behind.all, behind.others, behind.own))
    said = Phrase("score.borrowed.sentence", {"n": patients, "others": others, "own": own})
    return BorrowedShare(patients, others, own, said)


def _interval(bundle: Bundle, found: Evaluation) -> ScoreInterval | None:
    lower, upper = found.interval[0].tolist()
    if bundle.next_patient is None or np.isnan(lower):
        return None
    coverage = bundle.next_patient.coverage
    return ScoreInterval(
        lower, upper, coverage.level, coverage.lowest, coverage.highest, coverage.n, coverage.features,
        bundle.next_patient.held,
    )  # fmt: skip


def profile_reasons(bundle: Bundle, found: Evaluation, row: int = 0) -> tuple[ScoreReason, ...]:
    """Return the reasons of one evaluated profile."""
    app = found.applicability
    names = [sheet.name for sheet in bundle.traits]
    far = _traits_of(bundle, np.flatnonzero(app.far[row]).tolist())
    traits = {
        "level_not_seen": app.unseen[row],
        "outside_range": app.outside[row] & ~app.unseen[row] & ~np.isin(names, far),
        "missing": app.missing[row],
        "mostly_missing": app.missing[row],
    }
    reasons = []
    for code, where in found.reasons.items():
        if not where[row]:
            continue
        if code == "not_eligible":
            reasons.append(_not_eligible(found, row))
            continue
        if code in traits:
            concerned = [name for name, holds in zip(names, traits[code], strict=True) if holds]
            if not concerned:  # every trait out of range was named as far outside
                continue
        elif code == "far_outside":
            concerned = far
        elif code == "held_at_edge":
            concerned = _traits_of(bundle, np.flatnonzero(found.held[row]).tolist())
        elif code in {"unlike_anyone", "high_leverage", "no_near_neighbour"}:
            concerned = _most_different(bundle, found.measured[row])
        else:
            concerned = []
        columns = {"far_outside": app.far[row], "held_at_edge": found.held[row]}.get(code)
        labels = [bundle.sheet(name).words for name in concerned] if columns is None else _labels_of(bundle, columns)
        imputation = bundle.pipeline.features.imputation
        if code == "missing" and imputation is not None:
            filled = Phrase("imputed.reason", {"traits": tuple(labels), "draws": imputation.draws})
            reasons.append(ScoreReason(code, tuple(concerned), filled))
            continue
        limits = dict(zip(("lower", "upper"), map(percent, found.interval[row].tolist()), strict=True))
        reasons.append(ScoreReason.of(code, concerned, labels, **(limits if code == "interval_open" else {})))
    return tuple(reasons)


def _not_eligible(found: Evaluation, row: int) -> ScoreReason:
    """Return which criteria of entry a patient would not have met."""
    failed = [one for one in found.judged if one.verdicts[row] < 0]
    columns = list(dict.fromkeys(test.name for one in failed for test in one.criterion.tests))
    criteria = [Phrase("reason.criterion", {"asks": one.criterion.words, "group": one.group.words}) for one in failed]
    return ScoreReason.of("not_eligible", columns, criteria)


def _traits_of(bundle: Bundle, columns: Sequence[int]) -> list[str]:
    fitted = bundle.pipeline.features
    made_of = fitted.spec.traits_of_features(fitted.indicators)
    return list(dict.fromkeys(trait for column in columns for trait in made_of[column]))


def _labels_of(bundle: Bundle, holds: BoolArray) -> list[Spoken]:
    """Return what features are about: their trait, or of one made of several, such as a ratio, the feature."""
    fitted = bundle.pipeline.features
    made_of = fitted.spec.traits_of_features(fitted.indicators)
    columns = np.flatnonzero(holds).tolist()
    first = {made_of[column]: column for column in reversed(columns)}
    return [player_label(bundle, traits, [column]) for traits, column in reversed(first.items())]


def _most_different(bundle: Bundle, measured: FloatArray) -> list[str]:
    """Return the traits of the feature in which the nearest training patient differs most."""
    gaps = (bundle.background - measured) ** 2
    nearest = gaps[int(gaps.sum(axis=1).argmin())]
    return _traits_of(bundle, [int(nearest.argmax())])


def _trait_checks(bundle: Bundle, found: Evaluation) -> tuple[TraitCheck, ...]:
    app = found.applicability
    checks = []
    for index, trait in enumerate(bundle.applicability.traits):
        states = (("missing", app.missing), ("not_seen", app.unseen), ("outside_range", app.outside))
        state = next((word for word, where in states if where[0, index]), IN_RANGE)
        checks.append(TraitCheck(trait.name, state, trait.low, trait.high))
    return tuple(checks)
