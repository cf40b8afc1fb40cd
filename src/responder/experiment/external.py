"""External validation: what a locked model is worth in patients whom it never saw. Nothing is refitted.

Leave-pair-out does not apply: the model is fixed and the patients are new, so the plain AUC is unbiased and DeLong's
interval covers as it says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.cohort.carried import carried_values
from responder.cohort.cohort import Cohort
from responder.errors import DataRefusedError
from responder.experiment.transfer import Transfer
from responder.score.attributions import step_label
from responder.score.bundle import Bundle, TraitSheet, row_digests
from responder.score.evaluate import Evaluation, evaluate
from responder.study.counterparts import Counterparts
from responder.study.model import Study
from responder.validate.calibration import Calibration, calibration
from responder.validate.decision import DecisionCurve, decision_curve
from responder.validate.intervals import AucInterval, logit_delong_interval
from responder.validate.pairs import win
from responder.validate.proportions import Proportion, clopper_pearson
from responder.words import Given, Phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EstimateInterval",
    "ExternalValidation",
    "FeatureDrift",
    "TraitDrift",
    "most_moved",
    "require_same_measures",
    "validate_externally",
]

THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(1, 10))
LEAST_OF_A_CLASS = 2


@dataclass(frozen=True)
class EstimateInterval:
    """A mean over patients with its percentile bootstrap interval, 95%."""

    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class TraitDrift:
    """How the new patients differ from those of training in one trait.

    Attributes
    ----------
    name : str
        The trait.
    outside, not_seen, missing, missing_in_training : float
        Share of the new patients beyond the training range; with a level or value that training says nothing of;
        without a value; share of the training patients without one.
    """

    name: str
    outside: float
    not_seen: float
    missing: float
    missing_in_training: float


@dataclass(frozen=True)
class FeatureDrift:
    """How far one feature has moved, in standard deviations of the training cohort.

    Attributes
    ----------
    name : str
    label : Phrase or Given
        The feature.
    shift : float
        Mean of the new patients less mean of training, in training SD; ``nan`` where nobody has it.
    spread : float
        SD of the new patients over SD of training; ``nan`` below two patients.
    known : int
        New patients who have it.
    """

    name: str
    label: Phrase | Given
    shift: float
    spread: float
    known: int


@dataclass(frozen=True)
class ExternalValidation:
    """What a locked model is worth in new patients.

    Attributes
    ----------
    bundle, model, cohort, endpoint : str
        What was validated, and in whom.
    n, responders : int
        New patients, and those who responded.
    prevalence : Proportion
        With its exact interval.
    auc : AucInterval or None
        Plain AUC with DeLong's interval on the logit scale; None with fewer than two patients in a class.
    brier, brier_skill : EstimateInterval
        Brier score; 1 less its ratio to that of the training prevalence, which is what one would say without the model.
    calibration : Calibration
        In the large, intercept and slope.
    decision : DecisionCurve or None
        Net benefit at thresholds of 0.1 to 0.9; None where a class is empty.
    decisions : Mapping[str, int]
        How many would be ``scored``, ``scored_with_caution`` or ``abstained``, by their profiles alone.
    reasons : Mapping[str, int]
        How many have each reason.
    traits : tuple of TraitDrift
    features : tuple of FeatureDrift
    absent : tuple of str
        Traits that the new cohort does not have at all.
    transfer : Transfer or None
        What was carried over, where the patients are of another study.
    statement : Phrase
        The result in one sentence.
    apart : Phrase or None
        Where nobody can tell whether some of the patients were trained on, as of a bundle without digests of its rows.
    illustration : Phrase or None
        What the new values rest on where they were not observed.
    ids : tuple of str
        Pseudonyms of the new patients.
    outcome : ndarray of int, shape (n,)
    probability : ndarray, shape (n,)
        Of the locked model, also where it would abstain.
    decision_of : tuple of str
        Decision on each patient.
    """

    bundle: str
    model: str
    cohort: str
    endpoint: str
    n: int
    responders: int
    prevalence: Proportion
    auc: AucInterval | None
    brier: EstimateInterval
    brier_skill: EstimateInterval
    calibration: Calibration
    decision: DecisionCurve | None
    decisions: dict[str, int]
    reasons: dict[str, int]
    traits: tuple[TraitDrift, ...]
    features: tuple[FeatureDrift, ...]
    absent: tuple[str, ...]
    transfer: Transfer | None
    statement: Phrase
    apart: Phrase | None
    illustration: Phrase | None
    ids: tuple[str, ...]
    outcome: IntArray
    probability: FloatArray
    decision_of: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return one row a patient: outcome, probability, decision."""
        import pandas as pd

        columns = {"outcome": self.outcome, "probability": self.probability, "decision": list(self.decision_of)}
        return pd.DataFrame(columns, index=pd.Index(self.ids, name="patient"))

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON types, without any patient."""
        plain = ("bundle", "model", "cohort", "endpoint", "n", "responders", "decisions", "reasons")
        auc = None
        if self.auc is not None:
            auc = {name: getattr(self.auc, name) for name in ("method", "estimate", "lower", "upper", "level")}
        return {
            **{name: getattr(self, name) for name in plain},
            "absent": list(self.absent),
            "transfer": self.transfer and self.transfer.to_json(),
            "sentence": self.statement.to_json(),
            "apart": self.apart and self.apart.to_json(),
            "illustration": self.illustration and self.illustration.to_json(),
            "prevalence": self.prevalence.to_json(),
            "auc": auc,
            "brier": dataclasses.asdict(self.brier),
            "brier_skill": dataclasses.asdict(self.brier_skill),
            "calibration": self.calibration.to_json(),
            "decision_curve": None if self.decision is None else self.decision.to_json(),
            "traits": [dataclasses.asdict(trait) for trait in self.traits],
            "features": [_finite(feature) for feature in self.features],
        }


def validate_externally(
    bundle: Bundle,
    cohort: Cohort,
    *,
    counterparts: Counterparts | None = None,
    draws: int = 2000,
    rng: np.random.Generator,
) -> ExternalValidation:
    """Apply a locked model to a cohort that it never saw.

    Parameters
    ----------
    bundle : Bundle
        The locked model; nothing of it is refitted.
    cohort : Cohort
        New patients of the same study, with the bundle's endpoint. Traits of the model that it lacks count as missing.
    counterparts : Counterparts, optional
        For patients of another study: its traits that stand for the model's (`transfer_counterparts`). The endpoint is
        then the cohort's own, and the result says that it is a transfer.
    draws : int
        Bootstrap samples of patients behind the intervals of Brier score and skill, and the decision curve's band.
    rng : numpy.random.Generator
        Draws them.

    Raises
    ------
    DataRefusedError
        If the cohort shares patients with the training cohort, its endpoint is another one, or its traits are measured
        otherwise than those of the bundle. Of a shareable bundle it is seen only where all patients are the same.

    Notes
    -----
    Calibration and Brier score are computed over all new patients, also those from whose profile the bundle would
    abstain: leaving them out would flatter the model.
    """
    values, absent = _values_for(bundle, cohort, counterparts)
    _refuse_shared(bundle, cohort, values)
    found = evaluate(bundle, values, show_anyway=True)
    moved = _feature_drift(bundle, values, found.measured)
    if cohort.n == bundle.standing.n and _is_unmoved(moved):
        _refuse(cohort, cohort.ids)
    outcome = cohort.outcome
    wins = win(found.logit[outcome == 1][:, None] - found.logit[outcome == 0][None, :])
    auc = logit_delong_interval(wins) if min(wins.shape) >= LEAST_OF_A_CLASS else None
    brier, skill = _brier(found.probability, outcome, bundle.standing.prevalence, draws, rng)
    both = 0 < cohort.responders < cohort.n
    by_profile = _decisions(found)
    return ExternalValidation(
        bundle=bundle.name,
        model=bundle.model.id,
        cohort=cohort.source,
        endpoint=cohort.endpoint.name,
        n=cohort.n,
        responders=cohort.responders,
        prevalence=clopper_pearson(cohort.responders, cohort.n),
        auc=auc,
        brier=brier,
        brier_skill=skill,
        calibration=calibration(outcome, found.probability),
        decision=decision_curve(outcome, found.probability, THRESHOLDS, rng, draws) if both else None,
        decisions={word: by_profile.count(word) for word in ("scored", "scored_with_caution", "abstained")},
        reasons={code: int(where.sum()) for code, where in found.reasons.items() if code not in OF_THE_MODEL},
        traits=_trait_drift(bundle, found),
        features=moved,
        absent=absent,
        transfer=None if counterparts is None else Transfer.of(bundle, cohort.study, cohort.endpoint, counterparts),
        statement=_statement(auc, cohort),
        apart=None if bundle.provenance.row_digests else Phrase("external_apart.unknown"),
        illustration=cohort.illustration,
        ids=cohort.ids,
        outcome=outcome,
        probability=found.probability,
        decision_of=tuple(by_profile),
    )


SAME_MEAN = 1e-9
"""In SDs of training."""
OF_THE_MODEL = frozenset({"model_not_shown", "model_not_estimable", "illustrative"})
"""Reasons that say nothing of a profile."""


def require_same_measures(bundle: Bundle, study: Study) -> None:
    """Refuse a study that measures a trait of the bundle otherwise.

    Raises
    ------
    DataRefusedError
        With the trait that differs.
    """
    known = {trait.name: trait for trait in study.traits}
    for sheet in bundle.traits:
        now = known.get(sheet.name)
        if now is None or _measure(TraitSheet.of(now)) != _measure(sheet):
            where = Phrase("place.study", {"study": study.id})
            raise DataRefusedError("external_other_measure", where=where, trait=sheet.name)


def _measure(sheet: TraitSheet) -> tuple[Any, ...]:
    code = sheet.code
    return code.kind, code.unit, code.levels, dict(code.level_values)


def _values_for(
    bundle: Bundle, cohort: Cohort, counterparts: Counterparts | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return the cohort's values in the columns of the bundle, ``nan`` for traits that it lacks, and those traits."""
    if counterparts is None:
        _refuse_other_question(bundle, cohort)
    pairs = {sheet.name: sheet.name for sheet in bundle.traits} if counterparts is None else counterparts.pairs
    values, absent = carried_values(cohort, [sheet.code for sheet in bundle.traits], pairs)
    if len(absent) == len(pairs):
        raise DataRefusedError("external_no_trait", where=cohort.source)
    return values, absent


def _refuse_other_question(bundle: Bundle, cohort: Cohort) -> None:
    """Refuse patients of another study, another endpoint, or measured otherwise."""
    if cohort.study.id != bundle.study.id or cohort.endpoint.name != bundle.study.endpoint_name:
        given = {"file": cohort.source, "endpoint": cohort.endpoint.name, "study": cohort.study.id}
        raise DataRefusedError(
            "external_other_endpoint",
            where=Phrase("place.endpoint_of_study", given),
            endpoint=bundle.study.endpoint_name,
            study=bundle.study.id,
        )
    require_same_measures(bundle, cohort.study)


def _refuse_shared(bundle: Bundle, cohort: Cohort, values: FloatArray) -> None:
    known = set(bundle.provenance.row_digests)
    digests = row_digests(values, bundle.columns, bundle.provenance.salt)
    shared = [patient for patient, digest in zip(cohort.ids, digests, strict=True) if digest in known]
    if shared:
        _refuse(cohort, shared)


def _refuse(cohort: Cohort, shared: Sequence[str]) -> NoReturn:
    named = ", ".join(shared[:5]) + (" ..." if len(shared) > 5 else "")
    where = Phrase("place.patients_of_file", {"file": cohort.source, "patients": named})
    raise DataRefusedError("external_shared", where=where, shared=len(shared), of=cohort.n)


def _is_unmoved(features: Sequence[FeatureDrift]) -> bool:
    """Whether every feature has the mean of training to the last digits: in as many patients that is no chance."""
    known = [feature.shift for feature in features if not np.isnan(feature.shift)]
    return bool(known) and max(map(abs, known)) < SAME_MEAN


def _brier(
    probability: FloatArray, outcome: IntArray, prevalence: float, draws: int, rng: np.random.Generator
) -> tuple[EstimateInterval, EstimateInterval]:
    """Return Brier score and skill against the training prevalence, with percentile bootstrap intervals."""
    loss = np.square(probability - outcome)
    reference = np.square(prevalence - outcome)
    weights = rng.multinomial(len(outcome), np.full(len(outcome), 1.0 / len(outcome)), size=draws) / len(outcome)
    scores, references = weights @ loss, weights @ reference
    skills = 1.0 - scores / references
    return (
        EstimateInterval(float(loss.mean()), *_central(scores)),
        EstimateInterval(float(1.0 - loss.mean() / reference.mean()), *_central(skills)),
    )


def _central(draws: FloatArray) -> tuple[float, float]:
    lower, upper = np.quantile(draws, [0.025, 0.975])
    return float(lower), float(upper)


def _decisions(found: Evaluation) -> list[str]:
    """Return the decision on each patient by the profile alone: the model's own standing says nothing of patients."""
    profile = {code: where for code, where in found.reasons.items() if code not in OF_THE_MODEL}
    return [str(word) for word in dataclasses.replace(found, reasons=profile).decision]


def _trait_drift(bundle: Bundle, found: Evaluation) -> tuple[TraitDrift, ...]:
    app, n = found.applicability, bundle.standing.n
    return tuple(
        TraitDrift(
            trait.name,
            float(app.outside[:, index].mean()),
            float(app.unseen[:, index].mean()),
            float(app.missing[:, index].mean()),
            trait.missing / n,
        )
        for index, trait in enumerate(bundle.applicability.traits)
    )


def _feature_drift(bundle: Bundle, values: FloatArray, features: FloatArray) -> tuple[FeatureDrift, ...]:
    fitted = bundle.pipeline.features
    known = ~np.isnan(fitted.spec.derive(values))
    drifts = []
    for index, step in enumerate(fitted.spec.steps):
        if fitted.scaling.constant[0, index]:
            continue
        own = features[known[:, index], index]
        shift = float(own.mean()) if own.size else float("nan")
        spread = float(own.std(ddof=1)) if own.size > 1 else float("nan")
        drifts.append(FeatureDrift(step.name, step_label(step), shift, spread, int(own.size)))
    return tuple(drifts)


def _statement(auc: AucInterval | None, cohort: Cohort) -> Phrase:
    if auc is None:
        few = min(cohort.responders, cohort.n - cohort.responders)
        return Phrase("external.cannot_be_estimated", {"smaller": few, "n": cohort.n})
    numbers = {"auc": float(auc.estimate), "lower": float(auc.lower), "upper": float(auc.upper), "n": cohort.n}
    return Phrase(f"external.{'beats_chance' if auc.lower > 0.5 else 'not_shown_to_beat_chance'}", numbers)


def _finite(feature: FeatureDrift) -> dict[str, Any]:
    numbers = {key: None if isinstance(v, float) and np.isnan(v) else v for key, v in vars(feature).items()}
    return {**numbers, "label": feature.label.to_json()}


def most_moved(features: Sequence[FeatureDrift], count: int = 5) -> list[FeatureDrift]:
    """Return the features that moved farthest, the farthest first."""
    known = [feature for feature in features if not np.isnan(feature.shift)]
    return sorted(known, key=lambda feature: -abs(feature.shift))[:count]
